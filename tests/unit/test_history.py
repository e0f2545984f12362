"""A zone's history tells what became of it, who did it, and what people did about it."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.memory import MemoryAudit, MemorySnapshotStore
from tests.unit.story import BOB, HOSTS, START, UNGUARDED, Story
from tests.unit.test_record import APEX, KEY, alias, rrset
from zonemesh import diffing
from zonemesh.approve import approve, reject
from zonemesh.audit import APPLY, APPROVE, AuditEntry
from zonemesh.bump import bump
from zonemesh.diffing import Counts
from zonemesh.errors import NothingRecorded
from zonemesh.history import (
    FIRST_PAGE,
    Past,
    Recording,
    Standing,
    compared,
    head_of,
    read_history,
    read_recording,
    snapshot_called,
)
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.serial import SerialStrategy
from zonemesh.snapshot import Reason
from zonemesh.tree import entries
from zonemesh.zonefile import served_codec

WWW, MAIL = f"www.{APEX}", f"mail.{APEX}"
SERVED, ACCEPTED, HELD, REJECTED, NEVER = Standing


def history(story: Story, limit: int = 20):
    return read_history(story.store, story.audit, KEY, limit)


def standings(story: Story) -> list[Standing]:
    return [event.standing for event in history(story).events if isinstance(event, Recording)]


def emptied(story: Story, **how):
    """Most of the zone's hosts deleted, which the guard holds."""
    return story.drop(*[(each["Name"], "A") for each in HOSTS[:15]], **how)


def test_each_change_is_there_with_its_size_and_the_newest_comes_first():
    story = Story(rrset(WWW, "A", "192.0.2.1"), alias(f"api.{APEX}", WWW))
    edited = story.put(rrset(WWW, "A", "192.0.2.2"))
    added = story.put(rrset(MAIL, "MX", "10 mx.example.net."), by=BOB)
    removed = story.drop((WWW, "A"), (f"api.{APEX}", "A"))
    found = history(story)
    assert [event.snapshot for event in found.events] == [removed, added, edited, story.first]
    assert [event.served for event in found.events] == [
        Counts(removed=2), Counts(added=1), Counts(changed=2), Counts(added=3),
    ]  # fmt: skip
    assert [event.source for event in found.events] == [
        Counts(removed=2), Counts(added=1), Counts(changed=1), Counts(added=4),
    ]  # fmt: skip
    assert [event.standing for event in found.events] == [SERVED, ACCEPTED, ACCEPTED, ACCEPTED]
    assert found.events[1].snapshot.reason.changes[0].principal == BOB
    assert not found.more


def test_what_is_held_says_so_and_the_line_goes_on_without_it():
    story = Story(*HOSTS)
    held = emptied(story)
    assert standings(story) == [HELD, SERVED]
    (event, _) = history(story).events
    assert (event.snapshot, event.against, event.served) == (held, story.first, Counts(removed=15))
    assert held.concerns

    story.source.put(*HOSTS)
    back = story.put(rrset(MAIL, "A", "192.0.2.9"), *HOSTS[:15])
    assert standings(story) == [SERVED, NEVER, ACCEPTED]
    assert history(story).events[0].against == story.first
    assert [each for each, _ in Past(story.store, KEY).line(back)] == [back, story.first]


def test_a_rejected_snapshot_waits_and_an_approved_one_was_accepted_whatever_comes_after():
    story = Story(*HOSTS)
    held = emptied(story)
    reject(story.store, KEY, held.serial)
    assert standings(story) == [REJECTED, SERVED]
    approve(story.store, KEY, held.serial)
    story.act(APPROVE, held.serial)
    assert standings(story) == [SERVED, ACCEPTED]
    after = story.put(rrset(MAIL, "A", "192.0.2.9"))
    last = story.put(rrset(MAIL, "A", "192.0.2.10"))
    assert standings(story) == [SERVED, ACCEPTED, ACCEPTED, ACCEPTED]
    story.collect(after)  # what was made on it: the audit still knows
    assert standings(story) == [SERVED, ACCEPTED, ACCEPTED]
    assert history(story).events[0].snapshot == last


