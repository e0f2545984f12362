"""TSIG keys (RFC 8945) whose secret never shows: not in a repr, not in an error."""

from dataclasses import dataclass, field

import dns.name
import dns.tsig

from zonemesh.names import canonical_text, parse_name
from zonemesh.tsig_secret import read_secret

_ALGORITHMS = {
    "hmac-sha256": dns.tsig.HMAC_SHA256,
    "hmac-sha512": dns.tsig.HMAC_SHA512,
    "hmac-sha1": dns.tsig.HMAC_SHA1,
    "hmac-md5": dns.tsig.HMAC_MD5,
}


@dataclass(frozen=True, slots=True)
class TsigKey:
    """A key's name (canonical text), algorithm (`hmac-sha256` and so on) and base64 secret."""

    name: str
    algorithm: str
    secret: str = field(repr=False)

    @classmethod
    def read(cls, name: str, algorithm: str, secret: str) -> "TsigKey":
        """Check a key as it was configured; raises InvalidSecret or InvalidName."""
        text = read_secret(name, secret)
        return cls(canonical_text(parse_name(name)), algorithm, text)

    def signer(self) -> dns.tsig.Key:
        """Give dnspython's key. Its repr prints the secret: use it and let go of it."""
        return dns.tsig.Key(dns.name.from_text(self.name), self.secret, _ALGORITHMS[self.algorithm])
