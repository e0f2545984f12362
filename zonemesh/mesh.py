"""The mesh definition: integrations, zones, hubs, secondaries and TSIG keys, as types."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    IPvAnyAddress,
    Tag,
    ValidationError,
    field_validator,
)

from zonemesh.deployment import EVERY_HUB
from zonemesh.errors import InvalidMesh
from zonemesh.mesh_alerts import Alerts
from zonemesh.mesh_defaults import as_written, with_defaults
from zonemesh.mesh_document import Document, Problem, read_document
from zonemesh.mesh_places import OctodnsTarget, Primary, Route53Target, Target
from zonemesh.mesh_problems import explain
from zonemesh.mesh_rules import broken_rules
from zonemesh.mesh_values import (
    NO_KEY,
    CheckAddress,
    CheckNetwork,
    HostedZoneId,
    KeyChoice,
    KeyName,
    Label,
    Pattern,
    RoleArn,
    SecretReference,
    TagKey,
    TagPattern,
    ZoneName,
    matches,
)
from zonemesh.policy import Aliases, Guard, Policy, Routing, Serial, SoaTimers
from zonemesh.ports import Member, Tags
from zonemesh.zone_keys import catalog_key, pulled_zone_key, zone_key

Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResolverAddress(_Section):
    """A recursive resolver that the functions can reach."""

    address: Annotated[IPvAnyAddress, CheckAddress]
    port: Port = 53


class Integration(_Section):
    """An AWS account whose hosted zones are sources.

    Without `role_arn` the functions' own role is used. `requests_per_second` is the share of the
    account's Route 53 API rate (5 for everybody) that full listings may use. `resolver` is asked
    for what aliases point at, instead of Route 53's own name servers and the system's resolver:
    for private zones, or where functions have no way to those.
    """

    role_arn: RoleArn | None = None
    external_id: str | None = None
    requests_per_second: Annotated[float, Field(gt=0, le=5)] = 1.0
    resolver: ResolverAddress | None = None


class _Zones(_Section):
    """What every entry of `zones` may say.

    `hubs` serve the zones, `targets` are names of those that they are published to, `group` is what
    the catalog says of them.
    """

    hubs: tuple[str, ...] = (EVERY_HUB,)
    targets: tuple[str, ...] = ()
    group: Label | None = None
    policy: Policy = Policy()


class Defaults(_Zones):
    """What every entry of `zones` starts from; its own settings count more, one by one.

    A private zone takes the policy only: it is where its entry says. A pulled zone does not take
    `policy.soa`: it keeps its primary's, unless its entry has timers.
    """


class ListedZone(_Zones):
    """A zone written down by name; `hosted_zone_id` decides where several bear the name.

    `view` tells apart zones of one name in one integration. A `private` zone names its hubs.
    """

    name: ZoneName
    integration: Label
    hosted_zone_id: HostedZoneId | None = None
    private: Flag = False
    view: Label | None = None

    @property
    def key(self) -> str:
        """The zone's key in the mesh."""
        return zone_key(self.integration, self.name, self.view)


class PulledZone(_Zones):
    """A zone that a hub transfers from `primaries`, and records for all.

    `accept_serial` lets it go back to the serial that a primary has now. Its SOA stays as it is,
    unless the policy has timers.
    """

    name: ZoneName
    primaries: Annotated[tuple[str, ...], Field(min_length=1)]
    pulled_by: Label
    accept_serial: Annotated[int, Field(ge=0, le=2**32 - 1, strict=True)] | None = None
    policy: Policy = Field(default=Policy(), validate_default=True)

    @field_validator("policy")
    @classmethod
    def _keeps_soa(cls, policy: Policy) -> Policy:
        kept = "soa" in policy.model_fields_set
        return policy if kept else policy.model_copy(update={"soa": "source"})

    @property
    def key(self) -> str:
        """The zone's key in the mesh."""
        return pulled_zone_key(self.pulled_by, self.name)

    @property
    def integration(self) -> str:
        """Of no integration."""
        return ""

    @property
    def private(self) -> bool:
        """Never: that is a word of Route 53's."""
        return False

    @property
    def view(self) -> None:
        """None: that is a word of Route 53's."""
        return None


class DiscoveredZones(_Zones):
    """Zones taken in because their name matches a pattern (shell style, `*` for all).

    With `tags` they must have all of those, each with a value that matches its own pattern. Public
    zones only, or with `private` private ones only; those name their hubs and a view.
    """

    discover: Pattern
    tags: dict[TagKey, TagPattern] = {}
    integration: Label
    private: Flag = False
    view: Label | None = None

    def takes_in(self, integration: str, apex: str) -> bool:
        """Tell whether a zone of that integration and name falls under the pattern of names."""
        return integration == self.integration and matches(self.discover, apex)

    def has_tags(self, tags: Tags) -> bool:
        """Tell whether a zone of those tags has all that the pattern asks for."""
        found = dict(tags)
        return all(
            key in found and fnmatchcase(found[key], value) for key, value in self.tags.items()
        )