@pytest.mark.parametrize("approved", [True, False])
def test_one_snapshot_knows_what_became_of_it_without_the_others(approved: bool):
    story = Story(*HOSTS)
    held = emptied(story)
    if approved:
        approve(story.store, KEY, held.serial)
    else:
        story.source.put(*HOSTS)
    for number in range(3):
        story.put(rrset(MAIL, "A", f"192.0.2.{number}"), *([] if approved else HOSTS[:15]))
    found = read_recording(story.store, story.audit, head_of(story.store, KEY), held)
    assert found.standing is (ACCEPTED if approved else NEVER)


def test_actions_stand_among_the_snapshots_and_so_do_those_on_the_whole_mesh():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    story.act(APPLY, zone=None, detail="version 2")
    story.put(rrset(WWW, "A", "192.0.2.2"))
    story.audit.note(AuditEntry(story.now, "rollback", KEY, 7, BOB))
    story.act(APPLY, zone="route53:main:example.net.")
    told = [
        event.action if isinstance(event, AuditEntry) else event.snapshot.serial
        for event in history(story).events
    ]
    assert told == ["rollback", START + 61, APPLY, START]


def test_the_limit_counts_events_of_both_kinds():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    for number in range(5):
        story.act(APPROVE, number)
        story.put(rrset(WWW, "A", f"192.0.2.{10 + number}"))
    for limit in range(1, 12):
        found = history(story, limit)
        assert found.events == history(story, 50).events[:limit]
        assert found.more == (limit < 11)


def test_where_the_parent_is_no_longer_kept_it_is_counted_since_the_one_before():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    gone = [story.put(rrset(f"n{number}.{APEX}", "A", "192.0.2.1")) for number in range(3)]
    last = story.put(rrset(WWW, "A", "192.0.2.2"))
    story.collect(*gone)
    newest, first = history(story).events
    assert (newest.snapshot, newest.against, newest.skips) == (last, story.first, True)
    assert newest.served == Counts(added=3, changed=1)
    assert not first.skips

    story.collect(story.first)
    (alone,) = history(story).events
    assert (alone.against, alone.served, alone.source) == (None, None, None)


def test_a_held_snapshot_is_not_what_later_ones_are_counted_against():
    story = Story(*HOSTS)
    edited = story.put(rrset(MAIL, "A", "192.0.2.9"))
    emptied(story)
    story.source.put(*HOSTS)
    last = story.put(rrset(MAIL, "A", "192.0.2.10"), *HOSTS[:15])
    story.collect(edited)
    assert history(story).events[0].snapshot == last
    assert history(story).events[0].against == story.first


def test_a_policy_that_decides_anew_is_seen():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    story.put(rrset(WWW, "A", "192.0.2.2"))
    story.zone = MeshZone(KEY, APEX, Policy.model_validate({"soa": {"refresh": 600}}), "Z1")
    story.list()
    assert [event.decided_anew for event in history(story).events] == [True, False, False]
    assert history(story).events[0].served == Counts()


def test_a_raised_serial_is_no_change():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    bump(story.store, KEY, SerialStrategy.EPOCH, lambda: story.now + 5)
    raised = history(story).events[0]
    assert (raised.snapshot.reason, raised.served, raised.source) == (
        Reason("bump"), Counts(), Counts(),
    )  # fmt: skip


def test_counting_reads_only_what_differs():
    many = [rrset(f"h{number:05}.{APEX}", "A", "192.0.2.1") for number in range(5_000)]
    story = Story(*many)
    for number in (17, 2_500, 4_900):
        story.put(rrset(f"h{number:05}.{APEX}", "A", "192.0.2.2"))
    story.store.forget()
    found = history(story)
    assert [event.served for event in found.events] == [Counts(changed=1)] * 3 + [Counts(5_002 - 1)]
    # Two views of two levels and more, before and after; what is between two edits is read once.
    levels = 1 + story.first.served.level
    assert len(story.store.loaded) == len(set(story.store.loaded)) <= 3 * 2 * 2 * levels + 4
    assert story.store.steps.count("snapshots") == 1 and "snapshot" not in story.store.steps


