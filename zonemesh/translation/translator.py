"""From what Route 53 holds to what DNS can serve, one owner name at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.errors import InvalidName
from zonemesh.fidelity import FidelityLine, Kind
from zonemesh.mesh_zone import MeshZone
from zonemesh.names import canonical_text, parse_name
from zonemesh.policy import ExternalAlias
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import is_alias, is_hidden, is_routed
from zonemesh.translation.aliases import (
    CNAME_TYPES,
    CnameForms,
    Decision,
    Lookup,
    alias_question,
    decide,
    own_question,
)
from zonemesh.translation.components import components
from zonemesh.translation.conflicts import settle_cname
from zonemesh.translation.contributions import (
    IN_ZONE,
    Contribution,
    Copied,
    checked_health,
    copy_of,
    looped,
    lost,
    plain,
    resolved,
    why_asked_itself,
    why_resolved,
)
from zonemesh.translation.losses import Loss, line, served_text
from zonemesh.translation.merging import Made, merge, single, whole_set
from zonemesh.translation.needs import asks_for_copy, by_type, is_set
from zonemesh.translation.placeholder import placeholder
from zonemesh.translation.question import Answer
from zonemesh.translation.routing import OBSERVED, REFUSE, choose
from zonemesh.translation.soa import apex_name_servers
from zonemesh.translation.targets import is_in_zone, target_name
from zonemesh.translation.wildcards import answering_name
from zonemesh.tree import Entry
from zonemesh.zone import RRset
from zonemesh.zonefile import served_entry

__all__ = ["Lookup", "Translation", "Translator"]

CNAME_TTL = 300  # seconds; an alias has no TTL of its own, and its target rarely changes

_Node = tuple[str, str]  # owner and type
_NO_LOOP: frozenset[_Node] = frozenset()


@dataclass(frozen=True, slots=True)
class Translation:
    """What is served for one owner name, types in order, and what is lost."""

    rrsets: tuple[RRset, ...]
    report: tuple[FidelityLine, ...]

    @property
    def entries(self) -> list[Entry]:
        """The entries of the served view."""
        return [*map(served_entry, self.rrsets)]

    @property
    def refused(self) -> bool:
        """Whether the policy holds the zone on account of this name."""
        return any(line.refused for line in self.report)


class Translator:
    """Translates the names of one zone as its source, answers and decisions are now.

    What aliases copy is remembered, so one translator is for one derivation. All names are
    canonical text.
    """

    def __init__(self, zone: MeshZone, lookup: Lookup) -> None:
        self._zone, self._lookup = zone, lookup
        self._forms = CnameForms(zone, lookup)
        self._made: dict[_Node, Made] = {}

    def owner(self, owner: str) -> Translation:
        """Translate all rrsets of a name but the apex SOA, which is `translate_soa`'s.

        A name that loses everything keeps a TXT below it, so that no wildcard answers for it; where
        the source has a name there, that does the same service.
        """
        rrsets = [r for r in self._lookup.rrsets(owner) if not self._is_soa(owner, r)]
        if any(map(is_alias, rrsets)) and (form := self._forms.of(owner)):
            made = [_as_cname(self._zone, owner, rrsets, form)]
        else:
            made = [self._of_type(owner, group) for group in by_type(rrsets)]
        is_apex = owner == self._zone.apex
        served, report = settle_cname(owner, rrsets, made, is_apex=is_apex)
        if is_apex:
            source = served.pop(dns.rdatatype.NS, None)
            if servers := apex_name_servers(source, apex=owner, policy=self._zone.policy):
                served[dns.rdatatype.NS] = servers
        if report and not served:
            below = placeholder(owner, report)
            if below and not self._lookup.rrsets(canonical_text(below.name)):
                served[below.rdtype] = below
        ordered = sorted(report, key=lambda line: (line.rdtype_number, line.set_identifier))
        return Translation(tuple(served[rdtype] for rdtype in sorted(served)), tuple(ordered))

    def _is_soa(self, owner: str, rrset: SourceRRset) -> bool:
        return bool(rrset["Type"] == "SOA") and owner == self._zone.apex

    def _of_type(self, owner: str, group: Sequence[SourceRRset]) -> Made:
        if not any(map(is_alias, group)):
            return self._make(owner, group, _NO_LOOP)  # copies nothing: nothing to remember
        node = (owner, group[0]["Type"])
        for loop in components(node, self._copied_nodes, self._made):
            made = {each: self._make(each[0], self._group(each), loop) for each in loop}
            self._made.update(made)
        return self._made[node]

    def _group(self, node: _Node) -> list[SourceRRset]:
        owner, rdtype = node
        found = [rrset for rrset in self._lookup.rrsets(owner) if rrset["Type"] == rdtype]
        return sorted(found, key=lambda rrset: str(rrset.get("SetIdentifier", "")))

    def _copied_nodes(self, node: _Node) -> Iterator[_Node]:
        group = self._group(node)
        if is_set(group) and choose(self._zone.policy.routing, group).word in (OBSERVED, REFUSE):
            return
        for rrset in filter(is_alias, group):
            if found := self._copied_node(rrset):
                yield found

    def _copied_node(self, rrset: SourceRRset) -> _Node | None:
        """Give the name and type that an alias copies; None where there is no such thing."""
        try:
            if not is_in_zone(self._zone, rrset):
                return None
            name = answering_name(self._lookup, self._zone.apex, target_name(rrset))
        except InvalidName:
            return None
        if name is None or not self._group((name, rrset["Type"])):
            return None
        return name, rrset["Type"]

    def _make(self, owner: str, group: Sequence[SourceRRset], loop: frozenset[_Node]) -> Made:
        routing = self._zone.policy.routing
        if not is_set(group):
            given = self._contribution(owner, group[0], loop)
            return single(owner, given, routing.max_values)
        choice = choose(routing, group)
        if choice.word == REFUSE:
            return whole_set(owner, group, choice, Contribution(group[0]), routing.max_values)
        if choice.word == OBSERVED:
            given = self._observed(owner, group[0], Loss(choice.kind, choice.why, choice.policy))
            return whole_set(owner, group, choice, given, routing.max_values)
        contributions = [self._contribution(owner, member, loop) for member in group]
        return merge(owner, choice, contributions, routing.max_values)

    def _contribution(self, owner: str, rrset: SourceRRset, loop: frozenset[_Node]) -> Contribution:
        if rrset["Type"] == "SOA":
            why = "a zone has one SOA, at its apex (RFC 1035 5.2)"
            return lost(rrset, Loss(Kind.CONFLICT, why, "conflicts: omit"))
        if is_hidden(rrset):
            return self._observed(owner, rrset, why_asked_itself(rrset))
        if not is_alias(rrset):
            return plain(rrset)
        try:
            if is_in_zone(self._zone, rrset):
                return self._inward(owner, rrset, loop)
            return self._outward(owner, rrset)
        except InvalidName as problem:
            return lost(rrset, Loss(Kind.UNREADABLE, str(problem), "unreadable: omit"))

    def _inward(self, owner: str, rrset: SourceRRset, loop: frozenset[_Node]) -> Contribution:
        target, node = target_name(rrset), self._copied_node(rrset)
        if node is None:
            return copy_of(rrset, target, None)
        if node in loop:
            return looped(rrset, owner, target)
        if (form := self._forms.of(node[0])) is None:
            made = self._made[node]
            kinds = tuple(line.kind for line in made.lines)
            return copy_of(rrset, target, Copied(made.rrset, kinds))
        why = f"a copy of {target}, which is served as a CNAME to {form.target}"
        if asks_for_copy(self._zone, owner, rrset):
            reasons = (Loss(Kind.ALIAS, why, IN_ZONE), *why_resolved(form, "at the apex"))
            return self._answered(owner, rrset, reasons)
        why += (
            ": no CNAME can stand here; make it an alias of the same target, or have "
            f"`aliases.targets.{form.kind}: resolve`"
        )
        return lost(rrset, Loss(Kind.CONFLICT, why, form.policy))

    def _outward(self, owner: str, rrset: SourceRRset) -> Contribution:
        decision = decide(self._zone, rrset)
        if decision.word in (ExternalAlias.OMIT, ExternalAlias.REFUSE):
            why = f"an alias of {decision.target} ({decision.kind})"
            return lost(rrset, Loss(Kind.ALIAS, why, decision.policy))
        no_cname = ""
        if decision.word is ExternalAlias.CNAME:
            no_cname = _why_no_cname(self._zone, owner, rrset)
        return self._answered(owner, rrset, why_resolved(decision, no_cname))

    def _answered(self, owner: str, rrset: SourceRRset, reasons: tuple[Loss, ...]) -> Contribution:
        question = alias_question(self._zone, owner, rrset)
        answer = self._answer(owner, rrset["Type"], rrset.get("SetIdentifier", ""))
        return resolved(rrset, question, answer, self._zone.policy.aliases, reasons)

    def _observed(self, owner: str, rrset: SourceRRset, reason: Loss) -> Contribution:
        question = own_question(self._zone, owner, rrset["Type"])
        answer = self._answer(owner, rrset["Type"], "")
        return resolved(rrset, question, answer, self._zone.policy.aliases, (reason,))

    def _answer(self, owner: str, rdtype: str, set_identifier: str) -> Answer | None:
        return self._lookup.answers(owner).get((rdtype, set_identifier))


def _why_no_cname(zone: MeshZone, owner: str, rrset: SourceRRset) -> str:
    if owner == zone.apex:
        return "at the apex"
    if is_routed(rrset):
        return "for one member of a routed set"
    if rrset["Type"] not in CNAME_TYPES:
        return f"for {rrset['Type']} alone"
    return "beside what else is at the name"


def _as_cname(zone: MeshZone, owner: str, rrsets: Sequence[SourceRRset], form: Decision) -> Made:
    """Serve one CNAME for all aliases of a name."""
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.CNAME, form.target)
    aliases = zone.policy.aliases
    ttl = min(max(CNAME_TTL, aliases.min_ttl), aliases.max_ttl)
    cname = RRset(parse_name(owner), dns.rdatatype.CNAME, ttl, frozenset({rdata}))
    lines = []
    for rrset in rrsets:
        target = target_name(rrset)
        through = f" by way of {target}" if target != form.target else ""
        why = f"an alias of {form.target} ({form.kind}){through}, served as a CNAME for all types"
        losses = [Loss(Kind.ALIAS, why, form.policy), *checked_health(rrset)]
        lines.append(line(owner, rrset, losses, served_text(cname)))
    return Made(cname, tuple(lines))
