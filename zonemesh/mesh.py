"""The mesh definition: integrations, zones, hubs, secondaries and TSIG keys, as types."""

from collections.abc import Mapping
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
from zonemesh.mesh_document import Document, Problem, read_document
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
    ZoneName,
    matches,
)
from zonemesh.policy import Aliases, Guard, Policy, Routing, Serial, SoaTimers
from zonemesh.ports import Member

Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]


def zone_key(integration: str, apex: str, view: str | None = None) -> str:
    """Give the key under which a Route 53 zone is kept in the mesh.

    Snapshots and serials belong to the name and view, not to the hosted-zone id, so that a zone
    deleted and made again goes on counting.
    """
    place = integration if view is None else f"{integration}/{view}"
    return f"route53:{place}:{apex}"


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


class ListedZone(_Section):
    """A zone written down by name; `hosted_zone_id` decides where several bear the name.

    `view` tells apart zones of one name in one integration. A `private` zone names its hubs.
    """

    name: ZoneName
    integration: Label
    hosted_zone_id: HostedZoneId | None = None
    private: Flag = False
    view: Label | None = None
    hubs: tuple[str, ...] = (EVERY_HUB,)
    policy: Policy = Policy()

    @property
    def key(self) -> str:
        """The zone's key in the mesh."""
        return zone_key(self.integration, self.name, self.view)


class DiscoveredZones(_Section):
    """Zones taken in because their name matches a pattern (shell style, `*` for all).

    Public zones only, or with `private` private ones only; those name their hubs and a view.
    """

    discover: Pattern
    integration: Label
    private: Flag = False
    view: Label | None = None
    hubs: tuple[str, ...] = (EVERY_HUB,)
    policy: Policy = Policy()

    def takes_in(self, integration: str, apex: str) -> bool:
        """Tell whether a zone of that integration and name falls under the pattern."""
        return integration == self.integration and matches(self.discover, apex)


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
    """How long snapshots are kept, in days: all of them at first, then the last one of each day.

    Besides, whatever their age: the newest ones of each zone, the served one and one that is held.
    """

    keep_all_days: Annotated[int, Field(ge=1, le=36_500, strict=True)] = 90
    keep_daily_days: Annotated[int, Field(ge=0, le=36_500, strict=True)] = 730


def _zone_form(value: Any) -> str:
    if isinstance(value, DiscoveredZones):
        return "<discovered>"
    return "<discovered>" if isinstance(value, Mapping) and "discover" in value else "<listed>"


ZoneEntry = Annotated[
    Annotated[ListedZone, Tag("<listed>")] | Annotated[DiscoveredZones, Tag("<discovered>")],
    Discriminator(_zone_form),
]


class Mesh(_Section):
    """Everything the user declares."""

    integrations: dict[Label, Integration] = {}
    zones: tuple[ZoneEntry, ...] = ()
    hubs: dict[Label, Hub] = {}
    secondaries: dict[Label, Secondary] = {}
    tsig_keys: dict[KeyName, TsigKey] = {}
    history: History = History()

    @field_validator("integrations", "hubs", "secondaries", "tsig_keys", mode="before")
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

    @property
    def listed(self) -> tuple[ListedZone, ...]:
        """The zones written down by name."""
        return tuple(entry for entry in self.zones if isinstance(entry, ListedZone))

    @property
    def discovered(self) -> tuple[DiscoveredZones, ...]:
        """The discovery patterns, in the order in which they are tried."""
        return tuple(entry for entry in self.zones if isinstance(entry, DiscoveredZones))

    def entry_of(self, zone: str, integration: str, apex: str) -> ZoneEntry | None:
        """Find the entry that makes a zone a member: its own, else the first pattern."""
        for listed in self.listed:
            if listed.key == zone:
                return listed
        for pattern in self.discovered:
            key = zone_key(integration, apex, pattern.view)
            if key == zone and pattern.takes_in(integration, apex):
                return pattern
        return None

    def zone_policy(self, member: Member) -> Policy:
        """Give the policy of a member; the defaults where its entry has just been removed."""
        entry = self.entry_of(member.zone, member.integration, member.apex)
        return Policy() if entry is None else entry.policy

    def asks_itself(self, member: Member) -> bool:
        """Tell whether a member's own names can be asked at its own, Route 53's, name servers."""
        entry = self.entry_of(member.zone, member.integration, member.apex)
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

    def tsig_keys_of(self, hub: str) -> dict[str, TsigKey]:
        """Give the TSIG keys that a hub's secondaries sign with, by name."""
        used = {secondary.tsig_key for secondary in self.secondaries_of(hub).values()} - {NO_KEY}
        return {name: self.tsig_keys[name] for name in sorted(used)}


_SECTIONS: dict[str, type[BaseModel]] = {
    "": Mesh,
    "integrations": Integration,
    "resolver": ResolverAddress,
    "hubs": Hub,
    "secondaries": Secondary,
    "tsig_keys": TsigKey,
    "history": History,
    "<listed>": ListedZone,
    "<discovered>": DiscoveredZones,
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
    problems = [*document.problems, *broken_rules(document.data)]
    mesh: Mesh | None = None
    try:
        mesh = Mesh.model_validate(document.data)
    except ValidationError as error:
        problems += explain(error, {name: [*kind.model_fields] for name, kind in _SECTIONS.items()})
    if problems or mesh is None:
        raise InvalidMesh(_in_file_order(document, problems))
    return mesh


def _in_file_order(document: Document, problems: list[Problem]) -> list[str]:
    ordered = sorted(problems, key=lambda problem: document.line(problem.path))
    return list(dict.fromkeys(document.describe(problem) for problem in ordered))


def mesh_schema() -> dict[str, Any]:
    """Give the JSON Schema of mesh.yaml, for editors.

    What the schema cannot say (references between sections, names) is found by `parse_mesh`.
    """
    schema = Mesh.model_json_schema()
    for name, section in schema["properties"].items():
        if "type" not in section:  # a section of its own: nothing under its heading is the defaults
            schema["properties"][name] = {"anyOf": [section, {"type": "null"}]}
            continue
        section["type"] = [section["type"], "null"]  # nothing under a heading is none of them
        if inner := section.get("additionalProperties"):
            section["additionalProperties"] = {"anyOf": [inner, {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "zonemesh",
    }
