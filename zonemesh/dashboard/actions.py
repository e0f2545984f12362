"""What can be done from a page: each action with what it says when it is done."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zonemesh import approve as decisions
from zonemesh.audit import APPROVE, REJECT, AuditEntry
from zonemesh.dashboard.notices import Notice
from zonemesh.dashboard.ports import DashboardPorts
from zonemesh.errors import CommandRefused, ZonemeshError
from zonemesh.noting import note
from zonemesh.snapshot import Snapshot

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Action:
    """What a form asks for, by `name` (the last part of the address that it is sent to).

    `act` carries it out with the ports and the form, tells by the third what went wrong besides,
    and gives a sentence. It may raise CommandRefused and the errors of the ports.
    """

    name: str
    act: Callable[[DashboardPorts, Form, Callable[[str], None]], str]


def perform(action: Action, ports: DashboardPorts, form: Form) -> Notice:
    """Carry out an action and say what came of it."""
    beside: list[str] = []
    try:
        said = action.act(ports, form, beside.append)
    except CommandRefused as problem:
        return Notice((f"Nothing was changed. {problem}",), done=False)
    except ZonemeshError as problem:
        return Notice((f"It is not known to be done: {problem}",), done=False)
    return Notice((said, *beside), done=True)


def approve(ports: DashboardPorts, form: Form, say: Callable[[str], None]) -> str:
    """Serve what is held of a zone, if it is the serial that the page showed."""
    zone, serial = _held_of(form)
    served = decisions.approve(ports.store, zone, serial)
    _note(ports, APPROVE, served, say)
    return f"Serial {serial} is served from now on; the hubs are rung."


def reject(ports: DashboardPorts, form: Form, say: Callable[[str], None]) -> str:
    """Leave what is held of a zone waiting, without alarm."""
    zone, serial = _held_of(form)
    waiting = decisions.reject(ports.store, zone, serial)
    _note(ports, REJECT, waiting, say)
    return f"Serial {serial} waits for the next change of the source; nothing else is served."


def _held_of(form: Form) -> tuple[str, int]:
    zone, serial = form.get("zone", ""), form.get("serial", "")
    if not zone or not (serial.isascii() and serial.isdigit()):
        raise CommandRefused("The page did not say which zone and serial it is about; reload it.")
    return zone, int(serial)


def _note(ports: DashboardPorts, action: str, about: Snapshot, say: Callable[[str], None]) -> None:
    why = "; ".join(about.concerns)
    entry = AuditEntry(int(time.time()), action, about.zone, about.serial, "", why)
    note(ports, entry, say)


ACTIONS = (Action("approve", approve), Action("reject", reject))
