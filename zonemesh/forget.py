"""The use case: a zone that its source no longer gives leaves the mesh, as somebody says so."""

from zonemesh.errors import ForgettingRefused
from zonemesh.membership import GONE, LISTED
from zonemesh.ports import Member, Register


def check(member: Member) -> None:
    """Raise ForgettingRefused for a zone that the next sweep would take in again."""
    zone = member.zone
    if member.origin == LISTED:
        raise ForgettingRefused(f"{zone} is listed in the mesh; take it out there and apply that")
    if member.state != GONE:
        raise ForgettingRefused(
            f"{zone} is {member.state}, and not gone: its hosted zone is there, and discovery "
            "takes it in. Take its pattern, or its tags, away first"
        )


def forget(register: Register, member: Member) -> None:
    """Take a zone out; its history and its serials stay. Raises as `check` does."""
    check(member)
    register.remove(member.zone)
