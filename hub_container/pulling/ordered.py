"""What an operator's orders mean for pulled zones."""

from collections.abc import Callable, Collection, Sequence

from hub_container.companions import Comparison
from hub_container.ordered.checks import Check
from hub_container.ordered.naming import counted
from hub_container.ordered.progress import StepFailed
from hub_container.pulling.judgement import State
from hub_container.pulling.probe import Probe
from hub_container.pulling.pulled import PrimaryServer, Pulled
from hub_container.pulling.status import PullBoard
from zonemesh.orders.order import PRIMARIES_ASKED

ZONES_MOST = 10  # asked of a primary
_UNDER_WAY = (State.WAITING, State.BEHIND)


def comparison(zones: Sequence[str], board: PullBoard, is_at: Callable[[str], bool]) -> Comparison:
    """Tell of zones that were asked to be looked at; `is_at` says which are at it still."""

    def waiting() -> list[str]:
        return [zone for zone in zones if is_at(zone) or _is_under_way(board, zone)]

    def failures() -> list[str]:
        told = {zone: board.zone(zone) for zone in zones}
        return [
            f"{zone}: {status.state}, {status.cause or status.error}"
            for zone, status in told.items()
            if status is not None and (status.state is not State.CURRENT or status.error)
        ]

    return Comparison(PRIMARIES_ASKED, len(zones), waiting, failures, feeds=True)


def _is_under_way(board: PullBoard, zone: str) -> bool:
    """Tell whether something newer is transferred, or is yet to be recorded."""
    status = board.zone(zone)
    if status is None or status.error:
        return False
    if status.state in _UNDER_WAY:
        return True
    return status.state is State.CURRENT and status.serial != status.primary


def checks_of(zones: Collection[Pulled]) -> list[Check]:
    """Give a check for each primary: whether it answers, signed, for the zones that it has."""
    servers: dict[str, tuple[PrimaryServer, list[str]]] = {}
    for pulled in zones:
        for server in pulled.primaries:
            servers.setdefault(server.name, (server, []))[1].append(pulled.apex)
    return [
        Check(f"primary {name}", lambda server=server, apexes=apexes: _look(server, apexes))  # type: ignore[misc]
        for name, (server, apexes) in sorted(servers.items())
    ]


def _look(server: PrimaryServer, apexes: Sequence[str]) -> str:
    asked, probe = apexes[:ZONES_MOST], Probe()
    for apex in asked:
        heard = probe.ask(server, apex)
        if heard.serial is None:
            raise StepFailed(f"{apex}: {heard.error}")
    some = "" if len(asked) == len(apexes) else f" of {len(apexes):,}"
    signed = f"signed with {server.key.name}" if server.key else "unsigned"
    return f"answers for {counted(len(asked), 'zone')}{some}, {signed}"
