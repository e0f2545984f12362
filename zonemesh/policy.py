"""What a zone's owner decides about how it is served; digested into every snapshot."""

import hashlib
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from zonemesh.serial import SerialStrategy

Seconds = Annotated[int, Field(ge=0, le=2**31 - 1)]


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


class ApexNameServers(StrEnum):
    """Which NS records stand at the apex of the served zone."""

    SOURCE = "source"
    REPLACE = "replace"
    UNION = "union"


class Serial(_Section):
    """How serials are minted; `floor` is one that secondaries may hold already."""

    strategy: SerialStrategy = SerialStrategy.EPOCH
    floor: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None


class Policy(_Section):
    """The decisions for one zone."""

    soa: SoaTimers | str = Field(default=SoaTimers(), description="timers, or `source`")
    apex_ns: ApexNameServers = ApexNameServers.SOURCE
    name_servers: tuple[str, ...] = ()
    serial: Serial = Serial()

    def digest(self) -> str:
        """Give the SHA-256 of all decisions, in hex."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()
