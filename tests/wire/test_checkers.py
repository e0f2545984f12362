"""BIND's and Knot's checkers agree with NSD's on zones that Route 53 has, but for a known list."""

import shutil
from pathlib import Path

import pytest

from hub_container.nsd_control import check_zone
from tests.wire.checkers import ACCEPTED, APEX, BIND, KNOT, Accepted, check
from zonemesh.route53.rrsets import rrset_from_route53

HEAD = "example.com. 60 IN SOA ns. host. 1 1 1 1 1\nexample.com. 60 IN NS ns.example.net.\n"


BOTH = pytest.mark.parametrize("checker", [BIND, KNOT])


@pytest.fixture(autouse=True)
def _needs_checkers() -> None:
    if missing := [checker for checker in (BIND, KNOT) if not shutil.which(checker)]:
        pytest.fail(f"not installed: {', '.join(missing)} (packages bind9 and knot-dnssecutils)")


def zone_file(directory: Path, *rrsets: str) -> Path:
    """A zone as it is served, of rrsets that are lines of `owner type value`."""
    file = directory / "zone"
    file.write_text(HEAD + "".join(map(lines, rrsets)))
    check_zone(APEX, file)
    return file


def lines(rrset: str) -> str:
    owner, rdtype, value = rrset.split(" ", 2)
    name = APEX if owner == "@" else f"{owner}.{APEX}"
    return rrset_from_route53(
        {"Name": name, "Type": rdtype, "TTL": 60, "ResourceRecords": [{"Value": value}]}
    ).lines()


@BOTH
def test_a_plain_zone_has_no_complaint(checker: str, tmp_path: Path) -> None:
    file = zone_file(
        tmp_path,
        "www A 192.0.2.1",
        '* TXT "x"',
        "svc HTTPS 1 . alpn=h2 dohpath=/q{?dns}",
        r'caa CAA 0 ISSUE "a\"b;\073c\344"',
        "sub NS ns.sub.example.com.",
        "ns.sub A 192.0.2.2",
        "hidden.sub A 192.0.2.3",
        r"a\056b\041\134\056 PTR \041\134\056.example.net.",
    )
    said = check(checker, APEX, file)
    assert (said.refused, said.lines) == (False, [])


@pytest.mark.parametrize("accepted", ACCEPTED, ids=lambda accepted: accepted.line[:40])
def test_each_complaint_of_the_list_is_made(accepted: Accepted, tmp_path: Path) -> None:
    said = check(accepted.checker, APEX, zone_file(tmp_path, *accepted.rrsets))
    assert said.refused == accepted.refused
    assert said.lines
    assert said.unaccepted(accepted.checker) == []


@BOTH
def test_any_other_complaint_is_told(checker: str, tmp_path: Path) -> None:
    file = tmp_path / "zone"
    file.write_text(HEAD + "www.example.com. 60 IN A 192.0.2.1\nwww.example.com. 60 IN CNAME a.\n")
    said = check(checker, APEX, file)
    assert said.refused
    assert said.unaccepted(checker)
