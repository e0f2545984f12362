"""A serial of the primary becomes one snapshot: under that serial, read by what changed."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.memory import MemorySnapshotStore
from tests.fakes.primaries import SOA, MemoryPrimary, record
from tests.unit.story import CountingStore
from zonemesh.approve import approve
from zonemesh.errors import SourceError
from zonemesh.export import Format, export
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.record_pulled import PULLED, record_pulled
from zonemesh.snapshot import Reason

APEX = "example.com."
KEY = "axfr:lon:example.com."
HOSTS = [f"h{number}.example.com. 300 A 192.0.2.{number}" for number in range(40)]
NOW = 1_790_000_000


class World:
    """A primary, and the store that its zone is recorded in."""

    def __init__(self, serial=5, lines=HOSTS, store=None, **policy):
        self.primary = MemoryPrimary(APEX, serial, *lines)
        self.store = MemorySnapshotStore() if store is None else store
        self.decide(**policy)

    def decide(self, **policy):
        decided = Policy.model_validate({"soa": "source"} | policy)
        self.zone = MeshZone(KEY, APEX, decided, pulled=True)

    def record(self, **how):
        return record_pulled(
            self.store, self.zone, self.primary, Reason(PULLED), lambda: NOW, **how
        )

    def put(self, serial, *lines, **how):
        self.primary.put(serial, *lines)
        return self.record(**how)

    def served(self):
        head = self.store.head(KEY)
        return self.text(self.store.snapshot(KEY, head.serial))

    def text(self, snapshot):
        return "".join(export(self.store, snapshot, Format.ZONEFILE))


def test_first_snapshot_has_the_primarys_serial_and_soa():
    world = World(2026112301)
    recorded = world.record()
    assert recorded.changed
    assert recorded.snapshot.serial == 2026112301
    assert f"{APEX} 900 IN SOA {SOA.format(2026112301)}\n" in world.served()
    assert "h7.example.com. 300 IN A 192.0.2.7\n" in world.served()


def test_new_serial_is_read_by_what_changed():
    world = World()
    world.record()
    recorded = world.put(6, *HOSTS[1:], 'new.example.com. 60 TXT "a b"')
    assert world.primary.asked == ["spool", "since"]
    assert recorded.snapshot.serial == 6
    assert recorded.snapshot.parent == 5
    assert "h0.example.com." not in world.served()
    assert 'new.example.com. 60 IN TXT "a b"\n' in world.served()


def test_same_serial_changes_nothing():
    world = World()
    world.record()
    again = world.record()
    assert (again.changed, again.snapshot.serial) == (False, 5)
    assert len(world.store.roots) == 1


def test_change_of_one_record_costs_what_it_changes():
    hosts = [f"h{number:05}.example.com. 300 A 192.0.2.1" for number in range(5_000)]
    world = World(5, hosts, store=CountingStore())
    world.record()
    world.store.forget()
    before = len(world.store.nodes)
    world.put(6, *hosts[:2_500], *hosts[2_501:])
    assert len(world.store.loaded) <= 14
    assert len(world.store.nodes) - before <= 12
    assert world.store.steps.count("commit") == 1


def test_primary_without_history_is_read_whole():
    world = World()
    world.primary.remembers = 0
    world.record()
    recorded = world.put(6, *HOSTS[:-1])
    assert world.primary.asked == ["spool", "since", "spool"]
    assert recorded.snapshot.serial == 6
    assert "h39." not in world.served()


def test_history_that_does_not_fit_is_not_believed():
    """A primary that was set up anew gives an old serial to other content."""
    world = World()
    world.record()
    world.primary.put(5, *HOSTS[:20], "other.example.com. 300 A 198.51.100.1")
    world.primary.put(6, *HOSTS[:20])
    recorded = world.record()
    assert world.primary.asked == ["spool", "since", "spool"]
    assert recorded.held  # half of the zone is gone
    assert "h39." not in world.text(recorded.snapshot)
    assert "other." not in world.text(recorded.snapshot)


def test_serial_jumps_with_the_primarys():
    world = World()
    world.record()
    assert world.put(400, *HOSTS[1:]).snapshot.serial == 400


def test_serial_that_went_backwards_is_followed_forwards():
    world = World(100)
    world.record()
    recorded = world.put(50, *HOSTS[1:])
    assert world.primary.asked[-1] == "spool"
    assert recorded.snapshot.serial == 101
    assert world.put(51, *HOSTS[2:]).snapshot.serial == 102
    assert world.put(200, *HOSTS[2:]).snapshot.serial == 200


def test_serial_past_the_end_of_numbers_is_newer():
    world = World(2**32 - 1)
    world.record()
    assert world.put(3, *HOSTS[1:]).snapshot.serial == 3


def test_policy_that_alters_the_zone_takes_the_next_serial():
    world = World()
    world.record()
    world.decide(soa={"refresh": 60, "retry": 30, "expire": 7200})
    recorded = world.record()
    assert recorded.snapshot.serial == 6
    assert "6 60 30 7200 60\n" in world.served()
    assert world.put(6, *HOSTS[1:]).snapshot.serial == 7


def test_serial_that_secondaries_have_already_is_kept_for_the_first():
    """They were the primary's own before: what they hold under it is the same."""
    world = World(30)
    assert world.record(floor=lambda: [30]).snapshot.serial == 30
    world = World(30)
    assert world.record(floor=lambda: [44]).snapshot.serial == 45


