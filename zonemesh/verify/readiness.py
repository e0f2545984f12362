"""What a zone's readiness for the loss of its source is judged by, gathered."""

import ipaddress
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import dns.flags
import dns.message
import dns.rdatatype

from zonemesh.errors import InvalidName, ZonemeshError
from zonemesh.failover import Failover, NameServers, Readiness, Sets, failover
from zonemesh.membership import CATALOG
from zonemesh.names import canonical_text, order_of, parse_name
from zonemesh.ports import Resolver
from zonemesh.route53.rrsets import UnreadableRecord, rrset_from_route53, source_codec, source_rrset
from zonemesh.snapshot import Snapshot
from zonemesh.translation.question import Question
from zonemesh.tree import Load, same_owner
from zonemesh.verify.answers import NS, SOA, ServedZone
from zonemesh.verify.asking import Asker
from zonemesh.verify.delegation import Place, ask_parent, parent_set
from zonemesh.verify.places import Role, Server
from zonemesh.verify.questions import Query
from zonemesh.verify.servers import Accounts, Zone
from zonemesh.zone import RRset

# Names of Route 53's delegation sets, for where it cannot be asked whose they are.
_ROUTE53 = re.compile(r"ns-\d+\.awsdns-\d+\.(com|net|org|co\.uk)\.")
_ADDRESSES = (int(dns.rdatatype.A), int(dns.rdatatype.AAAA))


@dataclass(frozen=True, slots=True)
class Network:
    """How servers are found and asked; `pause` waits before what differs is asked again."""

    accounts: Accounts
    asker: Asker
    resolver: Resolver
    pause: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Judge:
    """Gathers the NS sets of one zone, and tries the servers that they name."""

    zone: Zone
    served: ServedZone
    network: Network

    def judge(self, source: NameServers, parents: Sequence[Place]) -> Failover:
        """Judge the zone; `source` is the source's NS set, `parents` where its parent is asked."""
        if not self._has_parent:
            why = "resolvers do not come to it by way of a parent zone"
            unknown = NameServers(unknown=why)
            sets = Sets(unknown, source, self._served_set())
            return Failover(sets, (), Readiness.UNKNOWN, (why,))
        sets = Sets(self._parent(parents), source, self._served_set())
        declared = [canonical_text(parse_name(name)) for name in self.zone.policy.name_servers]
        own = self._own(source.names)
        asked = ({*declared} | source.names) - own
        lame = {name: why for name in sorted(asked) if (why := self._why_lame(name))}
        return failover(self.zone.member.zone, sets, declared, own, lame)

    @property
    def _has_parent(self) -> bool:
        """Tell a zone of the public DNS from a private one, and from the catalog."""
        member = self.zone.member
        entry = self.zone.mesh.entry_of(member)
        return member.origin != CATALOG and not (entry is not None and entry.private)

    def _parent(self, parents: Sequence[Place]) -> NameServers:
        apex, accounts = self.zone.member.apex, self.network.accounts
        if parents:
            return ask_parent(apex, parents)
        return parent_set(apex, self.network.resolver, accounts.addresses, accounts.port)

    def _served_set(self) -> NameServers:
        rrset = self.served.rrset(self.zone.member.apex, NS)
        return name_servers_of(rrset) if rrset else NameServers()

    def _own(self, names: Collection[str]) -> set[str]:
        """Give the names of the source's own servers."""
        if pulled := self.zone.pulled:
            primaries = [self.zone.mesh.primaries[name] for name in pulled.primaries]
            places = {str(each.address) for each in primaries}
            return {name for name in names if places & {*self._addresses(name)}}
        if not self.zone.member.hosted_zone_id:
            return set()
        try:
            return {*self.network.accounts.of_source()}
        except ZonemeshError:
            return {name for name in names if _ROUTE53.fullmatch(name)}

    def _addresses(self, name: str) -> Sequence[str]:
        """Give a name server's addresses: of a name in the zone, those that it has there."""
        if not order_of(name).startswith(order_of(self.zone.member.apex)):
            return self.network.accounts.addresses(name)
        rrsets = (self.served.rrset(name, rdtype) for rdtype in _ADDRESSES)
        return [rdata.to_text() for rrset in rrsets if rrset for rdata in rrset.rdatas]

    def _why_lame(self, name: str) -> str:
        """Say why a server would not answer for the zone; empty where it does."""
        addresses = self._addresses(name)
        if not addresses:
            return "no address of it was found"
        port = self.network.accounts.port
        servers = [Server(Role.FURTHER, name, each, port) for each in addresses]
        query = Query(self.zone.member.apex, SOA)
        told: dict[Server, str] = {}

        def answered(server: Server, _: Query, answer: dns.message.Message) -> None:
            told[server] = "" if answer.flags & dns.flags.AA and answer.answer else "not its zone"

        silence = self.network.asker.ask({server: [query] for server in servers}, answered)
        told |= {server: why[query] for server, why in silence.items()}
        if not all(told.values()):
            return ""
        return ", ".join(f"{each.address}@{each.port}: {why}" for each, why in told.items())


def source_set(snapshot: Snapshot, load: Load) -> NameServers:
    """Give the NS set that a snapshot has of its source's apex."""
    order = order_of(snapshot.apex)
    for entry in same_owner(snapshot.source, [order], load, source_codec):
        if entry.key.rdtype == NS:
            try:
                return name_servers_of(rrset_from_route53(source_rrset(entry.text)))
            except (UnreadableRecord, InvalidName, KeyError) as problem:
                return NameServers(unknown=f"its NS records cannot be read: {problem}")
    return NameServers()


def name_servers_of(rrset: RRset) -> NameServers:
    """Read an NS rrset."""
    names = (parse_name(rdata.to_text()) for rdata in rrset.rdatas)
    return NameServers(frozenset(map(canonical_text, names)), rrset.ttl)


def addresses_by(resolver: Resolver) -> Callable[[str], Sequence[str]]:
    """Give what looks up the addresses of name servers: IPv4, IPv6 where there is no other."""
    known: dict[str, Sequence[str]] = {}

    def look_up(name: str) -> Sequence[str]:
        if name not in known:
            known[name] = _looked_up(name, resolver)
        return known[name]

    return look_up


def _looked_up(name: str, resolver: Resolver) -> Sequence[str]:
    if _is_address(name):
        return (name,)
    for rdtype in ("A", "AAAA"):
        question = Question(name, rdtype, authority="", target="")
        if values := resolver.ask([question])[question].values:
            return values
    return ()


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
