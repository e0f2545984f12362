"""A zone read from one name server: its serial, what changed since another, or all of it."""

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsig

from zonemesh.errors import TransferFailed
from zonemesh.names import order_of, parse_name
from zonemesh.ports import SourceRRset
from zonemesh.serial import is_newer
from zonemesh.xfr.rrsets import Spool
from zonemesh.xfr.stream import Server, ask
from zonemesh.xfr.wire import SOA, Message, Record, soa_serial

# RFC 1995 4: a server that knows no IXFR says so, and AXFR is asked for instead.
_NO_IXFR = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP})
# What a server says of a zone that it does not have, or has no longer.
_NO_ZONE = frozenset({dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTAUTH})


@dataclass(frozen=True, slots=True)
class Delta:
    """What leads from one serial of a zone to another, the steps between them taken together.

    What is `removed` goes before what is `added` comes: a record whose TTL changed is in both. The
    SOAs are among them. Both are empty where the serial is the same.
    """

    old_serial: int
    new_serial: int
    removed: tuple[Record, ...] = ()
    added: tuple[Record, ...] = ()


class XfrReader:
    """Reads one zone from one server.

    `apex` is canonical text, `timeout` the seconds that the server may be silent. All calls raise
    TransferFailed where it refuses, is silent, breaks off or signs wrongly.
    """

    def __init__(
        self,
        address: str,
        port: int,
        apex: str,
        key: dns.tsig.Key | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.apex = apex
        self._server = Server(address, port, key, timeout)
        self._order = order_of(apex)

    def serial(self) -> int | None:
        """Ask for the serial; None where the server has no such zone, or has it no longer."""
        for message in self._ask(dns.rdatatype.SOA):
            if message.rcode in _NO_ZONE:
                return None
            self._check(message.rcode, "SOA")
            for record in message.answers:
                if record.rdtype == SOA and record.order == self._order:
                    return soa_serial(record.rdata)
            return None
        return None

    def since(self, serial: int) -> Delta | None:
        """Ask for what changed since a serial (IXFR, RFC 1995).

        None where the server answers with the whole zone, has an older one, or knows no IXFR: then
        `whole` tells.
        """
        with closing(self._answers(dns.rdatatype.IXFR, serial)) as records:
            return read_delta(records, serial, str(self._server))

    def spool(self) -> Spool:
        """Read the whole zone (AXFR, RFC 5936), all of it of one serial."""
        spool = Spool(self.apex)
        with closing(self._answers(dns.rdatatype.AXFR)) as records:
            first = next(records)  # there is one: what is empty was refused
            spool.add(first)
            for record in records:
                if record.rdtype == SOA and record.order == self._order:
                    if record.rdata != first.rdata:  # RFC 5936 2.2: it ends as it began
                        ends = f"ends with serial {soa_serial(record.rdata)}"
                        raise TransferFailed(f"{self._server}: AXFR of {self.apex} {ends}")
                    return spool
                spool.add(record)
        raise TransferFailed(f"{self._server}: AXFR of {self.apex} has no end")

    def whole(self) -> Iterator[SourceRRset]:
        """Read the whole zone as rrsets in canonical order; see `xfr.rrsets` for their form."""
        return self.spool().rrsets()

    def _answers(self, rdtype: dns.rdatatype.RdataType, serial: int = 0) -> Generator[Record]:
        """Give the records that answer; the first is the apex SOA, or there is none at all."""
        started = False
        what = f"{dns.rdatatype.to_text(rdtype)} of {self.apex}"
        for message in self._ask(rdtype, serial):
            if rdtype == dns.rdatatype.IXFR and message.rcode in _NO_IXFR:
                return
            self._check(message.rcode, what)
            if not started and message.answers:
                first, started = message.answers[0], True
                if first.rdtype != SOA or first.order != self._order:
                    raise TransferFailed(f"{self._server}: {what} does not begin with its SOA")
            if not started:
                raise TransferFailed(f"{self._server}: {what} is empty")
            yield from message.answers

    def _ask(self, rdtype: dns.rdatatype.RdataType, serial: int = 0) -> Generator[Message]:
        apex = parse_name(self.apex)
        query = dns.message.make_query(apex, rdtype, flags=0)
        if rdtype == dns.rdatatype.IXFR:  # RFC 1995 3: the SOA that the client has
            soa = f". . {serial} 0 0 0 0"
            query.authority.append(dns.rrset.from_text(apex, 0, "IN", "SOA", soa))
        return ask(self._server, query)

    def _check(self, rcode: int, what: str) -> None:
        if rcode:
            said = dns.rcode.to_text(dns.rcode.Rcode.make(rcode))
            raise TransferFailed(f"{self._server} answers {what} with {said}")


def read_delta(records: Iterator[Record], serial: int, server: str) -> Delta | None:
    """Read the answer to an IXFR from `serial` (RFC 1995 4), to its end; see `XfrReader.since`."""
    first = next(records, None)
    if first is None:
        return None
    newest = soa_serial(first.rdata)
    if newest == serial:
        return Delta(serial, serial)
    second = next(records, None) if is_newer(newest, serial) else None
    if second is None or second[:2] != first[:2] or soa_serial(second.rdata) != serial:
        return None
    changes = _Changes()
    changes.remove(second)
    at, removing = serial, True
    for record in records:
        if record[:2] != first[:2]:
            (changes.remove if removing else changes.add)(record)
        elif removing:
            at, removing = soa_serial(record.rdata), False
            changes.add(record)
        elif at == newest:
            return Delta(serial, newest, changes.removed(), changes.added())
        elif soa_serial(record.rdata) == at:
            removing = True
            changes.remove(record)
        else:
            raise TransferFailed(
                f"{server}: IXFR jumps from {at} to {soa_serial(record.rdata)} (RFC 1995 4)"
            )
    raise TransferFailed(f"{server}: IXFR has no end")


class _Changes:
    """The steps of an IXFR taken together."""

    def __init__(self) -> None:
        self._removed: dict[tuple[bytes, int, bytes], Record] = {}
        self._added: dict[tuple[bytes, int, bytes], Record] = {}

    def remove(self, record: Record) -> None:
        key = (record.order, record.rdtype, record.rdata)
        if self._added.pop(key, None) is None:
            self._removed[key] = record

    def add(self, record: Record) -> None:
        self._added[record.order, record.rdtype, record.rdata] = record

    def removed(self) -> tuple[Record, ...]:
        return tuple(self._removed.values())

    def added(self) -> tuple[Record, ...]:
        return tuple(self._added.values())