def test_declared_floor_raises_the_serial_once():
    world = World(30)
    world.record()
    world.decide(serial={"floor": 90})
    assert world.record().snapshot.serial == 91
    assert not world.record().changed


def test_most_of_the_zone_gone_waits():
    world = World()
    world.record()
    recorded = world.put(6, *HOSTS[:5])
    assert (recorded.held, recorded.alert) == (True, True)
    assert "35 of 42 rrsets" in recorded.snapshot.concerns[0]
    assert "h39." in world.served()


def test_what_waits_lets_go_when_the_primary_comes_to_sense():
    world = World()
    world.record()
    world.put(6, *HOSTS[:5])
    recorded = world.put(7, *HOSTS)
    assert (recorded.held, recorded.snapshot.serial) == (False, 7)
    assert world.store.head(KEY).held is None


def test_what_waits_is_served_under_its_own_serial_once_the_guard_lets_it():
    world = World()
    world.record()
    world.put(6, *HOSTS[:5])
    world.decide(guard={"removed": 100, "changed": 100})
    recorded = world.record()
    assert (recorded.held, recorded.changed, recorded.snapshot.serial) == (False, True, 6)
    assert world.store.head(KEY).serial == 6


def test_what_waits_may_be_approved_and_followed():
    world = World()
    world.record()
    world.put(6, *HOSTS[:5])
    approve(world.store, KEY, 6)
    assert world.put(7, *HOSTS[:4]).snapshot.serial == 7


def test_damage_is_healed_by_a_transfer():
    world = World()
    snapshot = world.record().snapshot
    del world.store.nodes[KEY, snapshot.source.digest]
    recorded = world.record(whole=True)
    assert "missing" in recorded.repaired
    assert not recorded.changed
    assert world.put(6, *HOSTS[1:]).snapshot.serial == 6


def test_zone_without_an_soa_is_no_zone():
    world = World()
    world.primary.put_records(6, [record(line) for line in HOSTS])
    with pytest.raises(SourceError, match="no SOA"):
        world.record()


_OWNERS = st.sampled_from([APEX, *(f"{name}.{APEX}" for name in ["a", "b", "c.b", "*.b", "_x.a"])])
_RDATA = st.one_of(
    st.sampled_from(
        [
            "A 192.0.2.1",
            "A 192.0.2.2",
            "AAAA 2001:db8::1",
            "CNAME Elsewhere.example.net.",
            "NS ns9.example.net.",
            "MX 10 Mail.example.com.",
            'TXT "a\\"b\\\\c\\228" ""',
            'CAA 0 issue "ca.example.net"',
            "DS 1 8 5 aabb",  # a digest that NSD refuses: left out
            "HTTPS 1 . alpn=h2",
            "TYPE65280 \\# 2 abcd",
            "RRSIG A 13 2 300 20270101000000 20260101000000 1 example.com. AAAA",
            "RRSIG MX 13 2 60 20270301000000 20260101000000 1 example.com. AAAA",
            "NSEC b.example.com. A MX RRSIG NSEC",
            "DNSKEY 257 3 13 AAAA",
        ]
    ),
    st.integers(0, 130).map(lambda number: f"A 198.51.100.{number}"),
)
_LINES = st.lists(st.tuples(_OWNERS, _RDATA), max_size=12, unique=True).map(
    lambda found: [f"{owner} 300 {rdata}" for owner, rdata in found]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_LINES, min_size=2, max_size=5))
def test_changes_one_by_one_end_with_what_a_transfer_makes(versions):
    unguarded = {"guard": {"removed": 100, "changed": 100, "apex_ns": False, "from_rrsets": 1000}}
    world = World(1, versions[0], **unguarded)
    world.record()
    for serial, lines in enumerate(versions[1:], 2):
        changed = world.put(serial, *lines).snapshot
    afresh = World(serial, versions[-1], **unguarded).record().snapshot
    assert changed.tops == afresh.tops
    assert (changed.soa, changed.losses, changed.refused) == (
        afresh.soa,
        afresh.losses,
        afresh.refused,
    )
    if afresh.signatures is not None:
        assert changed.signatures.rrsets == afresh.signatures.rrsets
        assert changed.signatures.hours == afresh.signatures.hours
        assert afresh.expires - 3600 < changed.expires <= afresh.expires
