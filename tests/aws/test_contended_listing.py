"""A listing gets through although other tools use most of an account's Route 53 rate."""

from typing import Any

from botocore.exceptions import ClientError

from tests.aws.test_route53_source import OrderedZone
from tests.fakes.plane import START, UNGUARDED, Plane, apex_rrsets, rrset
from zonemesh.aws.backoff import Pace
from zonemesh.aws.route53 import Route53Source
from zonemesh.enrol import enrol
from zonemesh.errors import SourceThrottled
from zonemesh.list_whole import Listed, list_whole

APEX = "example.com."
PAGE = 50  # rrsets a call
LEFT_TO_US = 0.6  # of Route 53's five calls a second
RUN = 40.0  # seconds of listing that a function has


class Contended(OrderedZone):
    """A hosted zone behind a token bucket, on a clock that only sleeping moves."""

    def __init__(self, rrsets: list[Any]) -> None:
        super().__init__(rrsets)
        self.clock = 0.0
        self.throttled = 0
        self._tokens, self._filled_at = 1.0, 0.0

    def sleep(self, seconds: float) -> None:
        self.clock += seconds

    def get_dnssec(self, **_: Any) -> dict[str, Any]:
        """Answer that the zone is not signed, from the same bucket."""
        self._take("GetDNSSEC")
        return {"Status": {"ServeSignature": "NOT_SIGNING"}, "KeySigningKeys": []}

    def list_resource_record_sets(self, **request: Any) -> dict[str, Any]:
        self._take("ListResourceRecordSets")
        few = min(int(request["MaxItems"]), PAGE)
        return super().list_resource_record_sets(**request | {"MaxItems": str(few)})

    def _take(self, operation: str) -> None:
        gained = (self.clock - self._filled_at) * LEFT_TO_US
        self._tokens, self._filled_at = min(self._tokens + gained, 2.0), self.clock
        if self._tokens < 1:
            self.throttled += 1
            error: Any = {"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}
            raise ClientError(error, operation)
        self._tokens -= 1


class World(Plane):
    """A mesh with one contended zone, listed through functions that run for a while."""

    def __init__(self, count: int) -> None:
        super().__init__(UNGUARDED)
        self.names = [f"host{number:05d}.{APEX}" for number in range(count)]
        self.zone = self.create("Z1", APEX)
        self.client = Contended([*apex_rrsets(APEX), *map(rrset, self.names)])
        pace = Pace(1.0, clock=lambda: self.client.clock, sleep=self.client.sleep)
        self.ports.sources["Z1"] = Route53Source(
            self.client, "Z1", APEX, pace=pace, sleep=self.client.sleep
        )

    def finish(self) -> list[Listed]:
        """Run the function for each order that waits, again where it was throttled."""
        done: list[Listed] = []
        for _ in range(30):
            if not self.ports.listings.sent:
                return done
            order, begun = self.ports.listings.sent[0], self.client.clock
            self.now = START + int(begun)
            try:
                listed = list_whole(
                    self.control,
                    order,
                    in_time=lambda begun=begun: self.client.clock - begun < RUN,
                )
            except SourceThrottled:
                self.client.sleep(60)
            else:
                self.ports.listings.sent.remove(order)
                done.append(listed)
        raise AssertionError("the listing never ends")


def test_a_zone_that_differs_everywhere_is_recorded_in_parts_between_throttles() -> None:
    world = World(3_000)
    enrol(world.control)
    world.finish()
    assert len(world.served(world.zone)) == 3_000
    world.client.rrsets = [
        rrset(each["Name"], "A", "192.0.2.9") if each["Type"] == "A" else each
        for each in world.client.rrsets
    ]
    world.client.throttled = 0
    world.client.sleep(600)
    world.now = START + int(world.client.clock)
    before = len(world.ports.store.roots)
    world.control.order_listing(world.member(world.zone), "listing")
    runs = world.finish()
    assert world.served(world.zone) == [f"{name} 300 IN A 192.0.2.9" for name in world.names]
    assert world.client.throttled > 0
    assert len(runs) > 2  # more than a function's time was needed,
    assert len(world.ports.store.roots) - before > 2  # and what was read by then was kept
