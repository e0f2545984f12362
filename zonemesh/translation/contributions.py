"""What one source rrset gives to what is served: its own values, a copy, or an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.fidelity import Kind
from zonemesh.policy import Aliases
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import is_routed, readable_part
from zonemesh.translation.aliases import Decision
from zonemesh.translation.limits import taken, within_limits
from zonemesh.translation.losses import Loss
from zonemesh.translation.question import Answer, Question
from zonemesh.translation.targets import DEPENDS_ON_PLACE
from zonemesh.zone import RRset

Rdatas = frozenset[dns.rdata.Rdata]
IN_ZONE = "aliases in the zone: copy"


@dataclass(frozen=True, slots=True)
class Contribution:
    """The records that a source rrset gives, with their TTL, and what is lost of it.

    `capped` where it is settled over time, so that the limit on merged rrsets is on it as well.
    """

    source: SourceRRset
    rdatas: Rdatas = frozenset()
    ttl: int = 0
    losses: tuple[Loss, ...] = ()
    capped: bool = False


@dataclass(frozen=True, slots=True)
class Copied:
    """What a name serves of a type, for others to copy; `kinds` are those of its report's lines."""

    rrset: RRset | None
    kinds: tuple[str, ...] = ()


def plain(rrset: SourceRRset) -> Contribution:
    """Give the values that a source rrset holds, less those that cannot be read."""
    if not rrset.get("ResourceRecords"):
        if "TrafficPolicyInstanceId" in rrset:
            return lost(rrset, made_by_traffic_policy(rrset))
        why = "it has neither records nor an alias target"
        return lost(rrset, Loss(Kind.UNREADABLE, why, "unreadable: omit"))
    readable, problems = readable_part(rrset)
    unread = [Loss(Kind.UNREADABLE, why, "unreadable: omit") for why in problems]
    if not readable.rdatas:
        return Contribution(rrset, losses=tuple(unread))
    read, losses = within_limits(readable)
    losses = unread + losses
    if "TrafficPolicyInstanceId" in rrset:
        losses.append(made_by_traffic_policy(rrset))
    return Contribution(rrset, read.rdatas, read.ttl, tuple(losses))


def lost(rrset: SourceRRset, loss: Loss) -> Contribution:
    """Give nothing, and say why."""
    return Contribution(rrset, losses=(loss,))


def made_by_traffic_policy(rrset: SourceRRset) -> Loss:
    """Say whose record it is."""
    instance = rrset["TrafficPolicyInstanceId"]
    why = f"traffic policy instance {instance} made it; the policy's own choices are not carried"
    return Loss(Kind.TRAFFIC_POLICY, why, "traffic policies: carry what is there")


def why_asked_itself(rrset: SourceRRset) -> Loss:
    """Say why a traffic policy's record is asked for: what it leads to is not in the zone."""
    made = made_by_traffic_policy(rrset)
    return Loss(made.kind, f"{made.why}: what Route 53 answers is served", made.policy)


def checked_health(rrset: Mapping[str, Any]) -> list[Loss]:
    """Say that health decides nothing here, where it does at the source.

    The health of an alias's target matters there in routed sets only (API reference, AliasTarget).
    """
    policy = "health checks: not carried"
    losses = []
    if "HealthCheckId" in rrset:
        why = f"health check {rrset['HealthCheckId']} is not carried: it is served healthy or not"
        losses.append(Loss(Kind.HEALTH, why, policy))
    if is_routed(rrset) and rrset.get("AliasTarget", {}).get("EvaluateTargetHealth"):
        why = "the health of its target is not carried: it is served healthy or not"
        losses.append(Loss(Kind.HEALTH, why, policy))
    return losses


def copy_of(rrset: SourceRRset, target: str, copied: Copied | None) -> Contribution:
    """Copy what answers for an alias's target in the alias's type; None where nothing is there."""
    what = f"{target} {rrset['Type']}"
    if copied is None:
        why = f"its target {what} is not in the zone"
        return lost(rrset, Loss(Kind.ALIAS, why, IN_ZONE))
    reported = ", ".join(sorted(set(copied.kinds)))
    if copied.rrset is None:
        why = f"its target {what} has nothing to serve ({reported})"
        return lost(rrset, Loss(Kind.ALIAS, why, IN_ZONE))
    losses: tuple[Loss, ...] = ()
    if reported:
        why = f"a copy of {what}, which has a line of its own ({reported})"
        losses = (Loss(Kind.ALIAS, why, IN_ZONE),)
    return Contribution(rrset, copied.rrset.rdatas, copied.rrset.ttl, losses)


def looped(rrset: SourceRRset, owner: str, target: str) -> Contribution:
    """Give nothing for an alias that leads back to its own name and type."""
    why = f"an alias of {target} {rrset['Type']}, which leads back to {owner}"
    return lost(rrset, Loss(Kind.LOOP, why, IN_ZONE))


def resolved(
    rrset: SourceRRset,
    question: Question,
    answer: Answer | None,
    aliases: Aliases,
    reasons: tuple[Loss, ...],
) -> Contribution:
    """Give what DNS answers, the TTL clamped; `reasons` say why it is asked."""
    policy, kind = reasons[0].policy, reasons[0].kind
    asked = f"{question.name} {question.rdtype}"
    if answer is None or answer.question != question or answer.values is None:
        why = Loss(kind, f"{asked} is not yet answered", policy)
        return Contribution(rrset, losses=(*reasons, why))
    if not answer.values:
        why = Loss(kind, f"{asked} resolves to nothing", policy)
        return Contribution(rrset, losses=(*reasons, why))
    try:
        rdatas = _read(question.rdtype, answer.values)
    except (dns.exception.DNSException, ValueError) as problem:
        why = Loss(kind, f"the answer of {asked} cannot be read: {problem}", policy)
        return Contribution(rrset, losses=(*reasons, why))
    rdatas, refused = taken(dns.rdatatype.from_text(question.rdtype), rdatas)
    ttl = min(max(answer.ttl, aliases.min_ttl), aliases.max_ttl)
    return Contribution(rrset, rdatas, ttl, (*reasons, *refused), capped=True)


def _read(rdtype: str, values: tuple[str, ...]) -> Rdatas:
    number = dns.rdatatype.from_text(rdtype)
    return frozenset(
        dns.rdata.from_text(
            dns.rdataclass.IN, number, value, origin=dns.name.root, relativize=False
        )
        for value in values
    )


def why_resolved(decision: Decision, no_cname: str) -> tuple[Loss, ...]:
    """Say why an external alias is resolved; `no_cname` is why no CNAME can stand, if it should."""
    kind = Kind.CONFLICT if no_cname and decision.insisted else Kind.ALIAS
    why = f"an alias of {decision.target} ({decision.kind}), served as the records it resolves to"
    if no_cname:
        why += f", as no CNAME can stand {no_cname}"
    losses = [Loss(kind, why, decision.policy)]
    if decision.kind in DEPENDS_ON_PLACE:
        where = "its addresses depend on where one asks from"
        losses.append(Loss(kind, where, decision.policy))
    return tuple(losses)
