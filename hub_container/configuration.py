"""What the mesh asks of this hub: which zones it serves, and to whom."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from hub_container.tsig import TsigKey
from zonemesh.deployment import EVERY_HUB
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member

UNSIGNED = "none"  # the word in mesh.yaml for a secondary without a TSIG key
_SERVED_STATES = ("active", "gone")
WITHDRAWN = (
    "withdrawn, not served, as it is signed with a DS at its parent: an unsigned copy is bogus"
)


@dataclass(frozen=True, slots=True)
class ServedZone:
    """A zone of this hub: its key in the mesh and its apex."""

    zone: str
    apex: str


@dataclass(frozen=True, slots=True)
class Secondary:
    """A server that may transfer this hub's zones.

    With `address` it is sent NOTIFY at `port` and may transfer from that address; `networks` are
    further ones that it may transfer from. Without a key it transfers unsigned.
    """

    name: str
    address: str | None
    port: int
    networks: tuple[str, ...]
    key: TsigKey | None


@dataclass(frozen=True, slots=True)
class Configuration:
    """A version of the mesh, as far as this hub goes. `problems` are what had to be left out."""

    mesh: int = 0
    zones: Mapping[str, ServedZone] = field(default_factory=dict)
    secondaries: tuple[Secondary, ...] = ()
    problems: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write it, with the keys' secrets: for a file that only the hub's user can read."""
        return json.dumps(
            {
                "mesh": self.mesh,
                "zones": [asdict(zone) for zone in self.zones.values()],
                "secondaries": [asdict(secondary) for secondary in self.secondaries],
                "problems": self.problems,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError for anything else."""
        document: dict[str, Any] = json.loads(text)
        zones = [ServedZone(**zone) for zone in document["zones"]]
        return cls(
            document["mesh"],
            {zone.zone: zone for zone in zones},
            tuple(_secondary_from(fields) for fields in document["secondaries"]),
            tuple(document["problems"]),
        )

    def key_named(self, name: str) -> TsigKey | None:
        """Give a key that is in use, by its canonical name."""
        keys = (secondary.key for secondary in self.secondaries)
        return next((key for key in keys if key and key.name == name), None)


def _secondary_from(fields: dict[str, Any]) -> Secondary:
    key = fields.pop("key")
    networks = tuple(fields.pop("networks"))
    return Secondary(**fields, networks=networks, key=TsigKey(**key) if key else None)


def zones_of(
    hub: str,
    members: Collection[Member],
    serving: Collection[str],
    withdrawn: Collection[str] = (),
) -> tuple[dict[str, ServedZone], list[str]]:
    """Give the zones that a hub serves, and a line for each that it does not.

    A server has one zone of a name: one that is served already (a key in `serving`) beats a
    newcomer, a listed one beats a discovered one, then the lower key wins. One that is `withdrawn`
    (keys) keeps its name without being served: another's unsigned copy would be as bogus.
    """
    mine = [
        member
        for member in members
        if member.state in _SERVED_STATES and {hub, EVERY_HUB} & set(member.hubs)
    ]
    mine.sort(key=lambda m: (m.zone not in serving, m.origin != "listed", m.zone))
    by_apex: dict[str, Member] = {}
    problems = []
    for member in mine:
        if (winner := by_apex.setdefault(member.apex, member)) is not member:
            problems.append(
                f"{member.zone}: not served, {winner.zone} has the name {member.apex} on this hub"
            )
    zones = sorted(by_apex.values(), key=lambda member: member.zone)
    problems += [f"{member.zone}: {WITHDRAWN}" for member in zones if member.zone in withdrawn]
    return {
        member.zone: ServedZone(member.zone, member.apex)
        for member in zones
        if member.zone not in withdrawn
    }, problems


def secondaries_of(
    hub: str, mesh: Mesh, key: Callable[[str], TsigKey]
) -> tuple[tuple[Secondary, ...], list[str]]:
    """Give the secondaries of a hub, and a line for each that has to be left out.

    `key` reads a TSIG key of the mesh by name; whatever it raises leaves out the secondaries that
    need that key, never the others. Raises InvalidMesh where the mesh does not know the hub.
    """
    if hub not in mesh.hubs:
        known = ", ".join(sorted(mesh.hubs)) or "none"
        raise InvalidMesh([f"hubs: no hub {hub!r} (there are: {known}); add it, or start that one"])
    found: list[Secondary] = []
    problems: list[str] = []
    for name in mesh.hubs[hub].secondaries:
        try:
            found.append(_secondary(name, mesh, key))
        except Exception as problem:
            problems.append(f"secondary {name} may not transfer: {problem}")
    return tuple(found), problems


def _secondary(name: str, mesh: Mesh, key: Callable[[str], TsigKey]) -> Secondary:
    if (declared := mesh.secondaries.get(name)) is None:
        raise InvalidMesh([f"secondaries: no {name!r}; declare it or take it off the hub"])
    return Secondary(
        name,
        str(declared.address) if declared.address else None,
        declared.port,
        tuple(str(network) for network in declared.transfer_from),
        None if declared.tsig_key == UNSIGNED else key(declared.tsig_key),
    )
