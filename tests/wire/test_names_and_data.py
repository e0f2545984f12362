"""Names and data of any kind, from Route 53's JSON to what NSD hands to secondaries."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.knot import KnotSecondary, knot_is_missing
from local.servers.nsd import NsdSecondary, nsd_is_missing
from local.servers.secondary import Secondary
from tests.wire.checkers import BIND, KNOT, check
from tests.wire.names import Labels, folded, is_below
from tests.wire.rrsets import Modelled, Record, modelled, record, together, zone_records
from tests.wire.values import VALUES
from tests.wire.world import ServedZone, asked, listed_by_route53, records
from zonemesh.route53.rrsets import (
    rrset_from_route53,
    rrset_to_route53,
    source_codec,
    source_entry,
    source_rrset,
)
from zonemesh.zone import RRset
from zonemesh.zonefile import served_codec, served_entry

APEX = (b"example", b"com")
APEX_TEXT = "example.com."
OWN_NS = (APEX_TEXT, "NS")
OWN = {OWN_NS, (APEX_TEXT, "SOA")}
DRAWN = 40  # of each type, in the one zone that NSD loads
TYPES = sorted(VALUES)


def meaning(rrset: RRset) -> set[Record]:
    return {record(rrset.name, rrset.ttl, rdata) for rdata in rrset.rdatas}


@pytest.mark.parametrize("rdtype", TYPES)
def test_what_is_served_says_what_route_53_holds(rdtype: str) -> None:
    @given(modelled(APEX, rdtype))
    @settings(max_examples=30)
    def goes_both_ways(drawn: Modelled) -> None:
        for api in (drawn.api, drawn.listed()):
            entry = source_entry(api)
            assert source_rrset(entry.text) == api
            assert source_codec(entry.text) == [entry]
            ours = rrset_from_route53(source_rrset(entry.text))
            assert meaning(ours) == drawn.records
            assert meaning(rrset_from_route53(rrset_to_route53(ours))) == drawn.records
            served = served_entry(ours)
            assert served_codec(served.text) == [served]
            assert meaning(RRset.from_lines(served.text)) == drawn.records

    goes_both_ways()


def draw_zone() -> list[Modelled]:
    """Some rrsets of each type that can stand in one zone."""
    drawn: list[Modelled] = []
    for rdtype in TYPES:

        @given(modelled(APEX, rdtype))
        @settings(
            max_examples=DRAWN,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        def collect(rrset: Modelled) -> None:
            # Knot 3.2 keeps names with zero octets between the labels, and takes two names for one
            # where labels have such octets too; tests/hub/test_odd_names.py has them, for NSD.
            if not any(b"\0" in label for label in rrset.owner):
                drawn.append(rrset)

        collect()
    return together(drawn)


@pytest.fixture(scope="module")
def drawn() -> list[Modelled]:
    return draw_zone()


@pytest.fixture(scope="module")
def served(drawn: list[Modelled], tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedZone]:
    for missing in (nsd_is_missing(), bind_is_missing(), knot_is_missing()):
        if missing:
            pytest.fail(missing)
    listing = listed_by_route53(APEX_TEXT, (rrset.api for rrset in drawn))
    zone = ServedZone(APEX_TEXT, listing, tmp_path_factory.mktemp("wire"))
    with zone.running():
        yield zone


@pytest.mark.parametrize("checker", [BIND, KNOT])
def test_other_checkers_complain_of_nothing_new(checker: str, served: ServedZone) -> None:
    said = check(checker, APEX_TEXT, served.zone_file())
    assert said.unaccepted(checker) == []
    assert not said.refused


def test_the_strict_route_53_lists_what_was_drawn(
    served: ServedZone, drawn: list[Modelled]
) -> None:
    def key(rrset: dict) -> tuple[str, str]:
        return rrset["Name"], rrset["Type"]

    own = [rrset for rrset in served.listing if key(rrset) not in OWN]
    assert sorted(own, key=key) == sorted((rrset.listed() for rrset in drawn), key=key)


def test_the_source_view_is_the_listing(served: ServedZone) -> None:
    view = served.source_view()
    assert len(view) == len(served.listing)
    for rrset in served.listing:
        assert rrset in view


def test_nsd_transfers_what_route_53_holds(served: ServedZone, drawn: list[Modelled]) -> None:
    ns = next(rrset for rrset in served.listing if (rrset["Name"], rrset["Type"]) == OWN_NS)
    expected = zone_records(drawn) | meaning(rrset_from_route53(ns))
    got = served.transferred()
    assert sorted(got - expected, key=str) == []
    assert sorted(expected - got, key=str) == []


def is_hidden(rrset: Modelled, cuts: set[Labels]) -> bool:
    """Tell whether a delegation answers in the rrset's place (RFC 4035 3.1.4.1: not for a DS)."""
    owner = folded(rrset.owner)
    return any(is_below(owner, cut) and not (owner == cut and rrset.rdtype == "DS") for cut in cuts)


@pytest.mark.parametrize("program", [BindSecondary, KnotSecondary, NsdSecondary])
def test_secondaries_transfer_and_serve_it(
    program: type[Secondary], served: ServedZone, drawn: list[Modelled], tmp_path: Path
) -> None:
    cuts = {folded(rrset.owner) for rrset in drawn if rrset.rdtype == "NS"}
    with program(tmp_path, served.hub.port, [APEX_TEXT], served.hub.key) as secondary:
        secondary.wait_for(APEX_TEXT, served.serial, within=60)
        wrong = []
        for rrset in drawn:
            response = asked(secondary.port, rrset.owner, rrset.rdtype)
            if is_hidden(rrset, cuts):
                is_right = not response.answer and response.authority
            else:
                is_right = frozenset(records(response.answer)) == rrset.records
            wrong += [] if is_right else [(rrset.api, str(response))]
        assert wrong == []
