"""The internet beyond this machine, as far as zones point to it: a resolver that knows AWS's names.

A local world has no load balancer and no CloudFront. Their names resolve to addresses of ranges
that belong to nobody (RFC 2544, RFC 3849), the same for a name each time, as many as the real ones
give.
"""

import hashlib
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address

from local.servers.responder import Asked, Reply, Responder, always

_BENCHMARK = int(IPv4Address("198.18.0.0"))  # a /15
_DOCUMENTATION = int(IPv6Address("2001:db8::"))  # a /32

# Suffix → how many addresses its names have.
SERVICES = {
    "amazonaws.com.": 2,
    "cloudfront.net.": 4,
    "awsglobalaccelerator.com.": 2,
    "elasticbeanstalk.com.": 1,
    "awsapprunner.com.": 3,
}


class Internet(Responder):
    """A Responder that answers for AWS's services as well; its table goes first."""

    def _reply(self, asked: Asked) -> Reply:
        if any(name == asked.name for name, _ in list(self.table)):
            return super()._reply(asked)
        make = _ADDRESSES.get(asked.rdtype)
        for suffix, count in SERVICES.items():
            if make and asked.name.endswith(f".{suffix}"):
                return always(*(make(f"{number} {asked.name}") for number in range(count)))
        return super()._reply(asked)


def _ipv4(seed: str) -> str:
    return str(IPv4Address(_BENCHMARK + _number(seed) % 2**17))


def _ipv6(seed: str) -> str:
    return str(IPv6Address(_DOCUMENTATION + _number(seed) % 2**96))


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest())


_ADDRESSES: dict[str, Callable[[str], str]] = {"A": _ipv4, "AAAA": _ipv6}
