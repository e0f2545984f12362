"""Who touched a name last."""

import itertools

import dns.rdatatype
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.story import ALICE, BOB, HOSTS, UNGUARDED, Story
from tests.unit.test_record import APEX, alias, rrset
from zonemesh.blame import blame, owner_named
from zonemesh.errors import UnknownName
from zonemesh.names import order_of
from zonemesh.tree import same_owner
from zonemesh.zonefile import served_codec

WWW, API = f"www.{APEX}", f"api.{APEX}"


def newest(story: Story):
    return story.store.snapshot(story.zone.key, story.store.head(story.zone.key).serial)


def asked(story: Story, name: str, rdtype: str | None = None):
    wanted = dns.rdatatype.from_text(rdtype) if rdtype else None
    return blame(story.store, newest(story), name, wanted)


def principal(touch) -> str:
    return touch.snapshot.reason.changes[0].principal


def texts(touch):
    return [(change.before, change.after) for change in touch.changes]


def test_the_last_edit_of_a_name_is_found_among_those_of_others():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    story.put(rrset(WWW, "A", "192.0.2.2"), by=ALICE)
    last = story.put(rrset(WWW, "A", "192.0.2.3"), by=BOB)
    story.put(rrset(f"other.{APEX}", "A", "192.0.2.3"), by=ALICE)
    found = asked(story, WWW)
    (touch,) = found.touches
    assert (touch.snapshot, principal(touch)) == (last, BOB)
    assert texts(touch) == [
        ("www.example.com. 300 IN A 192.0.2.2\n", "www.example.com. 300 IN A 192.0.2.3\n")
    ]


def test_a_copy_changed_with_its_target_and_its_own_rrset_did_not():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    pointed = story.put(alias(API, WWW), by=ALICE)
    copied = story.put(rrset(WWW, "A", "192.0.2.2"), by=BOB)
    found = asked(story, API)
    assert (found.served.snapshot, found.source.snapshot) == (copied, pointed)
    assert [principal(touch) for touch in found.touches] == [BOB, ALICE]


def test_a_name_that_is_gone_tells_who_removed_it():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    removed = story.drop((WWW, "A"), by=BOB)
    (touch,) = asked(story, WWW).touches
    assert (touch.snapshot, principal(touch)) == (removed, BOB)
    assert texts(touch) == [("www.example.com. 300 IN A 192.0.2.1\n", None)]


def test_types_of_a_name_are_told_apart():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    added = story.put(rrset(WWW, "TXT", '"x"'), by=BOB)
    assert asked(story, WWW).served.snapshot == added
    assert asked(story, WWW, "TXT").served.snapshot == added
    assert asked(story, WWW, "A").served.snapshot == story.first
    with pytest.raises(UnknownName, match=r"has no www\.example\.com\. AAAA"):
        asked(story, WWW, "AAAA")


def test_a_name_as_old_as_the_zone_came_with_its_first_listing():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    story.put(rrset(API, "A", "192.0.2.1"))
    (touch,) = asked(story, WWW).touches
    assert (touch.snapshot, touch.is_first, touch.is_older) == (story.first, True, False)


def test_it_says_where_the_history_ends_before_the_change():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    second = story.put(rrset(API, "A", "192.0.2.1"))
    story.put(rrset(API, "A", "192.0.2.2"))
    story.collect(story.first)
    (touch,) = asked(story, WWW).touches
    assert (touch.snapshot, touch.is_older, touch.is_first) == (second, True, False)


def test_it_says_where_snapshots_between_are_no_longer_kept():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    gone = story.put(rrset(WWW, "A", "192.0.2.2"), by=BOB)
    last = story.put(rrset(API, "A", "192.0.2.1"), by=ALICE)
    assert not asked(story, API).served.skips
    story.collect(gone)
    (touch,) = asked(story, WWW).touches
    assert (touch.snapshot, touch.before, touch.skips) == (last, story.first, True)


def test_what_was_held_has_touched_nothing():
    story = Story(*HOSTS)
    edited = story.put(rrset(HOSTS[0]["Name"], "A", "192.0.2.8"))
    held = story.drop(*[(each["Name"], "A") for each in HOSTS[:15]])
    assert held.concerns
    assert asked(story, HOSTS[0]["Name"]).served.snapshot == edited
    found = blame(story.store, held, HOSTS[0]["Name"])
    assert found.served.snapshot == held


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("www.example.com.", WWW),
        ("WWW.Example.com", WWW),
        ("www", WWW),
        ("a.b", f"a.b.{APEX}"),
        ("@", APEX),
        ("example.com", APEX),
        ("*", f"*.{APEX}"),
        ("_sip._tcp", f"_sip._tcp.{APEX}"),
    ],
)
def test_names_are_whole_or_relative_to_the_zone(text: str, owner: str):
    assert owner_named(text, APEX) == owner


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("www.example.net.", r"www\.example\.net\. is not in example\.com\."),
        ("a..b", "is not a domain name"),
        ("none", r"has no none\.example\.com\., nor had it since serial 1790000000"),
    ],
)
def test_names_that_never_were_are_refused(text: str, words: str):
    with pytest.raises(UnknownName, match=words):
        asked(Story(rrset(WWW, "A", "192.0.2.1")), text)


def test_of_other_names_edits_little_is_read():
    many = [rrset(f"h{number:05}.{APEX}", "A", "192.0.2.1") for number in range(5_000)]
    story = Story(*many)
    sought = story.put(rrset("h02500.example.com.", "A", "192.0.2.2"), by=BOB)
    for number in range(40):
        story.put(rrset("h04900.example.com.", "A", f"192.0.2.{number}"))
    story.store.forget()
    found = asked(story, "h02500")
    assert found.served.snapshot == found.source.snapshot == sought
    # The tops differ each time; below them the edits are beside the way to the name.
    levels = 1 + story.first.served.level
    assert levels > 1
    batches = 4  # 1 + 4 + 16 + 64 pairs; two of them share a snapshot, of two views
    assert len(story.store.loaded) <= 2 * (41 + 1) + 2 * batches + 2 * 2 * levels
    assert story.store.steps.count("load") <= batches + 2 * (levels - 1)


names = st.sampled_from([f"n{number}.{APEX}" for number in range(4)])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(names, st.sampled_from([None, "192.0.2.1", "192.0.2.2"])), max_size=12))
def test_it_is_the_newest_snapshot_in_which_the_name_is_other_than_before(edits):
    story = Story(policy=UNGUARDED)
    made = [story.first]
    for name, address in edits:
        if address:
            story.source.put(rrset(name, "A", address))
        elif (name, "A", "") in story.source.rrsets:
            story.source.drop(name, "A")
        if (snapshot := story.record([name])) != made[-1]:
            made.append(snapshot)

    def at(snapshot, name):
        return same_owner(snapshot.served, [order_of(name)], story.load, served_codec)

    for name in {name for name, _ in edits}:
        changed = [
            after
            for before, after in itertools.pairwise(made)
            if at(before, name) != at(after, name)
        ]
        if changed:
            found = asked(story, name)
            assert found.served.snapshot == found.source.snapshot == changed[-1]
        else:
            with pytest.raises(UnknownName):
                asked(story, name)
