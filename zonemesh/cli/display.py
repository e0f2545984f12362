"""What the commands show: tables and lines, in colour on a terminal and plain elsewhere."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zonemesh.cli.paragraph import fits, put
from zonemesh.cli.places_text import at_target
from zonemesh.duration import duration
from zonemesh.membership import ACTIVE, CATALOG
from zonemesh.mesh_changes import ADDED, CHANGED, REMOVED, MeshChange
from zonemesh.serial import is_newer
from zonemesh.status.hubs import OVERDUE, HubStatus
from zonemesh.status.mesh_status import MeshStatus, ZoneOnHub, ZoneStatus, age
from zonemesh.status.needs import followings, needs
from zonemesh.status.secondaries import following

PLAIN_WIDTH = 200  # columns where the output is no terminal: rows stay on one line
STALE = 24 * 3600  # seconds since a zone was compared whole with its source

_SIGNS = {ADDED: "green", REMOVED: "red", CHANGED: "yellow"}
_STATES = {
    "active": "green",
    "gone": "yellow",
    "conflict": "red",
    "overlap": "red",
    "withdrawn": "red",
}


def console(*, stderr: bool = False) -> Console:
    """Give a console for standard output or error."""
    out = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        out.width = PLAIN_WIDTH
    return out


def show_problems(out: Console, title: str, problems: list[str]) -> None:
    """Show what is wrong with a mesh: a path and a sentence each."""
    count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
    out.print(Text.assemble((title, "bold"), ": ", (count, "bold red")))
    for problem in problems:
        path, _, sentence = problem.partition(": ")
        out.print(Text.assemble("  ", (path, "cyan"), ": ", sentence), soft_wrap=True)


def show_changes(out: Console, changes: list[MeshChange]) -> None:
    """Show what differs between two meshes."""
    for change in changes:
        out.print(Text.assemble((f"  {change.sign} ", _SIGNS[change.sign]), change.what))
        for detail in change.details:
            out.print(Text(f"      {detail}", style="dim"), soft_wrap=True)


def show_status(out: Console, status: MeshStatus) -> None:
    """Show zones, hubs, and what needs somebody's attention."""
    if status.version is None:
        out.print("No mesh has been applied yet: write mesh.yaml, then `zonemesh apply`.")
        return
    if status.zones:
        out.print(_fitting_zone_table(out, status))
        out.print()
    else:
        out.print("No zones yet: the next sweep finds them (every 10 minutes by default).")
    out.print(_hub_table(status) if status.hubs else "No hubs are declared in the mesh.")
    out.print()
    for need in needs(status):
        put(out, Text.assemble(("! ", "yellow"), (need.subject, "bold"), ": ", need.text))
    out.print(Text(f"mesh version {status.version}", style="dim"))


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=column not in ("ZONE", "HUBS", "TARGETS"), overflow="fold")
    return table


def _fitting_zone_table(out: Console, status: MeshStatus) -> Table:
    whole = _zone_table(status)
    if fits(out, whole):
        return whole
    narrow = _zone_table(status, narrow=True)
    return narrow if fits(out, narrow) else _zone_table(status, narrow=True, separator="\n")


def _zone_table(status: MeshStatus, *, narrow: bool = False, separator: str = ", ") -> Table:
    """Make the table of zones; a narrow one is without what says the same of every zone."""
    columns: dict[str, list[str | Text]] = {
        "ZONE": [zone.member.apex for zone in status.zones],
        "FROM": [_place(zone) for zone in status.zones],
        "STATE": [_state(zone) for zone in status.zones],
        "SERIAL": [_or_none(zone.serial) for zone in status.zones],
        "ANNOUNCED": [_announced(zone) for zone in status.zones],
        "VERIFIED": [_verified(zone, status.now) for zone in status.zones],
        "LOSSES": [_losses(zone) for zone in status.zones],
        "HUBS": [_hubs_of(zone, separator) for zone in status.zones],
        "TARGETS": [_targets_of(zone, separator) for zone in status.zones],
    }
    for name in _left_out(status, narrow):
        del columns[name]
    table = _table(*columns)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    return table


def _left_out(status: MeshStatus, narrow: bool) -> Iterator[str]:
    zones = status.zones
    alike = narrow and len({zone.member.apex for zone in zones}) == len(zones)
    if alike or len({_place(zone) for zone in zones}) == 1:
        yield "FROM"
    if narrow and all(zone.announced == zone.serial for zone in zones):
        yield "ANNOUNCED"
    if narrow and not any(sum((zone.losses or {}).values()) for zone in zones):
        yield "LOSSES"
    if not any(zone.targets for zone in zones):
        yield "TARGETS"


