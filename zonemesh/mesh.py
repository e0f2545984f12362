"""The mesh definition: integrations, zones, hubs, secondaries and TSIG keys, as types."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress, IPvAnyNetwork

from zonemesh.policy import Policy

Label = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Integration(_Section):
    """An AWS account whose hosted zones are sources.

    Without `role_arn` the functions' own role is used. `requests_per_second` is the share of the
    account's Route 53 API rate (5 for everybody) that full listings may use.
    """

    role_arn: str | None = None
    external_id: str | None = None
    requests_per_second: Annotated[float, Field(gt=0, le=5)] = 1.0


class ListedZone(_Section):
    """A zone written down by name; `hosted_zone_id` decides where several bear the name."""

    name: str
    integration: Label
    hosted_zone_id: str | None = None
    private: bool = False
    view: Label | None = None
    hubs: tuple[str, ...] = ("*",)
    policy: Policy = Policy()


class DiscoveredZones(_Section):
    """Public zones taken in because their name matches a pattern (shell style, `*` for all)."""

    discover: str
    integration: Label
    hubs: tuple[str, ...] = ("*",)
    policy: Policy = Policy()


class Secondary(_Section):
    """A server that transfers zones from hubs.

    With `address` it is sent NOTIFY there and may transfer from there. `transfer_from` names
    networks instead, or as well. Without a `tsig_key` (the word `none` in the file) anyone at
    those addresses may transfer unsigned.
    """

    address: IPvAnyAddress | None = None
    port: Port = 53
    transfer_from: tuple[IPvAnyNetwork, ...] = ()
    tsig_key: str


class Hub(_Section):
    """A container that serves zones; `secondaries` are the names of those it serves them to."""

    secondaries: tuple[str, ...] = ()


class TsigKey(_Section):
    """A shared key for transfers.

    `secret` is a reference, never the secret: `env:NAME`, `file:/path` or `secretsmanager:ARN`.
    """

    algorithm: Literal["hmac-sha256", "hmac-sha512", "hmac-sha1", "hmac-md5"] = "hmac-sha256"
    secret: str


class Mesh(_Section):
    """Everything the user declares."""

    integrations: dict[Label, Integration] = {}
    zones: tuple[ListedZone | DiscoveredZones, ...] = ()
    hubs: dict[Label, Hub] = {}
    secondaries: dict[Label, Secondary] = {}
    tsig_keys: dict[str, TsigKey] = {}
