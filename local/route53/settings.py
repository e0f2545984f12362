"""What can be set about the local Route 53: quotas, delays and faults."""

from __future__ import annotations

from dataclasses import dataclass

AWS_REQUESTS_PER_SECOND = 5.0
"""Route 53's documented request rate for one account, all operations together."""


@dataclass(frozen=True, slots=True)
class Route53Settings:
    """Quotas as AWS documents them (DNSLimitations), faults off; None lifts a limit."""

    max_zones: int | None = 500
    max_records_per_zone: int | None = 10_000
    max_values_per_rrset: int | None = 400
    max_members_per_routed_set: int | None = 100
    max_geoproximity_members: int | None = 30
    max_cidr_collections: int | None = 5
    max_blocks_per_collection: int | None = 1_000
    insync_delay: float = 1.0
    """Seconds from a change to its INSYNC; AWS says generally under 60."""
    processing_time: float = 0.0
    """Seconds after a change in which another one to the zone is PriorRequestNotComplete."""
    requests_per_second: float | None = None
    """Tokens that each account gains a second; None never throttles by rate."""
    burst: int = 5
    """Most tokens that an account can save up."""
    throttle_every: int | None = None
    """Throttle each nth call of an account, whatever the rate."""

    def __post_init__(self) -> None:
        if self.requests_per_second is not None and self.requests_per_second <= 0:
            raise ValueError(f"requests_per_second is {self.requests_per_second}, must be above 0")
        if self.burst < 1:
            raise ValueError(f"burst is {self.burst}, must be at least 1")
        if self.throttle_every is not None and self.throttle_every < 1:
            raise ValueError(f"throttle_every is {self.throttle_every}, must be at least 1")
        if self.insync_delay < 0 or self.processing_time < 0:
            raise ValueError("insync_delay and processing_time are seconds, at least 0")
