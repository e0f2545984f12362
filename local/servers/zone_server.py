"""An authoritative name server on loopback, for a zone that is at hand as records."""

from collections.abc import Callable
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from local.servers.responder import Asked, Responder
from zonemesh.names import canonical_text
from zonemesh.verify.answers import NS, SOA, Expected, Kind, ServedZone
from zonemesh.zone import RRset

_CHAIN_MOST = 8


def _no_zone() -> ServedZone | None:
    return None


@dataclass
class ZoneServer(Responder):
    """A Responder that answers from the zone which `zone` gives, asked anew for each query.

    With the zone's NS rrset in the authority section, as Route 53 has it and resolvers like it.
    """

    recursive: bool = False
    zone: Callable[[], ServedZone | None] = field(default=_no_zone)

    def answer(self, wire: bytes, asker: str, *, tcp: bool) -> bytes | None:
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        name = canonical_text(query.question[0].name)
        rdtype = query.question[0].rdtype
        word, desired = dns.rdatatype.to_text(rdtype), bool(query.flags & dns.flags.RD)
        self.asked.append(Asked(name, word, asker, tcp, desired))
        if self._ending.is_set():
            return None
        response = respond(self.zone(), query)
        wanted = 65_535 if tcp else max(query.payload, 512)
        try:
            return response.to_wire(max_size=wanted)
        except dns.exception.TooBig:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            return short.to_wire()


def respond(zone: ServedZone | None, query: dns.message.Message) -> dns.message.Message:
    """Give an authoritative server's response; REFUSED to what is not in the zone."""
    message = dns.message.make_response(query)
    name, rdtype = query.question[0].name.canonicalize(), int(query.question[0].rdtype)
    if zone is None or not name.is_subdomain(dns.name.from_text(zone.apex)):
        message.set_rcode(dns.rcode.REFUSED)
        return message
    for _ in range(_CHAIN_MOST):
        found = zone.expect(canonical_text(name), rdtype)
        _put(message, found, zone)
        if found.kind is not Kind.CNAME or found.rrset is None:
            break
        (target,) = found.rrset.rdatas
        name = dns.name.from_text(target.to_text())
        if not name.is_subdomain(dns.name.from_text(zone.apex)):
            break
    return message


def _put(message: dns.message.Message, found: Expected, zone: ServedZone) -> None:
    if found.kind is Kind.REFERRAL:
        message.authority += _sections(found.rrset)
        for glue in found.glue:
            message.additional += _sections(glue)
        return
    message.flags |= dns.flags.AA
    message.answer += _sections(found.rrset)
    if found.rrset is None:
        if found.kind is Kind.NXDOMAIN:
            message.set_rcode(dns.rcode.NXDOMAIN)
        message.authority += _sections(zone.rrset(zone.apex, SOA))
    elif not message.authority:
        message.authority += _sections(zone.rrset(zone.apex, NS))


def _sections(rrset: RRset | None) -> list[dns.rrset.RRset]:
    return [dns.rrset.from_rdata_list(rrset.name, rrset.ttl, [*rrset.rdatas])] if rrset else []
