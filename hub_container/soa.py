"""What serial a name server answers for a zone."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from hub_container.settings import Endpoint
from zonemesh.serial import is_newer

_ASK_TIMEOUT = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.004, 0.1  # seconds between polls: a small zone loads in 3 ms


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a SOA query: a serial, or the rcode's name where there was none."""

    serial: int | None
    rcode: str

    def __str__(self) -> str:
        return f"serial {self.serial}" if self.serial is not None else self.rcode


def read_answer(response: dns.message.Message, apex: str) -> Answer:
    """Find the zone's SOA in a response."""
    name = dns.name.from_text(apex)
    rrset = response.get_rrset(
        dns.message.ANSWER, name, dns.rdataclass.IN, dns.rdatatype.SOA
    )  # absent where the server does not have the zone
    serial = int(rrset[0].serial) if rrset else None
    return Answer(serial, dns.rcode.to_text(response.rcode()))


def ask(server: Endpoint, apex: str) -> Answer | None:
    """Ask a server for a zone's SOA; None where it does not answer within a second."""
    query = dns.message.make_query(apex, dns.rdatatype.SOA)
    try:
        response = dns.query.udp(
            query, server.address, port=server.port, timeout=_ASK_TIMEOUT, ignore_unexpected=True
        )
    except (dns.exception.DNSException, OSError):
        return None
    return read_answer(response, apex)


def ask_tcp(server: Endpoint, apex: str) -> Answer | None:
    """Ask as `ask` does, over TCP."""
    query = dns.message.make_query(apex, dns.rdatatype.SOA)
    try:
        response = dns.query.tcp(query, server.address, port=server.port, timeout=_ASK_TIMEOUT)
    except (dns.exception.DNSException, OSError, EOFError):
        return None
    return read_answer(response, apex)


def confirm(
    server: Endpoint,
    expected: Mapping[str, int],
    within: float,
    on_confirmed: Callable[[str, int], None],
) -> dict[str, Answer | None]:
    """Poll until a server answers each apex's expected serial, or a newer one.

    Tells of each apex as soon as it is confirmed, with the serial answered. Gives the last answers
    of those that are not confirmed `within` seconds.
    """
    missing: dict[str, Answer | None] = dict.fromkeys(expected)
    until = time.monotonic() + within
    pause = _FIRST_PAUSE
    while missing:
        for apex in list(missing):
            answer = missing[apex] = ask(server, apex)
            if answer is None:
                break
            if answer.serial is not None and not is_newer(expected[apex], answer.serial):
                on_confirmed(apex, answer.serial)
                del missing[apex]
        if not missing or time.monotonic() > until:
            break
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
    return missing
