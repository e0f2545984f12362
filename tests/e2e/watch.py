"""Watches that a zone is answered all the time, and that its serial never falls."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from local.hubs import HubProcess
from local.servers.client import serial_at
from tests.e2e.hosted_zone import ADDRESS
from zonemesh.serial import is_newer

_EVERY = 0.05  # seconds
_TRIES = 10  # a query may be lost, or meet a process that a reload is about to end


@contextmanager
def served_throughout(apex: str, *hubs: HubProcess) -> Iterator[None]:
    """Fail at the block's end if a hub did not answer the zone all the time."""
    stop = threading.Event()
    problems: list[str] = []
    threads = [
        threading.Thread(target=_watch, args=(apex, hub, stop, problems), daemon=True)
        for hub in hubs
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert not problems, problems


def _watch(apex: str, hub: HubProcess, stop: threading.Event, problems: list[str]) -> None:
    last: int | None = None
    while not stop.wait(_EVERY):
        serial = _serial(apex, hub, last)
        if serial is None:
            problems.append(f"hub {hub.name} did not answer {apex}, last serial {last}")
            return
        if last is not None and is_newer(last, serial):
            problems.append(f"hub {hub.name}: {apex} fell from {last} to {serial}")
        last = serial


def _serial(apex: str, hub: HubProcess, last: int | None) -> int | None:
    """Ask until a serial comes that is not older than the last; give what the last try gave."""
    serial: int | None = None
    for _ in range(_TRIES):
        serial = serial_at(ADDRESS, hub.dns_port, apex)
        if serial is not None and (last is None or not is_newer(last, serial)):
            break
        time.sleep(_EVERY)
    return serial
