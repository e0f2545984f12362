"""What a publication may do to a target before somebody has to look at it. Pure."""

from dataclasses import dataclass

from zonemesh.mesh.places import TargetGuard
from zonemesh.targets.ports import Approval, HeldBack


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a publication does to a target that has `standing` rrsets of ours to write on."""

    standing: int
    created: int
    changed: int
    deleted: int


def held_back(
    guard: TargetGuard, what: str, serial: int, extent: Extent, approval: Approval | None = None
) -> HeldBack | None:
    """Say why a publication waits, None where it may go on; `what` names the target."""
    held = HeldBack(_reasons(guard, what, extent), extent.created, extent.changed, extent.deleted)
    if not held.reasons or (approval is not None and approval.covers(serial, held)):
        return None
    return held


def _reasons(guard: TargetGuard, what: str, extent: Extent) -> tuple[str, ...]:
    standing, deleted = extent.standing, extent.deleted
    touched = extent.deleted + extent.changed
    if standing < guard.from_rrsets:
        return ()
    if 100 * deleted > guard.removed * standing:
        share = _share(deleted, standing)
        return (f"{what}: {share} would be deleted (`guard.removed`: {guard.removed} %)",)
    if 100 * touched > guard.changed * standing:
        share = _share(touched, standing)
        return (
            f"{what}: {share} would be deleted or changed (`guard.changed`: {guard.changed} %)",
        )
    return ()


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} rrsets ({100 * part // whole} %)"
