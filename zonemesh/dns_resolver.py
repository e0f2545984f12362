"""Questions asked of DNS: at a zone's own name servers, or at a recursive resolver.

Everything is asked at once and bounded in time. What a question comes to is always a Response: a
name server that is not there is a fact of life and no error.
"""

import asyncio
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import dns.asyncquery
import dns.exception
import dns.flags
import dns.inet
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.rrset

from zonemesh.names import canonical_text
from zonemesh.translation.question import Outcome, Question, Response

Server = tuple[str, int]  # address, port


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one call: seconds for all its questions, seconds for a try, tries, queries at once.

    Four servers are tried within the five seconds.
    """

    within: float = 5.0
    try_seconds: float = 1.2
    tries: int = 4
    at_once: int = 32


PORT = 53
PAYLOAD = 1232  # bytes (RFC 9715 3.1): a larger answer comes over TCP rather than in fragments


class DnsResolver:
    """A Resolver over UDP, and TCP where an answer is too large.

    `resolver` is a recursive server, the system's own (resolv.conf) without one. It also knows the
    addresses of name servers, which are kept until one does not answer.
    """

    def __init__(
        self,
        resolver: Server | None = None,
        *,
        limits: Limits | None = None,
        authority_port: int = PORT,
    ) -> None:
        self._resolver, self._authority_port = resolver, authority_port
        self._limits = limits or Limits()
        self._addresses: dict[str, tuple[str, ...]] = {}

    def ask(
        self,
        questions: Collection[Question],
        name_servers: Sequence[str] = (),
        *,
        targets: bool = False,
    ) -> dict[Question, Response]:
        """Ask all questions; gives a response to each, a failed one where time ran out.

        `name_servers` (names or addresses) answer the questions that have an authority; all others
        go to the resolver. With `targets` the target's name is asked there instead, where there is
        one. What is the same on the wire is asked once.
        """
        queries = {question: _query(question, targets) for question in questions}
        recursive = (self._resolver,) if self._resolver else _system_resolvers()
        authorities = _Authorities(tuple(name_servers), self._authority_port, self._addresses)
        call = _Call(recursive, authorities, self._limits)
        responses = asyncio.run(call.run(set(queries.values())))
        return {question: responses[query] for question, query in queries.items()}


@dataclass(frozen=True, slots=True)
class _Query:
    """A name and a type; `authoritative` where the zone's own servers are to answer."""

    name: str
    rdtype: str
    authoritative: bool

    def message(self) -> dns.message.QueryMessage:
        message = dns.message.make_query(self.name, self.rdtype, use_edns=0, payload=PAYLOAD)
        if self.authoritative:
            message.flags &= ~dns.flags.RD
        return message

    def refused_by(self, answer: dns.message.Message) -> str:
        """Say why an answer is none, empty for one that counts."""
        if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return dns.rcode.to_text(answer.rcode())
        if answer.flags & dns.flags.AA:
            return ""
        if self.authoritative:
            return "not authoritative"
        return "" if answer.answer or answer.flags & dns.flags.RA else "no recursion"


def _query(question: Question, targets: bool) -> _Query:
    if targets and question.target:
        return _Query(question.target, question.rdtype, authoritative=False)
    return _Query(question.name, question.rdtype, authoritative=bool(question.authority))


def _system_resolvers() -> tuple[Server, ...]:
    try:
        system = dns.resolver.get_default_resolver()
    except dns.resolver.NoResolverConfiguration:
        return ()
    return tuple((each, system.port) for each in system.nameservers if isinstance(each, str))


@dataclass(frozen=True, slots=True)
class _Authorities:
    """A zone's name servers, and the addresses that are known of them, by name."""

    names: tuple[str, ...]
    port: int
    addresses: dict[str, tuple[str, ...]]

    def forget(self, address: str) -> None:
        for name, known in list(self.addresses.items()):
            if address in known:
                self.addresses.pop(name, None)


class _Unanswered(Exception):
    """No server gave an answer; the message says what they did instead."""


