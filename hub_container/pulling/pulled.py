"""What the mesh says that this hub is to pull: zones, and the primaries that have them."""

from collections.abc import Callable
from dataclasses import dataclass

from hub_container.tsig import TsigKey
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.sections import PulledZone
from zonemesh.mesh.values import NO_KEY


@dataclass(frozen=True, slots=True)
class PrimaryServer:
    """A primary: its name in mesh.yaml, where it is asked, and the key it is asked with."""

    name: str
    address: str
    port: int
    key: TsigKey | None

    def __str__(self) -> str:
        return f"primary {self.name} ({self.address} port {self.port})"


@dataclass(frozen=True, slots=True)
class Pulled:
    """A zone to pull: its key in the mesh, its apex, its primaries in the order of mesh.yaml.

    `accept_serial` is the serial that the operator lets a primary go back to, if any.
    """

    zone: str
    apex: str
    primaries: tuple[PrimaryServer, ...]
    accept_serial: int | None = None


def pulled_of(
    hub: str, mesh: Mesh, key: Callable[[str], TsigKey]
) -> tuple[dict[str, Pulled], list[str]]:
    """Give the zones that a hub pulls, by key, and a line for all that has to be left out.

    `key` reads a TSIG key of the mesh by name; what it raises leaves out the primaries that need
    that key, and a zone that has no other primary.
    """
    servers: dict[str, PrimaryServer] = {}
    problems: list[str] = []
    for name, declared in mesh.primaries_of(hub).items():
        try:
            signed = None if declared.tsig_key == NO_KEY else key(declared.tsig_key)
        except Exception as problem:
            problems.append(f"primary {name} is not asked: {problem}")
            continue
        servers[name] = PrimaryServer(name, str(declared.address), declared.port, signed)
    found = [_pulled(entry, servers) for entry in mesh.pulled_by(hub)]
    problems += [
        f"{each.zone}: not pulled, as none of its primaries can be asked"
        for each in found
        if not each.primaries
    ]
    return {each.zone: each for each in found if each.primaries}, problems


def _pulled(entry: PulledZone, servers: dict[str, PrimaryServer]) -> Pulled:
    primaries = tuple(servers[name] for name in entry.primaries if name in servers)
    return Pulled(entry.key, entry.name, primaries, entry.accept_serial)
