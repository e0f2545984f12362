"""Secondaries that are played in this process, message by message, over IPv4 or IPv6."""

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rrset

from hub_container.configuration import Secondary

APEX = "example.com."
_OLD, _NEW = 1, 2


@dataclass
class Played:
    """A secondary that takes up a change (from serial 1 to 2) only at a given NOTIFY.

    `notified` counts those by apex, `heard` are all messages in order: opcode and apex. What it
    says may be changed while it plays: `notify_rcode`, `soa_rcode`, `serial` (None: 1 or 2 as it
    was notified), `silent`, `authoritative`.
    """

    takes_it_up_at: int = 1
    address: str = "127.0.0.1"
    name: str = "played"
    notify_rcode: int = dns.rcode.NOERROR
    soa_rcode: int = dns.rcode.NOERROR
    serial: int | None = None
    silent: bool = False
    authoritative: bool = True
    notified: Counter[str] = field(default_factory=Counter)
    heard: list[tuple[dns.opcode.Opcode, str]] = field(default_factory=list)

    @contextmanager
    def playing(self) -> Iterator[Secondary]:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as server:
            server.bind((self.address, 0))
            port = server.getsockname()[1]
            thread = threading.Thread(target=self._play, args=(server,))
            thread.start()
            try:
                yield Secondary(self.name, self.address, port, (), None)
            finally:
                with socket.socket(family, socket.SOCK_DGRAM) as ender:
                    ender.sendto(b"", (self.address, port))
                thread.join()

    def _play(self, server: socket.socket) -> None:
        while True:
            wire, source = server.recvfrom(4096)
            if not wire:
                return
            if (response := self._response(dns.message.from_wire(wire))) is not None:
                server.sendto(response.to_wire(), source)

    def _response(self, query: dns.message.Message) -> dns.message.Message | None:
        apex = query.question[0].name.to_text()
        response = dns.message.make_response(query)
        self.heard.append((query.opcode(), apex))
        if query.opcode() == dns.opcode.NOTIFY:
            self.notified[apex] += 1
            response.set_rcode(self.notify_rcode)
        else:
            response.set_rcode(self.soa_rcode)
            if self.soa_rcode == dns.rcode.NOERROR:
                serial = self.serial or self._serial(apex)
                response.answer.append(
                    dns.rrset.from_text(apex, 60, "IN", "SOA", f". . {serial} 1 1 1 1")
                )
            if self.authoritative:
                response.flags |= dns.flags.AA
        return None if self.silent else response

    def _serial(self, apex: str) -> int:
        return _NEW if self.notified[apex] >= self.takes_it_up_at else _OLD
