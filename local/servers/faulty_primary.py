"""A primary on its bad days: it answers its serial, and fails in the way that it is told to."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from local.servers.listener import Listener
from local.servers.ports import free_port
from local.servers.program import ADDRESS

_A_MESSAGE = 100  # records


class Fault(StrEnum):
    """What goes wrong; all but the first three answer SOA queries as they should."""

    NONE = "none"
    SILENT = "silent"  # nothing is answered, TCP connections are taken and left alone
    REFUSES = "refuses"  # REFUSED to everything
    REFUSES_TRANSFERS = "refuses transfers"
    SILENT_TRANSFERS = "silent transfers"
    CUT = "cut"  # the connection ends in the middle of the zone
    STALLS = "stalls"  # the stream stops in the middle and the connection stays
    GARBLED = "garbled"  # a message of the stream is no DNS message
    NOT_AUTHORITATIVE = "not authoritative"  # AA is not set in answers to SOA queries


@dataclass
class FaultyPrimary:
    """The server of one zone, unsigned; a context manager that starts and stops it.

    It knows no IXFR and gives the whole zone instead. `serial`, `records` (lines with absolute
    owners) and `fault` may be changed while it runs. `transfers` counts those that were asked for.
    """

    apex: str
    serial: int
    records: tuple[str, ...] = ()
    fault: Fault = Fault.NONE
    refresh: int = 3600
    retry: int = 1
    expire: int = 86_400
    port: int = 0
    transfers: int = 0
    _listener: Listener | None = field(default=None, init=False)
    _ending: threading.Event = field(default_factory=threading.Event, init=False)

    def start(self) -> None:
        self.port = self.port or free_port(ADDRESS)
        self._ending.clear()
        self._listener = Listener(ADDRESS, self.port, lambda wire, *_: self.answers(wire))

    def stop(self) -> None:
        """Stop answering, free the port."""
        self._ending.set()
        if self._listener:
            self._listener.stop()
        self._listener = None

    def __enter__(self) -> "FaultyPrimary":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait(self) -> None:
        """Say nothing until the server stops, or ten seconds are over."""
        self._ending.wait(10)

    def answers(self, wire: bytes) -> Iterator[bytes]:
        """Give the messages that answer a query; after the last one the connection ends."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return
        transfer = query.question[0].rdtype in (dns.rdatatype.AXFR, dns.rdatatype.IXFR)
        self.transfers += transfer
        if self.fault is Fault.SILENT or (transfer and self.fault is Fault.SILENT_TRANSFERS):
            self.wait()
        elif self.fault is Fault.REFUSES or (transfer and self.fault is Fault.REFUSES_TRANSFERS):
            yield self._message(query, (), dns.rcode.REFUSED)
        elif transfer:
            yield from self._stream(query)
        else:
            yield self._message(query, (self._soa(),))

    def _soa(self) -> str:
        timers = f"{self.serial} {self.refresh} {self.retry} {self.expire} 60"
        return f"{self.apex} 900 IN SOA ns1.example.net. admin.example.net. {timers}"

    def _stream(self, query: dns.message.Message) -> Iterator[bytes]:
        soa = self._soa()
        servers = [f"{self.apex} 3600 IN NS ns{number}.example.net." for number in (1, 2)]
        lines = [soa, *servers, *self.records, soa]
        middle = len(lines) // 2
        for start in range(0, len(lines), _A_MESSAGE):
            past = start + _A_MESSAGE >= middle
            if past and self.fault is Fault.CUT:
                yield self._message(query, tuple(lines[start:middle]))
                return
            if past and self.fault is Fault.STALLS:
                yield self._message(query, tuple(lines[start:middle]))
                self.wait()
                return
            wire = self._message(query, tuple(lines[start : start + _A_MESSAGE]))
            yield wire[:12] + b"\xff" * (len(wire) - 12) if self._garbles(past) else wire

    def _garbles(self, past: bool) -> bool:
        return past and self.fault is Fault.GARBLED

    def _message(
        self,
        query: dns.message.Message,
        records: tuple[str, ...],
        rcode: dns.rcode.Rcode = dns.rcode.NOERROR,
    ) -> bytes:
        message = dns.message.make_response(query)
        message.set_rcode(rcode)
        if self.fault is not Fault.NOT_AUTHORITATIVE:
            message.flags |= dns.flags.AA
        for record in records:
            owner, ttl, rdclass, rdtype, rdata = record.split(" ", 4)
            message.answer.append(dns.rrset.from_text(owner, int(ttl), rdclass, rdtype, rdata))
        return message.to_wire(max_size=65_535)