class Secondary(_Section):
    """A server that transfers zones from hubs.

    With `address` it is sent NOTIFY there and may transfer from there. `transfer_from` names
    networks instead, or as well. Without a `tsig_key` (the word `none` in the file) anyone at
    those addresses may transfer unsigned.
    """

    address: Annotated[IPvAnyAddress, CheckAddress] | None = None
    port: Port = 53
    transfer_from: tuple[Annotated[IPv4Network | IPv6Network, CheckNetwork], ...] = ()
    tsig_key: KeyChoice


class Catalog(_Section):
    """The catalog zone (RFC 9432): tells secondaries which zones there are. `hubs` serve it."""

    name: ZoneName
    hubs: tuple[str, ...] = (EVERY_HUB,)

    @property
    def key(self) -> str:
        """The zone's key in the mesh."""
        return catalog_key(self.name)


class Hub(_Section):
    """A container that serves zones; `secondaries` are the names of those it serves them to."""

    secondaries: tuple[str, ...] = ()


class TsigKey(_Section):
    """A shared key for transfers.

    `secret` is a reference, never the secret: `env:NAME`, `file:/path` or `secretsmanager:ARN`.
    """

    algorithm: Literal["hmac-sha256", "hmac-sha512", "hmac-sha1", "hmac-md5"] = "hmac-sha256"
    secret: SecretReference


class History(_Section):
    """How long what was is kept, in days.

    Of snapshots all at first, then the last one of each day; besides, whatever their age, the
    newest ones of each zone, the served one and one that is held. And how long the syncs of hubs
    and targets are kept.
    """

    keep_all_days: Annotated[int, Field(ge=1, le=36_500, strict=True)] = 90
    keep_daily_days: Annotated[int, Field(ge=0, le=36_500, strict=True)] = 730
    syncs_days: Annotated[int, Field(ge=1, le=3_650, strict=True)] = 30


def _zone_form(value: Any) -> str:
    if isinstance(value, _Zones):
        forms = {DiscoveredZones: "<discovered>", PulledZone: "<pulled>"}
        return forms.get(type(value), "<listed>")
    if not isinstance(value, Mapping):
        return "<listed>"
    if "discover" in value:
        return "<discovered>"
    return "<pulled>" if value.keys() & {"primaries", "pulled_by"} else "<listed>"


ZoneEntry = Annotated[
    Annotated[ListedZone, Tag("<listed>")]
    | Annotated[DiscoveredZones, Tag("<discovered>")]
    | Annotated[PulledZone, Tag("<pulled>")],
    Discriminator(_zone_form),
]


