"""What people did to the mesh with its own commands: who, when, to which zone."""

from dataclasses import dataclass
from typing import Protocol

APPROVE, REJECT = "approve", "reject"
ROLLBACK, RESTORE = "rollback", "restore"
PUBLISH = "publish"
APPLY, BUMP, ADOPT = "apply", "bump", "adopt"
RESET = "reset"
FORGET = "forget"
ORDER = "order"  # something that a hub or the control plane was told to do now
NAME_SERVERS = "nameservers"

DETAIL_MOST = 2_000  # characters that are kept; an entry is a sentence, not a document


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action that was carried out.

    `time` is in epoch seconds, `action` one of this module's. `zone` is the zone's key, None where
    the action concerns the whole mesh; `serial` is the snapshot it made or was about. `who` is the
    ARN of the caller as STS tells it, empty where it told none. `detail` says what was done, and
    never holds a secret. `hub` is the one that was told to do something, `*` where more than one
    hub or zone was; it is kept with the orders, where who gives them may write.
    """

    time: int
    action: str
    zone: str | None
    serial: int | None
    who: str
    detail: str = ""
    hub: str = ""


class Audit(Protocol):
    """Where actions are noted; entries are never changed.

    Every call may raise StoreUnavailable.
    """

    def note(self, entry: AuditEntry) -> None:
        """Keep an entry; of a longer detail the first `DETAIL_MOST` characters."""

    def entries(self, zone: str | None, most: int) -> list[AuditEntry]:
        """Give a zone's last entries, or with None the mesh's own, the newest first."""

    def order_entries(self, hub: str, most: int) -> list[AuditEntry]:
        """Give what a hub was told to do last, or with `*` more than one, the newest first."""


class Identity(Protocol):
    """Who is calling."""

    def arn(self) -> str:
        """Give the caller's ARN; raises StoreUnavailable where nobody tells."""
