"""Whether Route 53 lets a zone be made that holds what an example says it does."""

from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from local.route53 import Route53Settings
from tests.docs.contract import APEX, HOSTED_ZONE
from tests.local.route53_world import World

_OTHER_ZONE = "example.net"
_STANDS_IN = {"A": "192.0.2.99", "AAAA": "2001:db8::99"}
Rrset = dict[str, Any]


class MadeByRoute53:
    """A strict Route 53 in which an example's zone is made, as somebody would over time.

    Aliases stand on their targets, so those come first: where the example has none, one stands in
    for it and is deleted in the end. Aliases in a circle begin as records.
    """

    def __init__(self, rrsets: list[Rrset]) -> None:
        self._world = World(Route53Settings())
        self._zone, self._numbers = self._world.zone(APEX), count()
        self._ids = {HOSTED_ZONE: self._zone, "Z0ELSEWHERE": self._elsewhere(rrsets)}
        self._rrsets = [self._with_ids(rrset) for rrset in rrsets]

    def listing(self) -> list[Rrset]:
        """Make the zone, and list it; ids are the example's again. Raises ClientError."""
        unrouted = [r for r in self._rrsets if "AliasTarget" in r and "SetIdentifier" not in r]
        for rrset in self._rrsets:
            if "AliasTarget" not in rrset:
                self._change("UPSERT", rrset)
        missing = [self._stand_in(rrset) for rrset in self._rrsets if self._leads_nowhere(rrset)]
        for rrset in [*missing, *(self._stand_in(rrset, rrset["Name"]) for rrset in unrouted)]:
            self._change("UPSERT", rrset)
        for rrset in self._rrsets:
            if "AliasTarget" in rrset:
                self._change("UPSERT", rrset)
        for rrset in missing:
            self._change("DELETE", rrset)
        back = {new: old for old, new in self._ids.items()}
        return [_replaced(rrset, back) for rrset in self._world.listing(self._zone)]

    def _change(self, action: str, rrset: Rrset) -> None:
        self._world.change(self._zone, {"Action": action, "ResourceRecordSet": rrset})

    def _elsewhere(self, rrsets: list[Rrset]) -> str:
        zone = self._world.zone(_OTHER_ZONE)
        for rrset in rrsets:
            target = rrset.get("AliasTarget", {"DNSName": ""})["DNSName"]
            if target.endswith(f"{_OTHER_ZONE}."):
                made = self._stand_in(rrset)
                self._world.change(zone, {"Action": "UPSERT", "ResourceRecordSet": made})
        return zone

    def _with_ids(self, rrset: Rrset) -> Rrset:
        """Make what an rrset names by its id, once, and put in the new id."""
        check = rrset.get("HealthCheckId")
        if check and check not in self._ids:
            config = {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}
            made = self._world.client.create_health_check(
                CallerReference=str(next(self._numbers)), HealthCheckConfig=config
            )
            self._ids[check] = made["HealthCheck"]["Id"]
        if "CidrRoutingConfig" in rrset:
            self._make_location(**rrset["CidrRoutingConfig"])
        return _replaced(rrset, self._ids)

    def _make_location(self, CollectionId: str, LocationName: str) -> None:
        client = self._world.client
        if CollectionId not in self._ids:
            made = client.create_cidr_collection(Name="offices", CallerReference="offices")
            self._ids[CollectionId] = made["Collection"]["Id"]
        if LocationName != "*":
            change = {"LocationName": LocationName, "Action": "PUT", "CidrList": ["192.0.2.0/24"]}
            client.change_cidr_collection(Id=self._ids[CollectionId], Changes=[change])

    def _leads_nowhere(self, rrset: Rrset) -> bool:
        target = rrset.get("AliasTarget", {})
        has = {(each["Name"], each["Type"]) for each in self._rrsets}
        in_zone = target.get("HostedZoneId") == self._zone
        return in_zone and (target["DNSName"], rrset["Type"]) not in has

    @staticmethod
    def _stand_in(rrset: Rrset, name: str = "") -> Rrset:
        records = [{"Value": _STANDS_IN[rrset["Type"]]}]
        name = name or rrset["AliasTarget"]["DNSName"]
        return {"Name": name, "Type": rrset["Type"], "TTL": 60, "ResourceRecords": records}


def why_not_made(rrsets: list[Rrset]) -> list[str]:
    """Say what Route 53 refuses, or lists otherwise than it is written."""
    try:
        listing = MadeByRoute53(rrsets).listing()
    except ClientError as refused:
        return [str(refused)]
    wanted, given = ({repr(_sorted(r)) for r in some} for some in (rrsets, listing))
    return [*(f"only written: {each}" for each in wanted - given),
            *(f"only listed: {each}" for each in given - wanted)]  # fmt: skip


def _replaced(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(inner, ids) for key, inner in value.items()}
    return ids.get(value, value) if isinstance(value, str) else value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted(map(repr, value))
    return value
