"""The hub's secondaries: told of what is served, asked whether they follow, judged."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from hub_container.board import Board, secondary_report
from hub_container.configuration import Configuration, Secondary
from hub_container.limits import too_much_in
from hub_container.notify import Notifier
from hub_container.verdicts import Told

logger = logging.getLogger(__name__)


class Secondaries:
    """All of a hub's; what becomes known of them is on the board.

    `file_of` gives a zone's file. `on_changed` is called with the key of a zone of which something
    else is to be said than before, in the notifier's thread.
    """

    def __init__(
        self,
        sources: Sequence[str],
        board: Board,
        file_of: Callable[[str], Path],
        on_changed: Callable[[str], None],
    ) -> None:
        self._board, self._file_of, self._on_changed = board, file_of, on_changed
        self._all: tuple[Secondary, ...] = ()
        self._notifier = Notifier(sources, self._told, self._too_much)

    def start(self) -> None:
        self._notifier.start()

    def stop(self) -> None:
        self._notifier.stop()

    def use(self, configuration: Configuration) -> None:
        """Take up who they are now; nothing goes on with, or is said of, those that left."""
        self._all = configuration.secondaries
        names = {secondary.name for secondary in self._all}
        self._board.keep_only_secondaries(names)
        self._notifier.keep_only(configuration.zones.keys(), names)

    def tell(self, zone: str, apex: str, serial: int) -> None:
        """Send NOTIFY of a zone (its key) to all, until each of them follows or is given up."""
        self._notifier.tell(zone, apex, serial, self._all)

    def check(self) -> None:
        """Have all asked that are not being told of something, and told who is behind.

        New ones hear of all zones so.
        """
        for zone in self._board.zones():
            if zone.serial is not None:
                self._notifier.check(zone.zone, zone.apex, zone.serial, self._all)

    def _too_much(self, zone: str) -> str:
        return too_much_in(self._file_of(zone))

    def _told(self, told: Told) -> None:
        if not self._board.told(told):
            return
        self._on_changed(told.zone)
        if (seen := self._board.secondary(told.zone, told.secondary)) is not None:
            names = {"zone": told.zone, "secondary": told.secondary}
            logger.info("secondary", extra=names | secondary_report(seen))
