"""Reads what the mesh asks of this hub, keeping what is known where something cannot be read."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hub_container.catalogs import leaving
from hub_container.configuration import (
    WITHDRAWN,
    Configuration,
    Secondary,
    ServedZone,
    secondaries_of,
    zones_of,
)
from hub_container.ports import HubPorts
from hub_container.tsig import TsigKey
from zonemesh.dnssec import CHAINED, withdrawn
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.names import canonical_text, parse_name
from zonemesh.ports import Member, MeshVersion


@dataclass(frozen=True, slots=True)
class Seen:
    """A version of the mesh that could be read, and the members at that time."""

    text: str
    mesh: Mesh
    members: tuple[Member, ...]


class MeshView:
    """The mesh as this hub sees it.

    `problems` are those of the last reading as a whole, `seen` is what was read last of what can be
    used: None before the first time. `file_of` gives the zone file of a key.
    """

    def __init__(self, hub: str, ports: HubPorts, file_of: Callable[[str], Path]) -> None:
        self._hub, self._ports, self._file_of = hub, ports, file_of
        self.problems: list[str] = []
        self.seen: Seen | None = None

    def read(self, earlier: Configuration, *, secrets: bool) -> Configuration:
        """Read the mesh's newest version, the members and, if asked or new, the keys' secrets.

        A definition that cannot be used leaves the earlier secondaries as they are. A table that
        was emptied or put back takes no zone off the hub. Raises what the ports raise.
        """
        version = self._ports.mesh.newest()
        members = self._ports.register.members()
        self.problems = []
        if version is None and earlier.mesh:
            self.problems = ["the table holds no mesh definition any more: serving on as before"]
            return earlier
        away = _withdrawn(version, members, earlier)
        zones, unserved = zones_of(self._hub, members, earlier.zones, away)
        if version and (lost := _lost(version, members, earlier)):
            self.problems = [lost]
            zones = _added(zones, earlier.zones)
        zones |= leaving(zones, earlier.zones, away, self._file_of)
        found = replace(earlier, zones=zones)
        if version is None:
            self.problems = ["no mesh definition was applied yet"]
            return replace(found, problems=tuple(unserved))
        self._look(version, members)
        if not secrets and version.number == earlier.mesh:
            kept = [problem for problem in earlier.problems if not _is_unserved(problem)]
            return replace(found, problems=(*unserved, *kept))
        try:
            secondaries, left_out = self._secondaries(parse_mesh(version.text), earlier)
        except InvalidMesh as problem:
            self.problems += [f"mesh version {version.number}: {line}" for line in problem.problems]
            return replace(found, problems=tuple(unserved))
        newest = max(version.number, earlier.mesh)
        return Configuration(newest, zones, secondaries, (*unserved, *left_out))

    def _look(self, version: MeshVersion, members: Collection[Member]) -> None:
        """Keep what was read; a definition that cannot be used leaves the earlier one."""
        seen = self.seen
        with suppress(InvalidMesh):
            same = seen is not None and seen.text == version.text
            mesh = seen.mesh if same and seen else parse_mesh(version.text)
            self.seen = Seen(version.text, mesh, tuple(members))

    def _secondaries(
        self, mesh: Mesh, earlier: Configuration
    ) -> tuple[tuple[Secondary, ...], list[str]]:
        notes: list[str] = []
        keys: dict[str, TsigKey] = {}

        def key(name: str) -> TsigKey:
            if name not in keys:
                keys[name] = self._key(name, mesh, earlier, notes)
            return keys[name]

        secondaries, problems = secondaries_of(self._hub, mesh, key)
        return secondaries, problems + notes

    def _key(self, name: str, mesh: Mesh, earlier: Configuration, notes: list[str]) -> TsigKey:
        if (declared := mesh.tsig_keys.get(name)) is None:
            raise InvalidMesh([f"tsig_keys: no {name!r}; declare it, or write `none`"])
        try:
            secret = self._ports.secrets.read(declared.secret)
        except Exception as problem:
            known = earlier.key_named(canonical_text(parse_name(name)))
            if known is None or known.algorithm != declared.algorithm:
                raise
            notes.append(f"tsig_keys.{name}: the last known secret stays in use: {problem}")
            return known
        return TsigKey.read(name, declared.algorithm, secret)


def _lost(version: MeshVersion, members: Collection[Member], earlier: Configuration) -> str | None:
    """Tell by what it seems that the table lost something that this hub knows of."""
    if version.number < earlier.mesh:
        return (
            f"mesh version {version.number} is older than {earlier.mesh}, which this hub has seen: "
            f"a restored table? No zone leaves this hub before version {earlier.mesh} is there"
        )
    if earlier.zones and not members and _declares_zones(version):
        return (
            f"mesh version {version.number} declares zones and the table has no members: serving "
            "on as before. To have nothing served, apply a mesh without zones"
        )
    return None


def _declares_zones(version: MeshVersion) -> bool:
    try:
        return bool(parse_mesh(version.text).zones)
    except InvalidMesh:
        return True  # nobody can tell


def _added(
    zones: Mapping[str, ServedZone], earlier: Mapping[str, ServedZone]
) -> dict[str, ServedZone]:
    """Add zones to the earlier ones, save where the name is taken."""
    names = {zone.apex for zone in earlier.values()}
    return {**earlier, **{key: zone for key, zone in zones.items() if zone.apex not in names}}


def _withdrawn(
    version: MeshVersion | None, members: Collection[Member], earlier: Configuration
) -> set[str]:
    """Give the zones not to be served for being signed; the policy is read where one is at all.

    Where it cannot be read, nothing changes: what is served stays so, and what is not does not
    come back.
    """
    chained = [member for member in members if member.signed == CHAINED]
    try:
        return withdrawn(chained, parse_mesh(version.text)) if version and chained else set()
    except InvalidMesh:
        return {member.zone for member in chained} - earlier.zones.keys()


def _is_unserved(problem: str) -> bool:
    return ": not served, " in problem or problem.endswith(WITHDRAWN)
