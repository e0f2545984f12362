"""A plan as an operator reads it: a line for each record that goes or comes, and counts. Pure."""

import json
from collections.abc import Iterator

from zonemesh.ports import SourceRRset
from zonemesh.route53.content import routing_of, values_of, zone_id_of
from zonemesh.route53.plan import Plan, Remark, RRsetChange
from zonemesh.route53.rrsets import is_alias, owner_of

_FIELDS = frozenset({"Name", "Type", "TTL", "ResourceRecords", "AliasTarget", "SetIdentifier"})


def rrset_lines(rrset: SourceRRset) -> list[str]:
    """Write an rrset one record a line, as `dig` does, with what DNS has no words for behind it."""
    head = f"{owner_of(rrset)} {rrset['TTL']} IN" if "TTL" in rrset else owner_of(rrset)
    return [f"{head} {rrset['Type']} {data}{_besides(rrset)}" for data in _data(rrset)]


def _data(rrset: SourceRRset) -> list[str]:
    if is_alias(rrset):
        target = rrset["AliasTarget"]
        health = ", evaluates its health" if target["EvaluateTargetHealth"] else ""
        return [f"alias of {target['DNSName']} ({zone_id_of(rrset)}{health})"]
    return values_of(rrset) or ["(no values)"]


def _besides(rrset: SourceRRset) -> str:
    """Name the member of a set, its routing, and whatever else the rrset says."""
    parts = []
    if "SetIdentifier" in rrset:
        parts.append(_shown(rrset["SetIdentifier"]))
    first = routing_of(rrset)
    others = sorted(rrset.keys() - _FIELDS - {first})
    parts += [f"{name}={_shown(rrset[name])}" for name in ([first] if first else []) + others]
    return f"  ; {' '.join(parts)}" if parts else ""


def _shown(value: object) -> str:
    """Write a value as JSON; what a terminal might obey is escaped."""
    ascii_only = not (isinstance(value, str) and value.isprintable())
    return json.dumps(value, ensure_ascii=ascii_only, sort_keys=True, separators=(",", ":"))


def change_lines(change: RRsetChange) -> Iterator[str]:
    """Write a change: `-` before what goes, `+` before what comes; what stays is not shown."""
    before = rrset_lines(change.before) if change.before else []
    after = rrset_lines(change.after) if change.after else []
    yield from (f"- {line}" for line in before if line not in after)
    yield from (f"+ {line}" for line in after if line not in before)


def remark_line(remark: Remark) -> str:
    """Write a remark: which rrset, and what is the matter with it."""
    rrset = remark.rrset
    member = f" {_shown(rrset['SetIdentifier'])}" if "SetIdentifier" in rrset else ""
    return f"{owner_of(rrset)} {rrset['Type']}{member}: {remark.why}"


def counts(plan: Plan) -> str:
    """Write how much changes: `3 to create, 1 to change, 2 to delete`."""
    kinds = (("create", plan.created), ("change", plan.changed), ("delete", plan.deleted))
    return ", ".join(f"{count} to {kind}" for kind, count in kinds if count) or "nothing to change"
