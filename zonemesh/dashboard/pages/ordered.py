"""How far it has got with what was ordered, as rows."""

from collections.abc import Iterator
from dataclasses import dataclass

from zonemesh.dashboard.following import HubOrdered, ZoneSync
from zonemesh.dashboard.words import Tag, Tone
from zonemesh.duration import took
from zonemesh.orders.order import OrderKind, StepOutcome
from zonemesh.orders.ordering import why_not_done
from zonemesh.orders.sync_places import Place, PlaceKind, PlaceState

_STEPS = {StepOutcome.OK: Tone.GOOD, StepOutcome.FAILED: Tone.BAD, StepOutcome.SKIPPED: Tone.QUIET}
_PLACES = {
    PlaceState.CURRENT: Tone.GOOD,
    PlaceState.FAILED: Tone.BAD,
    PlaceState.WAITING: Tone.WARN,
    PlaceState.SKIPPED: Tone.QUIET,
}
_TITLES = {
    OrderKind.SYNC: "Sync",
    OrderKind.REFRESH: "Refresh",
    OrderKind.RESTART: "Restart",
    OrderKind.TEST: "Test",
    OrderKind.PLAN: "Plan",
}


@dataclass(frozen=True, slots=True)
class OrderedRow:
    """A step of a hub, or a place of a zone; `measured` is how long it took, or its serial."""

    name: str
    tag: Tag
    detail: str = ""
    measured: str = ""


@dataclass(frozen=True, slots=True)
class OrderedView:
    """What was ordered `at` (epoch seconds), and how far it has got; `why` it is not done yet.

    `what` the rows are, and by which `measure`, are the table's headers.
    """

    title: str
    at: float
    tag: Tag
    rows: tuple[OrderedRow, ...]
    why: str = ""
    what: str = "Step"
    measure: str = "Took"


def zone_sync(sync: ZoneSync) -> OrderedView:
    """Make the view of a zone's sync."""
    places = [place for zone in sync.progress.zones for place in zone.places]
    rows = tuple(map(_place, places))
    tag = Tag("waiting", Tone.WARN)
    if sync.done:
        tag = Tag("done", Tone.GOOD) if sync.progress.ok else Tag("not everywhere", Tone.BAD)
    return OrderedView("Sync", sync.at, tag, rows, what="Place", measure="Serial")


def _place(place: Place) -> OrderedRow:
    tag = Tag(place.state.value, _PLACES[place.state])
    serial = "" if place.serial is None else str(place.serial)
    return OrderedRow(_name(place), tag, place.detail, serial)


def _name(place: Place) -> str:
    if place.kind is PlaceKind.SOURCE:
        return f"source {place.name}"
    of_hub = f" of {place.hub}" if place.kind is PlaceKind.SECONDARY else ""
    return f"{place.kind} {place.name}{of_hub}"


def hub_order(ordered: HubOrdered, now: float) -> OrderedView:
    """Make the view of an order to a hub, as of `now` (epoch seconds)."""
    standing = ordered.standing
    rows = tuple(_steps(ordered))
    title = _TITLES[standing.order.kind]
    if standing.done:
        tag = Tag("done", Tone.GOOD) if standing.ok else Tag("failed", Tone.BAD)
        return OrderedView(title, ordered.at, tag, rows)
    waiting = Tag("waiting" if standing.result is None else "at it", Tone.WARN)
    why = why_not_done(standing, now) if ordered.is_late(now) else ""
    return OrderedView(title, ordered.at, waiting, rows, why)


def _steps(ordered: HubOrdered) -> Iterator[OrderedRow]:
    result = ordered.standing.result
    if result is None:
        return
    for step in result.steps:
        tag = Tag(step.outcome.value, _STEPS[step.outcome])
        yield OrderedRow(step.name, tag, step.detail, took(step.seconds))
    if result.doing:
        yield OrderedRow(result.doing, Tag("at it", Tone.WARN))
