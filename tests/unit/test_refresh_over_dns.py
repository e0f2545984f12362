"""Aliases over real DNS: servers on loopback that answer as servers do, and what comes of it."""

from collections.abc import Iterator
from typing import Any

import dns.rcode
import pytest

from local.servers.responder import (
    Reply,
    Responder,
    always,
    cut_short,
    failing,
    in_turns,
    late,
    nothing,
    silent,
)
from tests.unit.test_refresh_aliases import ELB, FORGET, MINUTE, WWW, Minutes, changes
from zonemesh.dns_resolver import DnsResolver, Limits

POOL = [f"192.0.2.{number}" for number in range(40)]
PATIENT = Limits(within=60.0, try_seconds=20.0)
BRISK = Limits(within=20.0, try_seconds=0.2, tries=2)


class OverDns(Minutes):
    """A world whose resolver and name servers are a responder; ten minutes have gone by."""

    def __init__(self, responder: Responder) -> None:
        super().__init__(values=["192.0.2.1"])
        self.responder = responder
        for server in ("ns-1.awsdns-00.com.", "ns-2.awsdns-00.net."):
            responder.table[server, "A"] = always(responder.address)
        self.limit(PATIENT)
        self.reply(always("192.0.2.1"))
        self.minutes(10)

    def limit(self, limits: Limits) -> None:
        where = (self.responder.address, self.responder.port)
        resolvers: dict[str, Any] = self.plane.ports.resolvers
        resolvers["main"] = DnsResolver(where, limits=limits, authority_port=where[1])

    def reply(self, reply: Reply) -> None:
        self.responder.table[WWW, "A"] = self.responder.table[ELB, "A"] = reply


@pytest.fixture
def world() -> Iterator[OverDns]:
    with Responder() as responder:
        yield OverDns(responder)


@pytest.mark.parametrize(
    ("reply", "served"),
    [
        (in_turns(POOL[:2]), POOL[:2]),
        (in_turns(POOL, 8), POOL),
        (cut_short(always(*POOL)), POOL),
        (late(always(*POOL[:2]), 0.05), POOL[:2]),
    ],
    ids=["one of two", "eight of forty", "cut short", "a little late"],
)
def test_all_addresses_are_served_in_the_end(
    world: OverDns, reply: Reply, served: list[str]
) -> None:
    world.reply(reply)
    world.minutes(40)
    assert set(world.served()) == set(served)
    assert changes(world.minutes(30)) == []


@pytest.mark.parametrize(
    "reply", [nothing(), failing(dns.rcode.NXDOMAIN)], ids=["nothing", "NXDOMAIN"]
)
def test_no_address_is_an_answer(world: OverDns, reply: Reply) -> None:
    world.reply(reply)
    assert changes(world.minutes(40)) == [1 + FORGET // MINUTE]
    assert world.served() == []


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (failing(dns.rcode.SERVFAIL), "SERVFAIL"),
        (failing(dns.rcode.REFUSED), "REFUSED"),
        (silent(), "no answer"),
        (late(always("192.0.2.9"), 5), "no answer"),
    ],
    ids=["SERVFAIL", "REFUSED", "silent", "late"],
)
def test_no_answer_leaves_the_last_good_one(world: OverDns, reply: Reply, why: str) -> None:
    world.reply(reply)
    world.limit(BRISK)
    runs = world.minutes(3)
    world.plane.now += 40 * MINUTE
    runs += world.minutes(1)
    assert changes(runs) == []
    assert world.served() == ["192.0.2.1"]
    assert [made.failing for made in runs] == [1] * 4
    assert why in runs[-1].problems[0]
    assert runs[-1].oldest_failing == 43 * MINUTE
