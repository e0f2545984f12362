"""NOTIFY (RFC 1996) to all secondaries at once, each with its own patience, until they follow.

A secondary that does not answer holds up nobody: every (zone, secondary) is a task of its own.
After the acknowledgement its SOA is asked for. One that does not follow is told again: for a moment
after a reload NSD's old servers answer beside the new ones, and a secondary that asks one of them
finds itself up to date.
"""

import asyncio
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.tsig

from hub_container.configuration import Secondary
from hub_container.soa import read_answer
from zonemesh.serial import is_newer

# About six minutes in all; what never answers learns of the change by its SOA refresh (900 s).
_TRIES = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 120.0
_PATIENCE = 2.0  # seconds for one answer
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 10.0  # seconds between looks at an acknowledged one's SOA
_AT_ONCE = 64  # exchanges with one secondary, each a socket


@dataclass(frozen=True, slots=True)
class Told:
    """How it went with one secondary and one serial.

    `result` is `acknowledged`, `no answer` or what was answered instead; `follows` is the serial
    that the secondary answered last, None where it has answered none.
    """

    zone: str
    secondary: str
    serial: int
    result: str
    tries: int
    follows: int | None = None


class Notifier:
    """Sends NOTIFY from its own thread. `on_told` is called there, for each step forward."""

    def __init__(self, source: str | None, on_told: Callable[[Told], None]) -> None:
        self._source, self._on_told = source, on_told
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._slots: dict[str, asyncio.Semaphore] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Give up on what is under way, and close."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._loop.close()

    def tell(self, zone: str, apex: str, serial: int, secondaries: tuple[Secondary, ...]) -> None:
        """Tell the secondaries that have an address; a newer serial ends the older's tries."""
        self._loop.call_soon_threadsafe(self._tell, zone, apex, serial, secondaries)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _tell(self, zone: str, apex: str, serial: int, secondaries: tuple[Secondary, ...]) -> None:
        for secondary in secondaries:
            if secondary.address is None:
                continue
            key = (zone, secondary.name)
            if earlier := self._tasks.get(key):
                earlier.cancel()
            task = self._loop.create_task(self._converse(zone, apex, serial, secondary))
            self._tasks[key] = task
            task.add_done_callback(partial(self._forget, key))

    def _forget(self, key: tuple[str, str], task: "asyncio.Task[None]") -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]

    async def _cancel_all(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _converse(self, zone: str, apex: str, serial: int, secondary: Secondary) -> None:
        pause = _FIRST_PAUSE
        for tries in range(1, _TRIES + 1):
            result = _result(await self._ask(_notify(apex), secondary))
            self._on_told(Told(zone, secondary.name, serial, result, tries))
            if result != "acknowledged":
                await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            elif (follows := await self._follows(apex, serial, secondary, pause)) is not None:
                self._on_told(Told(zone, secondary.name, serial, result, tries, follows))
                return
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _follows(
        self, apex: str, serial: int, secondary: Secondary, within: float
    ) -> int | None:
        """Give the serial that a secondary answers once that is new enough, None if it is not."""
        until = self._loop.time() + within
        look = _FIRST_LOOK
        while (left := until - self._loop.time()) > 0:
            await asyncio.sleep(min(look, left))
            look = min(look * 2, _LONGEST_LOOK)
            response = await self._ask(dns.message.make_query(apex, dns.rdatatype.SOA), secondary)
            if isinstance(response, str):
                continue
            follows = read_answer(response, apex).serial
            if follows is not None and not is_newer(serial, follows):
                return follows
        return None

    async def _ask(
        self, query: dns.message.Message, secondary: Secondary
    ) -> dns.message.Message | str:
        """Give the response, or in words why there is none."""
        assert secondary.address is not None
        if secondary.key:
            query.use_tsig(secondary.key.signer())
        source = self._source
        if source and (":" in source) != (":" in secondary.address):
            source = None
        slots = self._slots.setdefault(secondary.name, asyncio.Semaphore(_AT_ONCE))
        async with slots:
            try:
                return await dns.asyncquery.udp(
                    query,
                    secondary.address,
                    timeout=_PATIENCE,
                    port=secondary.port,
                    source=source,
                    ignore_unexpected=True,
                )
            except dns.exception.Timeout:
                return "no answer"
            except dns.tsig.PeerError as problem:
                return f"TSIG refused: {type(problem).__name__}"
            except (dns.exception.DNSException, OSError) as problem:
                return f"{type(problem).__name__}: {problem}"


def _notify(apex: str) -> dns.message.Message:
    """Make the message: opcode NOTIFY, AA set, the question the zone's SOA (RFC 1996 3.6)."""
    message = dns.message.make_query(apex, dns.rdatatype.SOA)
    message.flags = dns.flags.AA
    message.set_opcode(dns.opcode.NOTIFY)
    return message


def _result(response: dns.message.Message | str) -> str:
    if isinstance(response, str):
        return response
    if response.rcode() == dns.rcode.NOERROR:
        return "acknowledged"
    return f"answered {dns.rcode.to_text(response.rcode())}"
