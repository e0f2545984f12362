"""Syncs of targets: what was published, what is held, and what failed."""

from hub_container.publishing.lanes import Pair
from hub_container.syncs.log import SyncLog
from zonemesh.syncs.sync import Kind, SyncOutcome
from zonemesh.targets.ports import Outcome, Published


class TargetSyncs:
    """Notes them, where there is a log; a look that finds all as it should be is none."""

    def __init__(self, log: SyncLog | None = None) -> None:
        self._log = log

    def came_out(self, pair: Pair, outcome: Outcome, base: Published | None, heard: float) -> None:
        """Note what a push did; `base` is what the target was known to hold before.

        `heard` is when it was asked for, in monotonic seconds.
        """
        if outcome.held is not None:
            held = outcome.held
            count = held.created + held.changed + held.deleted
            error = "; ".join(held.reasons)
            self._note(pair, SyncOutcome.HELD, outcome.serial, heard, changes=count, error=error)
            return
        known = base is not None and base.clean and base.serial == outcome.serial
        if outcome.written or not known or self._fails(pair):
            written = outcome.written
            self._note(pair, SyncOutcome.PUBLISHED, outcome.serial, heard, changes=written)

    def is_current(self, pair: Pair, serial: int) -> None:
        """Note that the target of a push that failed has what it should, with nothing to do."""
        if self._fails(pair):
            self._note(pair, SyncOutcome.PUBLISHED, serial, None, changes=0)

    def failed(self, pair: Pair, error: str, serial: int | None, heard: float) -> None:
        """Note that a push failed; `serial` is what it was of, None where that was not read."""
        self._note(pair, SyncOutcome.FAILED, serial, heard, error=error)

    def _fails(self, pair: Pair) -> bool:
        return self._log is not None and self._log.fails(pair.zone, Kind.PUBLISH, pair.target)

    def _note(
        self,
        pair: Pair,
        outcome: SyncOutcome,
        serial: int | None,
        heard: float | None,
        *,
        changes: int | None = None,
        error: str = "",
    ) -> None:
        if self._log is not None:
            self._log.note(
                pair.zone,
                Kind.PUBLISH,
                outcome,
                target=pair.target,
                serial=serial,
                heard=heard,
                changes=changes,
                error=error,
            )
