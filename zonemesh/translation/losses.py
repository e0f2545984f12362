"""Losses while they are gathered, and the lines of the report that they become."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dns.rdatatype

from zonemesh.fidelity import REFUSE, FidelityLine, Kind
from zonemesh.zone import RRset

NOTHING = "nothing"

# An rrset with several losses has a line of the gravest one's kind; a health check weighs least.
GRAVE = (Kind.LOOP, Kind.UNREADABLE, Kind.CONFLICT)


@dataclass(frozen=True, slots=True)
class Loss:
    """One way in which what is served differs; `policy` is the word that decided."""

    kind: Kind
    why: str
    policy: str

    @property
    def refused(self) -> bool:
        """Whether the policy holds the zone on account of this."""
        return self.policy.endswith(f": {REFUSE}")


def line(
    owner: str, rrset: Mapping[str, Any], losses: Sequence[Loss], served: str = NOTHING
) -> FidelityLine:
    """Give the line of a source rrset that has losses."""
    content = {key: value for key, value in rrset.items() if key not in ("Name", "Type")}
    return set_line(owner, rrset["Type"], rrset.get("SetIdentifier", ""), content, losses, served)


def set_line(
    owner: str,
    rdtype: str,
    set_identifier: str,
    content: Mapping[str, Any],
    losses: Sequence[Loss],
    served: str,
) -> FidelityLine:
    """Give the line of anything under a key of the report."""
    gravest = min(losses, key=_gravity)
    decisive = next((loss for loss in losses if loss.refused), gravest)
    return FidelityLine(
        owner=owner,
        rdtype=rdtype,
        rdtype_number=int(dns.rdatatype.from_text(rdtype)),
        set_identifier=set_identifier,
        kind=gravest.kind,
        source=json.dumps(content, sort_keys=True, separators=(",", ":")),
        served=served,
        why="; ".join(dict.fromkeys(loss.why for loss in losses)),
        policy=decisive.policy,
    )


def _gravity(loss: Loss) -> int:
    if loss.kind in GRAVE:
        return GRAVE.index(loss.kind)
    return len(GRAVE) + (loss.kind is Kind.HEALTH)


def served_text(rrset: RRset | None) -> str:
    """Say how much is served."""
    if rrset is None or not rrset.rdatas:
        return NOTHING
    if rrset.rdtype == dns.rdatatype.CNAME:
        (target,) = rrset.rdatas
        return f"CNAME {target}, TTL {rrset.ttl}"
    return f"{records(len(rrset.rdatas))}, TTL {rrset.ttl}"


def records(count: int) -> str:
    """Count records in words."""
    return "1 record" if count == 1 else f"{count} records"
