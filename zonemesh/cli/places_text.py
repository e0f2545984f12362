"""Targets and primaries of a zone as `status` shows them."""

from collections.abc import Iterator

from rich.text import Text

from zonemesh.cli.places import UNHEARD, PulledFrom, ZoneAtTarget
from zonemesh.serial import is_newer

_STYLES = {"published": "green", "failing": "red", "held": "red"}


def at_target(place: ZoneAtTarget, head: int | None) -> Text:
    """Write how a zone is at a target in a word or two; just its name where all is well."""
    style = _STYLES.get(place.state, "yellow")
    if place.state != "published":
        return Text(f"{place.target} {place.state}", style=style)
    if head is not None and place.serial is not None and is_newer(head, place.serial):
        return Text(f"{place.target} at {place.serial}", style="yellow")
    lost = f" ({place.lost_count} lost)" if place.lost_count else ""
    return Text(f"{place.target}{lost}", style=style)


def target_needs(place: ZoneAtTarget, zone: str, now: float) -> Iterator[str]:
    """Say what of a target needs somebody's attention; `now` is in epoch seconds."""
    if place.error:
        yield f"{place.error} ({_tried(place, now)})"
    if place.state == "held":
        why = "; ".join(place.reasons)
        yield (
            f"serial {place.held} waits: {why}. `zonemesh publish {zone} {place.target} "
            "--approve` shows what the hub would do, and lets it"
        )
    if place.state == "drifted" and place.drift:
        yield f"changed by others, and left so as the mesh says: {'; '.join(place.drift)}"


def _tried(place: ZoneAtTarget, now: float) -> str:
    times = "once" if place.failures == 1 else f"{place.failures} times"
    if place.next_attempt is None:
        return f"failed {times}, tried again on the schedule or at the next change"
    wait = max(0, round(place.next_attempt - now))
    return f"failed {times}, tried again in {wait} s"


def pulled_needs(pulled: PulledFrom) -> Iterator[str]:
    """Say what of a pulled zone needs somebody's attention."""
    if pulled.state not in ("current", UNHEARD) or pulled.cause:
        between = ", but " if pulled.state == "current" else ": "
        yield f"{pulled.state}{between}{pulled.cause}" if pulled.cause else pulled.state
    if pulled.error:
        yield pulled.error
