"""A hub in a process of its own, over ports in memory: `standalone DIRECTORY PORT SERIAL [stall]`.

Its zone has enough chunks for several loads, and no chunk in common with another serial's: what is
on disk already saves none of them. With `stall` the store stops answering in the middle of them,
for ever, and says so. What was written by then is half a zone file.
"""

import signal
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from tests.fakes.memory import MemorySnapshotStore
from tests.hub.world import HubWorld, address_lines

APEX = "example.com."
NAMES = 20_000
STALLED = "the store answers no more"


class StallingStore(MemorySnapshotStore):
    """A store that answers only so many loads."""

    answers = 3

    def load(self, zone: str, digests: Iterable[str]) -> dict[str, str]:
        self.answers -= 1
        if self.answers < 0:
            print(STALLED, file=sys.stderr, flush=True)
            time.sleep(3600)
        return super().load(zone, digests)


def lines_of(serial: int) -> dict[tuple[str, str], str]:
    """Give rrsets whose TTLs tell the serial."""
    return {
        key: text.replace(" 300 IN A ", f" {300 + serial} IN A ")
        for key, text in address_lines(APEX, NAMES).items()
    }


def main() -> None:
    directory, port, serial, *stall = sys.argv[1:]
    store = StallingStore() if stall else MemorySnapshotStore()
    world = HubWorld(Path(directory), int(port), store=store)
    world.declare()
    world.join(APEX)
    world.publish(APEX, int(serial), lines_of(int(serial)))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with world.running():
        stop.wait()


if __name__ == "__main__":
    main()
