"""Heads that moved are rung for; a ring too many is harmless, one too few is made up for."""

import pytest

from tests.fakes.memory import MemoryAnnouncer, MemoryLedger, MemoryRegister
from zonemesh.announce import announce
from zonemesh.errors import MessagingFailed
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import Member
from zonemesh.snapshot import Announcement, Head

ZONE = "route53:main:example.com."


class Bell:
    """A zone that two hubs serve."""

    def __init__(self, state="active", hubs=("eu", "us"), mesh="") -> None:
        self.mesh = parse_mesh(mesh) if mesh else Mesh()
        member = Member(ZONE, "example.com.", "main", "Z1", "listed", hubs, state)
        self.ledger, self.register = MemoryLedger(), MemoryRegister(member)
        self.announcer = MemoryAnnouncer()

    def announce(self, *heads: Head) -> list[Announcement]:
        return announce(heads, self.ledger, self.register, self.announcer, self.mesh)

    def told(self) -> list[tuple[str, ...]]:
        return [hubs for _, hubs in self.announcer.said]

    def said(self) -> list[int]:
        return [announcement.serial for announcement, _ in self.announcer.said]


def test_the_hubs_that_serve_a_zone_are_told() -> None:
    bell = Bell()
    assert bell.announce(Head(ZONE, 7)) == [Announcement(ZONE, 7)]
    assert bell.announcer.said == [(Announcement(ZONE, 7), ("eu", "us"))]
    assert bell.ledger.announcements == {ZONE: 7}


def test_a_head_that_was_announced_is_not_announced_again() -> None:
    bell = Bell()
    bell.announce(Head(ZONE, 7))
    assert bell.announce(Head(ZONE, 7, revision=3)) == []
    assert bell.said() == [7]


def test_of_several_heads_the_newest_is_announced() -> None:
    bell = Bell()
    bell.announce(Head(ZONE, 8), Head(ZONE, 9), Head(ZONE, 7))
    assert bell.said() == [9]


def test_the_newest_is_so_in_serial_arithmetic() -> None:
    bell = Bell()
    bell.announce(Head(ZONE, 2**32 - 1))
    bell.announce(Head(ZONE, 2**32 - 1), Head(ZONE, 3))
    assert bell.said() == [2**32 - 1, 3]


def test_a_late_older_head_neither_rings_nor_undoes_the_note() -> None:
    bell = Bell()
    bell.announce(Head(ZONE, 9))
    assert bell.announce(Head(ZONE, 8)) == []
    bell.ledger.mark_announced(Announcement(ZONE, 8))
    assert bell.ledger.announcements == {ZONE: 9}


def test_a_ring_that_fails_is_raised_and_not_noted() -> None:
    bell = Bell()

    def fail(step):
        raise MessagingFailed("no topic")

    bell.announcer.on_step = fail
    with pytest.raises(MessagingFailed):
        bell.announce(Head(ZONE, 7))
    bell.announcer.on_step = lambda step: None
    bell.announce(Head(ZONE, 7))
    assert bell.said() == [7]


def test_a_crash_between_ring_and_note_rings_twice() -> None:
    bell = Bell()
    note = bell.ledger.mark_announced

    def crash(announcement):
        raise SystemExit

    bell.ledger.mark_announced = crash
    with pytest.raises(SystemExit):
        bell.announce(Head(ZONE, 7))
    bell.ledger.mark_announced = note
    assert bell.announce(Head(ZONE, 7)) == [Announcement(ZONE, 7)]
    assert bell.said() == [7, 7]
    assert bell.ledger.announcements == {ZONE: 7}


def test_one_zone_s_failure_leaves_those_before_it_announced() -> None:
    bell = Bell()
    other = "route53:main:example.net."
    bell.register.put(Member(other, "example.net.", "main", "Z2", "listed", ("*",)))
    ring = bell.announcer.announce

    def second_fails(announcement, hubs):
        if announcement.zone == other:
            raise MessagingFailed("no topic")
        ring(announcement, hubs)

    bell.announcer.announce = second_fails
    with pytest.raises(MessagingFailed):
        bell.announce(Head(ZONE, 7), Head(other, 7))
    assert bell.ledger.announcements == {ZONE: 7}


@pytest.mark.parametrize("state", ["conflict", "overlap"])
def test_a_head_that_no_hub_serves_is_noted_in_silence(state: str) -> None:
    bell = Bell(state=state)
    assert bell.announce(Head(ZONE, 7)) == []
    assert bell.said() == []
    assert bell.ledger.announcements == {ZONE: 7}


def test_a_gone_zone_is_served_on_and_announced() -> None:
    bell = Bell(state="gone")
    assert bell.announce(Head(ZONE, 7)) == [Announcement(ZONE, 7)]


def test_a_zone_that_left_the_mesh_is_silent() -> None:
    bell = Bell()
    bell.register.remove(ZONE)
    assert bell.announce(Head(ZONE, 7)) == []


PUBLISHED = """
integrations: {main: {}, copies: {}}
zones: [{name: example.com, integration: main, hubs: [eu], targets: [copy, more]}]
hubs: {eu: , us: , asia: }
targets:
  copy: {type: route53, hub: us, integration: copies}
  more: {type: octodns, hub: us, provider: octodns_powerdns.PowerDnsProvider}
  unused: {type: route53, hub: asia, integration: copies}
"""


def test_the_hubs_that_publish_a_zone_are_told_too() -> None:
    bell = Bell(hubs=("eu",), mesh=PUBLISHED)
    bell.announce(Head(ZONE, 7))
    assert bell.told() == [("eu", "us")]


def test_one_word_tells_every_hub() -> None:
    bell = Bell(hubs=("*",), mesh=PUBLISHED)
    bell.announce(Head(ZONE, 7))
    assert bell.told() == [("*",)]


def test_the_hub_that_pulls_a_zone_is_told_too() -> None:
    bell = Bell()
    pulled = "axfr:asia:example.net."
    member = Member(pulled, "example.net.", "", "", "listed", ("eu",), pulled_by="asia")
    bell.register.put(member)
    bell.announce(Head(pulled, 7))
    assert bell.told() == [("asia", "eu")]
