"""What leads from one snapshot to another, in dig's lines and in Route 53's own."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.story import UNGUARDED, Story
from tests.unit.test_record import APEX, KEY, alias, rrset
from zonemesh.diffing import Counts, served_diff, source_diff
from zonemesh.export import Format, export
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy

WWW, MAIL = f"www.{APEX}", f"mail.{APEX}"


def lines(diff) -> list[str]:
    return [f"{sign} {line}" for sign, line in diff.lines()]


def served(story: Story, before, after) -> list[str]:
    return lines(served_diff(before, after, story.load))


def test_only_the_records_that_differ_are_shown_in_the_order_of_the_zone():
    story = Story(rrset(WWW, "A", "192.0.2.1", "192.0.2.2"), rrset(f"old.{APEX}", "A", "192.0.2.9"))
    last = story.put(rrset(WWW, "A", "192.0.2.2", "192.0.2.3"), rrset(MAIL, "TXT", '"a b"'))
    story.drop((f"old.{APEX}", "A"))
    after = story.put(rrset(f"*.{APEX}", "AAAA", "2001:db8::1"))
    assert last.serial < after.serial
    diff = served_diff(story.first, after, story.load)
    assert lines(diff) == [
        "+ *.example.com. 300 IN AAAA 2001:db8::1",
        '+ mail.example.com. 300 IN TXT "a b"',
        "- old.example.com. 300 IN A 192.0.2.9",
        "- www.example.com. 300 IN A 192.0.2.1",
        "+ www.example.com. 300 IN A 192.0.2.3",
    ]
    assert diff.counts == Counts(2, 1, 1)


def test_another_ttl_is_another_record():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    after = story.put(rrset(WWW, "A", "192.0.2.1", ttl=60))
    assert served(story, story.first, after) == [
        "- www.example.com. 300 IN A 192.0.2.1",
        "+ www.example.com. 60 IN A 192.0.2.1",
    ]


def test_the_soa_is_shown_where_more_than_its_serial_differs():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    story.zone = MeshZone(KEY, APEX, Policy.model_validate({"soa": {"refresh": 600}}), "Z1")
    after = story.list()
    old, new = served(story, story.first, after)
    assert old == f"- {story.first.soa_line()}" and " 900 300 2419200 " in old
    assert new == f"+ {after.soa_line()}" and f" {after.serial} 600 " in new
    assert lines(source_diff(story.first, after, story.load)) == []


def test_of_the_source_the_rrsets_are_shown_as_route_53_gave_them():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    routed = rrset(MAIL, "A", "192.0.2.4", SetIdentifier="eu", Weight=3, HealthCheckId="h-1")
    pointing = alias(f"api.{APEX}", WWW)
    after = story.put(routed, pointing)
    found = source_diff(story.first, after, story.load)
    assert [sign for sign, _ in found.lines()] == ["+", "+"]
    assert [json.loads(line) for _, line in found.lines()] == [pointing, routed]


def test_from_nothing_the_whole_zone_comes():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    whole = "".join(export(story.store, story.first, Format.ZONEFILE)).splitlines()
    assert sorted(served(story, None, story.first)) == sorted(f"+ {line}" for line in whole)


def test_what_two_snapshots_share_is_not_read():
    many = [rrset(f"h{number:05}.{APEX}", "A", "192.0.2.1") for number in range(5_000)]
    story = Story(*many)
    for number in range(0, 2_000, 500):
        after = story.put(rrset(f"h{number:05}.{APEX}", "A", "192.0.2.2"))
    levels = 1 + story.first.served.level
    assert levels > 1
    story.store.forget()
    assert len(served(story, story.first, after)) == 8
    assert len(story.store.loaded) <= 4 * 2 * levels
    story.store.forget()
    assert served(story, after, after) == []
    assert story.store.loaded == []


names = st.sampled_from([f"n{number}.{APEX}" for number in range(8)])
states = st.dictionaries(names, st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))


@settings(max_examples=60, deadline=None)
@given(states, states)
def test_a_diff_leads_from_the_one_zone_file_to_the_other_and_back(before, after):
    def rrsets(state):
        return [
            rrset(name, "A", *[f"192.0.2.{number}" for number in numbers])
            for name, numbers in state.items()
        ]

    story = Story(*rrsets(before), policy=UNGUARDED)
    for name in before.keys() - after.keys():
        story.source.drop(name, "A")
    story.source.put(*rrsets(after))
    newer = story.record(before.keys() | after.keys() | {f"none.{APEX}"})

    def zone(snapshot):
        text = "".join(export(story.store, snapshot, Format.ZONEFILE))
        return {line for line in text.splitlines() if " IN SOA " not in line}

    found = list(served_diff(story.first, newer, story.load).lines())
    gone = {line for sign, line in found if sign == "-"}
    come = {line for sign, line in found if sign == "+"}
    assert gone <= zone(story.first) and not gone & come
    assert zone(story.first) - gone | come == zone(newer)
    back = list(served_diff(newer, story.first, story.load).lines())
    assert {("-" if sign == "+" else "+", line) for sign, line in found} == set(back)