def _losses(zone: ZoneStatus) -> Text:
    return _or_none(None if zone.losses is None else sum(zone.losses.values()))


def _verified(zone: ZoneStatus, now: float) -> Text:
    """Give when the zone was last found to be what its source, or a primary, has."""
    if zone.member.origin == CATALOG:
        return _or_none(None)
    at = zone.pulled.confirmed_at if zone.pulled else zone.verified_at
    return _aged(age(at, now), STALE, "never")


def _state(zone: ZoneStatus) -> Text:
    state = Text(zone.state, style=_STATES.get(zone.state, ""))
    if zone.held is None:
        return state
    held = Text("held", style="red")
    return held if zone.state == ACTIVE else Text.assemble(state, ", ", held)


def _place(zone: ZoneStatus) -> str:
    """Give the integration, with the view where there is one, or who pulls it."""
    member = zone.member
    return member.zone.removeprefix("route53:").removesuffix(f":{member.apex}")


def _announced(zone: ZoneStatus) -> Text:
    if zone.serial is None:
        return Text("-", style="dim")
    if zone.announced == zone.serial:
        return Text("yes", style="green")
    return Text("no" if zone.announced is None else f"only {zone.announced}", style="yellow")


def _hubs_of(zone: ZoneStatus, separator: str) -> Text:
    shown = [_on_hub(hub, on_hub, zone.serial) for hub, on_hub in zone.hubs.items()]
    return Text(separator).join(shown) if shown else Text("-", style="dim")


def _targets_of(zone: ZoneStatus, separator: str) -> Text:
    shown = [at_target(place, zone.serial) for place in zone.targets.values()]
    return Text(separator).join(shown) if shown else _or_none(None)


def _on_hub(hub: str, on_hub: ZoneOnHub, head: int | None) -> Text:
    if on_hub.serial is None:
        return Text(f"{hub} {on_hub.state}", style="red" if on_hub.error else "yellow")
    if head is not None and is_newer(head, on_hub.serial):
        return Text(f"{hub} at {on_hub.serial}", style="red" if on_hub.error else "yellow")
    return Text(hub, style="red" if on_hub.error else "green")


def _hub_table(status: MeshStatus) -> Table:
    fed = any(True for _ in followings(status))
    columns = ("HUB", "HEARD", "READY", "MESH", "NSD", "ZONES")
    table = _table(*columns, *(["SECONDARIES"] if fed else []))
    for hub in status.hubs:
        report = hub.heartbeat or {}
        nsd = report.get("nsd") or {}
        table.add_row(
            hub.name,
            _aged(age(hub.heard_at, status.now), OVERDUE, "never"),
            _ready(report.get("ready")),
            _mesh_version(report.get("mesh"), status.version),
            f"{nsd.get('version', '')} {nsd.get('state', '-')}".strip(),
            _served(status, hub),
            *([_following(status, hub)] if fed else []),
        )
    return table


def _ready(ready: object) -> Text:
    return Text("-", style="dim") if ready is None else Text("yes" if ready else "no")


def _mesh_version(version: object, newest: int | None) -> Text:
    if version is None:
        return Text("-", style="dim")
    return Text(str(version), style="" if version == newest else "yellow")


def _served(status: MeshStatus, hub: HubStatus) -> Text:
    expected = [zone for zone in status.zones if hub.name in zone.hubs and zone.serial is not None]
    current = sum(zone.hubs[hub.name].serial == zone.serial for zone in expected)
    style = "green" if current == len(expected) else "yellow"
    return Text(f"{current} of {len(expected)} current", style=style)


def _following(status: MeshStatus, hub: HubStatus) -> Text:
    found = [zone.hubs[hub.name].secondaries for zone in status.zones if hub.name in zone.hubs]
    current, count = following(found)
    if not count:
        return Text("-", style="dim")
    return Text(f"{current} of {count} current", style="green" if current == count else "yellow")


def _or_none(value: int | None) -> Text:
    return Text("-", style="dim") if value is None else Text(str(value))


def _aged(seconds: float | None, limit: float, never: str) -> Text:
    if seconds is None:
        return Text(never, style="yellow")
    return Text(f"{duration(seconds)} ago", style="red" if seconds > limit else "")
