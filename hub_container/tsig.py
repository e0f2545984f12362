"""TSIG keys (RFC 8945) whose secret never shows: not in a repr, not in an error."""

import base64
import binascii
from dataclasses import dataclass, field

import dns.name
import dns.tsig

from zonemesh.errors import ZonemeshError
from zonemesh.names import canonical_text, parse_name

_ALGORITHMS = {
    "hmac-sha256": dns.tsig.HMAC_SHA256,
    "hmac-sha512": dns.tsig.HMAC_SHA512,
    "hmac-sha1": dns.tsig.HMAC_SHA1,
    "hmac-md5": dns.tsig.HMAC_MD5,
}


class InvalidSecret(ZonemeshError, ValueError):
    """The secret of a TSIG key is not base64; the message names the key, never the secret."""


@dataclass(frozen=True, slots=True)
class TsigKey:
    """A key's name (canonical text), algorithm (`hmac-sha256` and so on) and base64 secret."""

    name: str
    algorithm: str
    secret: str = field(repr=False)

    @classmethod
    def read(cls, name: str, algorithm: str, secret: str) -> "TsigKey":
        """Check a key as it was configured; raises InvalidSecret or InvalidName."""
        text = "".join(secret.split())
        try:
            valid = bool(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            valid = False
        if not valid:
            # Raised outside the handler: the caught error must not travel with what it was given.
            raise InvalidSecret(
                f"tsig_keys.{name}: the secret is not base64; make one with "
                "`openssl rand -base64 32` and store that text alone"
            )
        return cls(canonical_text(parse_name(name)), algorithm, text)

    def signer(self) -> dns.tsig.Key:
        """Give dnspython's key. Its repr prints the secret: use it and let go of it."""
        return dns.tsig.Key(dns.name.from_text(self.name), self.secret, _ALGORITHMS[self.algorithm])
