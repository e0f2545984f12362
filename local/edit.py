"""One edit through the Route 53 API, for who has no other client at hand."""

from collections.abc import Sequence

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.embedded.settings import REGION
from zonemesh.errors import InvalidName
from zonemesh.names import canonical_text, parse_name, parse_route53_name


class EditFailed(RuntimeError):
    """The edit was not made; the message says why."""


def upsert(endpoint: str, name: str, rdtype: str, values: Sequence[str], ttl: int) -> str:
    """Put an rrset into the hosted zone that its name falls in; tells what was done."""
    route53 = boto3.client(
        "route53",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    rrset = {
        "Name": name,
        "Type": rdtype.upper(),
        "TTL": ttl,
        "ResourceRecords": [{"Value": value} for value in values],
    }
    try:
        zone_id, apex = _zone_of(route53.list_hosted_zones()["HostedZones"], name)
        route53.change_resource_record_sets(
            HostedZoneId=zone_id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]},
        )
    except (BotoCoreError, ClientError, InvalidName) as problem:
        raise EditFailed(str(problem)) from problem
    return f"{name} {ttl} IN {rdtype.upper()} {' '.join(values)} is in {apex} ({zone_id})"


def _zone_of(hosted_zones: Sequence[dict[str, str]], name: str) -> tuple[str, str]:
    """Find the hosted zone whose name is the longest that the owner name falls in."""
    owner = parse_name(name)
    found = [
        (apex, zone["Id"])
        for zone in hosted_zones
        if owner.is_subdomain(apex := parse_route53_name(zone["Name"]))
    ]
    if not found:
        raise EditFailed(f"no hosted zone holds {canonical_text(owner)}; make one first")
    apex, zone_id = max(found, key=lambda each: len(each[0]))
    return zone_id, canonical_text(apex)
