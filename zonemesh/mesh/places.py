"""The mesh's other places, as types: primaries that zones come from, targets that they go to."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    IPvAnyAddress,
    Tag,
)

from zonemesh.mesh.values import (
    CheckAddress,
    HostedZoneId,
    IgnorePattern,
    KeyChoice,
    Label,
    ProviderClass,
    SecretReference,
)

Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, Field(ge=1, le=65535, strict=True)]
Percent = Annotated[int, Field(ge=0, le=100, strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Primary(_Section):
    """A server that zones are transferred from (RFC 9499: primary).

    `port` is asked for SOA and transfers. Without a key (the word `none`) transfers are unsigned.
    """

    address: Annotated[IPvAnyAddress, CheckAddress]
    port: Port = 53
    tsig_key: KeyChoice


class Mode(StrEnum):
    """What a target is made to be.

    `sync`: what the source has, and nothing else. `upsert-only`: nothing is ever deleted there.
    """

    SYNC = "sync"
    UPSERT_ONLY = "upsert-only"


class Drift(StrEnum):
    """What is done where a target was changed by somebody else."""

    REPAIR = "repair"
    REPORT = "report"


class TargetGuard(_Section):
    """What waits for somebody, of a target of at least `from_rrsets` rrsets.

    More than `removed` percent of them removed, or more than `changed` percent removed or changed,
    in one publication.
    """

    removed: Percent = 30
    changed: Percent = 50
    from_rrsets: Annotated[int, Field(ge=1, strict=True)] = 10


class _Target(_Section):
    """What all targets have.

    `hub` publishes it. `ignore` are rrsets that other tools own: a shell-style pattern for the name
    and, after a blank, types, as in `_acme-challenge.* TXT`. `retries` is how often a push that
    failed is tried again before the next schedule.
    """

    hub: Label
    mode: Mode = Mode.SYNC
    drift: Drift = Drift.REPAIR
    ignore: tuple[IgnorePattern, ...] = ()
    guard: TargetGuard = TargetGuard()
    retries: Annotated[int, Field(ge=0, le=50, strict=True)] = 10


class Route53Target(_Target):
    """Hosted zones of an integration's account, found by name or by `hosted_zone_id`.

    `apex_ns` has the NS records at the apex written too. `health_checks` maps ids of the source's
    account to ids of the target's.
    """

    type: Literal["route53"]
    integration: Label
    hosted_zone_id: HostedZoneId | None = None
    apex_ns: Flag = False
    health_checks: dict[str, str] = {}


class OctodnsTarget(_Target):
    """Any provider that octoDNS has a class for.

    `settings` are the arguments of the class, `secrets` those whose values are not written here.
    `apex_ns` has the NS records at the apex written too where the provider has some of its own.
    """

    type: Literal["octodns"]
    provider: ProviderClass
    settings: dict[str, Any] = {}
    secrets: dict[str, SecretReference] = {}
    apex_ns: Flag = False


def _target_form(value: Any) -> str | None:
    kind = value.get("type") if isinstance(value, Mapping) else getattr(value, "type", None)
    return f"<{kind}>" if kind in ("route53", "octodns") else None


Target = Annotated[
    Annotated[Route53Target, Tag("<route53>")] | Annotated[OctodnsTarget, Tag("<octodns>")],
    Discriminator(
        _target_form,
        custom_error_type="kind_of_target",
        custom_error_message="write `type: route53` or `type: octodns`",
    ),
]
