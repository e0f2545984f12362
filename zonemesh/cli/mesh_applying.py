"""How a version of the mesh comes to be: what changes is shown, agreed to and stored."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import typer

from zonemesh.audit import APPLY, DETAIL_MOST, ROLLBACK
from zonemesh.cli.app import USAGE, ask, changed_meanwhile, fail, now
from zonemesh.cli.display import console, show_changes
from zonemesh.cli.noting import AuditPorts, caller, note
from zonemesh.errors import MeshMoved
from zonemesh.mesh import Mesh
from zonemesh.mesh_proposal import Proposal, propose
from zonemesh.ports import Applied, MeshStore


class MeshPorts(AuditPorts, Protocol):
    """What a version is stored with."""

    @property
    def mesh_store(self) -> MeshStore: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    dry_run: bool = False
    yes: bool = False
    as_json: bool = False

    def check(self) -> None:
        """End where somebody would have to be asked between the lines of a document."""
        if self.as_json and not (self.yes or self.dry_run):
            fail(USAGE, "`--json` asks nobody: add `--yes`, or `--dry-run` to change nothing.")


def apply_mesh(
    ports: MeshPorts, text: str, mesh: Mesh, asked: Asked, restores: int | None = None
) -> None:
    """Make a text the newest version, or say that it is; `restores` is the version it is of."""
    proposal = propose(ports.mesh_store.newest(), text, mesh)
    if not asked.as_json:
        _show(proposal)
    number = None if proposal.same or asked.dry_run else _store(ports, proposal, asked, restores)
    if asked.as_json:
        typer.echo(json.dumps(_document(proposal, number), indent=2))
    elif not proposal.same:
        _tell(proposal, number)


def _show(proposal: Proposal) -> None:
    out = console()
    if proposal.same:
        out.print(f"Nothing to do: version {proposal.onto} says the same.")
        return
    if proposal.unreadable:
        out.print("The current version cannot be read by this zonemesh; it will be replaced.")
    elif not proposal.changes:
        out.print("Comments and layout differ, nothing else.")
    show_changes(out, list(proposal.changes))


def _store(ports: MeshPorts, proposal: Proposal, asked: Asked, restores: int | None) -> int:
    if not asked.yes:
        ask("Apply this?" if restores is None else f"Go back to version {restores}?")
    again = "" if restores is None else f"version {restores} again: "
    applied = Applied(now(), caller(ports), f"{again}{proposal.what}"[:DETAIL_MOST])
    try:
        number = ports.mesh_store.apply(proposal.text, applied, onto=proposal.onto).number
    except MeshMoved:
        changed_meanwhile("the mesh is")
    action = APPLY if restores is None else ROLLBACK
    note(ports, action, None, None, f"version {number}: {applied.what}", applied.who)
    return number


def _tell(proposal: Proposal, number: int | None) -> None:
    out = console()
    if number is None:
        out.print("Nothing was applied (--dry-run).")
    else:
        out.print(f"Version {number} is applied; hubs and functions pick it up.")
    if proposal.deploy:
        needed = " and ".join(proposal.deploy)
        out.print(f"Run `cdk deploy` as well: it gives the {needed} their roles.")


def _document(proposal: Proposal, number: int | None) -> dict[str, Any]:
    return {
        "version": proposal.onto if number is None else number,
        "applied": number is not None,
        "changes": [asdict(change) for change in proposal.changes],
        "deploy": list(proposal.deploy),
    }
