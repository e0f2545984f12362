"""Actions noted in the audit; what goes wrong with that is told on standard error."""

import typer

from zonemesh import noting
from zonemesh.audit import AuditEntry
from zonemesh.cli.app import now
from zonemesh.noting import AuditPorts

__all__ = ["AuditPorts", "caller", "note", "say"]


def note(
    ports: AuditPorts,
    action: str,
    zone: str | None,
    serial: int | None,
    detail: str = "",
    who: str | None = None,
) -> None:
    """Note an action that was carried out; that it could not be noted is said, and undoes nothing.

    `detail` must hold no secret. `who` is the caller where that was asked already.
    """
    entry = AuditEntry(now(), action, zone, serial, who or "", detail)
    if who is None:
        noting.note(ports, entry, say)
    else:
        noting.keep(ports, entry, say)


def caller(ports: AuditPorts) -> str:
    """Give the caller's ARN; empty where nobody tells, which is said."""
    return noting.caller(ports, say)


def say(sentence: str) -> None:
    """Tell what did not go well on standard error."""
    typer.echo(f"zonemesh: {sentence}", err=True)
