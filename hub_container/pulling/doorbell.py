"""Hears the pulling NSD's NOTIFY (RFC 1996), on a loopback port of the hub's own.

NSD says it each time that it has taken in a new serial. A lost one costs time, never correctness:
the hub looks at the serials on its schedule as well.
"""

import logging
import socket
import threading
from collections.abc import Callable

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype

from zonemesh.names import canonical_text

_LOOPBACK = "127.0.0.1"
_LARGEST = 65_535  # bytes

logger = logging.getLogger(__name__)


class Doorbell:
    """A UDP listener. `on_notify` is called in its thread; it tells if it knows that apex."""

    def __init__(self, on_notify: Callable[[str], bool]) -> None:
        self._on_notify = on_notify
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((_LOOPBACK, 0))
        self.port: int = self._socket.getsockname()[1]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Hear no more, and free the port."""
        self._stopping.set()
        if self._thread.is_alive():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
                waker.sendto(b"", (_LOOPBACK, self.port))  # ends the wait for a message
            self._thread.join(5)
        self._socket.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                wire, sender = self._socket.recvfrom(_LARGEST)
                if (answer := self.answer(wire)) is not None:
                    self._socket.sendto(answer, sender)
            except Exception as problem:  # an asker that is gone already (ICMP), for one
                logger.debug("the doorbell goes on", extra={"error": repr(problem)})
                self._stopping.wait(0.01)

    def answer(self, wire: bytes) -> bytes | None:
        """Give the answer to a message, None where it deserves none (RFC 1996 3.7, 3.11, 4.7)."""
        try:
            message = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return None
        if message.flags & dns.flags.QR:
            return None
        response = dns.message.make_response(message)
        response.set_rcode(self._act_on(message))
        return response.to_wire()

    def _act_on(self, message: dns.message.Message) -> dns.rcode.Rcode:
        if message.opcode() != dns.opcode.NOTIFY:
            return dns.rcode.NOTIMP
        if len(message.question) != 1 or message.question[0].rdtype != dns.rdatatype.SOA:
            return dns.rcode.FORMERR
        known = self._on_notify(canonical_text(message.question[0].name))
        return dns.rcode.NOERROR if known else dns.rcode.NOTAUTH
