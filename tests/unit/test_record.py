"""A zone that may have changed becomes a snapshot, and never a stale or a torn one."""

from dataclasses import replace

import dns.rdatatype
import pytest

from tests.fakes.memory import MemorySnapshotStore, MemorySource
from zonemesh.errors import HeadMoved, SourceError, SourceThrottled, TooManyRetries, ZoneGone
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.record import Recorder
from zonemesh.snapshot import Reason
from zonemesh.tree import entries
from zonemesh.zonefile import served_codec

APEX = "example.com."
REASON = Reason("event")
KEY = "route53:main:example.com."


def rrset(name, rdtype, *values, ttl=300, **more):
    return {
        "Name": name,
        "Type": rdtype,
        "TTL": ttl,
        "ResourceRecords": [{"Value": value} for value in values],
        **more,
    }


def alias(name, target, rdtype="A", **more):
    return {
        "Name": name,
        "Type": rdtype,
        "AliasTarget": {"HostedZoneId": "Z1", "DNSName": target, "EvaluateTargetHealth": False},
        **more,
    }


def soa(serial):
    text = f"ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. {serial} 7200 900 1209600 86400"
    return rrset(APEX, "SOA", text, ttl=900)


def hosted_zone(*more):
    return MemorySource(
        APEX,
        [
            soa(1),
            rrset(APEX, "NS", "ns-1.awsdns-00.org.", "ns-2.awsdns-01.com.", ttl=172800),
            *more,
        ],
    )


class World:
    """A source, a store and a clock that stands still."""

    def __init__(self, *rrsets, policy=None):
        self.source = hosted_zone(*rrsets)
        self.store = MemorySnapshotStore()
        self.now = 1_790_000_000
        self.zone = MeshZone(KEY, APEX, policy or Policy())
        self.recorder = Recorder(self.store, lambda: self.now)

    def listing(self, **kwargs):
        return self.recorder.record_listing(self.zone, self.source, REASON, **kwargs)

    def owners(self, *owners):
        return self.recorder.record_owners(self.zone, self.source, owners, REASON)

    def load(self, digests):
        return self.store.load(KEY, digests)

    def served(self):
        head = self.store.head(KEY)
        snapshot = self.store.snapshot(KEY, head.serial)
        texts = [entry.text for entry in entries(snapshot.served, self.load, served_codec)]
        return [snapshot.soa_line(), *"".join(texts).splitlines()]


def test_the_first_listing_is_the_first_snapshot():
    world = World(rrset("www.example.com.", "A", "192.0.2.1"))
    recorded = world.listing()
    assert recorded.changed
    assert (recorded.snapshot.serial, recorded.snapshot.parent) == (1_790_000_000, None)
    assert world.served() == [
        "example.com. 900 IN SOA ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. "
        "1790000000 900 300 2419200 86400",
        "example.com. 172800 IN NS ns-1.awsdns-00.org.",
        "example.com. 172800 IN NS ns-2.awsdns-01.com.",
        "www.example.com. 300 IN A 192.0.2.1",
    ]


@pytest.mark.parametrize(
    ("source", "servers", "expected"),
    [
        (2026112201, [], 2026112202),
        (2026112201, [2026112205], 2026112206),
        (2026112201, [2026112199], 2026112202),
        (7, [], 1_790_000_000),
        (1, [3_000_000_000], 3_000_000_001),  # Route 53's own 1 was counted by nobody
    ],
)
def test_the_first_serial_is_above_the_one_of_the_source_s_soa(source, servers, expected):
    world = World()
    world.source.put(soa(source))
    recorded = world.listing(floor=lambda: servers)
    assert recorded.snapshot.serial == expected
    world.source.put(soa(2026113000))  # later ones count for nothing
    world.source.put(rrset("www.example.com.", "A", "192.0.2.1"))
    assert world.listing().snapshot.serial == max(expected + 1, world.now)


