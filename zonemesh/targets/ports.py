"""What publishes a zone at a target, and what came of it; alike for every kind of target.

snapshot ──► TargetPublisher.publish ──► Outcome ──► .published: what it may build on next time
                  ▲         ▲
    Published, if clean    Order: list first? approved? is something newer waiting?
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, Self

from zonemesh.errors import ZonemeshError
from zonemesh.mesh.places import Target
from zonemesh.route53.plan import Remark
from zonemesh.route53.words import remark_line
from zonemesh.snapshot import Snapshot

TRIED_MOST = 20  # serials that were begun in a row, and none of them finished
REMARKS_TOLD = 20  # lines of each kind that a report has; the counts tell of the rest


class TargetFailed(ZonemeshError):
    """A target could not be made what the snapshot says; the message says why, try again later."""


class TargetMissing(TargetFailed):
    """The target has no such zone, or several; the message says what to make or to write."""


def terms_of(target: Target) -> str:
    """Give what a publication follows from beside the snapshot, as a digest of the definition."""
    return hashlib.sha256(target.model_dump_json().encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication left at a target: what `serial` holds, under some terms.

    `place` is what was written (a hosted zone's id, a provider's zone), `terms` are `terms_of` the
    target. Where `clean` is false the target may hold something else, and is listed before it is
    written again. `lost` are owners (canonical text) of which something could not be written,
    `tried` the serials whose publication was begun since and perhaps not finished.

    Whoever keeps it keeps `begun(...)` of it from `Order.begins` on until there is a new one: what
    was broken off in the middle is not clean, and what is there of it is nobody else's doing.
    """

    serial: int
    place: str
    terms: str
    clean: bool = True
    lost: tuple[str, ...] = ()
    tried: tuple[int, ...] = ()

    def begun(self, serial: int) -> Self:
        """Give what is known while the target is made what a snapshot says."""
        return replace(self, clean=False, tried=tuple(dict.fromkeys((*self.tried, serial))))

    def unclean(self) -> Self:
        """Give what is known where the target holds something else, which nobody writes yet."""
        return replace(self, clean=False)

    def serials_since(self, serial: int) -> tuple[int, ...] | None:
        """Name the snapshots that the target may hold parts of when it is to be `serial`.

        None where they are too many to be compared with what was published.
        """
        return (*self.tried, serial) if len(self.tried) <= TRIED_MOST else None

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises ValueError."""
        try:
            document = json.loads(text)
            tried = tuple(document.get("tried", ()))
            return cls(**{**document, "lost": tuple(document["lost"]), "tried": tried})
        except (TypeError, KeyError, AttributeError) as problem:
            raise ValueError(f"not a note of a publication: {problem}") from problem


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A publication that the target's guard holds: why, with numbers, and how much it would do."""

    reasons: tuple[str, ...]
    created: int
    changed: int
    deleted: int


@dataclass(frozen=True, slots=True)
class Approval:
    """What an operator lets through: a serial at a target, and how much that may change there.

    `by` is the ARN of who said so, empty where nobody tells; `time` is in epoch seconds.
    """

    serial: int
    changed: int
    deleted: int
    by: str = ""
    time: int = 0

    def covers(self, serial: int, held: HeldBack) -> bool:
        """Tell whether it is about this serial, and no more than what was approved."""
        return (
            serial == self.serial and held.changed <= self.changed and held.deleted <= self.deleted
        )


class Publications(Protocol):
    """What is kept of a hub's publications, by zone key and target name.

    It outlives the hub's disk: a target that is `drift: report` may not be overwritten because a
    container was replaced. Every call may raise StoreUnavailable.
    """

    def published(self, zone: str, target: str) -> Published | None:
        """Give what the last publication left."""

    def keep(self, zone: str, target: str, published: Published) -> None:
        """Keep what a publication left, or `begun`."""

    def held(self, zone: str, target: str) -> tuple[int, HeldBack] | None:
        """Give the serial that the target's guard holds, and why; None where it holds none."""

    def hold(self, zone: str, target: str, serial: int, held: HeldBack | None) -> None:
        """Note what is held, None for nothing."""


