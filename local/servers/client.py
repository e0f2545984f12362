"""A DNS client for tests: serials, whole zones, and waiting with a bound."""

import time
from collections.abc import Callable

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.xfr
import dns.zone

_CUT_MOST = 5
PATIENCE = 30.0  # seconds; far above what anything takes here


def wait_until(what: str, holds: Callable[[], object], within: float = PATIENCE) -> None:
    """Poll until something holds; raises AssertionError naming it when the time is up."""
    until = time.monotonic() + within
    while not holds():
        if time.monotonic() > until:
            raise AssertionError(f"not within {within:.0f} s: {what}")
        time.sleep(0.02)


def ask(address: str, port: int, name: str, rdtype: str) -> dns.message.Message | None:
    """Send one query over UDP; None where nothing comes back within a second."""
    try:
        query = dns.message.make_query(name, rdtype)
        return dns.query.udp(query, address, port=port, timeout=1, ignore_unexpected=True)
    except (dns.exception.DNSException, OSError):
        return None


def serial_at(address: str, port: int, apex: str) -> int | None:
    """Give the serial that a server answers, None where it answers none."""
    response = ask(address, port, apex, "SOA")
    if response is None or not response.answer:
        return None
    return int(response.answer[0][0].serial)


def axfr(address: str, port: int, apex: str, key: dns.tsig.Key | None = None) -> set[str]:
    """Transfer a zone; its records as lines of text, the SOA among them once.

    A connection that is cut is made again, as secondaries do: at a reload NSD's old servers go with
    the connections that they have. Raises dns.xfr.TransferError, or a dns.tsig error, where the
    transfer is refused.
    """
    for _ in range(_CUT_MOST):
        try:
            return _axfr(address, port, apex, key)
        except (ConnectionResetError, EOFError):
            time.sleep(0.1)
    return _axfr(address, port, apex, key)


def _axfr(address: str, port: int, apex: str, key: dns.tsig.Key | None) -> set[str]:
    zone = dns.zone.Zone(apex, relativize=False)
    query = dns.message.make_query(apex, "AXFR")
    if key:
        query.use_tsig(key)
    dns.query.inbound_xfr(address, zone, query, port=port, timeout=5, lifetime=60)
    return {
        f"{name} {ttl} {dns.rdatatype.to_text(rdata.rdtype)} {rdata}"
        for name, ttl, rdata in zone.iterate_rdatas()
    }


def ixfr(
    address: str, port: int, apex: str, since: int, key: dns.tsig.Key | None = None
) -> list[dns.rrset.RRset]:
    """Ask for what changed since a serial; the rrsets of the (single) answer as they came."""
    query = dns.message.make_query(apex, "IXFR")
    query.authority.append(dns.rrset.from_text(apex, 0, "IN", "SOA", f". . {since} 0 0 0 0"))
    if key:
        query.use_tsig(key)
    return dns.query.tcp(query, address, port=port, timeout=5, one_rr_per_rrset=True).answer


def is_incremental(answer: list[dns.rrset.RRset]) -> bool:
    """Tell an incremental answer from a whole zone: its second record is a SOA (RFC 1995 4)."""
    return len(answer) > 2 and answer[1].rdtype == dns.rdatatype.SOA
