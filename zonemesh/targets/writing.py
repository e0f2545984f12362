"""A plan written batch by batch; of a batch that is refused, all but the records that are bad.

batch ──► refused ──► the suspects apart from the rest ──► halves ──► one part: it is the one
            │                    │
            │                    └── written: the rest
            └── an alias that was refused may have come before what it points at: once more
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from zonemesh.errors import BatchRefused
from zonemesh.route53.batches import Batch, batches
from zonemesh.route53.plan import Plan, Remark
from zonemesh.route53.rrsets import is_alias, key_of
from zonemesh.route53.units import Action, Change
from zonemesh.source_writing import ZoneWriter
from zonemesh.targets.ports import TargetFailed
from zonemesh.zone import RRsetKey

IN_A_ROW = 100  # parts refused one by one and nothing written: the cause is not in the records

Part = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part of a batch that Route 53 will not have, and what it says."""

    part: Part
    said: str

    @property
    def remark(self) -> Remark:
        return Remark(self.part[-1].rrset, f"refused: {self.said}")


def is_of_state(said: str) -> bool:
    """Tell whether a refusal is of what the zone holds (absent, there already, other values).

    "Tried to create resource record set [...] but it already exists", and the like.
    """
    return "Tried to " in said


@dataclass(slots=True)
class Written:
    """What was written: the ids of the changes, and the rrsets by what became of them."""

    ids: list[str] = field(default_factory=list)
    created: set[RRsetKey] = field(default_factory=set)
    changed: set[RRsetKey] = field(default_factory=set)
    deleted: set[RRsetKey] = field(default_factory=set)

    def add(self, id: str, batch: Batch) -> None:
        self.ids.append(id)
        gone = {key_of(each.rrset) for each in batch.changes if each.action is Action.DELETE}
        made = {key_of(each.rrset) for each in batch.changes if each.action is Action.CREATE}
        put = {key_of(each.rrset) for each in batch.changes if each.action is Action.UPSERT}
        self.created |= made - gone
        self.changed |= put | (made & gone)
        self.deleted |= gone - made


class PlanWriter:
    """Writes plans to one hosted zone and counts what it wrote.

    `begins` is called before the first call that writes.
    """

    def __init__(self, writer: ZoneWriter, comment: str, begins: Callable[[], None]) -> None:
        self.written = Written()
        self._writer, self._comment, self._begins = writer, comment, begins
        self._begun = self._stale = False
        self._in_a_row = 0

    def write(self, plan: Plan) -> None:
        """Write a plan; raises BatchRefused at the first batch that is refused."""
        for batch in batches(plan).batches:
            self._send(batch)

    def write_what_can_be(self, plan: Plan, *, stale: bool = False) -> list[Refusal]:
        """Write a plan but for the parts that Route 53 refuses, which are given.

        Where the zone turns out to hold something else than the plan says, BatchRefused is raised,
        unless the plan may be `stale`: then what does not fit is refused like what is bad. Raises
        TargetFailed where one part after the other is refused, and the writer's other errors.
        """
        self._stale, self._in_a_row = stale, 0
        refused: list[Refusal] = []
        for batch in batches(plan).batches:
            refused += self._isolate(batch.parts)
        return self._once_more(refused)

    def await_insync(self, hurry: Callable[[], bool]) -> float | None:
        """Wait until all name servers have what was written, or `hurry` says so."""
        return self._writer.await_insync(self.written.ids, hurry)

    def _isolate(self, parts: Sequence[Part]) -> list[Refusal]:
        """Write parts in their order, apart from those that are refused by themselves."""
        try:
            self._send(Batch(tuple(parts)))
            return []
        except BatchRefused as problem:
            if is_of_state(problem.said) and not self._stale:
                raise
            if len(parts) == 1:
                self._count_refusal(problem)
                return [Refusal(parts[0], problem.said)]
            first, second = _parted(parts, problem.suspects)
        return self._isolate(first) + self._isolate(second)

    def _once_more(self, refused: list[Refusal]) -> list[Refusal]:
        left = []
        for each in refused:
            left += self._isolate([each.part]) if _has_alias(each.part) else [each]
        return left

    def _send(self, batch: Batch) -> None:
        if not self._begun:
            self._begins()
            self._begun = True
        self.written.add(self._writer.write(batch, self._comment), batch)
        self._in_a_row = 0

    def _count_refusal(self, problem: BatchRefused) -> None:
        self._in_a_row += 1
        if self._in_a_row >= IN_A_ROW:
            raise TargetFailed(
                f"{IN_A_ROW} changes in a row were refused, each by itself; the last: {problem}"
            ) from problem


def _parted(parts: Sequence[Part], suspects: Iterable[int]) -> tuple[list[Part], list[Part]]:
    """Part those that a refusal does not speak of from those that it does, else into halves."""
    places = [place for place, part in enumerate(parts) for _ in part]
    spoken_of = {places[suspect] for suspect in suspects}
    rest = [part for place, part in enumerate(parts) if place not in spoken_of]
    if rest and spoken_of:
        return rest, [parts[place] for place in sorted(spoken_of)]
    half = len(parts) // 2
    return list(parts[:half]), list(parts[half:])


def _has_alias(part: Part) -> bool:
    return any(is_alias(change.rrset) for change in part)
