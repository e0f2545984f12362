"""rrsets as large as Route 53 has them: who takes them, as the report says."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.client import wait_until
from local.servers.knot import KnotSecondary, knot_is_missing
from local.servers.nsd import NsdSecondary, nsd_is_missing
from local.servers.secondary import Secondary
from tests.fakes.plane import apex_rrsets
from tests.local.route53_world import rrset
from tests.wire.world import ServedZone, asked, listed_by_route53
from zonemesh.fidelity import report_codec
from zonemesh.tree import entries

APEX = "example.com."
MANY = (b"many", b"example", b"com")
VALUES = 400  # Route 53's quota for an rrset
TEXTS = 99  # of 250 characters: near the 32,000 that a batch may have, within BIND's 100


class RaisedBind(BindSecondary):
    """A BIND whose limits on the size of rrsets are off."""

    def _configuration(self) -> str:
        raised = "options {\n  max-records-per-type 0;\n  max-types-per-name 0;"
        return super()._configuration().replace("options {", raised, 1)


@pytest.fixture(scope="module", autouse=True)
def _needs_servers() -> None:
    for missing in (nsd_is_missing(), bind_is_missing(), knot_is_missing()):
        if missing:
            pytest.fail(missing)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedZone]:
    addresses = [f"198.51.{number // 200}.{number % 200}" for number in range(VALUES)]
    texts = [f'"{number:03d}{"x" * 245}"' for number in range(TEXTS)]
    listing = listed_by_route53(
        APEX,
        [rrset("many.example.com", "A", *addresses), rrset("long.example.com", "TXT", *texts)],
    )
    zone = ServedZone(APEX, listing, tmp_path_factory.mktemp("large"))
    with zone.running():
        yield zone


def report(zone: ServedZone) -> list[str]:
    """The lines of the fidelity report, as JSON."""
    store = zone.plane.ports.store
    snapshot = store.snapshot(zone.key, zone.serial)

    def load(digests: Iterable[str]) -> dict[str, str]:
        return store.load(zone.key, digests)

    return [entry.text for entry in entries(snapshot.report, load, report_codec)]


def test_the_report_names_the_limit_and_the_option(served: ServedZone) -> None:
    (line,) = report(served)
    assert '"owner":"many.example.com."' in line
    assert '"kind":"limit"' in line
    assert "max-records-per-type" in line


@pytest.mark.parametrize("program", [RaisedBind, KnotSecondary, NsdSecondary])
def test_who_has_no_limit_serves_all_of_it(
    program: type[Secondary], served: ServedZone, tmp_path: Path
) -> None:
    with program(tmp_path, served.hub.port, [APEX], served.hub.key) as secondary:
        secondary.wait_for(APEX, served.serial)
        (many,) = asked(secondary.port, MANY, "A").answer
        (long,) = asked(secondary.port, (b"long", *MANY[1:]), "TXT").answer
        assert len(many) == VALUES
        assert len(long) == TEXTS


def test_bind_as_it_comes_refuses_the_transfer(served: ServedZone, tmp_path: Path) -> None:
    with BindSecondary(tmp_path, served.hub.port, [APEX], served.hub.key) as secondary:
        wait_until(
            "BIND says why it has not transferred the zone",
            lambda: "too many records (must not exceed 100)" in secondary.server.log(),
        )
        assert secondary.serial(APEX) is None


def test_one_value_in_two_spellings_is_one_record(tmp_path: Path) -> None:
    # Route 53 refuses it in a batch; a listing that held it all the same must not stop the zone.
    twice = rrset("twice.example.com.", "AAAA", "2001:DB8::1", "2001:db8:0::1")
    zone = ServedZone(APEX, [*apex_rrsets(APEX), twice], tmp_path)
    with zone.running():
        (answer,) = asked(zone.hub.port, (b"twice", *MANY[1:]), "AAAA").answer
        assert [str(rdata) for rdata in answer] == ["2001:db8::1"]
