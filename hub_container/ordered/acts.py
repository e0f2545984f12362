"""How a hub carries out each kind of order."""

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from hub_container.companions import Comparison
from hub_container.nsd import Nsd
from hub_container.ordered import checks
from hub_container.ordered.desk import Act
from hub_container.ordered.naming import counted, few
from hub_container.ordered.progress import Progress, StepFailed
from hub_container.ordered.served import behind, serials_on_disk, unserved, zones_of
from hub_container.ordered.services import checks_of
from hub_container.verdicts import State, verdict
from zonemesh.orders.order import (
    MESH_READ,
    SECONDARIES_TOLD,
    ZONES_SERVED,
    HubOrder,
    OrderKind,
)

if TYPE_CHECKING:
    from hub_container.hub import Hub

READ_WITHIN = 60.0  # seconds, each: for reading the mesh and the heads,
SERVED_WITHIN = 60.0  # for what is newer to be served,
FOLLOWED_WITHIN = 15.0  # for secondaries to take it up,
COMPARED_WITHIN = 120.0  # for targets and primaries to be compared,
RESTARTED_WITHIN = 60.0  # for an NSD to answer again,
PLANNED_WITHIN = 150.0  # for a target to be listed
TRIED_FOR = 5.0  # seconds; NOTIFY and SOA are sent some times in it
_PAUSE = 0.1  # seconds between looks
_ON_THEIR_WAY = {State.BEHIND, State.UNKNOWN}


def acts_of(hub: "Hub") -> Mapping[OrderKind, Act]:
    """Give what a hub does for each kind of order."""
    return {
        OrderKind.SYNC: partial(_sync, hub),
        OrderKind.REFRESH: partial(_refresh, hub),
        OrderKind.RESTART: partial(_restart, hub),
        OrderKind.TEST: partial(_test, hub),
        OrderKind.PLAN: partial(_plan, hub),
    }


def _test(hub: "Hub", order: HubOrder, progress: Progress) -> None:
    checks.run(checks_of(hub), progress)


def _plan(hub: "Hub", order: HubOrder, progress: Progress) -> None:
    with progress.step(f"plan of {', '.join(order.zones)} at {order.target}") as note:
        (zone,) = order.zones
        lines = checks.within(PLANNED_WITHIN, lambda: hub.companions.plan(zone, order.target))
        progress.say(lines)
        note.detail = counted(len(lines), "line")


def _refresh(hub: "Hub", order: HubOrder, progress: Progress) -> None:
    with progress.step("mesh and secrets") as note:
        hub.companions.forget_secrets()
        checks.within(READ_WITHIN, hub.refresh)
        note.detail = _configured(hub)
        if hub.board.problems:
            raise StepFailed(few(hub.board.problems))
    with progress.step("NSD reconfigured"):
        _await(lambda: hub.reloads.idle, SERVED_WITHIN, lambda: "it is busy with reloads")
        hub.control.reconfig()


def _configured(hub: "Hub") -> str:
    configuration = hub.configuration
    zones = counted(len(configuration.zones), "zone")
    secondaries = counted(len(configuration.secondaries), "secondary", "secondaries")
    return f"mesh version {configuration.mesh}: {zones}, {secondaries}"


def _restart(hub: "Hub", order: HubOrder, progress: Progress) -> None:
    nsds = {"NSD": hub.nsd} | {
        f"NSD for {name}": nsd for name, nsd in hub.companions.nsds().items()
    }
    for name, nsd in nsds.items():
        progress.tried(name, partial(_restarted, nsd))

    def served() -> str:
        _await(lambda: not unserved(hub), SERVED_WITHIN, lambda: few(unserved(hub)))
        return counted(len(serials_on_disk(hub)), "zone")

    progress.tried(ZONES_SERVED, served)


def _restarted(nsd: Nsd) -> str:
    before, began = nsd.starts, time.monotonic()
    nsd.restart()
    _await(
        lambda: nsd.starts > before and nsd.state == "running",
        RESTARTED_WITHIN,
        lambda: f"it is {nsd.state}: see the hub's log",
    )
    return f"answers again after {time.monotonic() - began:.1f} s"


def _sync(hub: "Hub", order: HubOrder, progress: Progress) -> None:
    with progress.step(MESH_READ) as note:
        checks.within(READ_WITHIN, hub.catch_up)
        note.detail = _configured(hub)
    compared = hub.companions.compare_now(order.zones)
    for each in (each for each in compared if each.feeds):
        progress.tried(each.what, partial(_compared, each))
    progress.tried(ZONES_SERVED, partial(_served, hub, order))
    if any(each.address for each in hub.configuration.secondaries):
        progress.tried(SECONDARIES_TOLD, partial(_followed, hub, order))
    for each in (each for each in compared if not each.feeds):
        progress.tried(each.what, partial(_compared, each))


def _compared(comparison: Comparison) -> str:
    _await(
        lambda: not comparison.waiting(),
        COMPARED_WITHIN,
        lambda: f"not through yet: {few(comparison.waiting())}",
    )
    if failures := comparison.failures():
        raise StepFailed(few(failures))
    return f"{comparison.count:,} compared"


def _served(hub: "Hub", order: HubOrder) -> str:
    zones = zones_of(hub, order)
    heads = hub.ports.store.heads(zones)
    _await(lambda: not behind(hub, heads), SERVED_WITHIN, lambda: few(behind(hub, heads)))
    return counted(len(zones), "zone")


def _followed(hub: "Hub", order: HubOrder) -> str:
    """Send NOTIFY of the zones to all secondaries, and wait until they follow.

    Those that do not answer at all, or refuse to, are waited for no longer than it takes to try.
    """
    zones = zones_of(hub, order)
    hub.secondaries.tell_again(zones)
    began = time.monotonic()

    def settled() -> bool:
        states = {state for state, _ in _amiss(hub, zones)}
        return not states & _ON_THEIR_WAY and time.monotonic() - began > TRIED_FOR

    while _amiss(hub, zones) and not settled() and time.monotonic() - began < FOLLOWED_WITHIN:
        time.sleep(_PAUSE)
    if amiss := [sentence for _, sentence in _amiss(hub, zones)]:
        raise StepFailed(few(amiss))
    asked = {name for zone, name, _ in hub.board.seen() if zone in zones}
    return counted(len(asked), "secondary follows", "secondaries follow")


def _amiss(hub: "Hub", zones: Collection[str]) -> list[tuple[State, str]]:
    """Give the secondaries that do not follow: how they are, and that in words."""
    wanted, found = set(zones), list[tuple[State, str]]()
    for zone, name, seen in hub.board.seen():
        judged = verdict(seen)
        if zone in wanted and judged.state is not State.CURRENT:
            why = f": {judged.cause}" if judged.cause else ""
            found.append((judged.state, f"{name}: {zone} {judged.state}{why}"))
    return found


def _await(holds: Callable[[], bool], within: float, why: Callable[[], str]) -> None:
    """Wait until something holds; raises StepFailed with the reason where it does not."""
    until = time.monotonic() + within
    while not holds():
        if time.monotonic() > until:
            raise StepFailed(f"not within {within:.0f} s: {why()}")
        time.sleep(_PAUSE)
