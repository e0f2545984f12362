"""The four name servers of a zone, and the records that a new zone starts with."""

from __future__ import annotations

from random import Random

from .records import RecordSet

# Route 53 numbers its name servers through, a quarter of the numbers to each top-level domain.
DOMAINS = ("com", "net", "org", "co.uk")
SERVERS_PER_DOMAIN = 512
SERVERS_PER_GROUP = 8

# AWS, "NS and SOA records that Amazon Route 53 creates for a public hosted zone"
NS_TTL = 172_800
SOA_TTL = 900
SOA_REST = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
PRIVATE_SERVERS = ["ns-0.awsdns-00.com", "ns-512.awsdns-00.net"]
PRIVATE_SERVERS += ["ns-1024.awsdns-00.org", "ns-1536.awsdns-00.co.uk"]


def draw_name_servers(random: Random) -> list[str]:
    """Four names, one in each top-level domain, without trailing dots."""
    servers = []
    for quarter, domain in enumerate(DOMAINS):
        number = random.randrange(SERVERS_PER_DOMAIN)
        group = number // SERVERS_PER_GROUP
        servers.append(f"ns-{quarter * SERVERS_PER_DOMAIN + number}.awsdns-{group:02d}.{domain}")
    return servers


def first_records(name: str, servers: list[str]) -> list[RecordSet]:
    """The apex NS and SOA of a new zone."""
    return [
        RecordSet(name, "NS", NS_TTL, tuple(f"{server}." for server in servers)),
        RecordSet(name, "SOA", SOA_TTL, (f"{servers[0]}. {SOA_REST}",)),
    ]
