"""The use case: an operator lets through what a target's guard holds.

A note is left for the hub, which carries it out: it has the credentials, whatever the target is.
"""

from dataclasses import dataclass

from zonemesh.errors import PublicationRefused
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Target
from zonemesh.ports import Member
from zonemesh.targets.ports import Approval, Approvals, HeldBack, Publications


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is held at a target."""

    member: Member
    target: str
    serial: int
    held: HeldBack

    @property
    def extent(self) -> str:
        """How much it would do, in words."""
        held = self.held
        kinds = (("create", held.created), ("change", held.changed), ("delete", held.deleted))
        return ", ".join(f"{count} to {kind}" for kind, count in kinds if count)


def target_named(mesh: Mesh, member: Member, name: str) -> Target:
    """Find a target of a member; raises PublicationRefused."""
    targets = mesh.targets_for(member)
    if name in targets:
        return targets[name]
    known = f"its targets are {', '.join(targets)}" if targets else "it has no targets"
    raise PublicationRefused(f"{member.zone} is not published to `{name}`; {known} (mesh.yaml)")


def what_waits(publications: Publications, member: Member, target: str) -> Waiting:
    """Read what a hub noted; raises PublicationRefused where nothing is held."""
    noted = publications.held(member.zone, target)
    if noted is None:
        raise PublicationRefused(
            f"nothing is held of {member.zone} at `{target}`; `zonemesh status` shows how it is"
        )
    return Waiting(member, target, *noted)


def let_through(approvals: Approvals, waiting: Waiting, who: str, time: int) -> None:
    """Approve this serial, and no more changes and deletions than were shown."""
    held = waiting.held
    approval = Approval(waiting.serial, held.changed, held.deleted, who, time)
    approvals.approve(waiting.member.zone, waiting.target, approval)
