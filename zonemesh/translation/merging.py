"""One rrset from what its source rrsets give, with the lines of the report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import dns.rdata
import dns.rdatatype

from zonemesh.fidelity import FidelityLine, Kind
from zonemesh.names import parse_name
from zonemesh.ports import SourceRRset
from zonemesh.translation.contributions import Contribution, Rdatas, checked_health
from zonemesh.translation.limits import (
    BIND_RECORDS,
    SINGLETONS,
    bind_refuses,
    canonical,
    fitting,
)
from zonemesh.translation.losses import (
    GRAVE,
    NOTHING,
    Loss,
    line,
    records,
    served_text,
    set_line,
)
from zonemesh.translation.routing import Choice
from zonemesh.zone import RRset


@dataclass(frozen=True, slots=True)
class Made:
    """What one name serves of one type, and the lines of its source rrsets."""

    rrset: RRset | None
    lines: tuple[FidelityLine, ...] = ()


def single(owner: str, given: Contribution, max_values: int) -> Made:
    """Serve an unrouted rrset."""
    rrset, losses = _settled(owner, given, max_values)
    losses += checked_health(given.source)
    if not losses:
        return Made(rrset)
    return Made(rrset, (line(owner, given.source, losses, served_text(rrset)),))


def whole_set(
    owner: str, members: Sequence[SourceRRset], choice: Choice, given: Contribution, most: int
) -> Made:
    """Serve for a routed set what is given for all of it: an answer, or nothing."""
    rrset, found = _settled(owner, given, most)
    losses = [Loss(choice.kind, choice.why, choice.policy), *found]
    served = served_text(rrset)
    lines = (line(owner, each, [*losses, *checked_health(each)], served) for each in members)
    return Made(rrset, tuple(lines))


def _settled(owner: str, given: Contribution, most: int) -> tuple[RRset | None, list[Loss]]:
    losses = [*given.losses]
    rrset = _rrset(owner, given.source["Type"], given.ttl, given.rdatas)
    if rrset is None or not given.capped:
        return rrset, losses
    kept = _capped(rrset.rdtype, canonical(rrset.rdatas), most)
    if len(kept) < len(rrset.rdatas):
        why = f"of {records(len(rrset.rdatas))} the first {len(kept)} in canonical order"
        losses.append(Loss(losses[0].kind, why, losses[0].policy))
    if len(kept) > BIND_RECORDS:
        losses.append(Loss(losses[0].kind, bind_refuses(len(kept)), losses[0].policy))
    return replace(rrset, rdatas=frozenset(kept)), losses


def merge(
    owner: str, choice: Choice, contributions: Iterable[Contribution], max_values: int
) -> Made:
    """Serve the members that a choice prefers, of those that have anything to serve."""
    by_member = {id(each.source): each for each in contributions}
    tiers = [[by_member[id(member)] for member in tier] for tier in choice.tiers]
    depth, giving = _first_giving(tiers)
    rdtype = choice.tiers[0][0]["Type"]
    ttl = min((each.ttl for each in giving), default=0)
    every = _in_order(giving)
    number = dns.rdatatype.from_text(rdtype)
    merged = len(giving) > 1 or any(each.capped for each in giving)
    kept = _capped(number, every, max_values) if merged else every
    rrset = _rrset(owner, rdtype, ttl, frozenset(kept))
    why = choice.why + ("; what comes before it has nothing to serve" if depth and giving else "")
    loss = Loss(choice.kind, why, choice.policy)
    lines = [
        _member_line(owner, each, loss, rrset, is_served=each in giving, is_tried=tier <= depth)
        for tier, of_tier in enumerate(tiers)
        for each in of_tier
    ]
    if merged and rrset:
        lines += _limit_lines(owner, choice, rrset, len(every), max_values)
    return Made(rrset, tuple(lines))


def _first_giving(tiers: list[list[Contribution]]) -> tuple[int, list[Contribution]]:
    for depth, tier in enumerate(tiers):
        giving = [each for each in tier if each.rdatas]
        if giving:
            return depth, giving
    return len(tiers), []


def _in_order(giving: list[Contribution]) -> list[dns.rdata.Rdata]:
    """Put all records in order: member by member as the choice has them, each's canonically."""
    return list(dict.fromkeys(rdata for each in giving for rdata in canonical(each.rdatas)))


def _capped(
    rdtype: dns.rdatatype.RdataType, ordered: list[dns.rdata.Rdata], max_values: int
) -> list[dns.rdata.Rdata]:
    return fitting(ordered[: 1 if rdtype in SINGLETONS else max_values])


def _rrset(owner: str, rdtype: str, ttl: int, rdatas: Rdatas) -> RRset | None:
    if not rdatas:
        return None
    return RRset(parse_name(owner), dns.rdatatype.from_text(rdtype), ttl, rdatas)


def _member_line(
    owner: str,
    given: Contribution,
    loss: Loss,
    rrset: RRset | None,
    *,
    is_served: bool,
    is_tried: bool,
) -> FidelityLine:
    own = [each for each in given.losses if is_tried or each.kind in GRAVE or each.refused]
    losses = [loss, *own, *checked_health(given.source)]
    served = NOTHING
    if rrset and is_served and (kept := given.rdatas & rrset.rdatas):
        served = f"{len(kept)} of {records(len(rrset.rdatas))}, TTL {rrset.ttl}"
    return line(owner, given.source, losses, served)


def _limit_lines(
    owner: str, choice: Choice, rrset: RRset, found: int, max_values: int
) -> list[FidelityLine]:
    """Give the line of a merged set that was cut, or that some servers refuse."""
    losses = []
    policy = f"routing.max_values: {max_values}"
    if found > len(rrset.rdatas):
        why = (
            f"{records(found)} of all members together: the first {len(rrset.rdatas)} are served, "
            "those of the heaviest member first"
        )
        losses.append(Loss(Kind.LIMIT, why, policy))
    if len(rrset.rdatas) > BIND_RECORDS:
        losses.append(Loss(Kind.LIMIT, bind_refuses(len(rrset.rdatas)), policy))
    if not losses:
        return []
    content = {"SetIdentifiers": sorted(str(m.get("SetIdentifier", "")) for m in choice.in_order)}
    rdtype = dns.rdatatype.to_text(rrset.rdtype)
    return [set_line(owner, rdtype, "", content, losses, served_text(rrset))]
