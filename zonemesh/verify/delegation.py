"""The NS records that a zone's parent has of it, asked where the parent is served."""

from collections.abc import Callable, Sequence

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from zonemesh.failover import NameServers
from zonemesh.names import canonical_text, parse_name
from zonemesh.ports import Resolver
from zonemesh.translation.question import Outcome, Question

TIMEOUT = 3.0  # seconds for one server
_NOT_FOUND = "no server of the parent answered"

Place = tuple[str, int]


def parent_set(
    apex: str, resolver: Resolver, addresses: Callable[[str], Sequence[str]], port: int
) -> NameServers:
    """Find the zone above, and ask its servers; what goes wrong is in `unknown`."""
    name = parse_name(apex)
    while len(name.labels) > 1:
        name = name.parent()
        above = canonical_text(name)
        question = Question(above, "NS", authority="", target="")
        response = resolver.ask([question])[question]
        if response.outcome is Outcome.FAILED:
            return NameServers(unknown=f"who serves {above} was not answered: {response.why}")
        if response.outcome is Outcome.FOUND:
            places = [(each, port) for server in response.values for each in addresses(server)]
            return ask_parent(apex, places)
    return NameServers(unknown="no zone was found above it")


def ask_parent(apex: str, places: Sequence[Place]) -> NameServers:
    """Ask the parent's servers, one after another until one tells."""
    why = "no address of the parent's servers is known"
    for place in places:
        answer = _ask(apex, place)
        if not isinstance(answer, str):
            return answer
        why = f"{place[0]}@{place[1]}: {answer}"
    return NameServers(unknown=why)


def _ask(apex: str, place: Place) -> NameServers | str:
    """Give the set, or why this server tells none.

    A server that has the zone itself answers with the zone's own set (RFC 2181 6.1): it keeps the
    parent's to itself.
    """
    query = dns.message.make_query(parse_name(apex), dns.rdatatype.NS, use_edns=0, payload=1232)
    query.flags &= ~dns.flags.RD
    try:
        answer, _ = dns.query.udp_with_fallback(
            query, place[0], timeout=TIMEOUT, port=place[1], ignore_unexpected=True
        )
    except dns.exception.Timeout:
        return "no answer"
    except (dns.exception.DNSException, OSError, EOFError) as problem:
        return str(problem) or type(problem).__name__
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return dns.rcode.to_text(answer.rcode())
    for rrset in (*answer.authority, *answer.answer):
        if rrset.rdtype == dns.rdatatype.NS and canonical_text(rrset.name) == apex:
            names = frozenset(canonical_text(rdata.target) for rdata in rrset)
            return NameServers(names, rrset.ttl)
    return NameServers()
