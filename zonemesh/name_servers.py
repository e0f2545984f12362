"""The use case: the NS records at a source's apex become those that the zone's policy declares.

Resolvers take the child's own NS set over its parent's (RFC 2181 5.4.1), so secondaries that the
source does not name are not asked when it is gone.
"""

from dataclasses import dataclass

import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.errors import NameServersUnclear, SourceError
from zonemesh.failover import SHORT
from zonemesh.names import canonical_text, parse_name
from zonemesh.policy import ApexNameServers, Policy
from zonemesh.ports import Member, SourceRRset, ZoneSource
from zonemesh.route53.plan import Place, Plan
from zonemesh.route53.rrsets import rrset_from_route53, rrset_to_route53
from zonemesh.source_writing import OnBatch, SourceAccount, Written, ZoneWriter, carry_out, plan_for
from zonemesh.zone import RRset


@dataclass(frozen=True, slots=True)
class NameServerChange:
    """What is to become of a source's apex NS: the plan has no change where it is so already.

    `dropped` are the source's own servers that would be named no more.
    """

    member: Member
    wanted: SourceRRset
    plan: Plan
    dropped: tuple[str, ...] = ()

    @property
    def comment(self) -> str:
        """The mark that our own change batches carry."""
        return f"zonemesh nameservers {self.member.apex}"


def declared_names(member: Member, policy: Policy) -> set[str]:
    """Give the names (canonical text) that a policy declares; raises NameServersUnclear."""
    if not member.hosted_zone_id:
        raise NameServersUnclear(
            f"{member.zone} has no hosted zone: its NS records are changed where it comes from"
        )
    if policy.apex_ns is ApexNameServers.SOURCE or not policy.name_servers:
        raise NameServersUnclear(
            f"the mesh names no servers for {member.zone}; write them into its policy: "
            "`apex_ns: union` and `name_servers: [...]`"
        )
    return {canonical_text(parse_name(name)) for name in policy.name_servers}


def plan_name_servers(
    source: ZoneSource, account: SourceAccount, member: Member, policy: Policy
) -> NameServerChange:
    """Read the source's NS set and plan what the policy makes of it; nothing is written.

    Its TTL becomes an hour where it is longer. Raises NameServersUnclear, and the errors of the
    source.
    """
    declared = declared_names(member, policy)
    current = _current(source, member)
    before = rrset_from_route53(current)
    had = {canonical_text(parse_name(rdata.to_text())) for rdata in before.rdatas}
    names = declared | had if policy.apex_ns is ApexNameServers.UNION else declared
    wanted = rrset_to_route53(_rrset(member.apex, min(before.ttl, SHORT), names))
    plan = plan_for([current], account, _place(member), [wanted])
    own = source.name_servers() if plan.changes else ()
    return NameServerChange(member, wanted, plan, tuple(sorted((had & {*own}) - names)))


def write_name_servers(
    change: NameServerChange,
    source: ZoneSource,
    account: SourceAccount,
    writer: ZoneWriter,
    on_batch: OnBatch = lambda done, all: None,
) -> Written:
    """Carry the change out.

    Raises BatchRefused, WriteRefused, SourceChanged and the other errors of the source.
    """

    def plan_again() -> Plan:
        current = _current(source, change.member)
        return plan_for([current], account, _place(change.member), [change.wanted])

    return carry_out(change.plan, plan_again, writer, change.comment, on_batch)


def _place(member: Member) -> Place:
    own = frozenset({member.hosted_zone_id})
    return Place(member.hosted_zone_id, member.apex, own_ids=own, apex_ns=True)


def _current(source: ZoneSource, member: Member) -> SourceRRset:
    for rrset in source.read([member.apex])[member.apex]:
        if rrset["Type"] == "NS":
            return rrset
    raise SourceError(f"{member.apex}: the source has no NS records at the apex")


def _rrset(apex: str, ttl: int, names: set[str]) -> RRset:
    rdtype = dns.rdatatype.NS
    rdatas = (dns.rdata.from_text(dns.rdataclass.IN, rdtype, name) for name in names)
    return RRset(parse_name(apex), rdtype, ttl, frozenset(rdatas))
