"""Publications, approvals and a target in memory."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from zonemesh.route53.plan import Remark
from zonemesh.snapshot import Snapshot
from zonemesh.targets.ports import Approval, HeldBack, Order, Outcome, Published

Key = tuple[str, str]
PLAIN = Order()
DRIFT = Remark({"Name": "www.example.com.", "Type": "A"}, "was deleted there")


class MemoryPublications:
    """Publications of dicts by (zone, target)."""

    def __init__(self) -> None:
        self.notes: dict[Key, Published] = {}
        self.waiting: dict[Key, tuple[int, HeldBack] | None] = {}

    def published(self, zone: str, target: str) -> Published | None:
        return self.notes.get((zone, target))

    def keep(self, zone: str, target: str, published: Published) -> None:
        self.notes[zone, target] = Published.from_json(published.to_json())

    def held(self, zone: str, target: str) -> tuple[int, HeldBack] | None:
        return self.waiting.get((zone, target))

    def hold(self, zone: str, target: str, serial: int, held: HeldBack | None) -> None:
        self.waiting[zone, target] = (serial, held) if held else None


class MemoryApprovals:
    """Approvals of a dict by (zone, target)."""

    def __init__(self) -> None:
        self.given: dict[Key, Approval] = {}

    def approval(self, zone: str, target: str) -> Approval | None:
        return self.given.get((zone, target))

    def approve(self, zone: str, target: str, approval: Approval) -> None:
        self.given[zone, target] = approval


@dataclass
class MemoryTarget:
    """A TargetPublisher that holds a serial, for all zones that it is given.

    `serials` is what it was made to hold, in order, `listings` counts its listings, and `at_work`
    who is in it now. `before` is called first of all and may fail or wait; `holds` has a
    publication held unless it is approved.
    """

    terms: str = ""
    serials: list[tuple[str, int]] = field(default_factory=list)
    listings: int = 0
    at_work: int = 0
    most_at_work: int = 0
    drifted: bool = False
    before: Callable[[Snapshot, Order], None] = lambda snapshot, order: None
    holds: Callable[[Snapshot], HeldBack | None] = lambda snapshot: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, snapshot: Snapshot, base: Published | None) -> list[str]:
        self.before(snapshot, PLAIN)
        if base is not None and base.serial == snapshot.serial:
            return ["Nothing to do."]
        return [f"+ {snapshot.apex} 60 IN A 192.0.2.1", "there: 1 to create."]

    def reach(self, snapshot: Snapshot) -> str:
        self.before(snapshot, PLAIN)
        return "there"

    def publish(self, snapshot: Snapshot, base: Published | None, order: Order = PLAIN) -> Outcome:
        with self._lock:
            self.at_work += 1
            self.most_at_work = max(self.at_work, self.most_at_work)
        try:
            return self._publish(snapshot, base, order)
        finally:
            with self._lock:
                self.at_work -= 1

    def _publish(self, snapshot: Snapshot, base: Published | None, order: Order) -> Outcome:
        listed = order.listed or base is None or not base.clean
        self.listings += listed
        order.begins()
        self.before(snapshot, order)
        held, approval = self.holds(snapshot), order.approval
        if held and not (approval and approval.covers(snapshot.serial, held)):
            return Outcome(snapshot.serial, "there", listed=listed, held=held)
        published = Published(snapshot.serial, "there", self.terms)
        differs = base != published
        if differs:
            self.serials.append((snapshot.apex, snapshot.serial))
        drift = (DRIFT,) if listed and self.drifted else ()
        return Outcome(
            snapshot.serial,
            "there",
            changed=int(differs),
            batches=int(differs),
            listed=listed,
            insync=0.5 if differs else None,
            drift=drift,
            repaired=False,
            published=published,
        )
