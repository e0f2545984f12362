"""The hub's secondaries: told of what is served, asked whether they follow, judged."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from hub_container.board import Board, secondary_report
from hub_container.catalogs import is_catalog, named_in
from hub_container.configuration import Configuration, Secondary
from hub_container.limits import too_much_in
from hub_container.notify import Notifier
from hub_container.refusals import Refusals
from hub_container.replies import is_behind
from hub_container.verdicts import State, Told, verdict

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
        self.refusals = Refusals()
        self._all: tuple[Secondary, ...] = ()
        self._catalogs: dict[
            tuple[str, str], int
        ] = {}  # serials that secondaries were seen to have
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

    def tell_again(self, zones: Collection[str]) -> None:
        """Send NOTIFY of zones (keys) to all at once, whatever pause somebody is in."""
        for zone in self._board.zones():
            if zone.zone in zones and zone.serial is not None:
                self._notifier.tell(zone.zone, zone.apex, zone.serial, self._all)

    def _too_much(self, zone: str) -> str:
        return too_much_in(self._file_of(zone))

    def _with_refusal(self, told: Told) -> Told:
        zone = self._board.zone(told.zone)
        secondary = next((each for each in self._all if each.name == told.secondary), None)
        if zone is None or secondary is None:
            return told
        return replace(told, refusal=self.refusals.of(zone.apex, secondary, zone.served_at or 0.0))

    def _told(self, told: Told) -> None:
        if told.answered and is_behind(told.answered, told.serial):
            told = self._with_refusal(told)
        if is_catalog(told.zone):
            self._catalog_told(told)
        if not self._board.told(told):
            return
        self._on_changed(told.zone)
        if (seen := self._board.secondary(told.zone, told.secondary)) is not None:
            names = {"zone": told.zone, "secondary": told.secondary}
            logger.info("secondary", extra=names | secondary_report(seen))

    def _catalog_told(self, told: Told) -> None:
        """Tell of its zones whoever has a new catalog: it did not know them when they were new.

        Once for a serial; some take a catalog and let nobody ask for it.
        """
        key, answer = (told.zone, told.secondary), told.answered
        if answer is None or self._catalogs.get(key) == told.serial:
            return
        if answer.serial != told.serial and answer.rcode != "REFUSED":
            return
        self._catalogs[key] = told.serial
        named = named_in(self._file_of(told.zone))
        whom = tuple(each for each in self._all if each.name == told.secondary)
        for zone in self._board.zones():
            if zone.apex in named and zone.serial is not None:
                seen = self._board.secondary(zone.zone, told.secondary)
                if seen is None or verdict(seen).state is not State.CURRENT:
                    self._notifier.tell(zone.zone, zone.apex, zone.serial, whom)
