"""Route 53's rrset JSON, our types and master-file lines say the same, byte for byte."""

import json
from typing import Any

import botocore.session
import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonemesh.names import canonical_text, order_of, parse_route53_name, route53_text, text_of
from zonemesh.route53.rrsets import (
    UnreadableRecord,
    owner_of,
    rrset_from_route53,
    rrset_to_route53,
    source_codec,
    source_entry,
    source_rrset,
)
from zonemesh.zone import RRset
from zonemesh.zonefile import served_codec, served_entry

# Values as Route 53 takes them.

LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63).map(str.encode)
ANY_LABEL = LABEL | st.binary(min_size=1, max_size=63)
LABELS = st.lists(ANY_LABEL, min_size=1, max_size=4).filter(
    lambda labels: sum(len(label) + 1 for label in labels) < 200
)


def octal(content: bytes, plain: str) -> str:
    return "".join(chr(byte) if chr(byte) in plain else f"\\{byte:03o}" for byte in content)


def name_text(labels: list[bytes], dot: bool = True) -> str:
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
    return ".".join(octal(label, letters) for label in labels) + ("." if dot else "")


def quoted(content: bytes) -> str:
    """A character-string: printable bytes as they are, all others in octal."""
    printable = "".join(chr(byte) for byte in range(0x20, 0x7F) if chr(byte) not in '"\\')
    return f'"{octal(content, printable)}"'


NAME = st.builds(name_text, LABELS, st.booleans())
OWNER = LABELS.map(lambda labels: name_text([*labels, b"example", b"com"]))
OCTET, SHORT, LONG = st.integers(0, 255), st.integers(0, 2**16 - 1), st.integers(0, 2**31 - 1)
STRING = st.binary(max_size=255).map(quoted)
STRINGS = st.lists(STRING, min_size=1, max_size=4).map(" ".join)
WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=10)


def hexadecimal(length: int) -> st.SearchStrategy[str]:
    return st.binary(min_size=length, max_size=length).map(lambda content: content.hex().upper())


def spaced(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda values: " ".join(map(str, values)))


V4, V6 = st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str)
SERVICE = spaced(
    st.integers(1, 2**16 - 1),
    NAME | st.just("."),
    st.fixed_dictionaries(
        {},
        optional={
            "alpn": st.sampled_from(['"h2"', '"h2,h3"', "h3"]),
            "port": SHORT,
            "ipv4hint": V4,
            "ipv6hint": V6,
        },
    ).map(lambda given: " ".join(f"{key}={value}" for key, value in given.items())),
).map(str.strip)
ALIAS_MODE = spaced(st.just(0), NAME)

VALUES: dict[str, st.SearchStrategy[str]] = {
    "A": V4,
    "AAAA": V6,
    "CAA": spaced(st.sampled_from([0, 128]), st.sampled_from(["issue", "iodef"]), STRING),
    "CNAME": NAME,
    "DS": spaced(SHORT, st.sampled_from([8, 13]), st.just(2), hexadecimal(32)),
    "HTTPS": SERVICE | ALIAS_MODE,
    "MX": spaced(SHORT, NAME),
    "NAPTR": spaced(SHORT, SHORT, WORD.map('"{}"'.format), STRING, STRING, NAME | st.just(".")),
    "NS": NAME,
    "PTR": NAME,
    "SOA": spaced(NAME, NAME, LONG, LONG, LONG, LONG, LONG),
    "SPF": STRINGS,
    "SRV": spaced(SHORT, SHORT, SHORT, NAME),
    "SSHFP": spaced(st.sampled_from([1, 3, 4]), st.just(2), hexadecimal(32)),
    "SVCB": SERVICE | ALIAS_MODE,
    "TLSA": spaced(st.integers(0, 3), st.integers(0, 1), st.just(1), hexadecimal(32)),
    "TXT": STRINGS,
}
SINGLE = {"CNAME", "SOA"}