def test_an_edit_reads_its_own_names_only_and_raises_the_serial():
    world = World(rrset("www.example.com.", "A", "192.0.2.1"))
    world.listing()
    world.source.put(rrset("www.example.com.", "A", "192.0.2.2"))
    recorded = world.owners("www.example.com.")
    assert recorded.changed
    assert recorded.snapshot.serial == 1_790_000_001
    assert world.served()[-1] == "www.example.com. 300 IN A 192.0.2.2"
    assert world.source.asked == [frozenset({"www.example.com."})]


def test_the_same_event_twice_changes_nothing():
    world = World()
    world.listing()
    world.source.put(rrset("www.example.com.", "A", "192.0.2.2"))
    first = world.owners("www.example.com.")
    again = world.owners("www.example.com.")
    assert (first.changed, again.changed) == (True, False)
    assert again.snapshot == first.snapshot


def test_an_event_that_comes_after_a_newer_one_brings_nothing_old_back():
    world = World(rrset("www.example.com.", "A", "192.0.2.1"))
    world.listing()
    world.source.put(rrset("www.example.com.", "A", "192.0.2.3"))  # two edits, one late event
    world.owners("www.example.com.")
    world.owners("www.example.com.")
    assert world.served()[-1] == "www.example.com. 300 IN A 192.0.2.3"


def test_a_deleted_name_leaves():
    world = World(rrset("www.example.com.", "A", "192.0.2.1"))
    world.listing()
    world.source.drop("www.example.com.", "A")
    world.owners("www.example.com.")
    assert not any(line.startswith("www") for line in world.served())


def test_an_event_for_a_zone_without_a_snapshot_asks_for_a_listing():
    world = World()
    assert world.owners("www.example.com.") is None


def test_a_listing_reads_only_the_names_that_differ():
    world = World(*(rrset(f"h{n}.example.com.", "A", "192.0.2.1") for n in range(500)))
    world.listing()
    world.source.put(rrset("h77.example.com.", "A", "192.0.2.9"))
    world.source.drop("h99.example.com.", "A")
    assert world.listing().changed
    assert world.source.asked == [frozenset({"h77.example.com.", "h99.example.com."})]


def test_a_torn_listing_records_what_the_names_are_now():
    world = World(
        rrset("a.example.com.", "A", "192.0.2.1"), rrset("z.example.com.", "A", "192.0.2.1")
    )
    world.source.page_size = 2
    world.listing()
    pages = []

    def move_between_pages(step):
        pages.append(step)
        if pages == ["page", "page"]:  # a listed already; the record moves from z to a
            world.source.on_step = lambda step: None
            world.source.put(rrset("a.example.com.", "A", "192.0.2.2"))
            world.source.drop("z.example.com.", "A")

    world.source.on_step = move_between_pages
    world.listing()
    world.listing()
    assert world.served()[-1] == "a.example.com. 300 IN A 192.0.2.2"


def test_a_vanished_zone_leaves_the_head_alone():
    world = World(rrset("www.example.com.", "A", "192.0.2.1"))
    world.listing()
    before = world.served()
    world.source.gone = True
    with pytest.raises(ZoneGone):
        world.listing()
    assert world.served() == before


def test_throttling_is_said_and_leaves_the_head_alone():
    world = World()
    world.listing()
    before = world.served()
    world.source.problems.append(SourceThrottled("Rate exceeded"))
    with pytest.raises(SourceThrottled):
        world.owners("www.example.com.")
    assert world.served() == before


def test_a_source_without_soa_is_no_zone():
    world = World()
    world.source.drop(APEX, "SOA")
    with pytest.raises(SourceError, match="no SOA at the apex"):
        world.listing()
    assert world.store.head(KEY) is None


def test_the_lineage_goes_on_when_the_zone_is_made_again():
    world = World()
    first = world.listing().snapshot
    world.source = hosted_zone(rrset("new.example.com.", "A", "192.0.2.7"))
    again = world.listing().snapshot
    assert again.parent == first.serial
    assert again.serial == first.serial + 1


