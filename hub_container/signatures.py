"""Takes a signed zone off NSD when the first of its signatures runs out (RFC 4035 5.3.1).

Past that it is bogus to every validator, which is worse than an answer from elsewhere.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from hub_container.zonefiles import ZoneFiles

logger = logging.getLogger(__name__)

_LOOK_EVERY = 5.0  # seconds; also how late a zone may leave whose file has just been replaced


class SignatureClock:
    """Looks at the zone files. `on_over` is called with a zone once its signatures run out."""

    def __init__(
        self,
        files: ZoneFiles,
        zones: Callable[[], Iterable[str]],
        on_over: Callable[[str], None],
    ) -> None:
        self._files, self._zones, self._on_over = files, zones, on_over
        self._told: dict[str, int] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="signatures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = _LOOK_EVERY
            now = time.time()
            for zone in list(self._zones()):
                expires = self._files.expires(zone)
                if expires is None:
                    continue
                if expires > now:
                    pause = min(pause, expires - now)
                elif self._told.get(zone) != expires:
                    self._tell(zone, expires)

    def _tell(self, zone: str, expires: int) -> None:
        """Tell of a zone once; where that fails it is told of again, and of the others as well."""
        try:
            self._on_over(zone)
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
            logger.error("a zone is not taken off yet", extra={"zone": zone, "error": error})
        else:
            self._told[zone] = expires


def over(apex: str, expires: int | None) -> str:
    """Say that a zone is not served any more, and what to do."""
    when = f" at {datetime.fromtimestamp(expires, UTC):%Y-%m-%d %H:%M:%S} UTC" if expires else ""
    return (
        f"a signature of {apex} ran out{when}: the zone would be bogus and is not served. "
        "See that its primary signs it again, and that this mesh still gets its changes"
    )
