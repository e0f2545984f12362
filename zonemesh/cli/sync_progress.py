"""How far a sync has got, in words and as data."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from zonemesh.cli.cells import BAD, DOUBTFUL, FAINT, GOOD
from zonemesh.cli.following import documents
from zonemesh.cli.paragraph import put
from zonemesh.orders.order import PRIMARIES_ASKED, SECONDARIES_TOLD, TARGETS_LISTED, ZONES_SERVED
from zonemesh.orders.ordering import Standing, why_not_done
from zonemesh.orders.sync_now import SyncOrdered, SyncProgress, ZoneProgress
from zonemesh.orders.sync_places import Place, PlaceKind, PlaceState

# Steps of a hub's sync whose failures are those of places.
_OF_PLACES = frozenset({ZONES_SERVED, SECONDARIES_TOLD, PRIMARIES_ASKED, TARGETS_LISTED})
_SHOWN = 20  # zones that are named each by itself
_MANY = {
    PlaceKind.HUB: ("hub", "hubs"),
    PlaceKind.SECONDARY: ("secondary", "secondaries"),
    PlaceKind.TARGET: ("target", "targets"),
}


@dataclass
class ProgressLines:
    """A line for each zone as soon as it is settled; quiet, none."""

    quiet: bool = False
    began: float = field(default_factory=time.monotonic)
    told: set[str] = field(default_factory=set)

    def news(self, progress: SyncProgress) -> list[Text]:
        """Give a line for each zone that is settled since the last time, and well."""
        fresh = [zone for zone in progress.zones if zone.done and zone.member.zone not in self.told]
        self.told.update(zone.member.zone for zone in fresh)
        return [self._line(zone) for zone in fresh if zone.ok and zone.places and not self.quiet]

    def _line(self, zone: ZoneProgress) -> Text:
        seconds = time.monotonic() - self.began
        serial = f"serial {zone.serial}" if zone.serial is not None else "no snapshot"
        return Text.assemble(
            (f"{zone.member.apex}  ", "bold"),
            (serial, GOOD),
            f" {_where(zone)}",
            (f"  ({seconds:.1f} s)", FAINT),
        )


def _where(zone: ZoneProgress) -> str:
    """Count the places that have it, and say what is to be said of its source."""
    counts = Counter(place.kind for place in zone.places if place.state is PlaceState.CURRENT)
    found = [
        f"{counts[kind]} {one if counts[kind] == 1 else many}"
        for kind, (one, many) in _MANY.items()
        if counts[kind]
    ]
    said = [place.detail for place in zone.places if place.detail]
    return "; ".join([f"at {', '.join(found)}" if found else "nowhere else", *said])


def awaited(progress: SyncProgress) -> str:
    """Say in a line what is waited for."""
    done = sum(zone.done for zone in progress.zones)
    count = len(progress.zones)
    through = f" ({done} of {count} zones through)" if count > 1 else ""
    for zone in progress.zones:
        for place in zone.places:
            if not place.settled:
                return f"{zone.member.apex} at {_place(place)}{through}"
    hubs = [each.order.hub for each in progress.hubs if not each.done]
    return f"hub {', '.join(hubs[:3])}{through}"


def _place(place: Place) -> str:
    who = f"{place.kind} {place.name}"
    if place.hub and place.kind is not PlaceKind.HUB:
        who += f" of {place.hub}"
    return f"{who}: {place.detail}" if place.detail else who


def show_ordered(out: Console, ordered: SyncOrdered) -> None:
    """Say what was ordered."""
    hubs = ", ".join(order.hub for order in ordered.orders) or "none"
    count = len(ordered.listed_by)
    read = f"{count} zone{'' if count == 1 else 's'} to be read at the source; " if count else ""
    out.print(f"Ordered: {read}hubs to compare: {hubs}. `zonemesh status` tells how it goes.")


def show_outcome(out: Console, progress: SyncProgress, now: float, seconds: float) -> None:
    """Show what is not as it should be, what did not answer, and how it came out."""
    amiss = [zone for zone in progress.zones if not (zone.done and zone.ok)]
    for zone in amiss[:_SHOWN]:
        for place in zone.places:
            if not place.ok:
                style = DOUBTFUL if place.state is PlaceState.WAITING else BAD
                line = (("! ", style), (zone.member.apex, "bold"), f": {_place(place)}")
                put(out, Text.assemble(*line))
    if len(amiss) > _SHOWN:
        out.print(f"… and {len(amiss) - _SHOWN} more zones: `zonemesh status` has them")
    for standing in progress.hubs:
        for sentence in _of_hub(standing, now, told=bool(amiss)):
            put(
                out,
                Text.assemble(("! ", DOUBTFUL), (f"hub {standing.order.hub}", "bold"), sentence),
            )
    out.print(_summary(progress, len(amiss), seconds), soft_wrap=True)


def _of_hub(standing: Standing, now: float, *, told: bool) -> Iterator[str]:
    """Say what is amiss with a hub; of its steps those that no place tells of already."""
    if not standing.done:
        yield f" did not answer: {why_not_done(standing, now)}"
    for step in standing.result.failures if standing.result else ():
        if not (told and step.name in _OF_PLACES):
            yield f": {step.name}: {step.detail}"


def _summary(progress: SyncProgress, amiss: int, seconds: float) -> str:
    count = len(progress.zones)
    zones = f"{count} zone{'' if count == 1 else 's'}"
    if progress.ok:
        return f"{zones} up to date everywhere ({seconds:.1f} s)."
    if progress.done:
        return f"{count - amiss} of {zones} up to date everywhere ({seconds:.1f} s)."
    return (
        f"{count - amiss} of {zones} up to date everywhere after {seconds:.0f} s, and no longer "
        "waited for; what was ordered goes on: `zonemesh status` tells how it goes."
    )


def progress_document(progress: SyncProgress, now: float) -> dict[str, Any]:
    """Give it as JSON-able data."""
    return {
        "done": progress.done,
        "ok": progress.ok,
        "zones": [
            {
                "zone": zone.member.zone,
                "apex": zone.member.apex,
                "serial": zone.serial,
                "done": zone.done,
                "ok": zone.ok,
                "places": [asdict(place) for place in zone.places],
            }
            for zone in progress.zones
        ],
        "hubs": documents(progress.hubs, now),
    }
