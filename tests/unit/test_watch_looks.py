"""Whether zones would survive their sources: whose turn it is, and what is noted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import dns.flags
import dns.message
import dns.rrset
import pytest

from tests.fakes.memory import MemoryResolver
from tests.fakes.plane import MESH, Plane, rrset
from zonemesh.enrol import enrol
from zonemesh.failover import Readiness
from zonemesh.ports import Resolver
from zonemesh.verify.asking import Answered
from zonemesh.verify.places import Server
from zonemesh.verify.questions import Query
from zonemesh.watch.looks import AGAIN, EVERY, Dns, Looked, look

POLICY = "integration: main, policy: {apex_ns: union, name_servers: [ns.example.com]}}"
SECONDARY, ADDRESS = "ns.example.com.", "192.0.2.53"


@dataclass
class Servers:
    """An Asker of servers; those at `answering` have every zone. `asked` notes who was asked."""

    answering: set[str] = field(default_factory=lambda: {ADDRESS})
    asked: list[str] = field(default_factory=list)

    def ask(
        self,
        questions: Mapping[Server, Sequence[Query]],
        answered: Answered,
        *,
        signatures: bool = False,
    ) -> dict[Server, dict[Query, str]]:
        silent = {}
        for server, queries in questions.items():
            self.asked.append(server.address)
            if server.address not in self.answering:
                silent[server] = dict.fromkeys(queries, "no answer")
                continue
            for query in queries:
                message = dns.message.make_response(dns.message.make_query(query.name, "SOA"))
                message.flags |= dns.flags.AA
                message.answer.append(
                    dns.rrset.from_text(query.name, 60, "IN", "SOA", "a. b. 1 2 3 4 5")
                )
                answered(server, query, message)
        return silent


@dataclass
class World:
    """A plane of zones whose source and policy name a secondary, and who is asked about them."""

    plane: Plane
    servers: Servers = field(default_factory=Servers)
    resolver: MemoryResolver = field(default_factory=MemoryResolver)

    def look(self, rounds: int = 100) -> Looked:
        left = count(rounds, -1)

        def resolver(integration: str) -> Resolver:
            return self.resolver

        plane = self.plane
        dns = Dns(self.servers, resolver)
        return look(plane.ports, plane.control.mesh, dns, lambda: plane.now, lambda: next(left) > 0)


@pytest.fixture
def world() -> Iterator[World]:
    plane = Plane(MESH.replace("integration: main}", POLICY))
    plane.create("Z1", "example.com.", rrset(SECONDARY, "A", ADDRESS))
    names = ["ns-1.awsdns-00.org.", SECONDARY]
    plane.put("Z1", rrset("example.com.", "NS", *names, ttl=3600))
    enrol(plane.control)
    plane.list_ordered()
    yield World(plane)


ZONE = "route53:main:example.com."


def note(world: World) -> tuple[Readiness, tuple[str, ...]]:
    found = world.plane.ports.readiness_notes.found[ZONE]
    return found.readiness, found.reasons


def test_a_parent_that_cannot_be_asked_leaves_it_unknown_with_the_reason(world: World) -> None:
    world.look()
    readiness, (reason,) = note(world)
    assert readiness is Readiness.UNKNOWN
    assert reason.startswith("the NS set of the parent is not known: ")
    assert "timeout" in reason


def test_a_secondary_in_the_zone_is_asked_at_the_address_that_it_has_there(world: World) -> None:
    world.look()
    assert world.servers.asked == [ADDRESS]
    assert not any("example.com." in name for asked in world.resolver.asked for name, _ in asked
                   if name == SECONDARY)  # fmt: skip


def test_a_policy_without_secondaries_is_not_ready_whoever_can_be_asked() -> None:
    plane = Plane()
    plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    world = World(plane)
    world.look()
    assert note(world)[0] is Readiness.NOT_READY


def test_a_zone_without_a_snapshot_is_unknown() -> None:
    plane = Plane()
    plane.create("Z1", "example.com.")
    enrol(plane.control)
    world = World(plane)
    world.look()
    assert note(world) == (Readiness.UNKNOWN, ("it has no snapshot yet",))


def test_a_zone_is_looked_at_once_an_hour(world: World) -> None:
    assert set(world.look().found) == {ZONE}
    world.plane.now += EVERY - 1
    assert world.look().found == {}
    world.plane.now += 1
    assert set(world.look().found) == {ZONE}


def zones(world: World, number: int) -> list[str]:
    for each in range(number):
        world.plane.create(f"Y{each}", f"z{each:02d}.net.")
    enrol(world.plane.control)
    world.plane.list_ordered()
    return [f"route53:main:z{each:02d}.net." for each in range(number)]


def test_those_that_were_not_looked_at_for_longest_come_first(world: World) -> None:
    added = zones(world, 12)
    first = list(world.look(rounds=1).found)
    world.plane.now += 10
    second = list(world.look(rounds=1).found)
    assert sorted(first + second) == sorted([ZONE, *added])
    world.plane.now += EVERY
    assert sorted(world.look(rounds=1).found) == sorted(first)


def test_when_there_is_no_time_nothing_is_begun(world: World) -> None:
    assert world.look(rounds=0).found == {}
    assert world.servers.asked == []


def test_what_is_lost_is_looked_at_soon_again_and_the_last_time_it_was_ready_is_kept(
    world: World,
) -> None:
    plane = world.plane
    world.look()
    notes = plane.ports.readiness_notes
    ready_at = plane.now
    notes.found[ZONE] = replace(
        notes.found[ZONE], readiness=Readiness.READY, reasons=(), ready_at=ready_at
    )
    plane.put("Z1", rrset("example.com.", "NS", "ns-1.awsdns-00.org.", ttl=3600))
    plane.now += EVERY
    plane.control.order_listing(plane.member(ZONE), "listing")
    plane.list_ordered()
    world.look()
    lost = notes.found[ZONE]
    assert (lost.readiness, lost.ready_at) == (Readiness.NOT_READY, ready_at)
    plane.now += AGAIN
    assert set(world.look().found) == {ZONE}


def test_a_zone_that_cannot_be_read_hides_no_other(world: World) -> None:
    (added,) = zones(world, 1)
    snapshots = world.plane.ports.store.roots
    for key in [key for key in snapshots if key[0] == ZONE]:
        del snapshots[key]
    looked = world.look()
    assert set(looked.found) == {added}
    (problem,) = looked.problems
    assert problem.startswith(ZONE)
