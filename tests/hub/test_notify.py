"""NOTIFY against a secondary that is played here, message by message."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.opcode
import dns.rcode
import dns.rrset

from hub_container.configuration import Secondary
from hub_container.notify import Notifier, Told
from local.servers.client import wait_until

APEX = "example.com."


class Played:
    """A secondary that takes up a change only at a given NOTIFY; `notified` counts them."""

    def __init__(self, takes_it_up_at: int, rcode: int = dns.rcode.NOERROR) -> None:
        self.notified = 0
        self._takes_it_up_at, self._rcode = takes_it_up_at, rcode
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    @contextmanager
    def playing(self) -> Iterator[Secondary]:
        thread = threading.Thread(target=self._play)
        thread.start()
        try:
            yield Secondary("played", "127.0.0.1", self.port, (), None)
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
                ender.sendto(b"", ("127.0.0.1", self.port))
            thread.join()
            self._socket.close()

    def _play(self) -> None:
        while wire_and_source := self._socket.recvfrom(4096):
            wire, source = wire_and_source
            if not wire:
                return
            query = dns.message.from_wire(wire)
            response = dns.message.make_response(query)
            if query.opcode() == dns.opcode.NOTIFY:
                self.notified += 1
                response.set_rcode(self._rcode)
            else:
                serial = 2 if self.notified >= self._takes_it_up_at else 1
                soa = dns.rrset.from_text(APEX, 60, "IN", "SOA", f". . {serial} 1 1 1 1")
                response.answer.append(soa)
            self._socket.sendto(response.to_wire(), source)


@contextmanager
def notifier(told: list[Told]) -> Iterator[Notifier]:
    notifier = Notifier("127.0.0.1", told.append)
    notifier.start()
    try:
        yield notifier
    finally:
        notifier.stop()


def test_a_secondary_that_follows_is_told_once() -> None:
    played, told = Played(takes_it_up_at=1), list[Told]()
    with played.playing() as secondary, notifier(told) as sender:
        sender.tell("z", APEX, 2, (secondary,))
        wait_until("it follows", lambda: told and told[-1].follows == 2)
    assert played.notified == 1
    assert [entry.result for entry in told] == ["acknowledged"] * 2


def test_a_secondary_that_acknowledges_and_stays_behind_is_told_again() -> None:
    played, told = Played(takes_it_up_at=2), list[Told]()
    with played.playing() as secondary, notifier(told) as sender:
        sender.tell("z", APEX, 2, (secondary,))
        wait_until("it follows", lambda: told and told[-1].follows == 2)
    assert played.notified == 2


def test_a_refusal_is_named_and_tried_again() -> None:
    played, told = Played(takes_it_up_at=9, rcode=dns.rcode.REFUSED), list[Told]()
    with played.playing() as secondary, notifier(told) as sender:
        sender.tell("z", APEX, 2, (secondary,))
        wait_until("a second try", lambda: len(told) == 2)
    assert [(entry.result, entry.tries) for entry in told] == [
        ("answered REFUSED", 1),
        ("answered REFUSED", 2),
    ]


def test_a_newer_serial_ends_the_older_ones_tries() -> None:
    played, told = Played(takes_it_up_at=99), list[Told]()
    with played.playing() as secondary, notifier(told) as sender:
        sender.tell("z", APEX, 2, (secondary,))
        wait_until("the first is told", lambda: told)
        sender.tell("z", APEX, 3, (secondary,))
        wait_until("the second is told again", lambda: told[-1].tries == 2)
    serials = [entry.serial for entry in told]
    assert serials == sorted(serials)
    assert serials[-1] == 3
