"""Actions noted in the audit, with the caller's identity."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from zonemesh.audit import Audit, AuditEntry, Identity
from zonemesh.errors import StoreError

Say = Callable[[str], None]  # tells whoever acted what did not go well


class AuditPorts(Protocol):
    """What an action is noted with."""

    @property
    def audit(self) -> Audit: ...
    @property
    def identity(self) -> Identity: ...


def note(ports: AuditPorts, entry: AuditEntry, say: Say) -> None:
    """Note an action that was carried out; that it could not be noted is said, and undoes nothing.

    `who` of the entry is left empty and filled in here. Its `detail` must hold no secret.
    """
    keep(ports, replace(entry, who=caller(ports, say)), say)


def keep(ports: AuditPorts, entry: AuditEntry, say: Say) -> None:
    """Note an action as `note` does, of which it is known already who it was."""
    try:
        ports.audit.note(entry)
    except StoreError as problem:
        say(f"it is done, but the audit does not tell of it: {problem}")


def caller(ports: AuditPorts, say: Say) -> str:
    """Give the caller's ARN; empty where nobody tells, which is said."""
    try:
        return ports.identity.arn()
    except StoreError as problem:
        say(f"the audit will not tell who it was: {problem}")
        return ""
