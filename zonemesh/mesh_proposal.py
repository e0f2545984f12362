"""A mesh definition that somebody wants to be the current one: what would change with it."""

from dataclasses import dataclass

from zonemesh.errors import InvalidMesh
from zonemesh.mesh import Mesh, parse_mesh
from zonemesh.mesh_changes import MeshChange, mesh_changes, needs_deployment
from zonemesh.ports import MeshVersion


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that would become the version after `onto` (0 for none), and what changes with it.

    `same` where that version says the same to the letter; `unreadable` where it is of a newer
    zonemesh, so that nobody can tell what changes. `deploy` names what `cdk deploy` gives roles to.
    """

    text: str
    onto: int
    same: bool
    unreadable: bool
    changes: tuple[MeshChange, ...]
    deploy: tuple[str, ...]

    @property
    def what(self) -> str:
        """Say what changes, by name and no more: a setting might be anything."""
        named = ", ".join(f"{change.sign} {change.what}" for change in self.changes)
        return named or "comments and layout"


def propose(newest: MeshVersion | None, text: str, mesh: Mesh) -> Proposal:
    """Compare a text, and the mesh that it says, with the newest version."""
    old = _known(newest.text) if newest else Mesh()
    before = old or Mesh()
    return Proposal(
        text,
        newest.number if newest else 0,
        same=newest is not None and newest.text == text,
        unreadable=old is None,
        changes=tuple(mesh_changes(before, mesh)),
        deploy=tuple(needs_deployment(before, mesh)),
    )


def _known(text: str) -> Mesh | None:
    try:
        return parse_mesh(text)
    except InvalidMesh:
        return None
