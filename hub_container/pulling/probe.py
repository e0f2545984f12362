"""Asks primaries for a zone's serial, signed as transfers are, and says in words why one fails."""

import time
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig

from hub_container.pulling.pulled import PrimaryServer
from hub_container.soa import read_answer

_PATIENCE = 2.0  # seconds, for UDP and then for TCP
_DEAD_FOR = 5.0  # seconds that a primary which said nothing is not asked for other zones

SILENT = "no answer"
REFUSED = "refused"
TSIG = "tsig"
LAME = "not authoritative"

_TSIG_CAUSES = {
    dns.tsig.PeerBadKey: "does not know the key {key}: declare it there, under this very name",
    dns.tsig.PeerBadSignature: "has another secret or algorithm for the key {key}",
    dns.tsig.PeerBadTime: "has a clock that differs by more than the 5 minutes that TSIG allows",
    dns.tsig.BadSignature: "signs with another secret or algorithm than the key {key}",
    dns.tsig.BadTime: "has a clock that differs by more than the 5 minutes that TSIG allows",
}
_RCODE_CAUSES = {
    dns.rcode.REFUSED: (
        "answers REFUSED: let this hub's address and key query and transfer "
        "(BIND: allow-transfer, Knot: acl, NSD: provide-xfr)"
    ),
    dns.rcode.NOTAUTH: "answers NOTAUTH: it does not have the zone, or not the key {key}",
    dns.rcode.SERVFAIL: "answers SERVFAIL: it has the zone and cannot serve it (see its log)",
    dns.rcode.NXDOMAIN: "answers NXDOMAIN: it does not have the zone",
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a primary said: a serial, or what kind of failure and why, in words."""

    serial: int | None
    kind: str = ""
    error: str = ""


class Probe:
    """Asks primaries. One that says nothing is left alone for a while, so it holds up nobody."""

    def __init__(self) -> None:
        self._dead: dict[tuple[str, int], float] = {}

    def ask(self, server: PrimaryServer, apex: str) -> Heard:
        """Ask a primary for the serial of a zone, over UDP and if need be over TCP."""
        place = (server.address, server.port)
        if self._dead.get(place, 0.0) > time.monotonic():
            return _silent(server)
        heard = _ask(server, apex)
        if heard.kind == SILENT:
            self._dead[place] = time.monotonic() + _DEAD_FOR
        return heard

    def forget(self) -> None:
        """Ask those again that said nothing."""
        self._dead.clear()


def _ask(server: PrimaryServer, apex: str) -> Heard:
    query = dns.message.make_query(apex, dns.rdatatype.SOA)
    query.flags &= ~dns.flags.RD
    if server.key:
        query.use_tsig(server.key.signer())
    try:
        return _read(server, apex, query, _exchange(server, query))
    except dns.exception.Timeout:
        return _silent(server)
    except EOFError:
        return Heard(None, SILENT, f"{server} closes the connection without an answer")
    except OSError as problem:
        return Heard(None, SILENT, f"{server} cannot be reached: {problem.strerror or problem}")
    except dns.exception.DNSException as problem:
        return Heard(None, *_explained(server, problem))


def _exchange(server: PrimaryServer, query: dns.message.Message) -> dns.message.Message:
    try:
        return dns.query.udp(query, server.address, _PATIENCE, server.port, ignore_unexpected=True)
    except (dns.exception.Timeout, OSError):
        return dns.query.tcp(query, server.address, _PATIENCE, server.port)


def _read(
    server: PrimaryServer, apex: str, query: dns.message.Message, response: dns.message.Message
) -> Heard:
    serial = read_answer(response, apex).serial
    answers = serial is not None or response.rcode() == dns.rcode.NOERROR
    if query.had_tsig and not response.had_tsig and answers:
        return Heard(None, TSIG, f"{server} answers unsigned what was asked with a key")
    if serial is None:
        return Heard(None, REFUSED, f"{server} {meaning(response.rcode(), server)}")
    if not response.flags & dns.flags.AA:
        error = f"{server} answers without authority: its copy is expired, or it is a resolver"
        return Heard(None, LAME, error)
    return Heard(serial)


def meaning(rcode: dns.rcode.Rcode, server: PrimaryServer) -> str:
    """Say what a primary means by a response code, where it should have given something."""
    said = _RCODE_CAUSES.get(rcode, f"answers {dns.rcode.to_text(rcode)} and no such record")
    return said.format(key=_key(server))


def _explained(server: PrimaryServer, problem: dns.exception.DNSException) -> tuple[str, str]:
    for kind, said in _TSIG_CAUSES.items():
        if isinstance(problem, kind):
            return TSIG, f"{server} {said.format(key=_key(server))}"
    return REFUSED, f"{server} answers what is no answer: {type(problem).__name__}: {problem}"


def _silent(server: PrimaryServer) -> Heard:
    error = f"{server} does not answer, neither over UDP nor over TCP: does it run, is there a way?"
    return Heard(None, SILENT, error)


def _key(server: PrimaryServer) -> str:
    return server.key.name if server.key else "(none)"
