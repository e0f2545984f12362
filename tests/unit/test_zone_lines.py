"""Master-file text of rrsets whose labels end in a backslash."""

import dns.name
import dns.rdata
import dns.rdatatype
from hypothesis import given
from hypothesis import strategies as st

from zonemesh.zone import RRset

LABELS = st.lists(
    st.text('ab\\."* ;@', min_size=1, max_size=4).map(str.encode), min_size=1, max_size=4
)


def rrset(labels: list[bytes]) -> RRset:
    name = dns.name.Name([*labels, b""])
    target = dns.rdata.from_text("IN", "NS", name.to_text())
    return RRset(name, dns.rdatatype.NS, 60, frozenset({target}))


@given(LABELS)
def test_any_labels_come_back_from_their_line(labels: list[bytes]) -> None:
    made = rrset(labels)
    assert RRset.from_lines(made.lines()) == made


def test_a_label_that_is_a_backslash_is_written_by_its_number() -> None:
    assert rrset([b"\\", b"example"]).lines() == "\\092.example. 60 IN NS \\092.example.\n"


def test_names_have_no_plain_punctuation() -> None:
    # Knot's scanner refuses most of it in names.
    assert rrset([b"a!b", b"'+"]).lines() == r"a\033b.\039\043. 60 IN NS a\033b.\039\043." + "\n"


def test_strings_beside_a_name_keep_their_escapes() -> None:
    naptr = dns.rdata.from_text("IN", "NAPTR", r'1 1 "u" "a\"b;" "!\\!x!" a\.b.example.')
    made = RRset(dns.name.from_text("n."), dns.rdatatype.NAPTR, 60, frozenset({naptr}))
    assert made.lines() == r'n. 60 IN NAPTR 1 1 "u" "a\"b;" "!\\!x!" a\046b.example.' + "\n"
    assert RRset.from_lines(made.lines()) == made