def test_the_first_serial_is_above_what_secondaries_hold():
    world = World()
    assert world.listing(floor=lambda: [1, 2026112203]).snapshot.serial == 2026112204


def test_a_declared_floor_is_passed():
    world = World(policy=Policy.model_validate({"serial": {"floor": 2026112203}}))
    assert world.listing().snapshot.serial == 2026112204


def test_a_floor_declared_above_what_is_served_raises_the_serial_once():
    world = World()
    world.listing()
    world.zone = MeshZone(KEY, APEX, Policy.model_validate({"serial": {"floor": 2026112203}}))
    assert world.listing().snapshot.serial == 2026112204
    assert not world.listing().changed


def test_a_ds_digest_that_would_stop_the_zone_is_left_out_and_reported():
    digests = [f"1 13 {kind} {'ab' * 32}" for kind in (2, 5, 6)]
    world = World(
        rrset("sub.example.com.", "NS", "ns.sub.example.com."),
        rrset("sub.example.com.", "DS", *digests),
        rrset("lost.example.com.", "NS", "ns.lost.example.com."),
        rrset("lost.example.com.", "DS", digests[1]),
    )
    snapshot = world.listing().snapshot
    assert [line.split()[-3:] for line in world.served() if " DS " in line] == [
        ["13", "2", "ab" * 32]
    ]
    assert not any("_zonemesh" in line for line in world.served())
    assert snapshot.report.count == 2


def test_an_rrset_that_some_secondaries_refuse_is_served_and_reported():
    values = [f"192.0.2.{number}" for number in range(101)]
    world = World(rrset("many.example.com.", "A", *values))
    snapshot = world.listing().snapshot
    assert sum(line.startswith("many.") for line in world.served()) == 101
    assert snapshot.report.count == 1


def test_a_policy_that_changes_no_byte_makes_no_serial_and_one_that_does_makes_one():
    world = World()
    world.listing()
    world.zone = MeshZone(KEY, APEX, Policy.model_validate({"serial": {"strategy": "increment"}}))
    assert not world.listing().changed
    world.zone = MeshZone(KEY, APEX, Policy.model_validate({"soa": {"refresh": 60}}))
    recorded = world.listing()
    assert recorded.changed
    assert " 60 300 2419200 86400" in recorded.snapshot.soa_line()


def test_names_of_the_soa_are_written_as_all_servers_read_them():
    world = World()
    text = r"NS-1.example.net. o'brien\056x.example.com. 1 7200 900 1209600 86400"
    world.source.put(rrset(APEX, "SOA", text, ttl=900))
    soa_line = world.listing().snapshot.soa_line()
    assert soa_line.startswith(
        r"example.com. 900 IN SOA ns-1.example.net. o\039brien\046x.example.com. 1790000000 900 "
    )


def test_a_source_soa_policy_keeps_its_timers():
    world = World(policy=Policy(soa="source"))
    world.listing()
    assert world.served()[0].endswith("1790000000 7200 900 1209600 86400")


@pytest.mark.parametrize(
    ("apex_ns", "expected"),
    [("replace", {"ns.elsewhere.net."}), ("union", {"ns.elsewhere.net.", "ns-1.awsdns-00.org."})],
)
def test_apex_name_servers_by_policy(apex_ns, expected):
    policy = Policy.model_validate({"apex_ns": apex_ns, "name_servers": ["ns.elsewhere.net"]})
    world = World(policy=policy)
    world.listing()
    found = {line.split()[-1] for line in world.served() if " NS " in line}
    assert expected <= found
    assert ("ns-2.awsdns-01.com." in found) == (apex_ns == "union")


def test_an_alias_without_an_answer_is_kept_reported_and_not_served():
    world = World(alias("a.example.com.", "b.example.com."))
    snapshot = world.listing().snapshot
    assert snapshot.source.count == 3
    assert snapshot.losses == {"alias": 1}
    assert world.served()[3:] == ['_zonemesh.a.example.com. 300 IN TXT "withheld: A (alias)"']