@dataclass(slots=True)
class _Call:
    """One call of `ask`: whom to ask, within what limits."""

    recursive: Sequence[Server]
    authorities: _Authorities
    limits: Limits
    _free: asyncio.Semaphore = field(init=False)
    _learning: dict[str, asyncio.Task[tuple[str, ...]]] = field(default_factory=dict, init=False)

    async def run(self, queries: Collection[_Query]) -> dict[_Query, Response]:
        """Answer all queries; what is still open when the time is up has failed."""
        self._free = asyncio.Semaphore(self.limits.at_once)
        tasks = {query: asyncio.create_task(self._respond(query)) for query in queries}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=self.limits.within)
        made: list[asyncio.Task[object]] = [*tasks.values(), *self._learning.values()]
        for task in made:
            task.cancel()  # does nothing to one that is done
        await asyncio.gather(*made, return_exceptions=True)
        late = Response(Outcome.FAILED, why=f"late: no answer within {self.limits.within:g} s")
        return {query: late if task.cancelled() else task.result() for query, task in tasks.items()}

    async def _respond(self, query: _Query) -> Response:
        try:
            return await self._resolve(query)
        except (_Unanswered, dns.exception.DNSException, ValueError) as problem:
            return Response(Outcome.FAILED, why=str(problem))

    async def _resolve(self, query: _Query) -> Response:
        servers = await self._name_servers() if query.authoritative else self.recursive
        if not servers:
            raise _Unanswered("no resolver is configured on this system")
        answer = await self._exchange(query, servers)
        chain = answer.resolve_chaining()
        if chain.answer is not None:
            return Response(Outcome.FOUND, _values(chain.answer), chain.minimum_ttl)
        leaves = chain.cnames and query.authoritative and answer.rcode() == dns.rcode.NOERROR
        if not leaves:
            return Response(Outcome.NONE)
        # The zone's own servers do not know the end of a chain that leads out of it.
        end = canonical_text(chain.canonical_name)
        rest = await self._resolve(_Query(end, query.rdtype, authoritative=False))
        return Response(rest.outcome, rest.values, min(rest.ttl, chain.minimum_ttl))

    async def _exchange(self, query: _Query, servers: Sequence[Server]) -> dns.message.QueryMessage:
        """Ask server after server until one answers; another one is the first each time."""
        problems: dict[str, str] = {}
        order = random.sample(servers, len(servers)) * self.limits.tries
        for address, port in order[: self.limits.tries]:
            async with self._free:
                answer = await self._try(query, address, port)
            if isinstance(answer, dns.message.QueryMessage):
                return answer
            problems[address] = str(answer)
        raise _Unanswered(", ".join(f"{each}: {why}" for each, why in problems.items()))

    async def _try(self, query: _Query, address: str, port: int) -> dns.message.QueryMessage | str:
        """Give one server's answer, or why it is none."""
        try:
            answer, _ = await dns.asyncquery.udp_with_fallback(
                query.message(),
                address,
                timeout=self.limits.try_seconds,
                port=port,
                ignore_unexpected=True,  # others may send to our port as well,
                ignore_errors=True,  # or in the server's name
            )
        except dns.exception.Timeout:
            self.authorities.forget(address)
            return "no answer"
        except (dns.exception.DNSException, OSError, EOFError) as problem:
            self.authorities.forget(address)
            return str(problem) or type(problem).__name__
        if not isinstance(answer, dns.message.QueryMessage):
            return "an answer to no query"
        return query.refused_by(answer) or answer

    async def _name_servers(self) -> tuple[Server, ...]:
        """Give where the zone's name servers are, found through the resolver."""
        names = self.authorities.names
        for name in names:
            if name not in self._learning:
                self._learning[name] = asyncio.create_task(self._learn(name))
        # Shielded: a query that is cancelled leaves the others their addresses.
        known = [await asyncio.shield(self._learning[name]) for name in names]
        if not any(known):
            raise _Unanswered(f"no address of {', '.join(names) or 'any name server'} is known")
        return tuple((address, self.authorities.port) for one in known for address in one)

    async def _learn(self, name: str) -> tuple[str, ...]:
        if dns.inet.is_address(name):
            return (name,)
        addresses = self.authorities.addresses
        for rdtype in ("A", "AAAA"):  # where there is no IPv6, IPv4 is what is reached
            if name not in addresses:
                found = await self._respond(_Query(name, rdtype, authoritative=False))
                if found.values:
                    addresses[name] = found.values
        return addresses.get(name, ())


def _values(answer: dns.rrset.RRset) -> tuple[str, ...]:
    """Give rdata as texts, sorted; names in them are lower-cased (RFC 4034 6.2)."""
    return tuple(sorted({_canonical(rdata).to_text() for rdata in answer}))


def _canonical(rdata: dns.rdata.Rdata) -> dns.rdata.Rdata:
    wire = rdata.to_digestable()
    return dns.rdata.from_wire(rdata.rdclass, rdata.rdtype, wire, 0, len(wire))
