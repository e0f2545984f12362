"""Asking name servers a zone's questions: many at once, patiently, and no longer than it helps."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rdatatype

from zonemesh.names import parse_name
from zonemesh.verify.places import Server
from zonemesh.verify.questions import Query

PAYLOAD = 1232  # bytes (RFC 9715 3.1): a larger answer comes over TCP rather than in fragments

Answered = Callable[[Server, Query, dns.message.Message], None]


class Asker(Protocol):
    """Asks servers."""

    def ask(
        self,
        questions: Mapping[Server, Sequence[Query]],
        answered: Answered,
        *,
        signatures: bool = False,
    ) -> dict[Server, dict[Query, str]]:
        """Ask every server its questions, and hand over each answer as it comes.

        Gives who left what unanswered, and what they did instead. With `signatures` DNSSEC's
        records are wanted as well.
        """


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for a try, tries, queries at once at a server.

    A server that answers none of its first `hopeless` questions is asked no more.
    """

    try_seconds: float = 2.0
    tries: int = 3
    at_once: int = 16
    hopeless: int = 16


class DnsAsker:
    """An Asker over UDP, and TCP where an answer is too large or UDP does not get through."""

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace or Pace()

    def ask(
        self,
        questions: Mapping[Server, Sequence[Query]],
        answered: Answered,
        *,
        signatures: bool = False,
    ) -> dict[Server, dict[Query, str]]:
        calls = [_Call(each, answered, self._pace, signatures) for each in questions]

        async def run() -> None:
            await asyncio.gather(*(call.run(questions[call.server]) for call in calls))

        asyncio.run(run())
        return {call.server: call.unanswered for call in calls if call.unanswered}


@dataclass(slots=True)
class _Call:
    """All questions to one server."""

    server: Server
    answered: Answered
    pace: Pace
    signatures: bool
    unanswered: dict[Query, str] = field(default_factory=dict)
    _heard: bool = False

    async def run(self, queries: Sequence[Query]) -> None:
        waiting = iter(queries)

        async def worker() -> None:
            for query in waiting:
                await self._one(query)

        await asyncio.gather(*(worker() for _ in range(self.pace.at_once)))

    async def _one(self, query: Query) -> None:
        if not self._heard and len(self.unanswered) >= self.pace.hopeless:
            self.unanswered[query] = next(iter(self.unanswered.values()))
            return
        why = "no answer"
        for attempt in range(1, self.pace.tries + 1):
            try:
                answer = await self._exchange(query, tcp=1 < attempt == self.pace.tries)
            except dns.exception.Timeout:
                why = "no answer"
            except (dns.exception.DNSException, OSError, EOFError) as problem:
                why = _in_words(problem)
            else:
                self._heard = True
                self.answered(self.server, query, answer)
                return
        self.unanswered[query] = why

    async def _exchange(self, query: Query, *, tcp: bool) -> dns.message.Message:
        address, port = self.server.place
        message = dns.message.make_query(
            parse_name(query.name),
            dns.rdatatype.RdataType(query.rdtype),
            use_edns=0,
            payload=PAYLOAD,
            want_dnssec=self.signatures,
        )
        message.flags &= ~dns.flags.RD
        seconds = self.pace.try_seconds
        if tcp:
            return await dns.asyncquery.tcp(message, address, timeout=seconds, port=port)
        answer, _ = await dns.asyncquery.udp_with_fallback(
            message,
            address,
            timeout=seconds,
            port=port,
            ignore_unexpected=True,
            ignore_errors=True,
        )
        return answer


def _in_words(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.errno:
        return os.strerror(problem.errno)  # asyncio's own text repeats the address
    return str(problem) or type(problem).__name__