def test_what_is_too_much_to_be_read_is_counted_by_the_chunks(monkeypatch):
    many = [rrset(f"h{number:05}.{APEX}", "A", "192.0.2.1") for number in range(2_000)]
    story = Story(*many, policy=UNGUARDED)
    story.put(
        *[rrset(each["Name"], "A", "192.0.2.2") for each in many], rrset(WWW, "A", "192.0.2.1")
    )
    monkeypatch.setattr(diffing, "COUNTED_MOST", 10)
    story.store.forget()
    counts = history(story).events[0].served
    assert counts == Counts(1, 0, 2_001, about=True)
    pages = story.store.loaded
    assert len(pages) <= 4  # the top pages of both views, no chunk
    monkeypatch.undo()
    assert history(story).events[0].served == Counts(1, 0, 2_000)


def test_a_damaged_chunk_does_not_hide_what_happened():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    edited = story.put(rrset(WWW, "A", "192.0.2.2"), by=BOB)
    digest = edited.served.digest
    story.store.nodes[KEY, digest] = "www.example.com. 300 IN A 203.0.113.66\n"
    newest, first = history(story).events
    assert digest in newest.damaged and newest.served is None
    assert newest.snapshot.reason.changes[0].principal == BOB
    assert (first.damaged, first.served) == ("", Counts(added=2))


def test_a_long_line_is_walked_in_pages():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    made = [story.first]
    for number in range(250):
        made.append(story.put(rrset(WWW, "A", f"192.0.{number}.2")))
    story.store.forget()
    line = list(Past(story.store, KEY).line(made[-1]))
    assert [each for each, _ in line] == made[::-1]
    assert [before for _, before in line] == [*made[-2::-1], None]
    assert "snapshot" not in story.store.steps
    assert story.store.steps.count("snapshots") <= 3 + 250 // FIRST_PAGE // 4


def test_a_zone_without_a_snapshot_says_how_it_gets_one():
    with pytest.raises(NothingRecorded, match="its first listing makes one"):
        read_history(MemorySnapshotStore(), MemoryAudit(), KEY, 20)


def test_snapshots_go_by_serial_or_by_what_they_are():
    story = Story(*HOSTS)
    newest = story.put(rrset(WWW, "A", "192.0.2.2"))
    head = head_of(story.store, KEY)
    assert snapshot_called(story.store, head, "newest") == newest
    assert snapshot_called(story.store, head, str(START)) == story.first
    assert compared(story.store, head, "parent", "newest") == (story.first, newest)
    assert compared(story.store, head, "newest", str(START)) == (newest, story.first)
    assert compared(story.store, head, "parent", str(START)) == (None, story.first)
    with pytest.raises(NothingRecorded, match="nothing is held; serial"):
        snapshot_called(story.store, head, "held")
    with pytest.raises(NothingRecorded, match=r"no snapshot 7, or keeps it no longer; the newest"):
        snapshot_called(story.store, head, "7")
    with pytest.raises(NothingRecorded, match="`last` is no serial"):
        snapshot_called(story.store, head, "last")
    held = emptied(story)
    assert snapshot_called(story.store, head_of(story.store, KEY), "held") == held


names = st.sampled_from([f"n{number}.{APEX}" for number in range(12)])
edits = st.lists(
    st.dictionaries(names, st.sampled_from([None, "192.0.2.1", "192.0.2.2"]), min_size=1),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(edits)
def test_counts_are_those_of_the_zones_laid_side_by_side(edits):
    story = Story(rrset(WWW, "A", "192.0.2.1"), policy=UNGUARDED)  # an empty zone is held
    for edit in edits:
        for name, address in edit.items():
            if address:
                story.source.put(rrset(name, "A", address))
            elif (name, "A", "") in story.source.rrsets:
                story.source.drop(name, "A")
        story.record(edit)

    def served(snapshot):
        found = entries(snapshot.served, story.load, served_codec)
        return {entry.key: entry.text for entry in found}

    found = history(story, 50).events
    assert all(event.standing in (SERVED, ACCEPTED) for event in found)
    for newer, older in itertools.pairwise(found):
        before, after = served(older.snapshot), served(newer.snapshot)
        both = before.keys() & after.keys()
        assert newer.served == Counts(
            len(after.keys() - before.keys()),
            len(before.keys() - after.keys()),
            sum(before[key] != after[key] for key in both),
        )
