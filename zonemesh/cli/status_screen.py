"""What `zonemesh status` shows: what needs somebody, zones, hubs, targets and secondaries."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from zonemesh.cli.cells import BAD, DOUBTFUL, FAINT, GOOD, counted
from zonemesh.cli.hub_table import hub_table, place_table
from zonemesh.cli.paragraph import paragraph, put_all, width_of
from zonemesh.cli.zone_table import zone_table
from zonemesh.failover import Readiness
from zonemesh.status.hubs import HubState
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.needs import Need, NeedKind, needs
from zonemesh.status.rollup import PlaceStatus, Synced, secondary_statuses, target_statuses
from zonemesh.status.zones import is_current

_GRAVE = frozenset({NeedKind.HELD, NeedKind.TARGET_HELD, NeedKind.WITHDRAWN, NeedKind.HUB_OFFLINE})
_BETWEEN = 4  # columns between two tables side by side


@dataclass(frozen=True, slots=True)
class Room:
    """How many of each are shown; of more, those that are not as they should be go first."""

    needs: int = 12
    zones: int = 24
    hubs: int = 12
    places: int = 12


EVERYTHING = Room(*[10**9] * 4)


def show_status(out: Console, status: MeshStatus, room: Room | None = None) -> None:
    """Print the screen."""
    put_all(out, screen(out, status, room or Room()))


def screen(
    out: Console, status: MeshStatus, room: Room, changed: Collection[str] = ()
) -> Iterator[RenderableType]:
    """Give the screen part by part; zones (keys) and hubs in `changed` are marked."""
    if status.version is None:
        yield from _nothing_applied()
        return
    targets, secondaries = target_statuses(status), secondary_statuses(status)
    yield _headline(status, targets, secondaries)
    yield from _needs(out, status, needs(status), room.needs)
    yield Text()
    yield from _zones(out, status, room.zones, changed)
    yield Text()
    yield from _places(out, status, targets, secondaries, room, changed)


def _nothing_applied() -> Iterator[Text]:
    yield Text("No mesh has been applied yet.", style="bold")
    yield Text("  1. Write mesh.yaml; `zonemesh validate` checks it.")
    yield Text("  2. `zonemesh apply` makes it the current one.")
    yield Text("  3. `scripts/cdk deploy` gives each of its hubs a queue and a role.")


def _headline(
    status: MeshStatus, targets: Sequence[PlaceStatus], secondaries: Sequence[PlaceStatus]
) -> Text:
    counts = [
        counted(len(status.zones), "zone"),
        counted(len(status.hubs), "hub"),
        *([counted(len(targets), "target")] if targets else []),
        *([counted(len(secondaries), "secondary", "secondaries")] if secondaries else []),
    ]
    version = (f", mesh version {status.version}", FAINT)
    return Text.assemble((", ".join(counts), "bold"), version)


def _needs(
    out: Console, status: MeshStatus, found: Sequence[Need], most: int
) -> Iterator[RenderableType]:
    if not found:
        yield _all_well(status)
        return
    many = "1 thing needs" if len(found) == 1 else f"{len(found)} things need"
    yield Text(f"{many} somebody:", style="bold")
    for need in found[:most]:
        sign = ("! ", BAD if need.kind in _GRAVE else DOUBTFUL)
        yield from paragraph(out, Text.assemble(sign, (need.subject, "bold"), ": ", need.text))
    if (more := len(found) - most) > 0:
        yield Text(f"… and {more} more; `zonemesh status --all` has them", style=FAINT)


def _all_well(status: MeshStatus) -> Text:
    lagging = sum(not is_current(zone) for zone in status.zones)
    waiting = sum(hub.state(status.now) is not HubState.ONLINE for hub in status.hubs)
    if not lagging and not waiting:
        return Text("Nothing needs anybody, and all is current.", style=GOOD)
    parts = [counted(lagging, "zone")] if lagging else []
    parts += [counted(waiting, "hub")] if waiting else []
    on_their_way = f"{' and '.join(parts)} not there yet"
    return Text.assemble(("Nothing needs anybody; ", GOOD), (f"{on_their_way}.", DOUBTFUL))


_Shown = TypeVar("_Shown")


def _worst(
    each: Sequence[_Shown], most: int, is_fine: Callable[[_Shown], bool]
) -> tuple[list[_Shown], list[_Shown]]:
    """Split what is shown, in the order it has, from the rest, which is fine if that is possible.

    Where there is no room for all, what is fine is not shown.
    """
    if len(each) <= most:
        return list(each), []
    amiss = [one for one in each if not is_fine(one)]
    return amiss[:most], [*amiss[most:], *(one for one in each if is_fine(one))]


def _zones(
    out: Console, status: MeshStatus, most: int, changed: Collection[str]
) -> Iterator[RenderableType]:
    if not status.zones:
        yield Text("No zones yet: the next sweep finds them (every 10 minutes by default).")
        return
    shown, rest = _worst(
        status.zones, most, lambda zone: is_current(zone) and zone.member.zone not in changed
    )
    if shown:
        yield zone_table(out, shown, status.now, changed)
    if rest:
        yield from paragraph(out, _more_zones(rest, beside=bool(shown)))


def _more_zones(rest: Sequence[ZoneStatus], *, beside: bool) -> Text:
    lagging = sum(not is_current(zone) for zone in rest)
    how = f"{lagging} of them not current" if lagging else "all current"
    not_ready = sum(
        zone.readiness is not None and zone.readiness.readiness is Readiness.NOT_READY
        for zone in rest
    )
    unready = f", {not_ready} not ready for a failover" if not_ready else ""
    many = f"… and {len(rest)} more" if beside else counted(len(rest), "zone")
    return Text(f"{many}, {how}{unready}; `zonemesh zones list` has them", style=FAINT)


def _places(
    out: Console,
    status: MeshStatus,
    targets: Sequence[PlaceStatus],
    secondaries: Sequence[PlaceStatus],
    room: Room,
    changed: Collection[str],
) -> Iterator[RenderableType]:
    if not status.hubs:
        yield Text("No hubs yet: name one under `hubs:` in mesh.yaml, then `zonemesh apply`.")
    blocks = [
        _hubs(status, room.hubs, changed),
        _of_kind("TARGET", targets, "BY", "targets", room.places),
        _of_kind("SECONDARY", secondaries, "OF", "secondaries", room.places),
    ]
    yield from _beside(out, [block for block in blocks if block])


Block = list[RenderableType]


def _hubs(status: MeshStatus, most: int, changed: Collection[str]) -> Block:
    shown, rest = _worst(
        status.hubs, most, lambda hub: hub.state(status.now) is HubState.ONLINE
    )  # fmt: skip
    block: Block = [hub_table(status, shown, changed)] if shown else []
    return [*block, *_more(len(rest), "online", "hubs", beside=bool(shown))]


def _of_kind(kind: str, places: Sequence[PlaceStatus], by: str, noun: str, most: int) -> Block:
    shown, rest = _worst(places, most, lambda place: place.state is Synced.FULLY)
    block: Block = [place_table(kind, shown, by)] if shown else []
    return [*block, *_more(len(rest), "fully synced", noun, beside=bool(shown))]


def _more(rest: int, how: str, noun: str, *, beside: bool) -> Iterator[Text]:
    if rest:
        many = f"… and {rest} more" if beside else f"{rest} {noun}, all {how}"
        yield Text(f"{many}; `zonemesh {noun} list` has them", style=FAINT)


def _beside(out: Console, blocks: Iterable[Block]) -> Iterator[RenderableType]:
    """Give blocks side by side where they fit, else one below the other."""
    row, *others = list(blocks) or [[]]
    below: list[Block] = [row]
    for block in others:
        joined = _joined([*below[-1:], block])
        if out.is_terminal and width_of(out, joined) <= out.width:
            below[-1] = [joined]
        else:
            below.append(block)
    for number, block in enumerate(below):
        if number:
            yield Text()
        yield from block


def _joined(blocks: Sequence[Block]) -> Table:
    grid = Table.grid(padding=(0, _BETWEEN, 0, 0))
    grid.add_row(*[Group(*block) for block in blocks])
    return grid
