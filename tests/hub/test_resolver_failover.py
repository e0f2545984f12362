"""A real resolver whose cache is warm from the source, and the source dies.

What it does then is what the judgement of the zone's NS sets said.
"""

from collections.abc import Iterator
from pathlib import Path

import dns.rcode
import pytest

from local.servers.bind import bind_is_missing
from local.servers.client import wait_until
from local.servers.nsd_primary import NsdPrimary
from local.servers.ports import free_port
from local.servers.resolver import BindResolver
from local.servers.zone_server import ZoneServer
from zonemesh.failover import Failover, Readiness, Sets, failover
from zonemesh.verify.answers import NS, ServedZone
from zonemesh.verify.delegation import ask_parent
from zonemesh.verify.readiness import name_servers_of
from zonemesh.zonefile import served_codec

APEX = "shop.test."
OWN, SECOND = "ns.source.test.", "ns.second.test."
ROOT_ADDRESS, SOURCE_ADDRESS, SECOND_ADDRESS = "127.53.2.1", "127.53.2.2", "127.0.0.1"
NAMES = 8


@pytest.fixture(autouse=True)
def _needs_bind() -> None:
    if missing := bind_is_missing():
        pytest.fail(missing)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def root(port: int) -> Iterator[ZoneServer]:
    """The root, which is the zone's parent and delegates it to both servers."""
    text = (
        ". 3600 IN SOA root.test. admin.test. 1 900 300 86400 60\n"
        ". 3600 IN NS root.test.\n"
        f"root.test. 3600 IN A {ROOT_ADDRESS}\n"
        f"{APEX} 3600 IN NS {OWN}\n"
        f"{APEX} 3600 IN NS {SECOND}\n"
        f"{OWN} 3600 IN A {SOURCE_ADDRESS}\n"
        f"{SECOND} 3600 IN A {SECOND_ADDRESS}\n"
    )
    zone = ServedZone(".", served_codec(text))
    with ZoneServer(address=ROOT_ADDRESS, port=port, zone=lambda: zone) as root:
        yield root


@pytest.fixture
def resolver(port: int, root: ZoneServer, tmp_path: Path) -> Iterator[BindResolver]:
    with BindResolver(tmp_path / "resolver", ROOT_ADDRESS, port) as resolver:
        yield resolver


def zone_with(*servers: str) -> str:
    """Give the zone; names have a TTL of a second."""
    lines = [f"{APEX} 900 IN SOA {OWN} admin.{APEX} 7 900 300 86400 60\n"]
    lines += [f"{APEX} 3600 IN NS {server}\n" for server in servers]
    lines += [f"n{number}.{APEX} 1 IN A 192.0.2.{number + 1}\n" for number in range(NAMES)]
    return "".join(lines)


def answered(resolver: BindResolver, number: int) -> bool:
    answer = resolver.ask(f"n{number}.{APEX}", "A")
    return answer is not None and bool(answer.answer)


def learned(resolver: BindResolver) -> list[str]:
    answer = resolver.ask(APEX, "NS")
    return sorted(rdata.to_text() for rrset in answer.answer for rdata in rrset) if answer else []


def judged(text: str, port: int) -> Failover:
    """Judge the zone as `verify` does, all copies being alike."""
    rrset = ServedZone(APEX, served_codec(text)).rrset(APEX, NS)
    assert rrset is not None
    own = name_servers_of(rrset)
    sets = Sets(ask_parent(APEX, [(ROOT_ADDRESS, port)]), own, own)
    return failover("zone", sets, [SECOND], [OWN], {})


def warm_then_alone(text: str, port: int, resolver: BindResolver) -> None:
    """Have the resolver learn the zone from its source, then leave only the secondary."""
    zone = ServedZone(APEX, served_codec(text))
    with ZoneServer(address=SOURCE_ADDRESS, port=port, zone=lambda: zone) as source:
        wait_until("the cache is warm", lambda: answered(resolver, 0), within=120)
        # Who asks for the zone's NS has its own set from then on. Resolvers once took it from the
        # authority section of any answer; those of today do not (CVE-2025-11411).
        wait_until("its NS set is known", lambda: bool(learned(resolver)), within=120)
        assert {asked.name for asked in source.asked} >= {f"n0.{APEX}", APEX}


def test_with_the_secondary_in_the_source_s_set_answers_go_on(
    port: int, resolver: BindResolver, tmp_path: Path
) -> None:
    text = zone_with(OWN, SECOND)
    assert judged(text, port).readiness is Readiness.READY
    warm_then_alone(text, port, resolver)
    with NsdPrimary(tmp_path / "second", {APEX: text}, None, port=port):
        for number in range(NAMES):  # the first one's second in the cache is soon over
            wait_until(f"n{number} is answered", lambda n=number: answered(resolver, n), 120)


def test_without_it_nobody_asks_the_secondary_whatever_the_parent_says(
    port: int, resolver: BindResolver, tmp_path: Path
) -> None:
    text = zone_with(OWN)
    found = judged(text, port)
    assert found.readiness is Readiness.NOT_READY
    assert "because the source's own NS set does not name it" in found.reasons[0]
    assert SECOND in found.sets.parent.names
    warm_then_alone(text, port, resolver)
    with NsdPrimary(tmp_path / "second", {APEX: text}, None, port=port) as second:
        for number in range(1, NAMES):
            answer = resolver.ask(f"n{number}.{APEX}", "A")
            assert answer is not None
            assert answer.rcode() == dns.rcode.SERVFAIL
        assert second.serial(APEX) == 7  # it was there, and would have answered
