"""What a zone's owner decides about how it is served; digested into every snapshot."""

import hashlib
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from zonemesh.mesh_values import ServerName
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

    def digest(self) -> str:
        """Give the SHA-256 of all decisions, in hex."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
