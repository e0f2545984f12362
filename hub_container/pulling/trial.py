"""A transfer tried by the hub itself, to learn in words why NSD's do not come to an end."""

import time
from contextlib import closing

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from hub_container.pulling.probe import meaning
from hub_container.pulling.pulled import PrimaryServer
from zonemesh.errors import TransferFailed
from zonemesh.names import order_of
from zonemesh.xfr.stream import Server, ask

_PATIENCE = 5.0  # seconds for one message
_WITHIN = 20.0  # seconds of reading at most: it shares the primary with NSD's own transfer


def try_transfer(server: PrimaryServer, apex: str) -> str:
    """Read a zone from a primary and forget it; gives what went wrong, "" where nothing did.

    What takes longer than a while goes well so far.
    """
    key = server.key.signer() if server.key else None
    query = dns.message.make_query(apex, dns.rdatatype.AXFR)
    query.flags &= ~dns.flags.RD
    order, until = order_of(apex), time.monotonic() + _WITHIN
    records = ends = 0
    try:
        with closing(ask(Server(server.address, server.port, key, _PATIENCE), query)) as messages:
            for message in messages:
                if message.rcode:
                    return f"{server} {meaning(dns.rcode.Rcode(message.rcode), server)}, to AXFR"
                for record in message.answers:
                    records += 1
                    ends += record.rdtype == dns.rdatatype.SOA and record.order == order
                if ends > 1 or time.monotonic() > until:
                    return ""
    except TransferFailed as problem:
        return f"{server}: the transfer breaks off after {records} records: {problem}"
    return f"{server}: the transfer ends after {records} records and without a SOA at its end"
