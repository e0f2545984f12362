"""The name servers that a configuration can be written for."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from zonemesh.secondary_config import bind, knot, nsd, powerdns
from zonemesh.secondary_config.following import Following, Section, joined


class Software(StrEnum):
    """A name server's program."""

    BIND = "bind"
    KNOT = "knot"
    NSD = "nsd"
    POWERDNS = "powerdns"


_SECTIONS: Mapping[Software, Callable[[Following], tuple[Section, ...]]] = {
    Software.BIND: bind.bind,
    Software.KNOT: knot.knot,
    Software.NSD: nsd.nsd,
    Software.POWERDNS: powerdns.powerdns,
}
_MARKS = {
    Software.BIND: bind.MARK,
    Software.KNOT: knot.MARK,
    Software.NSD: nsd.MARK,
    Software.POWERDNS: powerdns.MARK,
}


def sections(following: Following, software: Software) -> tuple[Section, ...]:
    """Write a configuration in its parts."""
    return _SECTIONS[software](following)


def text(following: Following, software: Software) -> str:
    """Write a configuration as one text, a comment before each part that says where it goes."""
    return joined(sections(following, software), _MARKS[software])
