"""A hosted zone of the strict Route 53 is signed, chained and unsigned again, over real DNS."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.embedded.cloudtrail import event_of
from local.servers.responder import Responder, always, failing, nothing
from tests.fakes.plane import Plane
from tests.local.route53_world import World
from zonemesh.aws.hosted_zones import Route53HostedZones
from zonemesh.aws.route53 import Route53Source
from zonemesh.dns_resolver import DnsResolver, Limits
from zonemesh.errors import SourceRefused
from zonemesh.observe import observe, passes
from zonemesh.route53.events import change_event
from zonemesh.sweep import sweep

APEX = "example.com."
ZONE = f"route53:main:{APEX}"
KMS = "arn:aws:kms:us-east-1:111122223333:key/ksk"
OWNER = {"type": "IAMUser", "userName": "owner"}
VPC = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}


class Signed(Plane):
    """A mesh over one hosted zone of the strict Route 53, and a resolver that knows the parent."""

    def __init__(self, parent: Responder) -> None:
        super().__init__()
        self.world, self.parent = World(), parent
        self.id = self.world.zone(APEX)
        client = self.world.client
        self.ports.accounts["main"] = Route53HostedZones(client)  # type: ignore[assignment]
        self.ports.sources[self.id] = Route53Source(client, self.id, APEX)  # type: ignore[assignment]
        patient = DnsResolver((parent.address, parent.port), limits=Limits(20.0, 5.0, 2))
        self.ports.resolvers["main"] = patient  # type: ignore[assignment]
        self.sweep()
        self.list_ordered()

    def sweep(self) -> tuple[list[str], list[str], int]:
        """Sweep; gives the zones that are signed, those withdrawn, and how many problems."""
        swept = sweep(self.control, 600)
        return swept.signed, swept.withdrawn, len(swept.problems)

    def sign(self) -> str:
        """Sign the zone as its owner does; gives the DS for the parent."""
        key = self.world.client.create_key_signing_key(
            CallerReference="ksk",
            HostedZoneId=self.id,
            KeyManagementServiceArn=KMS,
            Name="ksk",
            Status="ACTIVE",
        )["KeySigningKey"]
        self.world.client.enable_hosted_zone_dnssec(HostedZoneId=self.id)
        self.hear()
        return str(key["DSRecord"])

    def hear(self) -> None:
        """Let the last call's event arrive."""
        event = change_event(event_of(self.world.calls[-1], OWNER).record)
        assert event is not None
        for work in passes([event]):
            observe(self.control, work)
        self.ports.listings.sent.clear()

    @property
    def signed(self) -> str:
        return self.member(ZONE).signed


@pytest.fixture
def plane() -> Iterator[Signed]:
    with Responder({(APEX, "DS"): nothing()}) as parent:
        yield Signed(parent)


def test_a_zone_is_signed_then_chained_then_neither(plane: Signed) -> None:
    assert plane.sweep() == ([], [], 0)
    assert plane.parent.asked == []
    ds = plane.sign()
    assert plane.signed == "signed"
    assert plane.sweep() == ([ZONE], [], 0)
    plane.parent.table[APEX, "DS"] = always(ds)
    assert plane.sweep() == ([], [ZONE], 0)
    plane.parent.table[APEX, "DS"] = failing()
    signed, withdrawn, problems = plane.sweep()
    assert (signed, withdrawn, problems) == ([], [ZONE], 1)
    plane.parent.table[APEX, "DS"] = nothing()
    assert plane.sweep() == ([ZONE], [], 0)
    plane.world.client.disable_hosted_zone_dnssec(HostedZoneId=plane.id)
    plane.hear()
    assert plane.signed == ""
    assert plane.sweep() == ([], [], 0)


def test_a_private_zone_may_not_be_asked() -> None:
    world = World()
    zone_id = world.zone("a.corp", VPC=VPC)
    with pytest.raises(SourceRefused, match="InvalidArgument"):
        Route53Source(world.client, zone_id, "a.corp.").signing()
