"""How a version of the mesh comes to be: what changes is shown, agreed to and stored."""

import json
import time
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Protocol

import typer

from zonemesh.audit import APPLY, DETAIL_MOST, ROLLBACK
from zonemesh.cli.app import USAGE, ask, changed_meanwhile, fail, now
from zonemesh.cli.display import console, show_changes, show_in_use, show_leaving, show_warnings
from zonemesh.cli.noting import caller, note, say
from zonemesh.errors import MeshMoved, StoreError
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.proposal import MeshPorts, Proposal, propose
from zonemesh.orders.sync_now import SweepPorts, order_sweep
from zonemesh.ports import Applied


class ApplyingPorts(MeshPorts, SweepPorts, Protocol):
    """What a version is compared with, stored and noted with."""


Force = Annotated[
    bool, typer.Option("--force", help="Even where what goes is in use; it is said what follows.")
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for on the command line."""

    dry_run: bool = False
    yes: bool = False
    as_json: bool = False
    force: bool = False

    def check(self) -> None:
        """End where somebody would have to be asked between the lines of a document."""
        if self.as_json and not (self.yes or self.dry_run):
            fail(USAGE, "`--json` asks nobody: add `--yes`, or `--dry-run` to change nothing.")


def apply_mesh(
    ports: ApplyingPorts, text: str, mesh: Mesh, asked: Asked, restores: int | None = None
) -> None:
    """Make a text the newest version, or say that it is; `restores` is the version it is of."""
    proposal = propose(ports, text, mesh, now())
    if not asked.as_json:
        _show(proposal)
    refused = bool(proposal.in_use) and not asked.force
    idle = proposal.same or asked.dry_run or refused
    number = None if idle else _store(ports, proposal, asked, restores)
    if asked.as_json:
        typer.echo(json.dumps(_document(proposal, number), indent=2))
    elif not proposal.same and not refused:
        _tell(proposal, number)
    if refused:
        fail(USAGE, "nothing was applied, as what would go is in use; `--force` does it anyway.")


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
    show_warnings(out, proposal.warnings)
    show_leaving(out, proposal.leaving)
    show_in_use(out, proposal.in_use)


def _store(ports: ApplyingPorts, proposal: Proposal, asked: Asked, restores: int | None) -> int:
    if not asked.yes:
        ask("Apply this?" if restores is None else f"Go back to version {restores}?")
    again = "" if restores is None else f"version {restores} again: "
    forced = "".join(f", though {each.path} was in use" for each in proposal.in_use)
    applied = Applied(now(), caller(ports), f"{again}{proposal.what}{forced}"[:DETAIL_MOST])
    try:
        number = ports.mesh_store.apply(proposal.text, applied, onto=proposal.onto).number
    except MeshMoved:
        changed_meanwhile("the mesh is")
    action = APPLY if restores is None else ROLLBACK
    note(ports, action, None, None, f"version {number}: {applied.what}", applied.who)
    _have_it_swept(ports)
    return number


def _have_it_swept(ports: ApplyingPorts) -> None:
    """Have zones that it takes in, or lets go, looked for now; the next sweep does so otherwise."""
    try:
        order_sweep(ports, time.time, say)
    except StoreError as problem:
        say(f"the next sweep, not one now, finds what it takes in: {problem}")


def _tell(proposal: Proposal, number: int | None) -> None:
    out = console()
    if number is None:
        out.print("Nothing was applied (--dry-run).")
    else:
        out.print(
            f"Version {number} is applied; hubs hear of it, and a sweep looks for its zones now."
        )
    if proposal.deploy:
        needed = " and ".join(proposal.deploy)
        out.print(f"Run `cdk deploy` as well: it gives the {needed} their roles.")


def _document(proposal: Proposal, number: int | None) -> dict[str, Any]:
    return {
        "version": proposal.onto if number is None else number,
        "applied": number is not None,
        "changes": [asdict(change) for change in proposal.changes],
        "leaving": list(proposal.leaving),
        "in_use": [asdict(each) for each in proposal.in_use],
        "warnings": list(proposal.warnings),
        "deploy": list(proposal.deploy),
    }
