"""What any server that is a primary on loopback can do, whichever program it is."""

import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from local.servers.client import wait_until
from local.servers.ports import free_port
from local.servers.program import Program
from local.servers.tsig import Tsig

_RELOAD_AGAIN = 1.0  # seconds; a signal that comes while a server still reloads may be lost


def zone_text(
    apex: str,
    serial: int,
    records: Iterable[str] = (),
    *,
    refresh: int = 3600,
    retry: int = 1,
    expire: int = 86_400,
) -> str:
    """Write a zone's master file: a SOA, an NS rrset of two servers elsewhere, and the records.

    Records are lines with absolute owners, or owners below the apex.
    """
    timers = f"{refresh} {retry} {expire} 60"
    return (
        f"$ORIGIN {apex}\n"
        f"{apex} 900 IN SOA ns1.example.net. admin.example.net. {serial} {timers}\n"
        f"{apex} 3600 IN NS ns1.example.net.\n"
        f"{apex} 3600 IN NS ns2.example.net.\n"
    ) + "".join(f"{record}\n" for record in records)


class Primary(Program):
    """A server with zone files of its own, which gives them to who signs with a TSIG key.

    `notify` are ports of loopback that it tells of changes. Without a key anybody on loopback may
    transfer. A program is a subclass: it writes its configuration into `directory` and tells when
    it is up. Use it as a context manager, or `start` and `stop` it.
    """

    up_within = 120.0

    def __init__(
        self,
        directory: Path,
        zones: Mapping[str, str],
        key: Tsig | None,
        notify: Sequence[int] = (),
        port: int | None = None,
    ) -> None:
        self.directory, self.port = directory, port or free_port()
        self._key, self._notify = key, tuple(notify)
        self._files = {apex: f"{number}.zone" for number, apex in enumerate(zones)}
        directory.mkdir(parents=True, exist_ok=True)
        for apex, text in zones.items():
            self._file(apex).write_text(text)
        self._run()

    def _is_up(self) -> bool:
        return all(self.serial(apex) is not None for apex in self._files)

    def _file(self, apex: str) -> Path:
        return self.directory / self._files[apex]

    def put(self, apex: str, text: str, serial: int) -> None:
        """Put another zone file in place, and wait until its serial is answered."""
        temp = self._file(apex).with_suffix(".new")
        temp.write_text(text)
        temp.replace(self._file(apex))
        told = 0.0

        def answers_it() -> bool:
            nonlocal told
            if time.monotonic() - told > _RELOAD_AGAIN:
                told = time.monotonic()
                self.server.signal(signal.SIGHUP)
            return self.serial(apex) == serial

        wait_until(f"{self.program} serves {apex} {serial}", answers_it, within=120)
