"""Which zones of the mesh somebody means by names and shell-style patterns."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from zonemesh.errors import UnknownZone
from zonemesh.named_zone import member_named
from zonemesh.ports import Member


def is_pattern(text: str) -> bool:
    """Tell whether a text is a shell-style pattern (`*`, `?`, `[…]`) and no plain name."""
    return any(sign in text for sign in "*?[")


def fits(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern, as in the mesh definition's `discover`.

    `*` spans dots; the last dot of either may be left out, and case does not matter.
    """
    return fnmatchcase(name.lower().removesuffix("."), pattern.lower().removesuffix("."))


def members_chosen(wanted: Sequence[str], members: Iterable[Member]) -> list[Member]:
    """Give the members that names, keys or patterns mean, each once, in the order of their names.

    A pattern is compared with names and with keys. Raises UnknownZone for a name that is no zone's,
    or several's, and for a pattern that nothing fits. Nothing wanted gives nothing: whoever takes
    that for all zones says so by `*`.
    """
    known = list(members)
    found: dict[str, Member] = {}
    for text in wanted:
        for member in _meant(text, known):
            found[member.zone] = member
    return sorted(found.values(), key=lambda member: (member.apex, member.zone))


def _meant(text: str, known: Sequence[Member]) -> list[Member]:
    if not is_pattern(text) or any(text == member.zone for member in known):
        return [member_named(text, known)]
    fitting = [each for each in known if fits(text, each.apex) or fits(text, each.zone)]
    if not fitting:
        count = "1 zone" if len(known) == 1 else f"{len(known)} zones"
        raise UnknownZone(f"no zone fits `{text}` of {count}; `zonemesh zones list` has them all")
    return fitting
