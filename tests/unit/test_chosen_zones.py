"""Which zones names and patterns mean."""

import pytest

from zonemesh.chosen_zones import fits, is_pattern, members_chosen
from zonemesh.errors import UnknownZone
from zonemesh.ports import Member

INSIDE = "route53:main/inside:example.com."
KEYS = [
    "route53:main:shop.example.com.",
    "route53:main:example.com.",
    "axfr:hq:example.edu.",
    INSIDE,
]
MEMBERS = [Member(key, key.split(":")[-1], "main", "Z1", "discovered", ("*",)) for key in KEYS]


def chosen(*wanted: str) -> list[str]:
    return [member.zone for member in members_chosen(wanted, MEMBERS)]


@pytest.mark.parametrize(
    ("wanted", "zones"),
    [
        (["example.edu"], [KEYS[2]]),
        ([INSIDE], [INSIDE]),
        (["*"], [INSIDE, KEYS[1], KEYS[2], KEYS[0]]),
        (["*.example.com"], [KEYS[0]]),
        (["*.EXAMPLE.com."], [KEYS[0]]),
        (["example.???"], [INSIDE, KEYS[1], KEYS[2]]),
        (["example.[ce]*"], [INSIDE, KEYS[1], KEYS[2]]),
        (["route53:main:*"], [KEYS[1], KEYS[0]]),
        (["axfr:*", "example.edu", "s*"], [KEYS[2], KEYS[0]]),
        ([], []),
    ],
)
def test_names_keys_and_patterns_mean_zones_each_once(wanted: list[str], zones: list[str]) -> None:
    assert chosen(*wanted) == zones


def test_a_pattern_that_nothing_fits_is_an_error_like_a_name_that_is_no_zones() -> None:
    with pytest.raises(UnknownZone, match=r"no zone fits `\*\.net` of 4 zones; `zonemesh zones l"):
        chosen("example.edu", "*.net")
    with pytest.raises(UnknownZone, match=r"no zone `example\.net`"):
        chosen("*", "example.net")
    with pytest.raises(UnknownZone, match="2 zones are called"):
        chosen("example.com")


def test_a_zone_whose_name_has_a_pattern_in_it_is_meant_by_its_key() -> None:
    odd = Member("route53:main:*.a.net.", "*.a.net.", "main", "Z1", "discovered", ("*",))
    other = Member("route53:main:b.a.net.", "b.a.net.", "main", "Z2", "discovered", ("*",))
    assert members_chosen(["route53:main:*.a.net."], [odd, other]) == [odd]
    assert members_chosen(["*.a.net"], [odd, other]) == [odd, other]


def test_what_is_a_pattern() -> None:
    assert [is_pattern(text) for text in ("a.net", "*", "a?", "[ab]c")] == [False, True, True, True]
    assert fits("hub-*", "hub-east") and not fits("hub-*", "east")