class Mesh(_Section):
    """Everything the user declares."""

    integrations: dict[Label, Integration] = {}
    defaults: Defaults = Defaults()
    zones: tuple[ZoneEntry, ...] = ()
    hubs: dict[Label, Hub] = {}
    primaries: dict[Label, Primary] = {}
    targets: dict[Label, Target] = {}
    secondaries: dict[Label, Secondary] = {}
    catalog: Catalog | None = None
    tsig_keys: dict[KeyName, TsigKey] = {}
    history: History = History()
    alerts: Alerts = Alerts()

    @field_validator(
        "integrations", "hubs", "primaries", "targets", "secondaries", "tsig_keys", mode="before"
    )
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        """Read `main:` with nothing under it as `main: {}`."""
        if isinstance(value, dict):
            return {key: {} if inner is None else inner for key, inner in value.items()}
        return {} if value is None else value

    @field_validator("zones", mode="before")
    @classmethod
    def _no_zones_yet(cls, value: Any) -> Any:
        return () if value is None else value

    @field_validator("history", mode="before")
    @classmethod
    def _no_history_settings(cls, value: Any) -> Any:
        return History() if value is None else value

    @field_validator("defaults", mode="before")
    @classmethod
    def _no_defaults(cls, value: Any) -> Any:
        return Defaults() if value is None else value

    @field_validator("alerts", mode="before")
    @classmethod
    def _no_alert_settings(cls, value: Any) -> Any:
        return Alerts() if value is None else value

    @property
    def listed(self) -> tuple[ListedZone, ...]:
        """The zones written down by name."""
        return tuple(entry for entry in self.zones if isinstance(entry, ListedZone))

    @property
    def pulled(self) -> tuple[PulledZone, ...]:
        """The zones that hubs pull from primaries."""
        return tuple(entry for entry in self.zones if isinstance(entry, PulledZone))

    @property
    def discovered(self) -> tuple[DiscoveredZones, ...]:
        """The discovery patterns, in the order in which they are tried."""
        return tuple(entry for entry in self.zones if isinstance(entry, DiscoveredZones))

    def entry_of(self, member: Member) -> ZoneEntry | None:
        """Find the entry that makes a zone a member: its own, else the first pattern."""
        written: tuple[ListedZone | PulledZone, ...] = (*self.listed, *self.pulled)
        for entry in written:
            if entry.key == member.zone:
                return entry
        for pattern in self.discovered:
            if _takes_in(pattern, member):
                return pattern
        return None

    def zone_policy(self, member: Member) -> Policy:
        """Give the policy of a member; the defaults where its entry has just been removed."""
        entry = self.entry_of(member)
        return self.defaults.policy if entry is None else entry.policy

    def asks_itself(self, member: Member) -> bool:
        """Tell whether a member's own names can be asked at its own, Route 53's, name servers."""
        entry = self.entry_of(member)
        integration = self.integrations.get(member.integration)
        resolver = integration.resolver if integration else None
        return resolver is None and not (entry and entry.private)

    def hubs_serving(self, member: Member) -> tuple[str, ...]:
        """Give the declared hubs that serve a member, sorted."""
        everywhere = EVERY_HUB in member.hubs
        return tuple(sorted(hub for hub in self.hubs if everywhere or hub in member.hubs))

    def secondaries_of(self, hub: str) -> dict[str, Secondary]:
        """Give the secondaries of a hub by name; none for a hub that is not declared."""
        declared = self.hubs.get(hub, Hub())
        return {name: self.secondaries[name] for name in declared.secondaries}

    def pulled_by(self, hub: str) -> tuple[PulledZone, ...]:
        """Give the zones that a hub pulls."""
        return tuple(entry for entry in self.pulled if entry.pulled_by == hub)

    def primaries_of(self, hub: str) -> dict[str, Primary]:
        """Give the primaries that a hub pulls from, by name."""
        names = {name for entry in self.pulled_by(hub) for name in entry.primaries}
        return {name: self.primaries[name] for name in sorted(names)}

    def targets_of(self, hub: str) -> dict[str, Route53Target | OctodnsTarget]:
        """Give the targets that a hub publishes, by name."""
        return {name: target for name, target in self.targets.items() if target.hub == hub}

    def targets_for(self, member: Member) -> dict[str, Route53Target | OctodnsTarget]:
        """Give the targets that a member is published to, by name."""
        entry = self.entry_of(member)
        return {name: self.targets[name] for name in entry.targets} if entry else {}

    def tsig_keys_of(self, hub: str) -> dict[str, TsigKey]:
        """Give the TSIG keys that a hub's secondaries and primaries sign with, by name."""
        used = {secondary.tsig_key for secondary in self.secondaries_of(hub).values()}
        used |= {primary.tsig_key for primary in self.primaries_of(hub).values()}
        used -= {NO_KEY}
        return {name: self.tsig_keys[name] for name in sorted(used)}

    def secrets_of(self, hub: str) -> tuple[str, ...]:
        """Give the references to all secrets that a hub reads, sorted."""
        keys = (key.secret for key in self.tsig_keys_of(hub).values())
        targets = [each for each in self.targets_of(hub).values() if each.type == "octodns"]
        return tuple(sorted({*keys, *(ref for each in targets for ref in each.secrets.values())}))


def _takes_in(pattern: DiscoveredZones, member: Member) -> bool:
    if zone_key(member.integration, member.apex, pattern.view) != member.zone:
        return False
    return pattern.takes_in(member.integration, member.apex) and pattern.has_tags(member.tags)


_SECTIONS: dict[str, type[BaseModel]] = {
    "": Mesh,
    "defaults": Defaults,
    "integrations": Integration,
    "resolver": ResolverAddress,
    "hubs": Hub,
    "primaries": Primary,
    "<route53>": Route53Target,
    "<octodns>": OctodnsTarget,
    "catalog": Catalog,
    "secondaries": Secondary,
    "tsig_keys": TsigKey,
    "history": History,
    "alerts": Alerts,
    "<listed>": ListedZone,
    "<discovered>": DiscoveredZones,
    "<pulled>": PulledZone,
    "policy": Policy,
    "serial": Serial,
    "<timers>": SoaTimers,
    "aliases": Aliases,
    "routing": Routing,
    "guard": Guard,
}


def parse_mesh(text: str) -> Mesh:
    """Read mesh.yaml.

    Raises InvalidMesh with every problem at once, in the order of the file: path, what is wrong,
    what to write, line.
    """
    document = read_document(text)
    data = with_defaults(document.data)
    problems = [*document.problems, *broken_rules(document.data, data)]
    mesh: Mesh | None = None
    try:
        mesh = Mesh.model_validate(data)
    except ValidationError as error:
        problems += explain(error, {name: _keys_of(kind) for name, kind in _SECTIONS.items()})
    if problems or mesh is None:
        raise InvalidMesh(_in_file_order(document, as_written(document, problems)))
    return mesh


def _keys_of(kind: type[BaseModel]) -> list[str]:
    """Give the keys of a section, its own before those that others have too."""
    own = [name for name in kind.model_fields if name in kind.__annotations__]
    return [*own, *(name for name in kind.model_fields if name not in own)]


def _in_file_order(document: Document, problems: Iterable[Problem]) -> list[str]:
    ordered = sorted(problems, key=lambda problem: document.line(problem.path))
    return list(dict.fromkeys(document.describe(problem) for problem in ordered))
