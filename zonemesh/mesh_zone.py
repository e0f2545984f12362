"""A zone of the mesh, as far as recording and translating it needs."""

import hashlib
from dataclasses import dataclass

from zonemesh.policy import Policy
from zonemesh.translation import TRANSLATOR


@dataclass(frozen=True, slots=True)
class MeshZone:
    """A zone's key in the mesh, its apex (canonical text), its policy and its hosted zone.

    `asks_itself` is true where the zone's own names can be asked at its own name servers: not of a
    private zone, nor where the integration names a resolver. `pulled` is true where it comes from
    primaries by zone transfer.
    """

    key: str
    apex: str
    policy: Policy
    hosted_zone_id: str = ""
    asks_itself: bool = True
    pulled: bool = False

    def decisions(self) -> str:
        """Give the SHA-256, in hex, of all that decides what is served for a source view."""
        decided: list[object] = [
            self.policy.digest(),
            self.hosted_zone_id,
            self.asks_itself,
            TRANSLATOR,
        ]
        if self.pulled:
            decided.append("pulled")
        return hashlib.sha256(repr(decided).encode()).hexdigest()