class Approvals(Protocol):
    """Where approvals of held publications wait for the hub, by zone key and target name.

    Every call may raise StoreUnavailable.
    """

    def approval(self, zone: str, target: str) -> Approval | None:
        """Give the last approval."""

    def approve(self, zone: str, target: str, approval: Approval) -> None:
        """Leave an approval in place of the last one."""


def never() -> bool:
    """Nothing newer waits."""
    return False


def nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Order:
    """How one publication goes about.

    `listed` has the target listed although it is known (the schedule's look for drift). `hurry`
    tells whether something newer waits, or the process ends: then nobody waits for all name servers
    to have what was written. `begins` is called right before the first write.
    """

    listed: bool = False
    approval: Approval | None = None
    hurry: Callable[[], bool] = never
    begins: Callable[[], None] = nothing


PLAIN = Order()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a publication that did not fail.

    `place` says for people what was written. The counts are of rrsets written (none where `held`).
    `listed` tells whether the target was listed. `insync` is the seconds until all of the target's
    name servers had it, None where that was not seen, `unseen` may say why. `left` is what stays by
    rule, `lost` what cannot be there as it is wanted, refused records too. `drift` is what others
    had changed, `repaired` whether that was put right. `published` is what the next publication
    may build on, None where nothing is known that was not before. Where a listing's plan is `held`
    it is not clean, so that the next one does not take the target for done.
    """

    serial: int
    place: str
    created: int = 0
    changed: int = 0
    deleted: int = 0
    batches: int = 0
    listed: bool = False
    insync: float | None = None
    unseen: str = ""
    left: tuple[Remark, ...] = ()
    lost: tuple[Remark, ...] = ()
    drift: tuple[Remark, ...] = ()
    repaired: bool = True
    held: HeldBack | None = None
    published: Published | None = None

    @property
    def written(self) -> int:
        return self.created + self.changed + self.deleted

    def to_report(self) -> Mapping[str, Any]:
        """Give it JSON-able, each kind of remark counted and its first ones told in words."""
        report: dict[str, Any] = {
            "serial": self.serial,
            "place": self.place,
            "created": self.created,
            "changed": self.changed,
            "deleted": self.deleted,
            "batches": self.batches,
            "listed": self.listed,
            "insync": None if self.insync is None else round(self.insync, 3),
            "unseen": self.unseen,
            "repaired": self.repaired,
            "held": asdict(self.held) if self.held else None,
        }
        for kind in ("left", "lost", "drift"):
            remarks: tuple[Remark, ...] = getattr(self, kind)
            report[kind] = len(remarks)
            report[f"{kind}_lines"] = [remark_line(each) for each in remarks[:REMARKS_TOLD]]
        return report


class TargetPublisher(Protocol):
    """Keeps one zone at one target."""

    def plan(self, snapshot: Snapshot, base: Published | None) -> list[str]:
        """List the target and say what publishing would change there; nothing is written.

        A line each: `-` before what goes, `+` before what comes, `=` before what stays by rule, `!`
        before what cannot be there, `~` before what others have changed; the last line is a
        sentence. Raises as `publish` does.
        """

    def reach(self, snapshot: Snapshot) -> str:
        """See whether the target can be read, and say what it is. Raises as `publish` does."""

    def publish(self, snapshot: Snapshot, base: Published | None, order: Order = PLAIN) -> Outcome:
        """Make the target what the snapshot says; the same again changes nothing.

        With a clean `base` of the same place and terms only what differs from its snapshot is
        written, and the target is not listed. It may take minutes. Raises TargetFailed, the errors
        of the store, and those of the target's account (SourceError): all to be tried again.
        """
