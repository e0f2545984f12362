"""What a zone's policy makes of its aliases, and which of them can be a CNAME."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from zonemesh.errors import InvalidName
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Aliases, ExternalAlias, ExternalAliases, TargetClass
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import is_alias, is_routed
from zonemesh.translation.components import components
from zonemesh.translation.question import Answer, Question
from zonemesh.translation.targets import is_in_zone, target_class, target_name
from zonemesh.translation.wildcards import answering_name

CNAME_TYPES = frozenset({"A", "AAAA", "HTTPS"})  # what a service's own name has
_BY_CNAME = frozenset({TargetClass.CLOUDFRONT, TargetClass.S3_WEBSITE})


class Lookup(Protocol):
    """What a translation looks up about names; all of them canonical text."""

    def rrsets(self, owner: str) -> Sequence[SourceRRset]:
        """Give the source's rrsets of a name; none where it has none."""

    def is_name(self, owner: str) -> bool:
        """Tell whether a name has rrsets, or names below it (RFC 4592 2.2.2)."""

    def answers(self, owner: str) -> Mapping[tuple[str, str], Answer]:
        """Give the answers for a name, by type and set identifier."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How an external alias is to be served; `policy` is the word that decided.

    `insisted` where the policy names `cname` itself, so that anything else is a conflict.
    """

    word: ExternalAlias
    target: str
    kind: TargetClass
    policy: str
    insisted: bool


def decide(zone: MeshZone, rrset: Mapping[str, Any]) -> Decision:
    """Decide on an external alias; raises InvalidName."""
    kind = target_class(rrset)
    word, policy = _word(zone.policy.aliases, kind)
    insisted = word is ExternalAlias.CNAME and not policy.endswith("auto")
    return Decision(word, target_name(rrset), kind, policy, insisted)


def _word(aliases: Aliases, kind: TargetClass) -> tuple[ExternalAlias, str]:
    if word := aliases.targets.get(kind):
        return word, f"aliases.targets.{kind}: {word}"
    policy = f"aliases.external: {aliases.external}"
    if aliases.external is not ExternalAliases.AUTO:
        return ExternalAlias(aliases.external), policy
    return (ExternalAlias.CNAME if kind in _BY_CNAME else ExternalAlias.RESOLVE), policy


def may_be_cname(zone: MeshZone) -> bool:
    """Tell whether the zone's policy makes a CNAME of any alias."""
    words = (_word(zone.policy.aliases, kind)[0] for kind in TargetClass)
    return ExternalAlias.CNAME in words


def alias_question(zone: MeshZone, owner: str, rrset: Mapping[str, Any]) -> Question:
    """Give the question whose answer an alias is served by.

    The name servers of its own zone answer for an unrouted alias; for a member of a routed set they
    would give the pick of the routing policy. Raises InvalidName.
    """
    target = target_name(rrset)
    if is_routed(rrset) or not zone.asks_itself:
        return Question(target, rrset["Type"], "", target)
    return Question(owner, rrset["Type"], zone.apex, target)


def own_question(zone: MeshZone, owner: str, rdtype: str) -> Question:
    """Give the question for what the source itself answers at a name."""
    return Question(owner, rdtype, zone.apex if zone.asks_itself else "", "")


@dataclass(frozen=True, slots=True)
class _Form:
    """Where the aliases of a name lead: out to targets, or on to other names of the zone."""

    decisions: tuple[Decision, ...] = ()
    inward: tuple[str, ...] = ()


_NO_FORM = _Form()


def cname_target(zone: MeshZone, owner: str, rrsets: Sequence[SourceRRset]) -> Decision | None:
    """Give the decision whose target is the CNAME of a name, by its own rrsets.

    None where there is none, or where other names of the zone have a say.
    """
    form = _NO_FORM if owner == zone.apex else _form(zone, rrsets)
    return None if form.inward else _agreed(owner, form.decisions)


class CnameForms:
    """Which names are served as one CNAME in place of their aliases.

    Those off the apex that have nothing but unrouted A, AAAA and HTTPS aliases, all of which lead
    to one external target that is to be a CNAME, straight or through other names like that.
    """

    def __init__(self, zone: MeshZone, lookup: Lookup) -> None:
        self._zone, self._lookup = zone, lookup
        self._forms: dict[str, _Form] = {}
        self._known: dict[str, Decision | None] = {}

    def of(self, owner: str) -> Decision | None:
        """Give the decision whose target is the CNAME of a name; None where it has none."""
        for names in components(owner, self._inward, self._known):
            made = {name: self._decision(name, names) for name in names}
            self._known.update(made)
        return self._known[owner]

    def _inward(self, owner: str) -> tuple[str, ...]:
        form = _NO_FORM
        if owner != self._zone.apex:
            form = _form(self._zone, self._lookup.rrsets(owner))
        answering = [
            answering_name(self._lookup, self._zone.apex, target) for target in form.inward
        ]
        found = tuple(name for name in answering if name is not None)
        if len(found) < len(answering):
            form, found = _NO_FORM, ()
        self._forms[owner] = _Form(form.decisions, found)
        return found

    def _decision(self, owner: str, loop: frozenset[str]) -> Decision | None:
        form = self._forms[owner]
        if any(name in loop for name in form.inward):
            return None
        return _agreed(owner, (*form.decisions, *(self._known[name] for name in form.inward)))


def _agreed(owner: str, decisions: Sequence[Decision | None]) -> Decision | None:
    """Give the first of decisions that have one target, which is not the name itself."""
    targets = {decision and decision.target for decision in decisions}
    return decisions[0] if len(targets) == 1 and owner not in targets else None


def _form(zone: MeshZone, rrsets: Sequence[SourceRRset]) -> _Form:
    decisions: list[Decision] = []
    inward: list[str] = []
    for rrset in sorted(rrsets, key=lambda each: str(each["Type"])):
        plain = not is_alias(rrset) or is_routed(rrset) or "TrafficPolicyInstanceId" in rrset
        if plain or rrset["Type"] not in CNAME_TYPES:
            return _NO_FORM
        try:
            if is_in_zone(zone, rrset):
                inward.append(target_name(rrset))
                continue
            decision = decide(zone, rrset)
        except InvalidName:
            return _NO_FORM
        if decision.word is not ExternalAlias.CNAME:
            return _NO_FORM
        decisions.append(decision)
    return _Form(tuple(decisions), tuple(inward))
