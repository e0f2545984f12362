"""What a SnapshotStore promises, held against memory and DynamoDB alike."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.memory import MemorySnapshotStore
from zonemesh.aws.nodes import PART_BYTES, node_key
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.table import Put, Table, keyed
from zonemesh.dashboard.remembered import RememberingStore
from zonemesh.errors import ChunkDamaged, HeadMoved, SnapshotMissing
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Change, Head, Reason, Snapshot
from zonemesh.tree import View, digest_of

ZONE = "Z1EXAMPLE"
TOP = View("ab" * 32, 1, 3)
FIRST = Snapshot(
    zone=ZONE,
    apex="example.com.",
    serial=1_790_000_000,
    parent=None,
    recorded_at=1_790_000_000,
    reason=Reason("first"),
    soa="example.com. 900 IN SOA ns. admin. 0 900 300 2419200 86400\n",
    source=TOP,
    served=TOP,
    report=None,
    aliases=None,
    answers=TOP,
    decisions="cd" * 32,
    losses={"alias": 2},
)
EDIT = Change("e-1", "ChangeResourceRecordSets", 1_790_000_005, "arn:…", "192.0.2.1", "aws-cli/2")
SECOND = replace(
    FIRST, serial=FIRST.serial + 1, parent=FIRST.serial, reason=Reason("event", (EDIT,))
)

FIRST_HEAD = Head(ZONE, FIRST.serial, 0, decisions=FIRST.decisions)
SECOND_HEAD = replace(FIRST_HEAD, serial=SECOND.serial, revision=1)


@pytest.fixture(params=["memory", "dynamodb", "remembering"])
def store(request: pytest.FixtureRequest) -> SnapshotStore:
    if request.param == "memory":
        return MemorySnapshotStore()
    if request.param == "remembering":
        return RememberingStore(MemorySnapshotStore())
    return DynamoSnapshotStore(request.getfixturevalue("table"))


def nodes(*texts: str) -> dict[str, str]:
    return {digest_of(text): text for text in texts}


def test_zone_without_snapshot_has_no_head(store: SnapshotStore) -> None:
    assert store.head(ZONE) is None
    assert store.heads([ZONE]) == {}


def test_committed_snapshot_is_the_head(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    assert store.head(ZONE) == FIRST_HEAD
    assert store.snapshot(ZONE, FIRST.serial) == FIRST


def test_next_snapshot_moves_the_head_and_the_last_one_stays(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.commit(SECOND, FIRST_HEAD)
    assert store.head(ZONE) == SECOND_HEAD
    assert store.snapshot(ZONE, FIRST.serial) == FIRST
    assert store.snapshot(ZONE, SECOND.serial) == SECOND


def test_second_writer_of_a_serial_loses(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.commit(SECOND, FIRST_HEAD)
    with pytest.raises(HeadMoved, match=ZONE):
        store.commit(replace(SECOND, recorded_at=SECOND.recorded_at + 1), FIRST_HEAD)
    assert store.snapshot(ZONE, SECOND.serial) == SECOND


def test_serial_that_is_taken_is_not_written_again(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.commit(SECOND, FIRST_HEAD)
    with pytest.raises(HeadMoved):
        store.commit(replace(FIRST, recorded_at=1), SECOND_HEAD)
    assert store.head(ZONE) == SECOND_HEAD
    assert store.snapshot(ZONE, FIRST.serial) == FIRST


def test_snapshot_on_an_older_head_loses(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.commit(SECOND, FIRST_HEAD)
    with pytest.raises(HeadMoved):
        store.commit(replace(SECOND, serial=SECOND.serial + 5), FIRST_HEAD)
    assert store.head(ZONE) == SECOND_HEAD
    with pytest.raises(SnapshotMissing):
        store.snapshot(ZONE, SECOND.serial + 5)


def test_first_snapshot_of_a_zone_that_has_one_loses(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    with pytest.raises(HeadMoved):
        store.commit(replace(FIRST, serial=FIRST.serial + 9), None)


def test_snapshot_on_a_head_that_never_was_loses(store: SnapshotStore) -> None:
    with pytest.raises(HeadMoved):
        store.commit(SECOND, FIRST_HEAD)
    assert store.head(ZONE) is None


def test_same_commit_again_changes_nothing(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.commit(FIRST, None)
    assert store.head(ZONE) == FIRST_HEAD


def test_confirmed_head_keeps_its_serial_and_shuts_out_older_readers(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.confirm(FIRST_HEAD, decisions="of today", held=None)
    confirmed = replace(FIRST_HEAD, revision=FIRST_HEAD.revision + 1, decisions="of today")
    assert store.head(ZONE) == confirmed
    with pytest.raises(HeadMoved):
        store.commit(SECOND, FIRST_HEAD)
    with pytest.raises(HeadMoved):
        store.confirm(FIRST_HEAD, decisions="", held=None)
    store.commit(SECOND, confirmed)
    assert store.head(ZONE) == replace(SECOND_HEAD, revision=confirmed.revision + 1)


def test_held_snapshot_is_kept_and_the_head_stays_where_it_is(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.hold(SECOND, FIRST_HEAD)
    held = FIRST_HEAD.holding(SECOND)
    assert (held.serial, held.held) == (FIRST.serial, SECOND.serial)
    assert store.head(ZONE) == held
    assert store.snapshot(ZONE, SECOND.serial) == SECOND
    with pytest.raises(HeadMoved):
        store.hold(replace(SECOND, serial=SECOND.serial + 1), FIRST_HEAD)
    store.confirm(held, decisions=held.decisions, held=held.held)
    still = replace(held, revision=2)
    assert store.heads([ZONE]) == {ZONE: still}
    store.confirm(still, decisions=still.decisions, held=None)
    assert store.head(ZONE) == replace(still, revision=3, held=None)


def test_held_snapshot_is_accepted_or_rejected_as_it_was_seen(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.hold(SECOND, FIRST_HEAD)
    held = store.head(ZONE)
    assert held
    rejected = store.reject(held)
    assert rejected == replace(held, revision=2, rejected=True)
    assert store.head(ZONE) == rejected
    with pytest.raises(HeadMoved):
        store.accept(held)
    accepted = store.accept(rejected)
    assert accepted == replace(SECOND_HEAD, revision=3)
    assert store.head(ZONE) == accepted


def test_commit_ends_what_was_held(store: SnapshotStore) -> None:
    store.commit(FIRST, None)
    store.hold(SECOND, FIRST_HEAD)
    third = replace(SECOND, serial=SECOND.serial + 1)
    store.commit(third, FIRST_HEAD.holding(SECOND))
    assert store.head(ZONE) == replace(FIRST_HEAD, serial=third.serial, revision=2)


def test_head_that_never_was_is_not_confirmed(store: SnapshotStore) -> None:
    with pytest.raises(HeadMoved):
        store.confirm(FIRST_HEAD, decisions="", held=None)
    assert store.head(ZONE) is None


def test_zones_do_not_touch_each_other(store: SnapshotStore) -> None:
    others = [replace(FIRST, zone=f"Z{number}", serial=number) for number in range(1, 151)]
    for snapshot in others:
        store.commit(snapshot, None)
    found = store.heads([*(snapshot.zone for snapshot in others), ZONE])
    assert found == {s.zone: Head(s.zone, s.serial, decisions=s.decisions) for s in others}


def test_snapshots_come_back_in_bounded_pages_the_newest_first(store: SnapshotStore) -> None:
    assert store.snapshots(ZONE) == []
    for other in ("Z0", f"{ZONE}2"):
        store.commit(replace(FIRST, zone=other), None)
    store.commit(FIRST, None)
    made, head = [FIRST], FIRST_HEAD
    for step in range(1, 8):
        snapshot = replace(SECOND, serial=FIRST.serial + 3 * step, parent=made[-1].serial)
        if step == 7:
            store.hold(snapshot, head)
        else:
            store.commit(snapshot, head)
        made.append(snapshot)
        head = replace(head, serial=snapshot.serial, revision=head.revision + 1)
    newest_first = made[::-1]
    assert store.snapshots(ZONE) == newest_first
    pages, below = [], None
    while page := store.snapshots(ZONE, below=below, most=3):
        pages.append(page)
        below = page[-1].serial
    assert pages == [newest_first[:3], newest_first[3:6], newest_first[6:]]


def test_only_snapshots_below_a_serial_are_read_whether_or_not_it_is_one(
    store: SnapshotStore,
) -> None:
    store.commit(FIRST, None)
    store.commit(SECOND, FIRST_HEAD)
    assert store.snapshots(ZONE, below=SECOND.serial + 1, most=1) == [SECOND]
    assert store.snapshots(ZONE, below=SECOND.serial) == [FIRST]
    assert store.snapshots(ZONE, below=FIRST.serial) == []
    assert store.snapshots(ZONE, below=0) == []


def test_serials_are_in_the_order_of_numbers(store: SnapshotStore) -> None:
    highest, low = 2**32 - 1, 9
    store.commit(replace(FIRST, serial=low), None)
    store.commit(replace(SECOND, serial=highest, parent=low), replace(FIRST_HEAD, serial=low))
    assert [snapshot.serial for snapshot in store.snapshots(ZONE)] == [highest, low]


def test_missing_snapshot_is_named(store: SnapshotStore) -> None:
    with pytest.raises(SnapshotMissing, match=f"{ZONE}.*7"):
        store.snapshot(ZONE, 7)


def test_written_chunks_load(store: SnapshotStore) -> None:
    written = nodes(*(f"host{n} 1\n" for n in range(230)), "ü\n", "")
    store.write(ZONE, written)
    assert store.load(ZONE, [*written, *written]) == written
    assert store.load(ZONE, []) == {}


def test_chunk_written_again_loads(store: SnapshotStore) -> None:
    written = nodes("a 1\n")
    store.write(ZONE, written)
    store.write(ZONE, written)
    assert store.load(ZONE, written) == written


def test_chunk_of_another_zone_is_missing(store: SnapshotStore) -> None:
    written = nodes("a 1\n")
    store.write("Z2", written)
    with pytest.raises(ChunkDamaged, match=f"{ZONE}.*{next(iter(written))}"):
        store.load(ZONE, written)


def test_rrset_larger_than_an_item_is_whole(store: SnapshotStore) -> None:
    noise = random.Random(1).randbytes(1_000_000).hex() + "\n"  # 1 MB when compressed
    small = nodes("a 1\n")
    written = small | nodes(noise)
    store.write(ZONE, written)
    assert store.load(ZONE, written) == written


Damage = Callable[[Table, str], None]


def another_text(table: Table, digest: str) -> None:
    table.put_many([keyed(node_key(ZONE, digest), zlib=b"\x00", used_at=1)])


def a_part_gone(table: Table, digest: str) -> None:
    table.delete(node_key(ZONE, digest, 1))


def the_text_of_another_chunk(table: Table, digest: str) -> None:
    other = nodes("b 1\n")
    DynamoSnapshotStore(table).write(ZONE, other)
    item: Any = table.get(node_key(ZONE, next(iter(other))))
    table.put(Put(item | keyed(node_key(ZONE, digest))))


@pytest.mark.parametrize("damage", [another_text, a_part_gone, the_text_of_another_chunk])
def test_damaged_chunk_is_named(table: Table, damage: Damage) -> None:
    large = random.Random(2).randbytes(2 * PART_BYTES).hex()
    written = nodes("a 1\n", large)
    store = DynamoSnapshotStore(table)
    store.write(ZONE, written)
    damage(table, digest_of(large))
    with pytest.raises(ChunkDamaged, match=f"{ZONE}.*{digest_of(large)}"):
        store.load(ZONE, written)


def test_chunk_is_touched_whether_or_not_it_was_there(table: Table) -> None:
    now = iter([1000.0, 2000.5])
    store = DynamoSnapshotStore(table, clock=lambda: next(now))
    written = nodes("a 1\n")
    key = node_key(ZONE, next(iter(written)))
    for expected in (1000, 2000):
        store.write(ZONE, written)
        item = table.get(key)
        assert item is not None
        assert item["used_at"] == expected


def test_damaged_memory_is_named_too() -> None:
    store = MemorySnapshotStore()
    written = nodes("a 1\n")
    store.write(ZONE, written)
    store.nodes[ZONE, next(iter(written))] = "b 1\n"
    with pytest.raises(ChunkDamaged, match=ZONE):
        store.load(ZONE, written)
