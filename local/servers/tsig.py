"""A TSIG key as name servers and clients here are given it."""

import base64
import secrets
from dataclasses import dataclass, field

import dns.name
import dns.tsig


@dataclass(frozen=True, slots=True)
class Tsig:
    """A key; `algorithm` as in `hmac-sha256`, `secret` in base64."""

    name: str
    algorithm: str = "hmac-sha256"
    secret: str = field(
        default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode(), repr=False
    )

    def client_key(self) -> dns.tsig.Key:
        """Give dnspython's key."""
        algorithm = dns.tsig.HMAC_MD5 if self.algorithm == "hmac-md5" else self.algorithm
        return dns.tsig.Key(self.name, self.secret, dns.name.from_text(str(algorithm)))
