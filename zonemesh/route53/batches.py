"""A plan cut into change batches that Route 53 takes one after the other. Pure.

A batch is applied whole or not at all, so what must not be seen half done is in one batch.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from zonemesh.names import text_of
from zonemesh.route53.content import Size
from zonemesh.route53.plan import MOST, Plan
from zonemesh.route53.units import Change, Unit, units_in_order


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes for one call of ChangeResourceRecordSets, in the order in which they are meant.

    Those of one of its `parts` make no sense without each other.
    """

    parts: tuple[tuple[Change, ...], ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(change for part in self.parts for change in part)

    @property
    def size(self) -> Size:
        return sum((change.size for change in self.changes), Size())

    def to_api(self, comment: str) -> dict[str, object]:
        """Give the ChangeBatch of the API; a comment has at most 256 characters."""
        return {"Comment": comment[:256], "Changes": [each.to_api() for each in self.changes]}


@dataclass(frozen=True, slots=True)
class Batches:
    """A plan's batches.

    `apart` names (canonical text) what is too large to be replaced within one batch: between two
    of them some or all of its old records are gone, and the new ones not there yet.
    """

    batches: tuple[Batch, ...]
    apart: tuple[str, ...] = ()


def batches(plan: Plan, most: Size = MOST) -> Batches:
    """Cut a plan into batches; applied in order, each is allowed on what those before it leave.

    One name and type, and a CNAME and what takes its place, are changed in one batch; an alias is
    made after what it points at, and deleted before it.
    """
    packing = _Packing(plan, most)
    for unit in units_in_order(plan):
        packing.add(unit)
    packing.close()
    return Batches(tuple(packing.done), tuple(dict.fromkeys(packing.apart)))


@dataclass(slots=True)
class _Packing:
    plan: Plan
    most: Size
    done: list[Batch] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    _open: list[tuple[Change, ...]] = field(default_factory=list)
    _size: Size = field(default_factory=Size)

    def add(self, unit: Unit) -> None:
        changes = unit.written(self.plan, self.most)
        if sum((change.size for change in changes), Size()).fits(self.most):
            self._put(changes)
        elif len(unit.changes) > 1 and unit.is_loose:
            for change in unit.changes:
                self.add(Unit((change,)))
        else:
            self.apart += [text_of(change.key.order) for change in unit.changes]
            for each in unit.taken_apart(self.plan):
                self._put([each])

    def close(self) -> None:
        if self._open:
            self.done.append(Batch(tuple(self._open)))
            self._open, self._size = [], Size()

    def _put(self, changes: Iterable[Change]) -> None:
        """Put changes into one batch, a new one where the open one has no room."""
        changes = list(changes)
        size = sum((change.size for change in changes), Size())
        if not (self._size + size).fits(self.most):
            self.close()
        self._open.append(tuple(changes))
        self._size += size
