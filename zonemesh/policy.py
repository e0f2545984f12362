"""What a zone's owner decides about how it is served; digested into every snapshot."""

import hashlib
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from zonemesh.mesh.values import Region, ServerName
from zonemesh.serial import SerialStrategy

Seconds = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SoaTimers(_Section):
    """SOA timers in seconds (RFC 1035 3.3.13).

    Route 53's own (7200, 900, 1209600) suit a zone whose secondaries never poll. These find a
    change within a quarter of an hour when every NOTIFY is lost, and let secondaries serve four
    weeks without a primary.
    """

    refresh: Seconds = 900
    retry: Seconds = 300
    expire: Seconds = 2_419_200

    @model_validator(mode="after")
    def _expires_last(self) -> Self:
        # RFC 1912 2.2: otherwise a secondary gives up before it has tried again.
        if self.expire <= self.refresh + self.retry:
            raise ValueError(
                f"`expire` ({self.expire}) must be greater than `refresh` + `retry` "
                f"({self.refresh + self.retry}), or secondaries drop the zone between two tries"
            )
        return self


class ApexNameServers(StrEnum):
    """Which NS records stand at the apex of the served zone."""

    SOURCE = "source"
    REPLACE = "replace"
    UNION = "union"


class Serial(_Section):
    """How serials are minted; `floor` is one that secondaries may hold already."""

    strategy: SerialStrategy = SerialStrategy.EPOCH
    floor: Annotated[int, Field(ge=0, le=2**32 - 1, strict=True)] | None = None


class TargetClass(StrEnum):
    """What an alias out of its zone points to.

    `cloudfront` is API Gateway's edge-optimised APIs as well, `other` all that has no class of its
    own, such as a record of another hosted zone.
    """

    CLOUDFRONT = "cloudfront"
    S3_WEBSITE = "s3-website"
    ELB = "elb"
    API_GATEWAY = "api-gateway"
    GLOBAL_ACCELERATOR = "global-accelerator"
    VPC_ENDPOINT = "vpc-endpoint"
    ELASTIC_BEANSTALK = "elastic-beanstalk"
    OTHER = "other"


class ExternalAlias(StrEnum):
    """How an alias out of its zone is served.

    `resolve`: its addresses, asked regularly. `cname`: a CNAME to its target; where none can stand
    (at the apex, beside other data, in a routed set) the alias is resolved, and reported as a
    conflict. `omit`: not at all. `refuse`: the zone is held.
    """

    RESOLVE = "resolve"
    CNAME = "cname"
    OMIT = "omit"
    REFUSE = "refuse"


class ExternalAliases(StrEnum):
    """How aliases out of the zone are served where no class of target has a word of its own.

    `auto`: `cname` for CloudFront and S3 websites off the apex where nothing else stands at the
    name, `resolve` for all else.
    """

    AUTO = "auto"
    RESOLVE = "resolve"
    CNAME = "cname"
    OMIT = "omit"
    REFUSE = "refuse"


class Aliases(_Section):
    """How Route 53's aliases are served; those within the zone are always copied.

    `external` is the word for those out of it, `targets` are words for single classes of target.
    In seconds: resolved TTLs are clamped to `min_ttl` and `max_ttl`, an address unseen for
    `forget_after` is dropped, and a zone gets at most one serial in `pause` on account of its
    aliases.
    """

    external: ExternalAliases = ExternalAliases.AUTO
    targets: dict[TargetClass, ExternalAlias] = {}
    min_ttl: Seconds = 30
    max_ttl: Seconds = 3600
    forget_after: Seconds = 1800
    pause: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] = 300

    @field_validator("targets", mode="after")
    @classmethod
    def _in_order(cls, targets: dict[TargetClass, ExternalAlias]) -> dict[Any, Any]:
        """Sort them, as the order in which they are written decides nothing."""
        return dict(sorted(targets.items()))

    @model_validator(mode="after")
    def _clamps(self) -> Self:
        if self.min_ttl > self.max_ttl:
            raise ValueError(
                f"`min_ttl` ({self.min_ttl}) is greater than `max_ttl` ({self.max_ttl}); "
                "no TTL is between them"
            )
        return self


