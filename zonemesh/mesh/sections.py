"""The sections of mesh.yaml, as types."""

from collections.abc import Mapping
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
    field_validator,
)

from zonemesh.deployment import EVERY_HUB
from zonemesh.mesh.values import (
    CheckAddress,
    CheckNetwork,
    HostedZoneId,
    KeyChoice,
    Label,
    Pattern,
    RoleArn,
    SecretReference,
    TagKey,
    TagPattern,
    ZoneName,
    matches,
)
from zonemesh.policy import Policy
from zonemesh.ports import Tags
from zonemesh.zone_keys import catalog_key, pulled_zone_key, zone_key

Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ResolverAddress(Section):
    """A recursive resolver that the functions can reach."""

    address: Annotated[IPvAnyAddress, CheckAddress]
    port: Port = 53


class Integration(Section):
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


class Zones(Section):
    """What every entry of `zones` may say.

    `hubs` serve the zones, `targets` are names of those that they are published to, `group` is what
    the catalog says of them.
    """

    hubs: tuple[str, ...] = (EVERY_HUB,)
    targets: tuple[str, ...] = ()
    group: Label | None = None
    policy: Policy = Policy()


class Defaults(Zones):
    """What every entry of `zones` starts from; its own settings count more, one by one.

    A private zone takes the policy only: it is where its entry says. A pulled zone does not take
    `policy.soa`: it keeps its primary's, unless its entry has timers.
    """


class ListedZone(Zones):
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


class PulledZone(Zones):
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


class DiscoveredZones(Zones):
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


class Secondary(Section):
    """A server that transfers zones from hubs.

    With `address` it is sent NOTIFY there and may transfer from there. `transfer_from` names
    networks instead, or as well. Without a `tsig_key` (the word `none` in the file) anyone at
    those addresses may transfer unsigned.
    """

    address: Annotated[IPvAnyAddress, CheckAddress] | None = None
    port: Port = 53
    transfer_from: tuple[Annotated[IPv4Network | IPv6Network, CheckNetwork], ...] = ()
    tsig_key: KeyChoice


class Catalog(Section):
    """The catalog zone (RFC 9432): tells secondaries which zones there are. `hubs` serve it."""

    name: ZoneName
    hubs: tuple[str, ...] = (EVERY_HUB,)

    @property
    def key(self) -> str:
        """The zone's key in the mesh."""
        return catalog_key(self.name)


class Hub(Section):
    """A container that serves zones; `secondaries` are the names of those it serves them to."""

    secondaries: tuple[str, ...] = ()


class TsigKey(Section):
    """A shared key for transfers.

    `secret` is a reference, never the secret: `env:NAME`, `file:/path` or `secretsmanager:ARN`.
    """

    algorithm: Literal["hmac-sha256", "hmac-sha512", "hmac-sha1", "hmac-md5"] = "hmac-sha256"
    secret: SecretReference


class History(Section):
    """How long what was is kept, in days.

    Of snapshots all at first, then the last one of each day; besides, whatever their age, the
    newest ones of each zone, the served one and one that is held. And how long the syncs of hubs
    and targets are kept.
    """

    keep_all_days: Annotated[int, Field(ge=1, le=36_500, strict=True)] = 90
    keep_daily_days: Annotated[int, Field(ge=0, le=36_500, strict=True)] = 730
    syncs_days: Annotated[int, Field(ge=1, le=3_650, strict=True)] = 30


def _zone_form(value: Any) -> str:
    if isinstance(value, Zones):
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