def test_a_name_that_keeps_some_data_needs_no_placeholder():
    world = World(alias("a.example.com.", "b.example.com."), rrset("a.example.com.", "TXT", '"x"'))
    world.listing()
    assert world.served()[3:] == ['a.example.com. 300 IN TXT "x"']


def test_the_placeholder_follows_edits_of_the_name_and_of_its_own():
    world = World(alias("a.example.com.", "b.example.com."))
    world.listing()
    steps = [
        (lambda: world.source.put(rrset("_zonemesh.a.example.com.", "TXT", '"mine"')), "mine"),
        (lambda: world.source.drop("_zonemesh.a.example.com.", "TXT"), "withheld: A (alias)"),
    ]
    for change, text in steps:
        change()
        world.owners("_zonemesh.a.example.com.")
        assert world.served()[3:] == [f'_zonemesh.a.example.com. 300 IN TXT "{text}"']
    world.source.drop("a.example.com.", "A")
    world.owners("a.example.com.")
    assert world.served()[3:] == []


def test_an_edit_makes_the_views_that_a_whole_derivation_would():
    world = World(
        alias("a.example.com.", "b.example.com."), rrset(r"\052.example.com.", "A", "192.0.2.1")
    )
    world.listing()
    world.source.put(rrset(r"x\056y.example.com.", "TXT", r'"\344\"q"'))
    world.source.put(alias("c.example.com.", "b.example.com.", SetIdentifier="1", Weight=3))
    edited = world.owners(r"x\046y.example.com.", "c.example.com.").snapshot
    fresh = World()
    fresh.source = world.source
    listed = fresh.listing().snapshot
    assert (edited.source, edited.served, edited.report) == (
        listed.source,
        listed.served,
        listed.report,
    )


def test_a_value_that_dns_cannot_hold_is_reported_and_the_rest_is_served():
    world = World(
        rrset("bad.example.com.", "A", "not-an-address"),
        rrset("ok.example.com.", "A", "192.0.2.1"),
    )
    snapshot = world.listing().snapshot
    assert snapshot.report.count == 1
    assert world.served()[-1] == "ok.example.com. 300 IN A 192.0.2.1"


def test_two_writers_of_one_serial_one_wins():
    world = World()
    snapshot = world.listing().snapshot
    other = replace(snapshot, reason=Reason("listing"))
    with pytest.raises(HeadMoved):
        world.store.commit(other, None)
    assert world.store.snapshot(KEY, snapshot.serial) == snapshot


def test_endless_losing_is_said():
    world = World()
    world.listing()
    world.source.put(rrset("www.example.com.", "A", "192.0.2.2"))

    def lose(step):
        if step == "commit":
            raise HeadMoved("somebody else, always")

    world.store.on_step = lose
    with pytest.raises(TooManyRetries):
        world.owners("www.example.com.")


def test_only_new_chunks_are_written():
    world = World(*(rrset(f"h{n}.example.com.", "A", "192.0.2.1") for n in range(5000)))
    world.listing()
    world.store.touched.clear()
    world.source.put(rrset("h77.example.com.", "A", "192.0.2.9"))
    snapshot = world.owners("h77.example.com.").snapshot
    assert len(world.store.touched) == snapshot.source.level + 1 + snapshot.served.level + 1
    world.store.touched.clear()
    world.zone = MeshZone(KEY, APEX, Policy.model_validate({"soa": {"refresh": 60}}))
    world.listing()
    assert len(world.store.touched) == 0


def test_every_served_type_is_a_type_of_dns():
    world = World(rrset("spf.example.com.", "SPF", '"v=spf1 -all"'))
    world.listing()
    assert dns.rdatatype.from_text(world.served()[-1].split()[3]) == dns.rdatatype.SPF
