"""One question over TCP and the messages that answer it, TSIG checked (RFC 5936, RFC 8945)."""

import socket
import struct
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig

from zonemesh.errors import TransferFailed
from zonemesh.xfr.wire import Message

_LENGTH = struct.Struct("!H")
_RECEIVED_AT_ONCE = 1 << 18
_RESPONSE = 0x8000  # RFC 1035 4.1.1: QR
UNSIGNED_MOST = 99  # RFC 8945 5.3.1: messages between two that are signed
BYTES_MOST = 2**30  # of an answer: ten million records; who sends more fills memory and disks
SECONDS_MOST = 3600.0  # for an answer: who sends a byte a minute would hold up its reader for ever


@dataclass(frozen=True, slots=True)
class Server:
    """Who is asked: address, port, a TSIG key or None, and how long a silence may last (seconds).

    `clock` gives epoch seconds, which a TSIG carries. An answer has `most` bytes at most, and is
    there `within` seconds.
    """

    address: str
    port: int
    key: dns.tsig.Key | None = None
    timeout: float = 30.0
    clock: Callable[[], float] = time.time
    most: int = BYTES_MOST
    within: float = SECONDS_MOST

    def __str__(self) -> str:
        return f"{self.address} port {self.port}"


def ask(server: Server, query: dns.message.Message) -> Generator[Message]:
    """Send a query and give the messages that come, until the caller has what he wants.

    Closing the iterator closes the connection. Raises TransferFailed where the server does not
    answer, breaks off, or signs wrongly; a response code is for the caller to read.
    """
    if server.key is not None:
        query.use_tsig(server.key)
    wire = query.to_wire()
    checked = _Checked(server, query)
    try:
        with socket.create_connection((server.address, server.port), server.timeout) as connection:
            connection.sendall(_LENGTH.pack(len(wire)) + wire)
            waiting: list[Message] = []  # nothing is believed before a signature covers it
            for received in _messages(connection, server):
                waiting.append(checked.read(received))
                if checked.covers_all:
                    yield from waiting
                    waiting.clear()
    except TimeoutError as problem:
        seconds = f"{server.timeout:g} seconds"
        raise TransferFailed(f"{server} was silent for {seconds}") from problem
    except OSError as problem:
        raise TransferFailed(f"{server}: {problem}") from problem


def _messages(connection: socket.socket, server: Server) -> Iterator[bytes]:
    """Give the messages of a TCP stream (RFC 1035 4.2.2) until it ends; a torn one is an error."""
    buffer, at = b"", 0
    received, until = 0, time.monotonic() + server.within
    while True:
        while len(buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, at)
            end = at + _LENGTH.size + length
            if end > len(buffer):
                break
            yield buffer[at + _LENGTH.size : end]
            at = end
        more = connection.recv(_RECEIVED_AT_ONCE)
        if not more:
            what = "in the middle of a message" if len(buffer) > at else "before its end"
            raise TransferFailed(f"the connection was closed {what}")
        received += len(more)
        if received > server.most:
            raise TransferFailed(f"{server} sends more than {server.most} bytes")
        if time.monotonic() > until:
            raise TransferFailed(f"{server} takes longer than {server.within:g} seconds")
        buffer, at = buffer[at:] + more, 0


class _Checked:
    """Checks that messages answer the query, and their signatures."""

    def __init__(self, server: Server, query: dns.message.Message) -> None:
        self._server, self._query = server, query
        self._context: Any = None  # dnspython's, which is one of two classes
        self._unsigned = 0

    def read(self, wire: bytes) -> Message:
        """Read a message; raises TransferFailed."""
        try:
            message = Message(wire)
        except TransferFailed as problem:
            raise TransferFailed(f"{self._server} sent {problem}") from problem
        if message.id != self._query.id or not message.flags & _RESPONSE:
            raise TransferFailed(f"{self._server} sent a message that is no answer to the question")
        if self._server.key is not None:
            self._check(message)
        return message

    @property
    def covers_all(self) -> bool:
        """Whether a signature covers all that was read, as it must at the end (RFC 8945 5.3.1)."""
        return self._unsigned == 0

    def _check(self, message: Message) -> None:
        key, tsig = self._server.key, message.tsig
        assert key is not None
        if tsig is None:
            if message.rcode:  # a server that does not know the key cannot sign (RFC 8945 5.2.1)
                return
            self._unsigned += 1
            if self._context is None or self._unsigned > UNSIGNED_MOST:
                raise TransferFailed(f"{self._server} does not sign its answer with {key.name}")
            self._context.update(message.wire)
            return
        self._unsigned = 0
        try:
            rdata = dns.rdata.from_wire(
                dns.rdataclass.ANY, dns.rdatatype.TSIG, message.wire, tsig.rdata, tsig.length
            )
            owner, _ = dns.name.from_wire(message.wire, tsig.start)
            self._context = dns.tsig.validate(  # type: ignore[no-untyped-call]
                message.wire,
                key,
                owner,
                rdata,
                int(self._server.clock()),
                self._query.mac,
                tsig.start,
                self._context,
                multi=True,
            )
        except dns.exception.DNSException as problem:
            why = f"{type(problem).__name__}: {problem}"
            raise TransferFailed(f"{self._server}: TSIG {key.name}: {why}") from problem
