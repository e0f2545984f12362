"""Which servers a zone's questions go to, from the mesh, its reports and its accounts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import dns.rdatatype

from zonemesh.dnssec import is_withdrawn
from zonemesh.errors import ZonemeshError
from zonemesh.membership import is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Mode, Route53Target
from zonemesh.mesh.sections import PulledZone
from zonemesh.policy import ApexNameServers, Policy, SoaTimers
from zonemesh.ports import HubReport, Member
from zonemesh.targets.ignore import Ignored
from zonemesh.targets.route53_content import TYPES
from zonemesh.verify.compare import STRICT, Terms
from zonemesh.verify.places import Places, Role, Server, Unasked, Written, of_hub

_SOA_TIMERS = ("refresh", "retry", "expire")
_ROUTE53_TYPES = frozenset(int(dns.rdatatype.from_text(word)) for word in (*TYPES, "SOA"))

Addresses = Callable[[str], Sequence[str]]
"""Gives the addresses of a name server's name; none where it has none."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """How the name servers of hosted zones are learned, and where they are.

    Both calls give names (canonical text), of a target by its name; they raise ZonemeshError.
    `port` is 53 but where something is in between.
    """

    of_source: Callable[[], Sequence[str]]
    of_target: Callable[[str], Sequence[str]]
    addresses: Addresses
    port: int = 53


@dataclass(frozen=True, slots=True)
class Zone:
    """A member of the mesh with what is said of it.

    `named` are servers that the operator names; `otherwise` are the names that the source answers
    in its own way.
    """

    mesh: Mesh
    member: Member
    reports: Mapping[str, HubReport]
    otherwise: frozenset[str] = frozenset()
    named: Sequence[Written] = ()

    @property
    def policy(self) -> Policy:
        return self.mesh.zone_policy(self.member)

    @property
    def pulled(self) -> PulledZone | None:
        """Its entry, where hubs pull it from primaries."""
        return next((each for each in self.mesh.pulled if each.key == self.member.zone), None)

    @property
    def hubs(self) -> tuple[str, ...]:
        """The hubs that are to serve it."""
        if not is_served(self.member) or is_withdrawn(self.member, self.policy):
            return ()
        return self.mesh.hubs_serving(self.member)

    def source_terms(self) -> Terms:
        """Say how like the snapshot its source is: in all but what the policy decides."""
        timers = () if isinstance(self.policy.soa, SoaTimers) else _SOA_TIMERS
        return Terms(
            whole_soa=False,
            soa=("mname", "rname", "minimum", *timers),
            apex_ns=self.policy.apex_ns is ApexNameServers.SOURCE,
            other=self.otherwise,
        )

    def target_terms(self, name: str) -> Terms:
        """Say how like the snapshot a target is; one of a source view answers as the source."""
        target = self.mesh.targets[name]
        terms = Terms(
            whole_soa=False,
            apex_ns=False,
            ignore=Ignored.of(target.ignore),
            absent=target.mode is Mode.SYNC,
        )
        if not isinstance(target, Route53Target):
            return replace(terms, names=False)
        terms = replace(terms, apex_ns=target.apex_ns)
        if self.member.hosted_zone_id:
            return replace(terms, other=self.otherwise)
        return replace(terms, holds=_ROUTE53_TYPES, names=False)


def places_of(zone: Zone, accounts: Accounts) -> Places:
    """Find all who serve a zone: its source, hubs, secondaries and targets, and those named."""
    found = _source(zone, accounts)
    for hub in zone.hubs:
        heartbeat = (zone.reports[hub].heartbeat if hub in zone.reports else None) or {}
        found += of_hub(hub, heartbeat.get("dns"), zone.named)
    found += _secondaries(zone)
    for name in zone.mesh.targets_for(zone.member):
        found += _target(zone, name, accounts)
    known = {each.of for each in found.servers} | {each.of for each in found.unasked}
    further = [each for each in zone.named if each.of not in known]
    return found + Places(tuple(_named(Role.FURTHER, each, STRICT) for each in further))


def _named(role: Role, written: Written, terms: Terms) -> Server:
    return Server(role, written.of or written.address, written.address, written.port, terms=terms)


def _source(zone: Zone, accounts: Accounts) -> Places:
    terms, member = zone.source_terms(), zone.member
    if pulled := zone.pulled:
        primaries = {name: zone.mesh.primaries[name] for name in pulled.primaries}
        return Places(
            tuple(
                Server(Role.SOURCE, name, str(each.address), each.port, terms=terms)
                for name, each in primaries.items()
            )
        )
    if not member.hosted_zone_id:
        return Places()
    return _delegation_set(Role.SOURCE, member.integration, accounts.of_source, terms, accounts)


def _delegation_set(
    role: Role, of: str, read: Callable[[], Sequence[str]], terms: Terms, accounts: Accounts
) -> Places:
    try:
        names = read()
    except ZonemeshError as problem:
        why = f"its name servers are not known: {problem}"
        return Places(unasked=(Unasked(role, of, why, problem=True),))
    if not names:
        why = "a private zone is answered within its VPCs only"
        return Places(unasked=(Unasked(role, of, why),))
    servers: list[Server] = []
    unasked: list[Unasked] = []
    for name in names:
        if addresses := accounts.addresses(name):
            servers += [Server(role, of, each, accounts.port, name, terms) for each in addresses]
        else:
            why = f"no address of {name} was found; `--resolver ADDRESS@PORT` asks another resolver"
            unasked.append(Unasked(role, of, why, problem=True))
    return Places(tuple(servers), tuple(unasked))


def _secondaries(zone: Zone) -> Places:
    names = dict.fromkeys(name for hub in zone.hubs for name in zone.mesh.secondaries_of(hub))
    servers: list[Server] = []
    unasked: list[Unasked] = []
    for name in names:
        declared = zone.mesh.secondaries[name]
        if own := _of(zone.named, name):
            servers += [_named(Role.SECONDARY, each, STRICT) for each in own]
        elif declared.address is not None:
            servers.append(Server(Role.SECONDARY, name, str(declared.address), declared.port))
        else:
            why = f"the mesh has no `address` of it; name one: `--server {name}=ADDRESS@PORT`"
            unasked.append(Unasked(Role.SECONDARY, name, why))
    return Places(tuple(servers), tuple(unasked))


def _target(zone: Zone, name: str, accounts: Accounts) -> Places:
    target, terms = zone.mesh.targets[name], zone.target_terms(name)
    if own := _of(zone.named, name):
        return Places(tuple(_named(Role.TARGET, each, terms) for each in own))
    if isinstance(target, Route53Target):
        return _delegation_set(Role.TARGET, name, lambda: accounts.of_target(name), terms, accounts)
    why = (
        f"the provider's name servers are not known here; name one: `--server {name}=ADDRESS@PORT`"
    )
    return Places(unasked=(Unasked(Role.TARGET, name, why),))


def _of(named: Iterable[Written], name: str) -> list[Written]:
    return [each for each in named if each.of == name]
