"""NOTIFY (RFC 1996) to all secondaries at once, each with its own patience, until they follow.

A secondary that does not answer holds up nobody: every (zone, secondary) is a task of its own.
After each NOTIFY its SOA is asked for. One that does not follow is told again: for a moment after a
reload NSD's old servers answer beside the new ones, and a secondary that asks one of them finds
itself up to date.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
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
from hub_container.replies import (
    failure,
    follows,
    is_behind,
    notify_message,
    read_reply,
    soa_query,
)
from hub_container.verdicts import NO_ANSWER, Reply, Told

# About six minutes in all; what does not follow then is asked again on the hub's schedule.
_TRIES = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 120.0
_PATIENCE = 2.0  # seconds for one answer
_STOP_PATIENCE = 20.0  # seconds
_FIRST_LOOK, _LONGEST_LOOK = 0.02, 10.0  # seconds between looks at an acknowledged one's SOA
_LIMITS_AT = 3  # the try after which it is looked for what may be too much for the secondary
_AT_ONCE = 64  # exchanges with one secondary, each a socket
_CHECKED_AT_ONCE = 4  # those of the schedule, besides: they keep no edit waiting

Secondaries = tuple[Secondary, ...]


class Notifier:
    """Sends NOTIFY from its own thread. `on_told` is called there, for each step.

    `sources` are addresses of this machine that messages leave from, one of each family at most.
    `too_much` looks through a zone for what some servers do not take; it may take seconds.
    """

    def __init__(
        self,
        sources: Sequence[str],
        on_told: Callable[[Told], None],
        too_much: Callable[[str], str] = lambda zone: "",
    ) -> None:
        self._sources, self._on_told, self._too_much = tuple(sources), on_told, too_much
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="notify", daemon=True)
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._slots: dict[tuple[str, int], asyncio.Semaphore] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Give up on what is under way, and close."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._cancel_all(), self._loop).result(_STOP_PATIENCE)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STOP_PATIENCE)
        self._loop.close()

    def tell(self, zone: str, apex: str, serial: int, secondaries: Secondaries) -> None:
        """Tell the secondaries that have an address; a newer serial ends the older's tries."""
        self._soon(self._tell, zone, apex, serial, secondaries)

    def check(self, zone: str, apex: str, serial: int, secondaries: Secondaries) -> None:
        """Ask those that are not being told at the moment, and tell who is behind."""
        self._soon(self._check, zone, apex, serial, secondaries)

    def keep_only(self, zones: Collection[str], secondaries: Collection[str]) -> None:
        """End what goes on about other zones (keys) and with other secondaries (names)."""
        self._soon(self._keep_only, set(zones), set(secondaries))

    def _soon(self, act: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # it was stopped meanwhile
            self._loop.call_soon_threadsafe(act, *arguments)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _tell(self, zone: str, apex: str, serial: int, secondaries: Secondaries) -> None:
        for secondary in secondaries:
            if secondary.address is None:
                continue
            if earlier := self._tasks.get((zone, secondary.name)):
                earlier.cancel()
            self._on_told(Told(zone, secondary.name, serial))
            self._begin(zone, secondary, self._converse(zone, apex, serial, secondary))

    def _check(self, zone: str, apex: str, serial: int, secondaries: Secondaries) -> None:
        for secondary in secondaries:
            if secondary.address and (zone, secondary.name) not in self._tasks:
                self._begin(zone, secondary, self._look_after(zone, apex, serial, secondary))

    def _begin(self, zone: str, secondary: Secondary, work: Coroutine[None, None, None]) -> None:
        key = (zone, secondary.name)
        self._tasks[key] = task = self._loop.create_task(work)
        task.add_done_callback(partial(self._forget, key))

    def _forget(self, key: tuple[str, str], task: "asyncio.Task[None]") -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]

    def _keep_only(self, zones: set[str], secondaries: set[str]) -> None:
        for (zone, secondary), task in list(self._tasks.items()):
            if zone not in zones or secondary not in secondaries:
                del self._tasks[zone, secondary]
                task.cancel()

    async def _cancel_all(self) -> None:
        tasks = set(self._tasks.values())
        self._tasks.clear()
        while tasks:
            for task in tasks:
                task.cancel()
            _, tasks = await asyncio.wait(tasks, timeout=0.5)

    def _step(self, told: Told) -> None:
        """Tell of a step, unless another task has taken this one's place.

        Before Python 3.12 asyncio.wait_for may lose a cancellation, in the moment that the answer
        comes (https://github.com/python/cpython/issues/86296).
        """
        if self._tasks.get((told.zone, told.secondary)) is not asyncio.current_task():
            raise asyncio.CancelledError
        self._on_told(told)

    async def _look_after(self, zone: str, apex: str, serial: int, secondary: Secondary) -> None:
        answer = await self._ask(soa_query(apex), secondary, _CHECKED_AT_ONCE)
        self._step(Told(zone, secondary.name, serial, answered=answer))
        if is_behind(answer, serial):
            await self._converse(zone, apex, serial, secondary)

    async def _converse(self, zone: str, apex: str, serial: int, secondary: Secondary) -> None:
        pause = _FIRST_PAUSE
        for tries in range(1, _TRIES + 1):
            notified = await self._ask(notify_message(apex), secondary)
            step = partial(Told, zone, secondary.name, serial, tries, notified)
            self._step(step())
            look = self._poll if notified.positive else self._ask_and_wait
            answer = await look(apex, serial, secondary, pause * random.uniform(0.8, 1.2))
            too_much = None
            if tries == _LIMITS_AT and notified.positive and is_behind(answer, serial):
                too_much = await asyncio.to_thread(self._too_much, zone)
            self._step(step(answer, too_much))
            if follows(answer, serial):
                return
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _poll(self, apex: str, serial: int, secondary: Secondary, within: float) -> Reply:
        """Ask until it follows; gives its last answer."""
        until = self._loop.time() + within
        look = _FIRST_LOOK
        answer = Reply(failure=NO_ANSWER)
        while (left := until - self._loop.time()) > 0:
            await asyncio.sleep(min(look, left))
            look = min(look * 2, _LONGEST_LOOK)
            answer = await self._ask(soa_query(apex), secondary)
            if follows(answer, serial):
                break
        return answer

    async def _ask_and_wait(
        self, apex: str, serial: int, secondary: Secondary, within: float
    ) -> Reply:
        """Ask once: what does not take NOTIFY may follow by its refresh, or be none at all."""
        answer = await self._ask(soa_query(apex), secondary)
        if not follows(answer, serial):
            await asyncio.sleep(within)
        return answer

    async def _ask(
        self, query: dns.message.Message, secondary: Secondary, at_once: int = _AT_ONCE
    ) -> Reply:
        """Send one message; `at_once` of those that give the same number are under way at most."""
        slots = self._slots.setdefault((secondary.name, at_once), asyncio.Semaphore(at_once))
        async with slots:
            if secondary.key:
                query.use_tsig(secondary.key.signer())
            try:
                return read_reply(await self._exchange(query, secondary))
            except (dns.exception.DNSException, OSError) as problem:
                caught = problem
            if secondary.key and type(caught) is dns.exception.FormError:
                return await self._ask_unsigned(query, secondary)
            return Reply(failure=failure(caught))

    async def _ask_unsigned(self, query: dns.message.Message, secondary: Secondary) -> Reply:
        """Hear why somebody answers what is signed without a signature.

        Knot does so for zones that it does not have, PowerDNS where it cannot check the signature.
        Nothing but a refusal is believed of it.
        """
        unsigned = dns.message.make_query(query.question[0].name, dns.rdatatype.SOA)
        unsigned.flags = query.flags
        try:
            reply = read_reply(await self._exchange(unsigned, secondary))
        except (dns.exception.DNSException, OSError) as problem:
            return Reply(failure=failure(problem))
        if reply.failure or reply.serial is not None or reply.cached or reply.positive:
            return Reply(failure="it answers what is signed without a signature")
        return replace(reply, unsigned=True)

    async def _exchange(
        self, query: dns.message.Message, secondary: Secondary
    ) -> dns.message.Message:
        assert secondary.address is not None
        return await dns.asyncquery.udp(
            query,
            secondary.address,
            timeout=_PATIENCE,
            port=secondary.port,
            source=self._source(secondary.address),
            ignore_unexpected=True,
        )

    def _source(self, address: str) -> str | None:
        family = ":" in address
        return next((source for source in self._sources if (":" in source) == family), None)
