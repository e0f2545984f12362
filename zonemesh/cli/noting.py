"""Actions noted in the audit, with the caller's identity."""

from typing import Protocol

import typer

from zonemesh.audit import Audit, AuditEntry, Identity
from zonemesh.cli.app import now
from zonemesh.errors import StoreError


class AuditPorts(Protocol):
    """What an action is noted with."""

    @property
    def audit(self) -> Audit: ...
    @property
    def identity(self) -> Identity: ...


def note(
    ports: AuditPorts, action: str, zone: str | None, serial: int | None, detail: str = ""
) -> None:
    """Note an action that was carried out; that it could not be noted is said, and undoes nothing.

    `detail` must hold no secret.
    """
    who = caller(ports)
    try:
        ports.audit.note(AuditEntry(now(), action, zone, serial, who, detail))
    except StoreError as problem:
        typer.echo(f"zonemesh: it is done, but the audit does not tell of it: {problem}", err=True)


def caller(ports: AuditPorts) -> str:
    """Give the caller's ARN; empty where nobody tells, which is said."""
    try:
        return ports.identity.arn()
    except StoreError as problem:
        typer.echo(f"zonemesh: the audit will not tell who it was: {problem}", err=True)
        return ""
