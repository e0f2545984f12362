"""Whether zones would survive their sources, as it was last found out, for all who ask."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from zonemesh.failover import Readiness


@dataclass(frozen=True, slots=True)
class FoundReadiness:
    """A zone's readiness with its reasons, and when it was looked at (epoch seconds).

    `ready_at` is when it last was ready, None where it never was.
    """

    readiness: Readiness
    reasons: tuple[str, ...]
    looked_at: int
    ready_at: int | None = None


class ReadinessNotes(Protocol):
    """Where the readiness of zones is kept between the looks at it, which ask DNS."""

    def readiness(self, zones: Collection[str]) -> Mapping[str, FoundReadiness]:
        """Give what was found of zones (keys); those never looked at are left out."""

    def note_readiness(self, zone: str, found: FoundReadiness) -> None:
        """Keep what was found of a zone in place of what was found before."""
