"""The tags of hosted zones, read where a discovery pattern asks for them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zonemesh.control import Control
from zonemesh.errors import SourceError, SourceThrottled
from zonemesh.membership import hangs_on_tags
from zonemesh.ports import HostedZone, Tags

Listings = Mapping[str, Sequence[HostedZone] | None]


@dataclass(slots=True)
class TagReading:
    """Reads tags for `seconds` at most; `unread` says why those of an integration are not known.

    `about` are the ids of hosted zones whose tags are read, None for all that a pattern asks for.
    What is not read is left as None: it decides nothing this time.
    """

    control: Control
    seconds: int
    about: Collection[str] | None = None
    unread: dict[str, SourceError] = field(default_factory=dict)

    def read(self, listed: Listings) -> dict[str, Sequence[HostedZone] | None]:
        """Give the listings with the tags."""
        ends_at = self.control.now() + self.seconds
        return {
            integration: zones and self._tagged(integration, zones, ends_at)
            for integration, zones in listed.items()
        }

    def _tagged(
        self, integration: str, zones: Sequence[HostedZone], ends_at: int
    ) -> list[HostedZone]:
        mesh = self.control.mesh
        asked = {zone.id for zone in zones if hangs_on_tags(mesh, integration, zone)}
        named = {
            key
            for pattern in mesh.discovered
            if pattern.integration == integration
            for key in pattern.tags
        }
        told: dict[str, Tags] = {}
        for some in self._answers(integration, self._turn(asked), ends_at):
            told |= some
        return [
            replace(zone, tags=_of(named, told.get(zone.id))) if zone.id in asked else zone
            for zone in zones
        ]

    def _turn(self, asked: Collection[str]) -> list[str]:
        """Order hosted zones so that, where time is too short for all, none is always the last."""
        wanted = sorted(id for id in asked if self.about is None or id in self.about)
        start = self.control.now() % len(wanted) if wanted else 0
        return wanted[start:] + wanted[:start]

    def _answers(
        self, integration: str, ids: Sequence[str], ends_at: int
    ) -> Iterator[Mapping[str, Tags]]:
        if not ids:
            return
        account = self.control.ports.hosted_zones(integration, self.control.mesh)
        left = len(ids)
        try:
            for some in account.tags(ids):
                yield some
                left -= len(some)
                if left > 0 and self.control.now() >= ends_at:
                    raise SourceThrottled(
                        f"no time was left to read those of {left} hosted zones; the next sweep "
                        "begins with others (a higher `requests_per_second` reads more)"
                    )
        except SourceError as problem:
            self.unread[f"tags in {integration}"] = problem


def _of(named: Collection[str], tags: Tags | None) -> Tags | None:
    """Keep the tags that patterns name: others come and go without a meaning here."""
    return None if tags is None else tuple(tag for tag in tags if tag[0] in named)
