"""What a secondary is to follow: which zones, from which hubs, signed with which key."""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """An IP address and a port at which a hub answers."""

    address: str
    port: int = 53

    def __str__(self) -> str:
        return f"{self.address}@{self.port}"


@dataclass(frozen=True, slots=True)
class PrimaryHub:
    """A hub as a primary; without `places` the operator has to fill its address in."""

    hub: str
    places: tuple[Place, ...]

    @property
    def to_fill_in(self) -> str:
        """What stands where its address belongs: no server takes it for one."""
        return f"ADDRESS-OF-{self.hub.upper()}"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The TSIG key of the transfers; `secret` (base64) is None where it is not to be shown."""

    name: str
    algorithm: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FollowedZone:
    """A zone (`apex` is canonical text) and the hubs that serve it to the secondary."""

    apex: str
    hubs: tuple[PrimaryHub, ...]

    @property
    def name(self) -> str:
        """Its name without the last dot, as configurations have it."""
        return self.apex.removesuffix(".")


@dataclass(frozen=True, slots=True)
class Following:
    """All that a configuration is made of.

    Without a `key` transfers are unsigned. `groups` are those that the catalog puts zones in.
    """

    secondary: str
    key: SigningKey | None
    zones: tuple[FollowedZone, ...]
    catalog: FollowedZone | None = None
    groups: tuple[str, ...] = ()

    @property
    def all_zones(self) -> tuple[FollowedZone, ...]:
        """The zones and, last, the catalog."""
        return (*self.zones, self.catalog) if self.catalog else self.zones

    @property
    def hubs(self) -> tuple[PrimaryHub, ...]:
        """The hubs of all zones, each once, in order of their names."""
        found = {hub.hub: hub for zone in self.all_zones for hub in zone.hubs}
        return tuple(found[name] for name in sorted(found))

    @property
    def unaddressed(self) -> tuple[PrimaryHub, ...]:
        """The hubs whose address the operator has to fill in."""
        return tuple(hub for hub in self.hubs if not hub.places)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a configuration, and where it goes."""

    place: str
    text: str


def hub_sets(following: Following) -> dict[tuple[PrimaryHub, ...], str]:
    """Name each set of hubs that serve some zone together; `zonemesh` where there is only one."""
    sets = dict.fromkeys(zone.hubs for zone in following.all_zones)
    if len(sets) == 1:
        return dict.fromkeys(sets, "zonemesh")
    return {hubs: "-".join(("zonemesh", *(hub.hub for hub in hubs))) for hubs in sets}


def titled(following: Following) -> str:
    """Say in a line what the configuration is for."""
    names = [zone.name for zone in following.zones]
    some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    catalog = f"the catalog {following.catalog.name}" if following.catalog else ""
    what = " and ".join(filter(None, (some, catalog)))
    hubs = [hub.hub for hub in following.hubs]
    of = f"hub{'' if len(hubs) == 1 else 's'} {', '.join(hubs)}"
    return f"{what} of {of}, for secondary {following.secondary}"


def commented(mark: str, lines: Iterable[str]) -> str:
    """Put a comment's mark before each line, and fold long ones."""
    folded = (part for line in lines for part in _COMMENT.wrap(line))
    return "".join(f"{mark} {line}\n" for line in folded)


def to_fill_in(following: Following) -> list[str]:
    """Say what has to be filled in before the configuration works, a line each."""
    lines = [
        f"{hub.to_fill_in}: write the address at which this server reaches hub {hub.hub}"
        for hub in following.unaddressed
    ]
    if following.key and following.key.secret is None:
        lines.append(
            f"{SECRET_TO_FILL_IN}: write the base64 secret of the key {following.key.name}"
        )
    return lines


_COMMENT = textwrap.TextWrapper(95, break_long_words=False, break_on_hyphens=False)

SECRET_TO_FILL_IN = "SECRET-TO-BE-FILLED-IN"
"""What stands where a secret belongs: a hyphen is in no base64, so every server refuses it."""


def shown_secret(key: SigningKey) -> str:
    """Give the secret, or what says that it is missing."""
    return key.secret if key.secret is not None else SECRET_TO_FILL_IN


def file_name(zone: FollowedZone) -> str:
    """Give a zone's file name: what a path or a server's pattern would take otherwise is `=XX`."""
    safe = "abcdefghijklmnopqrstuvwxyz0123456789-_."
    return "".join(c if c in safe else f"={ord(c):02X}" for c in zone.name) + ".zone"


def joined(sections: Sequence[Section], mark: str) -> str:
    """Give all sections as one text, each under a comment that says where it goes."""
    return "\n".join(commented(mark, [part.place]) + part.text for part in sections)
