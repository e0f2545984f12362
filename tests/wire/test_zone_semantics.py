"""Delegations, empty non-terminals, wildcards and names left out, asked of NSD, BIND and Knot."""

from collections.abc import Iterator

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest

from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.knot import KnotSecondary, knot_is_missing
from local.servers.nsd import NsdSecondary, nsd_is_missing
from tests.local.route53_world import rrset
from tests.wire.checkers import BIND, KNOT, check
from tests.wire.world import ServedZone, asked, listed_by_route53

APEX = "example.com."
LOST = f"1 13 6 {'ab' * 32}"  # a digest that NSD cannot read, so nothing of the rrset is served
RRSETS = [
    # A delegation, its glue, and what it hides.
    rrset("sub.example.com", "NS", "ns.sub.example.com.", "ns.example.net."),
    rrset("sub.example.com", "DS", f"1 13 2 {'ab' * 32}"),
    rrset("sub.example.com", "TXT", '"beside the delegation"'),
    rrset("ns.sub.example.com", "A", "192.0.2.53"),
    rrset("www.sub.example.com", "A", "192.0.2.1"),
    rrset("*.sub.example.com", "A", "192.0.2.2"),
    rrset("deep.below.sub.example.com", "NS", "ns.example.org."),
    # Wildcards at two depths, exact names and empty non-terminals beside them.
    rrset("*.example.com", "A", "192.0.2.10"),
    rrset("*.example.com", "MX", "10 mail.example.net."),
    rrset("txt.example.com", "TXT", '"only a TXT"'),
    rrset("a.b.c.example.com", "A", "192.0.2.11"),
    rrset("*.wild.example.com", "TXT", '"wild"'),
    rrset("alias.wild.example.com", "CNAME", "txt.example.com."),
    rrset("*.cname.example.com", "CNAME", "txt.example.com."),
    rrset("x.*.star.example.com", "A", "192.0.2.12"),
    # Nothing of these can be served, and no wildcard may answer for them.
    rrset("lost.example.com", "DS", LOST),
    rrset("lost.wild.example.com", "DS", LOST),
    rrset("lost.cname.example.com", "DS", LOST),
    rrset("full.example.com", "DS", LOST),
    rrset("under.full.example.com", "A", "192.0.2.13"),
]
REFERRAL, NODATA, NXDOMAIN = "referral", "NODATA", "NXDOMAIN"
# What any server must say: name, type, and the answer's last records or the kind of negative.
ANSWERS = [
    ("www.sub", "A", REFERRAL),
    ("anything.sub", "A", REFERRAL),
    ("deep.below.sub", "NS", REFERRAL),
    ("sub", "TXT", REFERRAL),
    ("sub", "DS", f"1 13 2 {'ab' * 32}"),
    ("any", "A", "192.0.2.10"),
    ("any.of.these", "A", "192.0.2.10"),
    ("any", "MX", "10 mail.example.net."),
    ("any", "TXT", NODATA),
    ("txt", "A", NODATA),  # an exact name: no wildcard beside it
    ("txt", "TXT", '"only a TXT"'),
    ("c", "A", NODATA),  # empty non-terminals
    ("b.c", "A", NODATA),
    ("other.b.c", "A", NXDOMAIN),
    ("a.b.c", "A", "192.0.2.11"),
    ("a.b.c", "MX", NODATA),
    ("wild", "TXT", NODATA),
    ("any.wild", "TXT", '"wild"'),
    ("any.wild", "A", NODATA),
    ("alias.wild", "TXT", '"only a TXT"'),
    ("x.alias.wild", "TXT", NXDOMAIN),
    ("any.cname", "TXT", '"only a TXT"'),
    ("star", "A", NODATA),
    ("any.star", "A", NODATA),  # *.star is an empty non-terminal: synthesis without data
    ("x.*.star", "A", "192.0.2.12"),
    ("y.*.star", "A", NXDOMAIN),
    ("lost", "A", NODATA),
    ("lost", "MX", NODATA),
    ("lost", "TXT", NODATA),
    ("lost", "DS", NODATA),
    ("below.lost", "A", NXDOMAIN),
    ("lost.wild", "TXT", NODATA),
    ("lost.cname", "A", NODATA),
    ("lost.cname", "CNAME", NODATA),
    ("full", "A", NODATA),
    ("under.full", "A", "192.0.2.13"),
]


@pytest.fixture(scope="module", autouse=True)
def _needs_servers() -> None:
    for missing in (nsd_is_missing(), bind_is_missing(), knot_is_missing()):
        if missing:
            pytest.fail(missing)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedZone]:
    directory = tmp_path_factory.mktemp("semantics")
    zone = ServedZone(APEX, listed_by_route53(APEX, RRSETS), directory)
    with zone.running():
        yield zone


@pytest.fixture(scope="module", params=["hub", BindSecondary, KnotSecondary, NsdSecondary])
def port(
    request: pytest.FixtureRequest, served: ServedZone, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of the hub, or of a secondary that has transferred the zone from it."""
    if request.param == "hub":
        yield served.hub.port
        return
    directory = tmp_path_factory.mktemp(request.param.program)
    with request.param(directory, served.hub.port, [APEX], served.hub.key) as secondary:
        secondary.wait_for(APEX, served.serial)
        yield secondary.port


def said(response: dns.message.Message) -> str:
    """Put a response into the words of `ANSWERS`."""
    if response.answer:
        return ", ".join(sorted(str(rdata) for rdata in response.answer[-1]))
    if response.rcode() == dns.rcode.NXDOMAIN:
        return NXDOMAIN
    authority = {rrset.rdtype for rrset in response.authority}
    is_referral = dns.rdatatype.NS in authority and not response.flags & dns.flags.AA
    assert response.rcode() == dns.rcode.NOERROR, response
    return REFERRAL if is_referral else NODATA


@pytest.mark.parametrize(("owner", "rdtype", "answer"), ANSWERS, ids=lambda text: text[:30])
def test_every_server_says_what_the_zone_means(
    port: int, owner: str, rdtype: str, answer: str
) -> None:
    name = dns.name.from_text(f"{owner}.{APEX}")
    assert said(asked(port, name.labels[:-1], rdtype)) == answer


def test_a_referral_carries_the_glue(port: int) -> None:
    response = asked(port, (b"www", b"sub", b"example", b"com"), "A")
    glue = [rrset for rrset in response.additional if rrset.rdtype == dns.rdatatype.A]
    assert [str(rrset) for rrset in glue] == ["ns.sub.example.com. 300 IN A 192.0.2.53"]


def test_what_a_delegation_hides_is_transferred_still(served: ServedZone) -> None:
    below = {str(owner) for owner, *_ in served.transferred()}
    assert {"www.sub.example.com.", "*.sub.example.com.", "deep.below.sub.example.com."} <= below


def test_a_name_that_loses_all_keeps_a_name_below_it(served: ServedZone) -> None:
    owners = {str(owner) for owner, *_ in served.transferred()}
    lost = {"lost.example.com.", "lost.wild.example.com.", "lost.cname.example.com."}
    assert not owners & lost
    assert {f"_zonemesh.{name}" for name in lost} <= owners


@pytest.mark.parametrize("checker", [BIND, KNOT])
def test_the_checkers_complain_of_nothing_new(checker: str, served: ServedZone) -> None:
    zone = check(checker, APEX, served.zone_file())
    assert (zone.refused, zone.unaccepted(checker)) == (False, [])
