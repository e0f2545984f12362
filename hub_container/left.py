"""The zone files that nothing needs any more, kept for a while: their zones may come back."""

import time
from collections.abc import Iterable

from hub_container.zonefiles import ZoneFiles

_KEEP_FILES = 86_400.0  # seconds that the files of a zone outlive its leaving


class LeftFiles:
    """Of a hub's zone files those whose zones left, by zone (a key)."""

    def __init__(self, files: ZoneFiles) -> None:
        self._files = files
        self._since: dict[str, float] = {}  # by the file's name

    def __contains__(self, zone: str) -> bool:
        return self._files.name(zone) in self._since

    def all_but(self, zones: Iterable[str]) -> None:
        """Take all files but these zones' for left just now, as after a start."""
        kept = {self._files.name(zone) for zone in zones}
        self._since = dict.fromkeys(self._files.names() - kept, time.monotonic())

    def leave(self, zone: str) -> None:
        self._since[self._files.name(zone)] = time.monotonic()

    def join(self, zone: str) -> None:
        self._since.pop(self._files.name(zone), None)

    def drop_old(self) -> None:
        """Remove those whose time is over."""
        for name, since in list(self._since.items()):
            if time.monotonic() - since > _KEEP_FILES:
                self._files.forget(name)
                del self._since[name]
