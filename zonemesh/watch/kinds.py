"""The kinds of alerts; each has a section in the runbook under its own name."""

from enum import StrEnum


class AlertKind(StrEnum):
    """What an alert is about, the gravest first.

    The value is the anchor of the runbook's section, the message attribute `kind`, and the
    dimension of the metric `OpenAlerts`.
    """

    WITHDRAWN = "zone-withdrawn"  # signed with a DS at the parent: served by no hub
    NOT_SERVED = "zone-not-served"  # in conflict, or in another zone that does not delegate it
    HUB_OFFLINE = "hub-offline"
    HELD = "change-held"  # a snapshot waits for somebody
    HUB_FAILING = "hub-failing"  # it says that something is wrong, with it or with zones on it
    PROPAGATION = "slow-propagation"  # a hub or target has not got what changed
    SECONDARY = "secondary-behind"
    AHEAD = "secondary-ahead"  # it has a newer serial than the mesh, and takes nothing
    TARGET = "target-failing"
    TARGET_HELD = "target-held"
    PULLING = "pulling-failing"  # a zone is not transferred from its primaries
    NOT_VERIFIED = "not-verified"  # not compared with its source for too long
    GONE = "zone-gone"  # served on although the source lost it
    SIGNED = "zone-signed"  # signed at the source, served unsigned
    DRIFT = "target-drift"  # others changed a target that is not to be repaired
    FAILOVER_LOST = "failover-lost"  # would have survived its source, and would not now

    @property
    def settles_at_once(self) -> bool:
        """Whether it ends by what somebody does, so that its end needs no waiting."""
        return self in _ENDED_BY_SOMEBODY


_ENDED_BY_SOMEBODY = frozenset(
    {AlertKind.HELD, AlertKind.TARGET_HELD, AlertKind.GONE, AlertKind.NOT_SERVED}
)
