"""When people are told that something is amiss, as mesh.yaml says it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST = 30 * 24 * 3600
Seconds = Annotated[int, Field(ge=0, le=MOST, strict=True)]
# A hub reports every 30 s; one report that is late or lost is no outage.
Silence = Annotated[int, Field(ge=60, le=MOST, strict=True)]
Link = Annotated[str, Field(pattern=r"^\S+$", max_length=200)]


class Alerts(BaseModel):
    """For how many seconds something is amiss before somebody is told.

    `resolve_after` is for how long all is well before that is told. `runbook` is where messages
    point to, an address or a path.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hub_offline: Silence = 180
    hub_failing: Seconds = 300
    propagation: Seconds = 300
    secondary_behind: Seconds = 300
    target_failing: Seconds = 300
    pulling_failing: Seconds = 900
    not_verified: Seconds = 24 * 3600
    failover_lost: Seconds = 900
    resolve_after: Seconds = 180
    runbook: Link = "docs/runbook.md"
