"""A mesh definition that somebody wants to be the current one: what would change with it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from zonemesh.errors import InvalidMesh
from zonemesh.mesh.changes import MeshChange, mesh_changes, needs_deployment
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.mesh.in_use import InUse, in_use, leaving, takes_away
from zonemesh.mesh.warnings import mesh_warnings
from zonemesh.ports import HubReports, Member, MeshStore, Register
from zonemesh.reported import read_reports


class MeshPorts(Protocol):
    """What a definition is compared with: the newest one, and what is in use."""

    @property
    def mesh_store(self) -> MeshStore: ...
    @property
    def register(self) -> Register: ...
    @property
    def reports(self) -> HubReports: ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that would become the version after `onto` (0 for none), and what changes with it.

    `same` where that version says the same to the letter; `unreadable` where it is of a newer
    zonemesh, so that nobody can tell what changes. `leaving` are served zones (apexes) that no
    entry takes in any more, `in_use` is what goes although it is in use. `deploy` names what
    `cdk deploy` gives roles to, `warnings` are lines about what has no effect.
    """

    text: str
    onto: int
    same: bool
    unreadable: bool
    changes: tuple[MeshChange, ...]
    leaving: tuple[str, ...]
    in_use: tuple[InUse, ...]
    deploy: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def what(self) -> str:
        """Say what changes, by name and no more: a setting might be anything."""
        named = ", ".join(f"{change.sign} {change.what}" for change in self.changes)
        return named or "comments and layout"


def propose(ports: MeshPorts, text: str, mesh: Mesh, now: float) -> Proposal:
    """Compare a text, and the mesh that it says, with the newest version and what is in use."""
    newest = ports.mesh_store.newest()
    old = _known(newest.text) if newest else Mesh()
    before = old or Mesh()
    members = ports.register.members() if _may_touch_zones(before, mesh) else []
    return Proposal(
        text,
        newest.number if newest else 0,
        same=newest is not None and newest.text == text,
        unreadable=old is None,
        changes=tuple(mesh_changes(before, mesh)),
        leaving=tuple(leaving(before, mesh, members)),
        in_use=tuple(_in_use(ports, before, mesh, members, now)),
        deploy=tuple(needs_deployment(before, mesh)),
        warnings=tuple(mesh_warnings(text)),
    )


def _may_touch_zones(old: Mesh, new: Mesh) -> bool:
    return old.zones != new.zones or takes_away(old, new)


def _in_use(
    ports: MeshPorts, old: Mesh, new: Mesh, members: Collection[Member], now: float
) -> list[InUse]:
    if not takes_away(old, new):
        return []
    return in_use(old, new, members, read_reports(ports.reports, old), now)


def _known(text: str) -> Mesh | None:
    try:
        return parse_mesh(text)
    except InvalidMesh:
        return None
