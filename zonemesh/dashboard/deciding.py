"""The actions that decide on what the guard holds."""

import time

from zonemesh import approve as decisions
from zonemesh.audit import APPROVE, REJECT, AuditEntry
from zonemesh.dashboard.actions import Action, Form, Means
from zonemesh.errors import CommandRefused
from zonemesh.noting import note
from zonemesh.snapshot import Snapshot


def _approve(means: Means, form: Form) -> str:
    zone, serial = _held_of(form)
    _note(means, APPROVE, decisions.approve(means.ports.store, zone, serial))
    return f"Serial {serial} is served from now on; the hubs are rung."


def _reject(means: Means, form: Form) -> str:
    zone, serial = _held_of(form)
    _note(means, REJECT, decisions.reject(means.ports.store, zone, serial))
    return f"Serial {serial} waits for the next change of the source; nothing else is served."


def _held_of(form: Form) -> tuple[str, int]:
    zone, serial = form.get("zone", ""), form.get("serial", "")
    if not zone or not (serial.isascii() and serial.isdigit()):
        raise CommandRefused("The page did not say which zone and serial it is about; reload it.")
    return zone, int(serial)


def _note(means: Means, action: str, about: Snapshot) -> None:
    why = "; ".join(about.concerns)
    entry = AuditEntry(int(time.time()), action, about.zone, about.serial, "", why)
    note(means.ports, entry, means.say)


DECISIONS = (Action("approve", _approve), Action("reject", _reject))
