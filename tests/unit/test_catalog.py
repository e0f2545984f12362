"""The catalog zone's content: what a member looks like, and how many may leave at once."""

import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonemesh.catalog import (
    CATALOG_POLICY,
    CatalogEntry,
    catalog_rrsets,
    entries_in,
    label_of,
    lost,
)
from zonemesh.names import canonical_text

CATALOG = "catalog.example.net."


def lines(*listed: CatalogEntry) -> set[str]:
    return {
        f"{rrset['Name']} {rrset['TTL']} {rrset['Type']} {record['Value']}"
        for rrset in catalog_rrsets(CATALOG, listed)
        for record in rrset["ResourceRecords"]
    }


def test_a_catalog_has_a_version_and_a_name_server_that_is_none() -> None:
    assert lines() == {
        f"{CATALOG} 0 SOA invalid. invalid. 1 3600 600 2147483646 0",
        f"{CATALOG} 0 NS invalid.",
        f'version.{CATALOG} 0 TXT "2"',
    }


def test_a_member_is_a_ptr_and_its_group_a_txt_below_it() -> None:
    listed = (CatalogEntry("example.com.", "a1"), CatalogEntry("example.org.", "b2", "gold"))
    assert lines(*listed) - lines() == {
        f"a1.zones.{CATALOG} 0 PTR example.com.",
        f"b2.zones.{CATALOG} 0 PTR example.org.",
        f'group.b2.zones.{CATALOG} 0 TXT "gold"',
    }


def test_labels_stay_for_ever_and_differ_by_zone_and_epoch() -> None:
    # Consumers forget a zone whose label changes: these may never be computed in another way.
    assert label_of("example.com.") == "9be0f9e2b37ef98e5a2984f0660e12c8"
    names = [label_of(apex, epoch) for apex in ("example.com.", "example.org.") for epoch in (0, 1)]
    assert len(set(names)) == 4
    assert all(len(name) <= 63 and name.isalnum() for name in names)


labels = st.binary(min_size=1, max_size=20)
apexes = st.lists(labels, min_size=1, max_size=4).map(
    lambda parts: canonical_text(dns.name.Name([*parts, b""]))
)
groups = st.none() | st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)


@given(st.dictionaries(apexes, st.tuples(st.integers(0, 5), groups), max_size=20))
def test_what_is_written_is_read_back(zones: dict[str, tuple[int, str | None]]) -> None:
    listed = {
        apex: CatalogEntry(apex, label_of(apex, epoch), group)
        for apex, (epoch, group) in zones.items()
    }
    assert entries_in(CATALOG, catalog_rrsets(CATALOG, listed.values())) == listed


@pytest.mark.parametrize(
    ("before", "gone", "held"),
    [
        (1, 1, False),
        (5, 1, False),
        (2, 2, True),
        (10, 2, True),
        (19, 2, True),
        (20, 2, False),
        (20, 3, True),
        (1000, 100, False),
        (1000, 101, True),
    ],
)
def test_a_tenth_of_the_zones_may_leave_or_one_of_a_few(before: int, gone: int, held: bool) -> None:
    zones = [f"z{number}.example." for number in range(before)]
    why = lost(zones, zones[gone:], "since serial 7")
    assert bool(why) is held
    if held:
        assert f"{gone} of {before} zones" in why[0]
        assert "z0.example." in why[0]


def test_zones_that_come_make_up_for_none_that_leave() -> None:
    assert lost(["a.", "b."], ["c.", "d.", "e."], "since serial 7")


def test_the_catalog_does_not_expire_while_a_consumer_is_cut_off() -> None:
    timers = CATALOG_POLICY.soa
    assert not isinstance(timers, str)
    assert timers.expire > 60 * 365 * 86_400
