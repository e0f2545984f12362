"""Records for which BIND refuses a whole zone: what is left in the zone is what BIND reads."""

from pathlib import Path

import dns.rdata
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.wire.checkers import APEX, BIND, check
from zonemesh.translation.limits import taken

HEAD = f"{APEX} 60 IN SOA ns. host. 1 1 1 1 1\n{APEX} 60 IN NS ns.\n"

# Pieces of expressions; sets of characters are whole, as BIND reads odd ones in ways of its own.
_PIECES = [
    b"a",
    b"\\",
    b"1",
    b"0",
    b"(",
    b")",
    b"^",
    b"$",
    b"*",
    b"?",
    b"{",
    b"}",
    b",",
    b"|",
    b"i",
]
_PIECES += [b"!", b"[a-z]", b"[^]b]", b"[[:digit:]-]", b"[z-a]", b"[", b"{1,3}", b"{3,1}", b"(a)"]
_PART = st.lists(st.sampled_from(_PIECES), max_size=6).map(b"".join)
REGEXPS = st.builds(
    lambda *parts: b"!".join((b"", *parts)), _PART, _PART, st.sampled_from([b"", b"i", b"g"])
) | _PART.filter(bool)

# Variables of templates (RFC 6570), and what is beside them.
_WORDS = st.sampled_from(
    [b"dns", b"a", b"?", b"&", b",", b"{", b"}", b"/", b"{?dns}", b"\xe4", b"*"]
)
PATHS = st.lists(_WORDS, max_size=6).map(lambda words: b"/" + b"".join(words))


def naptr(regexp: bytes) -> dns.rdata.Rdata:
    text = "".join(f"\\{octet:03d}" for octet in regexp)
    return dns.rdata.from_text("IN", "NAPTR", f'1 1 "u" "s" "{text}" .')


def https(path: bytes) -> dns.rdata.Rdata:
    text = "".join(f"\\{octet:03d}" for octet in path)
    return dns.rdata.from_text("IN", "HTTPS", f'1 . key7="{text}"')


def refused_lines(rdatas: list[dns.rdata.Rdata], directory: Path) -> set[int]:
    """Give the numbers of the rdatas that BIND refuses, of one rrset each."""
    zone = directory / "zone"
    # In the form of RFC 3597 5: after an error within quotation marks BIND loses the next lines.
    records = (
        f"x{number}.{APEX} 60 IN TYPE{int(rdata.rdtype)} \\# {len(wire)} {wire.hex()}\n"
        for number, (rdata, wire) in enumerate((each, each.to_wire() or b"") for each in rdatas)
    )
    zone.write_text(HEAD + "".join(records))
    first = HEAD.count("\n") + 1
    told = [line for line in check(BIND, APEX, zone).lines if "dns_rdata_fromtext" in line]
    return {int(line.split(f"{zone}:")[1].split(":")[0]) - first for line in told}


def left_out(rdatas: list[dns.rdata.Rdata]) -> set[int]:
    return {
        number
        for number, rdata in enumerate(rdatas)
        if not taken(rdata.rdtype, frozenset({rdata}))[0]
    }


@pytest.mark.parametrize(("strategy", "made"), [(REGEXPS, naptr), (PATHS, https)])
def test_what_is_left_out_is_what_bind_refuses(strategy, made, tmp_path) -> None:
    @settings(
        max_examples=6,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(strategy, min_size=60, max_size=90))
    def compare(values: list[bytes]) -> None:
        rdatas = [made(value) for value in values]
        assert left_out(rdatas) == refused_lines(rdatas, tmp_path)

    compare()


def test_bind_refuses_the_zone_for_one_such_record(tmp_path: Path) -> None:
    bad = [naptr(b"abc"), https(b"/dns-query")]
    assert refused_lines(bad, tmp_path) == left_out(bad) == {0, 1}
    good = [naptr(b"!a!b!"), https(b"/dns-query{?dns}")]
    assert refused_lines(good, tmp_path) == left_out(good) == set()
