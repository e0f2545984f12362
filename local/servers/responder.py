"""A small name server on loopback whose answers are a table: a recursive resolver's, or a zone's.

It answers over UDP and TCP as real servers do on good and bad days: in turns, by asker, late, with
an error, cut short, not at all.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from local.servers.listener import Listener
from local.servers.ports import free_port

TTL = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it came: name (absolute, lower-cased text), type, from where, over what."""

    name: str
    rdtype: str
    asker: str
    tcp: bool
    recursion_desired: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What is said in return.

    `records` are lines of the answer section; `after` is in seconds; `truncated` leaves the records
    out over UDP; `silent` says nothing.
    """

    records: tuple[str, ...] = ()
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    after: float = 0.0
    truncated: bool = False
    silent: bool = False
    authoritative: bool = True


Reply = Callable[[Asked], Given]


def always(*values: str, ttl: int = TTL) -> Reply:
    """Answer with all values."""
    return lambda asked: Given(_records(asked, values, ttl))


def in_turns(values: Sequence[str], count: int = 1, ttl: int = TTL) -> Reply:
    """Answer with some of the values, the next ones each time, round and round."""
    lock, turn = threading.Lock(), [0]

    def reply(asked: Asked) -> Given:
        with lock:
            at = turn[0]
            turn[0] = (at + count) % len(values)
        chosen = [values[(at + place) % len(values)] for place in range(count)]
        return Given(_records(asked, chosen, ttl))

    return reply


def by_asker(values: Mapping[str, Sequence[str]], ttl: int = TTL) -> Reply:
    """Answer by the asker's address, with nothing to who is not named."""
    return lambda asked: Given(_records(asked, values.get(asked.asker, ()), ttl))


def lines(*records: str) -> Reply:
    """Answer with whole records, such as a chain of CNAMEs."""
    return lambda asked: Given(records)


def nothing() -> Reply:
    """Answer that the name has no such records."""
    return lambda asked: Given()


def failing(rcode: dns.rcode.Rcode = dns.rcode.SERVFAIL) -> Reply:
    """Answer with an error, NXDOMAIN among them."""
    return lambda asked: Given(rcode=rcode)


def silent() -> Reply:
    """Say nothing."""
    return lambda asked: Given(silent=True)


def late(reply: Reply, seconds: float) -> Reply:
    """Answer after a while."""
    return _changed(reply, after=seconds)


def cut_short(reply: Reply) -> Reply:
    """Answer over TCP; over UDP only that there is more."""
    return _changed(reply, truncated=True)


def not_authoritative(reply: Reply) -> Reply:
    """Answer as a server does that has it from others."""
    return _changed(reply, authoritative=False)


def _changed(reply: Reply, **changes: Any) -> Reply:
    def changed(asked: Asked) -> Given:
        return replace(reply(asked), **changes)

    return changed


def _records(asked: Asked, values: Sequence[str], ttl: int) -> tuple[str, ...]:
    return tuple(f"{asked.name} {ttl} IN {asked.rdtype} {value}" for value in values)


@dataclass
class Responder:
    """The server; a context manager that starts and stops it.

    `table` has replies by name (absolute, lower-cased text) and type, and may be changed while it
    runs. A name that is in it with other types has none of this one; others do not exist. `asked`
    notes all queries.
    """

    table: dict[tuple[str, str], Reply] = field(default_factory=dict)
    address: str = "127.0.0.1"
    port: int = 0
    recursive: bool = True
    asked: list[Asked] = field(default_factory=list)
    _listener: Listener | None = field(default=None, init=False)
    _ending: threading.Event = field(default_factory=threading.Event, init=False)

    def start(self) -> None:
        self.port = self.port or free_port(self.address)
        self._ending.clear()
        self._listener = Listener(self.address, self.port, self._answers)

    def stop(self) -> None:
        """Stop answering and free the port; who waits for a late answer gets none."""
        self._ending.set()
        if self._listener:
            self._listener.stop()
        self._listener = None

    def __enter__(self) -> "Responder":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _answers(self, wire: bytes, asker: str, tcp: bool) -> Iterator[bytes]:
        if (answer := self.answer(wire, asker, tcp=tcp)) is not None:
            yield answer

    def answer(self, wire: bytes, asker: str, *, tcp: bool) -> bytes | None:
        """Give the wire of an answer when it is due; None where none is given."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        name = query.question[0].name.canonicalize().to_text()
        rdtype = dns.rdatatype.to_text(query.question[0].rdtype)
        asked = Asked(name, rdtype, asker, tcp, bool(query.flags & dns.flags.RD))
        self.asked.append(asked)
        given = self._reply(asked)(asked)
        if given.silent or self._ending.wait(given.after):
            return None
        response = self._message(query, given).to_wire(max_size=65_535)
        # RFC 6891 6.2.3: without EDNS an answer over UDP has 512 bytes at most.
        if not tcp and (given.truncated or len(response) > max(query.payload, 512)):
            return self._message(query, replace(given, records=()), dns.flags.TC).to_wire()
        return response

    def _reply(self, asked: Asked) -> Reply:
        reply = self.table.get((asked.name, asked.rdtype))
        if reply is None:
            known = {name for name, _ in list(self.table)}
            return nothing() if asked.name in known else failing(dns.rcode.NXDOMAIN)
        return reply

    def _message(
        self, query: dns.message.Message, given: Given, flags: dns.flags.Flag = dns.flags.QR
    ) -> dns.message.Message:
        message = dns.message.make_response(query, recursion_available=self.recursive)
        message.set_rcode(given.rcode)
        message.flags |= flags | (dns.flags.AA if given.authoritative else 0)
        for record in given.records:
            owner, ttl, rdclass, rdtype, rdata = record.split(" ", 4)
            rrset = dns.rrset.from_text(owner, int(ttl), rdclass, rdtype, rdata)
            here = message.find_rrset(
                message.answer, rrset.name, rrset.rdclass, rrset.rdtype, create=True
            )
            for rdata in rrset:
                here.add(rdata, rrset.ttl)
        return message
