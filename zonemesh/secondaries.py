"""What serials the secondaries of a zone hold already, asked over DNS."""

from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member

TIMEOUT = 2.0  # seconds; a secondary that a function cannot reach costs no more


def served_serials(mesh: Mesh, member: Member) -> list[int]:
    """Ask the declared secondaries of the hubs that serve a zone for its serial; some stay silent.

    A zone that moves here must start above these (a serial of the YYYYMMDDnn kind is newer than
    the time in seconds until 2034).
    """
    servers = {
        (str(secondary.address), secondary.port)
        for hub in mesh.hubs_serving(member)
        for secondary in mesh.secondaries_of(hub).values()
        if secondary.address is not None
    }
    if not servers:
        return []
    with ThreadPoolExecutor(min(len(servers), 16)) as pool:
        answers = pool.map(lambda server: _serial(member.apex, *server), sorted(servers))
    return [serial for serial in answers if serial is not None]


def _serial(apex: str, address: str, port: int) -> int | None:
    query = dns.message.make_query(apex, dns.rdatatype.SOA)
    try:
        response = dns.query.udp(query, address, port=port, timeout=TIMEOUT, ignore_unexpected=True)
    except (dns.exception.DNSException, OSError):
        return None
    for rrset in response.answer:
        if rrset.rdtype == dns.rdatatype.SOA and rrset.name == query.question[0].name:
            return int(rrset[0].serial)
    return None
