"""Targets and primaries of a zone as `status` shows them."""

from rich.text import Text

from zonemesh.serial import is_newer
from zonemesh.status.places import ZoneAtTarget

_STYLES = {"published": "", "failing": "red", "held": "red"}


def at_target(place: ZoneAtTarget, head: int | None, *, brief: bool = False) -> Text:
    """Write how a zone is at a target in a word or two; just its name where all is well."""
    style = _STYLES.get(place.state, "yellow")
    if place.state != "published":
        return Text(f"{place.target} {place.state}", style=style)
    if head is not None and place.serial is not None and is_newer(head, place.serial):
        where = "behind" if brief else f"at {place.serial}"
        return Text(f"{place.target} {where}", style="yellow")
    lost = f" ({place.lost_count} lost)" if place.lost_count else ""
    return Text(f"{place.target}{lost}", style=style)


def place_state(place: ZoneAtTarget, head: int | None) -> Text:
    """Write how a zone is at a target in a word."""
    style = _STYLES.get(place.state, "yellow")
    if place.state == "published" and head is not None and place.serial is not None:
        return Text("behind", style="yellow") if is_newer(head, place.serial) else Text("current")
    return Text(place.state, style=style)