def rrsets_of(rdtype: str) -> st.SearchStrategy[dict[str, Any]]:
    most = 1 if rdtype in SINGLE else 4
    return st.fixed_dictionaries(
        {
            "Name": OWNER,
            "Type": st.just(rdtype),
            "TTL": LONG,
            "ResourceRecords": st.lists(
                st.fixed_dictionaries({"Value": VALUES[rdtype]}), min_size=1, max_size=most
            ),
        }
    )


PLAIN = st.sampled_from(sorted(VALUES)).flatmap(rrsets_of)


def rrset(name: str, rdtype: str, *values: str) -> dict[str, Any]:
    records = [{"Value": value} for value in values]
    return {"Name": name, "Type": rdtype, "TTL": 300, "ResourceRecords": records}


def line(name: str, rdtype: str, value: str) -> str:
    return rrset_from_route53(rrset(name, rdtype, value)).lines()


# Both ways.


@given(PLAIN)
def test_the_source_view_holds_the_json_as_it_came(given_rrset: dict[str, Any]) -> None:
    entry = source_entry(given_rrset)
    assert source_rrset(entry.text) == given_rrset
    assert source_codec(entry.text) == [entry]
    assert "\n" not in entry.text[:-1]


@given(PLAIN, st.dictionaries(st.text(max_size=5), st.text(), max_size=3), st.text(min_size=1))
def test_the_source_view_leaves_nothing_out(
    given_rrset: dict[str, Any], more: dict[str, str], identifier: str
) -> None:
    routed = {**more, **given_rrset, "SetIdentifier": identifier, "Weight": 3}
    entry = source_entry(routed)
    assert source_rrset(entry.text) == routed
    assert source_codec(entry.text) == [entry]
    assert entry.key.set_identifier == identifier


@pytest.mark.parametrize("rdtype", sorted(VALUES))
def test_every_plain_type_goes_both_ways(rdtype: str) -> None:
    @given(rrsets_of(rdtype))
    def goes_both_ways(given_rrset: dict[str, Any]) -> None:
        ours = rrset_from_route53(given_rrset)
        assert 0 < len(ours.rdatas) <= len(given_rrset["ResourceRecords"])
        written = rrset_to_route53(ours)
        assert rrset_from_route53(written) == ours
        assert rrset_to_route53(rrset_from_route53(written)) == written
        assert RRset.from_lines(ours.lines()) == ours
        assert len(ours.lines().split("\n")) == len(ours.rdatas) + 1
        entry = served_entry(ours)
        assert served_codec(entry.text) == [entry]

    goes_both_ways()


@given(st.lists(st.binary(max_size=255), min_size=1, max_size=6))
def test_txt_is_exact_segment_by_segment(strings: list[bytes]) -> None:
    ours = rrset_from_route53(rrset("t.example.com.", "TXT", " ".join(map(quoted, strings))))
    (rdata,) = RRset.from_lines(ours.lines()).rdatas
    assert list(rdata.strings) == strings  # type: ignore[attr-defined]
    (again,) = rrset_from_route53(rrset_to_route53(ours)).rdatas
    assert list(again.strings) == strings  # type: ignore[attr-defined]


@given(LABELS)
def test_names_are_exact_but_for_case(labels: list[bytes]) -> None:
    name = dns.name.Name([*labels, b""])
    assert parse_route53_name(name_text(labels)) == name
    assert parse_route53_name(route53_text(name)) == name
    text = canonical_text(name)
    assert text_of(order_of(text)) == text
    assert owner_of({"Name": name_text(labels)}) == text


# Spellings.


@pytest.mark.parametrize(
    ("written", "served"),
    [
        (r"\052.example.com.", "*.example.com."),
        ("*.example.com.", "*.example.com."),
        (r"a\056b.example.com.", r"a\046b.example.com."),  # a dot inside a label
        (r"\344.example.com.", r"\228.example.com."),
        (r"\\344.example.com.", r"\092344.example.com."),  # a backslash, then digits
        (r"\100.example.com.", r"\064.example.com."),
        (r"a\040b.example.com.", r"a\032b.example.com."),
        ("WWW.Example.com.", "www.example.com."),
        (("a" * 63) + ".example.com.", ("a" * 63) + ".example.com."),
        (r"\377" * 63 + ".example.com.", r"\255" * 63 + ".example.com."),
    ],
)
def test_owners_in_octal_are_served_in_decimal(written: str, served: str) -> None:
    assert line(written, "A", "192.0.2.1") == f"{served} 300 IN A 192.0.2.1\n"


