"""Secrets of TSIG keys (RFC 8945): made, and checked, without ever being shown."""

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping

from zonemesh.errors import InvalidSecret

# A secret as long as the digest: a shorter one weakens the key, a longer one adds nothing
# (RFC 8945 8, RFC 2104 3).
LENGTHS: Mapping[str, int] = {
    "hmac-sha256": 32,
    "hmac-sha512": 64,
    "hmac-sha1": 20,
    "hmac-md5": 16,
}


def new_secret(algorithm: str, draw: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Make a secret (base64) as long as the algorithm's digest; `draw` gives so many bytes."""
    return base64.b64encode(draw(LENGTHS[algorithm])).decode("ascii")


def read_secret(key: str, text: str) -> str:
    """Give a secret without white space; raises InvalidSecret, naming the key alone."""
    secret = "".join(text.split())
    if not _decoded(secret):
        # Raised outside of any handler: the caught error must not travel with what it was given.
        raise InvalidSecret(
            f"tsig_keys.{key}: the secret is not base64; `zonemesh tsig generate {key}` makes "
            "and stores one"
        )
    return secret


def weakness(key: str, algorithm: str, text: str) -> str:
    """Say what makes a secret weak, empty where nothing does; raises InvalidSecret."""
    length = len(_decoded(read_secret(key, text)))
    if length >= LENGTHS[algorithm]:
        return ""
    return f"the secret has {length} bytes, {algorithm} wants {LENGTHS[algorithm]}"


def _decoded(secret: str) -> bytes:
    try:
        return base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        return b""
