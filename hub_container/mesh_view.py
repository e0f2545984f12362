"""Reads what the mesh asks of this hub, keeping what is known where something cannot be read."""

from dataclasses import replace

from hub_container.configuration import Configuration, Secondary, secondaries_of, zones_of
from hub_container.ports import HubPorts
from hub_container.tsig import TsigKey
from zonemesh.errors import InvalidMesh
from zonemesh.mesh import Mesh, parse_mesh
from zonemesh.names import canonical_text, parse_name


class MeshView:
    """The mesh as this hub sees it. `problems` are those of the last reading as a whole."""

    def __init__(self, hub: str, ports: HubPorts) -> None:
        self._hub, self._ports = hub, ports
        self.problems: list[str] = []

    def read(self, earlier: Configuration, *, secrets: bool) -> Configuration:
        """Read the mesh's newest version, the members and, if asked or new, the keys' secrets.

        A definition that cannot be used leaves the earlier secondaries as they are. Raises what
        the ports raise.
        """
        version = self._ports.mesh.newest()
        zones, conflicts = zones_of(self._hub, self._ports.register.members(), earlier.zones)
        found = replace(earlier, zones=zones)
        self.problems = []
        if version is None:
            self.problems = ["no mesh definition was applied yet"]
            return replace(found, problems=tuple(conflicts))
        if not secrets and version.number == earlier.mesh:
            kept = [problem for problem in earlier.problems if not _is_conflict(problem)]
            return replace(found, problems=(*conflicts, *kept))
        try:
            secondaries, left_out = self._secondaries(parse_mesh(version.text), earlier)
        except InvalidMesh as problem:
            self.problems = [f"mesh version {version.number}: {line}" for line in problem.problems]
            return replace(found, problems=tuple(conflicts))
        return Configuration(version.number, zones, secondaries, (*conflicts, *left_out))

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


def _is_conflict(problem: str) -> bool:
    return ": not served, " in problem
