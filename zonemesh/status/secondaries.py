"""How secondaries follow, as hubs last reported it, and as `status` shows it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from zonemesh.duration import duration

CURRENT, BEHIND, AHEAD, UNKNOWN = "current", "behind", "ahead", "unknown"
PATIENCE = 60.0  # seconds that one may be behind, or unheard of, before anybody need look
_NAMED = 3  # zones that are named where many have the same


@dataclass(frozen=True, slots=True)
class SecondaryOnZone:
    """A secondary of one hub and zone, as the hub judges it.

    `state` is `current`, `behind`, `ahead`, `refused`, `unreachable` or `unknown`, `cause` the
    likely reason. `serial` is what it answered last; it lacks `lacks` serials of the hub, the
    oldest of them `since` (epoch seconds).
    """

    state: str = UNKNOWN
    cause: str = ""
    serial: int | None = None
    lacks: int = 0
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Following:
    """A secondary of a hub, for one zone (its apex)."""

    hub: str
    secondary: str
    apex: str
    found: SecondaryOnZone


def read_secondaries(report: Mapping[str, Any]) -> dict[str, SecondaryOnZone]:
    """Read a hub's report of a zone; of a hub of an older version the serials at least."""
    return {
        name: SecondaryOnZone(
            str(entry.get("state") or UNKNOWN),
            str(entry.get("cause") or ""),
            entry.get("follows"),
            int(entry.get("lacks") or 0),
            entry.get("since"),
        )
        for name, entry in (report.get("secondaries") or {}).items()
    }


def secondaries_document(found: Mapping[str, SecondaryOnZone], now: float) -> dict[str, Any]:
    """Give them as JSON-able data, with the age in seconds of what they lack."""
    return {
        name: asdict(each) | {"behind_age": None if each.since is None else _age(each, now)}
        for name, each in found.items()
    }


def needing_attention(
    all_of_them: Iterable[Following], now: float
) -> Iterator[tuple[str, str, str, str]]:
    """Give who does not follow as it should (subject, sentence, hub, name); what many share once.

    Those that are ahead of their hub are not among them: they may be ahead of the mesh, or not.
    """
    groups: dict[tuple[str, str, str, str], list[Following]] = {}
    for each in all_of_them:
        if _amiss(each.found, now):
            key = (each.secondary, each.hub, each.found.state, each.found.cause)
            groups.setdefault(key, []).append(each)
    for (secondary, hub, state, cause), members in groups.items():
        why = f": {cause}" if cause else ""
        text = f"{_how(state, members, now)}{why}"
        yield f"secondary {secondary} of {hub}", text, hub, secondary


def following(zone_counts: Iterable[Mapping[str, SecondaryOnZone]]) -> tuple[int, int]:
    """Count the secondaries that are current in all zones, and all of them."""
    everywhere: dict[str, bool] = {}
    for found in zone_counts:
        for name, each in found.items():
            everywhere[name] = everywhere.get(name, True) and each.state == CURRENT
    return sum(everywhere.values()), len(everywhere)


def _amiss(found: SecondaryOnZone, now: float) -> bool:
    if found.state == AHEAD or (found.state in (CURRENT, UNKNOWN) and not found.cause):
        return False
    return bool(found.cause) or _age(found, now) > PATIENCE


def _how(state: str, members: list[Following], now: float) -> str:
    names = ", ".join(member.apex for member in members[:_NAMED])
    if len(members) > _NAMED:
        names = f"{len(members)} zones ({names}, …)"
    longest = max(_age(member.found, now) for member in members)
    for_long = f" for {duration(longest)}" if longest >= 1 else ""
    if len(members) > 1 or state != BEHIND:
        return f"{names} {state}{for_long}"
    found = members[0].found
    at = f"at {found.serial}" if found.serial is not None else "without any serial"
    serials = "1 serial" if found.lacks == 1 else f"{found.lacks} serials"
    return f"{names} {state}{for_long}, {at}, {serials} lacking"


def _age(found: SecondaryOnZone, now: float) -> float:
    return 0.0 if found.since is None else max(0.0, now - found.since)