class Weighted(StrEnum):
    """Which members of a weighted set are served.

    `auto`: of A and AAAA the union of those with a weight where these are within a factor of 4,
    else, and of other types, the heaviest. Where all weights are zero all count as equal.
    """

    AUTO = "auto"
    UNION = "union"
    HEAVIEST = "heaviest"
    OBSERVED = "observed"
    REFUSE = "refuse"


class MultiValue(StrEnum):
    """Which members of a multivalue set are served."""

    UNION = "union"
    OBSERVED = "observed"
    REFUSE = "refuse"


class Failover(StrEnum):
    """Which member of a failover pair is served; the other one where it has nothing to serve."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    OBSERVED = "observed"
    REFUSE = "refuse"


class ByPlace(StrEnum):
    """Which member of a set is served whose answers depend on the asker's place.

    `default`: the set's default (`*`) member, else that of the preferred region, else the first by
    set identifier.
    """

    DEFAULT = "default"
    OBSERVED = "observed"
    REFUSE = "refuse"


class Routing(_Section):
    """Which members of Route 53's routed sets are served.

    `observed` serves what Route 53 itself answers, asked regularly; `refuse` holds the zone.
    `preferred_region` is an AWS region for latency and geoproximity sets. A merged rrset has at
    most `max_values` records: BIND from 9.18.28 on refuses a zone with more than 100 of them,
    unless its `max-records-per-type` is raised.
    """

    weighted: Weighted = Weighted.AUTO
    multivalue: MultiValue = MultiValue.UNION
    failover: Failover = Failover.PRIMARY
    latency: ByPlace = ByPlace.DEFAULT
    geolocation: ByPlace = ByPlace.DEFAULT
    geoproximity: ByPlace = ByPlace.DEFAULT
    cidr: ByPlace = ByPlace.DEFAULT
    preferred_region: Region | None = None
    max_values: Annotated[int, Field(ge=1, le=10_000, strict=True)] = 100


class Dnssec(StrEnum):
    """What becomes of a zone that is signed at its source, with a DS at its parent.

    Its unsigned copy is bogus to validators (RFC 4035 5.5): `withdraw` stops serving it, so that
    resolvers turn to the source; `unsigned-ok` serves it all the same.
    """

    WITHDRAW = "withdraw"
    UNSIGNED_OK = "unsigned-ok"


Percent = Annotated[int, Field(ge=0, le=100, strict=True)]


class Guard(_Section):
    """What is held back until somebody approves it, as it is more likely a mistake than meant.

    Of a zone with at least `from_rrsets` rrsets, more than `removed` percent of them removed, or
    more than `changed` percent removed or changed, `within` so many seconds; a change of the name
    servers at the apex, unless `apex_ns` is false; more than `unresolved` percent of the aliases
    beyond the zone without an address. A source that is empty all of a sudden is held in any case.
    """

    removed: Percent = 30
    changed: Percent = 50
    from_rrsets: Annotated[int, Field(ge=1, strict=True)] = 10
    within: Seconds = 3600
    apex_ns: Annotated[bool, Field(strict=True)] = True
    unresolved: Percent = 50


def _soa_form(value: Any) -> str:
    return "<word>" if isinstance(value, str) else "<timers>"


class Policy(_Section):
    """The decisions for one zone.

    `soa` is timers, or the word `source` for the source's own. `name_servers` are names that
    `apex_ns: replace` puts in place of the source's and `union` adds to them.
    """

    soa: Annotated[
        Annotated[SoaTimers, Tag("<timers>")] | Annotated[Literal["source"], Tag("<word>")],
        Discriminator(_soa_form),
    ] = SoaTimers()
    apex_ns: ApexNameServers = ApexNameServers.SOURCE
    name_servers: tuple[ServerName, ...] = ()
    serial: Serial = Serial()
    aliases: Aliases = Aliases()
    routing: Routing = Routing()
    dnssec: Dnssec = Dnssec.WITHDRAW
    guard: Guard = Guard()

    def digest(self) -> str:
        """Give the SHA-256 of all decisions, in hex."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