@pytest.mark.parametrize("dot", ["", "."])
@pytest.mark.parametrize(
    ("rdtype", "value"),
    [
        ("CNAME", "www.example.net"),
        ("NS", "ns.example.net"),
        ("PTR", "host.example.net"),
        ("MX", "10 mail.example.net"),
        ("SRV", "0 5 5060 sip.example.net"),
        ("NAPTR", '100 10 "u" "E2U+sip" "" sip.example.net'),
    ],
)
def test_names_in_values_are_absolute_with_and_without_their_dot(
    rdtype: str, value: str, dot: str
) -> None:
    served = line("a.example.com.", rdtype, value + dot).rstrip("\n")
    assert served.endswith(f"{value.split()[-1]}.")
    assert "example.com. " in served
    assert not served.endswith("example.com.")


@pytest.mark.parametrize(
    ("value", "strings"),
    [
        (r'"\344"', [b"\xe4"]),
        (r'"\\344"', [rb"\344"]),
        (r'"a\052b"', [b"a*b"]),
        (r'"say \"yes\""', [b'say "yes"']),
        ('"v=DKIM1; k=rsa; p=abc"', [b"v=DKIM1; k=rsa; p=abc"]),
        ('"one" "two"', [b"one", b"two"]),
        ('""', [b""]),
        ('"' + "x" * 255 + '" "y"', [b"x" * 255, b"y"]),
        (r'"\012\015"', [b"\n\r"]),
        (r'"tab\011 $ORIGIN @ ( )"', [b"tab\t $ORIGIN @ ( )"]),
    ],
)
def test_strings_are_read_as_route_53_means_them(value: str, strings: list[bytes]) -> None:
    (rdata,) = rrset_from_route53(rrset("t.example.com.", "TXT", value)).rdatas
    assert list(rdata.strings) == strings  # type: ignore[attr-defined]
    (again,) = RRset.from_lines(line("t.example.com.", "TXT", value)).rdatas
    assert list(again.strings) == strings  # type: ignore[attr-defined]


def test_the_same_value_twice_is_one_record() -> None:
    ours = rrset_from_route53(rrset("a.example.com.", "AAAA", "2001:DB8::1", "2001:db8:0::1"))
    assert ours.lines() == "a.example.com. 300 IN AAAA 2001:db8::1\n"


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [
        ("A", "192.0.2"),
        ("AAAA", "192.0.2.1"),
        ("MX", "mail.example.net."),
        ("TXT", '"' + "x" * 256 + '"'),
        ("TXT", '"open'),
        ("CNAME", "a" * 64 + ".example.net."),
        ("DS", "1 8 2 zz"),
    ],
)
def test_a_value_that_its_type_cannot_hold_is_quoted(rdtype: str, value: str) -> None:
    with pytest.raises(UnreadableRecord) as refused:
        rrset_from_route53(rrset("bad.example.com.", rdtype, value))
    assert f"bad.example.com. {rdtype}" in str(refused.value)


def test_lines_are_the_same_whatever_the_order_of_the_values() -> None:
    values = ["192.0.2.2", "192.0.2.1", "192.0.2.10"]
    one = rrset_from_route53(rrset("a.example.com.", "A", *values))
    other = rrset_from_route53(rrset("a.example.com.", "A", *reversed(values)))
    assert one.lines() == other.lines()


def test_source_entries_do_not_depend_on_the_order_of_members() -> None:
    given_rrset = rrset("a.example.com.", "A", "192.0.2.1")
    reordered = dict(reversed(given_rrset.items()))
    assert json.dumps(given_rrset) != json.dumps(reordered)
    assert source_entry(given_rrset) == source_entry(reordered)


def test_every_type_that_route_53_has_is_tried() -> None:
    model = botocore.session.get_session().get_service_model("route53")
    assert sorted(VALUES) == sorted(model.shape_for("RRType").enum)
