"""What an unsigned copy of a zone is worth: is the zone signed at its source, and chained?

Route 53 keeps its signatures to itself, so a copy is unsigned. Whether that hurts is up to the DS
records at the parent (RFC 4035 5.2): without one validators take the zone for insecure and the copy
for good, with one they take the copy for bogus.
"""

from collections.abc import Iterable

from zonemesh.mesh.definition import Mesh
from zonemesh.policy import Dnssec, Policy
from zonemesh.ports import Member
from zonemesh.translation.question import Outcome, Question, Response

UNSIGNED, SIGNED, CHAINED = "", "signed", "chained"


def ds_question(apex: str) -> Question:
    """Give the question whose answer is the DS rrset of a zone; its parent holds that."""
    return Question(apex, "DS", authority="", target="")


def signed_state(signing: bool, known: str, parent: Response | None) -> str:
    """Settle how a zone is signed: `UNSIGNED`, `SIGNED` or `CHAINED`.

    `signing` is what the source says, `known` the state so far, `parent` what was answered for its
    DS. Where nobody answered, what is known of the chain stays.
    """
    if not signing:
        return UNSIGNED
    if parent is None or parent.outcome is Outcome.FAILED:
        return known or SIGNED
    return CHAINED if parent.outcome is Outcome.FOUND else SIGNED


def is_withdrawn(member: Member, policy: Policy) -> bool:
    """Tell whether hubs are not to serve a zone, since validators would refuse the copy."""
    return member.signed == CHAINED and policy.dnssec is Dnssec.WITHDRAW


def withdrawn(members: Iterable[Member], mesh: Mesh) -> set[str]:
    """Give the keys of the zones that hubs are not to serve."""
    chained = [member for member in members if member.signed == CHAINED]
    return {member.zone for member in chained if is_withdrawn(member, mesh.zone_policy(member))}


def signing_note(member: Member, policy: Policy) -> str:
    """Say what it means that a zone is signed and what can be done; nothing of one that is not."""
    if member.signed == SIGNED:
        return (
            "signed at Route 53, and served unsigned: good while its parent has no DS for it. "
            "Publish none, or turn signing off"
        )
    if member.signed != CHAINED:
        return ""
    chained = "signed at Route 53 with a DS at its parent: an unsigned copy is bogus to validators"
    if not is_withdrawn(member, policy):
        return f"{chained}. Served all the same (policy `dnssec: unsigned-ok`)"
    return (
        f"{chained}, so no hub serves it. Take it off its secondaries, which go on with what they "
        "have until it expires, or remove the DS and let its TTL run out"
    )
