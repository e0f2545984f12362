"""A CNAME and other data at one name: the CNAME gives way (RFC 1034 3.6.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import dns.rdatatype

from zonemesh.fidelity import FidelityLine, Kind
from zonemesh.ports import SourceRRset
from zonemesh.translation.losses import NOTHING, Loss, line
from zonemesh.translation.merging import Made
from zonemesh.zone import RRset

Served = dict[dns.rdatatype.RdataType, RRset]

# RFC 4034 2.3: what a signed zone has beside a CNAME.
_BESIDE_CNAME = frozenset({dns.rdatatype.RRSIG, dns.rdatatype.NSEC, dns.rdatatype.CNAME})


def settle_cname(
    owner: str, rrsets: Sequence[SourceRRset], made: Iterable[Made], *, is_apex: bool
) -> tuple[Served, list[FidelityLine]]:
    """Put together what a name serves and its lines, a CNAME only where nothing else is.

    At the apex there is always an SOA.
    """
    served: Served = {}
    report: list[FidelityLine] = []
    for each in made:
        report += each.lines
        if each.rrset:
            served[each.rrset.rdtype] = each.rrset
    others = served.keys() - _BESIDE_CNAME
    if dns.rdatatype.CNAME not in served or not (others or is_apex):
        return served, report
    del served[dns.rdatatype.CNAME]
    beside = ", ".join(sorted(map(dns.rdatatype.to_text, others))) or "SOA"
    loss = Loss(Kind.CONFLICT, f"a CNAME beside {beside}: the others are served", "conflicts: omit")
    had = {found.set_identifier: found for found in report if found.rdtype == "CNAME"}
    report = [found for found in report if found.rdtype != "CNAME"]
    for rrset in rrsets:
        if rrset["Type"] == "CNAME":
            report.append(_conflict(owner, rrset, loss, had.get(rrset.get("SetIdentifier", ""))))
    return served, report


def _conflict(
    owner: str, rrset: SourceRRset, loss: Loss, before: FidelityLine | None
) -> FidelityLine:
    if before is None:
        return line(owner, rrset, [loss])
    policy = before.policy if before.refused else loss.policy
    why = f"{loss.why}; {before.why}"
    return replace(before, kind=loss.kind, served=NOTHING, why=why, policy=policy)
