"""Which zone of the mesh somebody means."""

from collections.abc import Iterable
from difflib import get_close_matches

from zonemesh.errors import InvalidName, UnknownZone
from zonemesh.names import canonical_text, parse_name
from zonemesh.ports import Member

NAMED_MOST = 20  # zones that an error lists; those with names like the unknown one come first


def member_named(text: str, members: Iterable[Member]) -> Member:
    """Give the member with a key, or else the one with a name, its last dot written or not.

    Raises UnknownZone, listing the zones that there are.
    """
    known = sorted(members, key=lambda member: (member.apex, member.zone))
    for member in known:
        if member.zone == text:
            return member
    apex = _apex(text)
    found = [member for member in known if member.apex == apex]
    if len(found) == 1:
        return found[0]
    if found:
        keys = ", ".join(member.zone for member in found)
        raise UnknownZone(f"{len(found)} zones are called {apex}; name one by its key: {keys}")
    raise UnknownZone(f"no zone `{text}`; {_there_are(apex or text, known)}")


def _apex(text: str) -> str:
    try:
        return canonical_text(parse_name(text))
    except InvalidName:
        return ""


def _there_are(wanted: str, known: Iterable[Member]) -> str:
    names = list(dict.fromkeys(member.apex for member in known))
    if not names:
        return "there is none yet: the next sweep finds them"
    near = get_close_matches(wanted, names, NAMED_MOST)
    named = [*near, *(name for name in names if name not in near)]
    more = f" and {len(named) - NAMED_MOST} more" if len(named) > NAMED_MOST else ""
    return f"known: {', '.join(named[:NAMED_MOST])}{more}"
