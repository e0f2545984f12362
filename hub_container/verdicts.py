"""How well a secondary follows a zone: what was seen of it, judged. Nothing here asks anybody.

        ┌── answers nothing ──────────────► unreachable
asked ──┼── says that it is none ─────────► refused       (REFUSED, NOTAUTH, TSIG, no authority)
for SOA ├── an older serial, or SERVFAIL ─► behind
        ├── ours ─────────────────────────► current
        └── a newer one ──────────────────► ahead         (it takes nothing from here)
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from zonemesh.serial import is_newer

MOST_LACKED = 100  # serials that are remembered of what a secondary lacks
_SETTLING = 5.0  # seconds; most transfers take less, so what stays behind longer has a reason

NO_ANSWER = "no answer"
BAD_KEY, BAD_SIGNATURE, BAD_TIME = "BADKEY", "BADSIG", "BADTIME"  # RFC 8945 3
_NOT_ITS_ZONE = ("REFUSED", "NOTAUTH", "NXDOMAIN", "NOERROR")  # to a query for the SOA


class State(StrEnum):
    """How a secondary stands to what the hub serves."""

    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back of one message.

    An rcode's mnemonic, or in `failure` why there is none: `NO_ANSWER`, a TSIG error of RFC 8945,
    or else a sentence. `serial` is that of a SOA with authority, None where there was none;
    `cached` is set where there was one without. `unsigned` is set where what was asked had a
    signature, and what came back had none.
    """

    rcode: str = ""
    serial: int | None = None
    failure: str = ""
    cached: bool = False
    unsigned: bool = False

    @property
    def positive(self) -> bool:
        return self.rcode == "NOERROR"

    def __str__(self) -> str:
        if self.failure:
            return self.failure
        return f"serial {self.serial}" if self.serial is not None else f"answered {self.rcode}"


@dataclass(frozen=True, slots=True)
class Told:
    """A step in telling one secondary of one serial.

    `notified` is what came back of NOTIFY number `tries`, `answered` of a query for the SOA, each
    None where this step has none; `too_much` is what was found to be more than some servers take,
    None where nobody looked. `refusal` is a transfer that the hub's own server refused meanwhile.
    """

    zone: str
    secondary: str
    serial: int
    tries: int = 0
    notified: Reply | None = None
    answered: Reply | None = None
    too_much: str | None = None
    refusal: "Refusal | None" = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A transfer of a zone that the hub's server refused: to which address, and in its words why.

    `known` is set where the address is one that the secondary transfers from.
    """

    source: str
    why: str
    known: bool


@dataclass(frozen=True, slots=True)
class Lacked:
    """A serial that was served and not yet seen at the secondary; `since` in epoch seconds."""

    serial: int
    since: float


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one zone at one secondary.

    `serial` is what the hub serves; `notified` is what came back of the last NOTIFY, `answered` of
    the last query for the SOA, None before the first; `holds` is the serial that it answered when
    it last answered anything. `lacked` are the hub's serials that are not there, oldest first:
    those of this run of the hub, `MOST_LACKED` at most. `too_much` names what of the zone is more
    than some servers take by default, where that was looked for, `refusal` a transfer that failed
    here of late. `at` is when something was last heard or sent, `amiss_since` when it was no longer
    current, None while it is; in epoch seconds.
    """

    serial: int
    notified: Reply | None = None
    answered: Reply | None = None
    holds: int | None = None
    tries: int = 0
    lacked: tuple[Lacked, ...] = ()
    too_much: str = ""
    refusal: Refusal | None = None
    at: float = 0.0
    amiss_since: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A secondary's state, and in `cause` what is likely the reason and what to do, if anything.

    `lacks` counts the hub's serials that are not there and `since` tells when the oldest of them
    was served, or when else it was no longer current; in epoch seconds.
    """

    state: State
    cause: str = ""
    lacks: int = 0
    since: float | None = None


def after(before: Seen | None, told: Told, now: float) -> Seen:
    """Give what is known after one more step; `now` in epoch seconds."""
    seen = before or Seen(told.serial)
    holds, notified = seen.holds, told.notified or seen.notified
    if told.answered and not told.answered.failure:
        holds = told.answered.serial
    elif told.answered and not told.notified:
        notified = None  # what it said to NOTIFY before it fell silent tells nothing of today
    found = replace(
        seen,
        serial=told.serial,
        notified=notified,
        answered=told.answered or seen.answered,
        holds=holds,
        tries=max(told.tries, seen.tries) if told.serial == seen.serial else told.tries,
        lacked=_lacked(seen.lacked, told.serial, holds, now),
        too_much=seen.too_much if told.too_much is None else told.too_much,
        refusal=told.refusal if told.answered else seen.refusal,
        at=now,
    )
    if _state(found)[0] is State.CURRENT:
        return replace(found, amiss_since=None)
    return found if found.amiss_since else replace(found, amiss_since=now)


def _lacked(
    before: tuple[Lacked, ...], serial: int, holds: int | None, now: float
) -> tuple[Lacked, ...]:
    lacked = tuple(entry for entry in before if not is_newer(entry.serial, serial))
    if all(entry.serial != serial for entry in lacked):
        lacked = (*lacked, Lacked(serial, now))
    if holds is not None:
        lacked = tuple(entry for entry in lacked if is_newer(entry.serial, holds))
    # The first tells since when; of the others the newest count.
    return lacked if len(lacked) <= MOST_LACKED else (lacked[0], *lacked[2:])


def verdict(seen: Seen) -> Verdict:
    """Judge what was seen."""
    state, cause = _state(seen)
    since = seen.lacked[0].since if seen.lacked else seen.amiss_since
    return Verdict(state, cause, len(seen.lacked), since)


def _state(seen: Seen) -> tuple[State, str]:
    answer = seen.answered
    if answer is None:
        return State.UNKNOWN, ""
    if answer.failure:
        return _unanswered(answer, seen)
    if answer.serial is None:
        return _without_serial(answer, seen)
    if is_newer(seen.serial, answer.serial):
        return State.BEHIND, _why_behind(seen)
    if answer.serial != seen.serial:
        return State.AHEAD, _why_ahead(seen, answer.serial)
    return State.CURRENT, _deaf(seen)


def _unanswered(answer: Reply, seen: Seen) -> tuple[State, str]:
    if why := _TSIG_CAUSES.get(answer.failure):
        return State.REFUSED, why
    if seen.notified and not seen.notified.failure:
        return State.UNKNOWN, (
            f"it answers NOTIFY ({seen.notified.rcode}) but no query for the SOA: let this hub ask "
            "for it, or nobody can tell what it serves"
        )
    if answer.failure == NO_ANSWER:
        return State.UNREACHABLE, (
            "nothing comes back: it is down, its address or port is another, or something between "
            "drops UDP (in either direction)"
        )
    return State.UNREACHABLE, answer.failure


def _without_serial(answer: Reply, seen: Seen) -> tuple[State, str]:
    acknowledged = seen.notified is not None and seen.notified.positive
    if answer.cached:
        return State.REFUSED, (
            "it answers the SOA without authority, as a resolver does: it is no secondary for this "
            "zone, or the address is not the server's"
        )
    if answer.rcode == "REFUSED" and acknowledged:
        return State.UNKNOWN, (
            "it takes NOTIFY but refuses queries from here: let this hub ask for the SOA "
            "(BIND `allow-query`), or nobody can tell what it serves; PowerDNS does so until its "
            "first transfer has worked"
        )
    if answer.rcode in _NOT_ITS_ZONE:
        said = "no SOA" if answer.positive else answer.rcode
        if answer.unsigned:
            return State.REFUSED, (
                f"it answers {said} without a signature: it is no secondary for this zone, or it "
                "does not have the TSIG key that mesh.yaml gives it, or not with this secret"
            )
        return State.REFUSED, (
            f"it answers {said}: it is no secondary for this zone. Add the zone there, or have it "
            "follow the catalog zone"
        )
    empty = "it has nothing of the zone, or what it had has expired"
    if why := _why_behind(seen):
        return State.BEHIND, f"{empty} (it answers {answer.rcode}): {why}"
    return State.BEHIND, f"{empty} (it answers {answer.rcode})"


def _why_behind(seen: Seen) -> str:
    if seen.notified is None:
        return ""
    if not seen.notified.positive:
        return _deaf(seen)
    if not seen.lacked or seen.at - seen.lacked[0].since < _SETTLING:
        return ""
    refusal = seen.refusal
    if refusal and refusal.known:
        return (
            f"its transfer to {refusal.source} was refused here ({refusal.why}): the address and "
            "the TSIG key that it transfers with must be those in mesh.yaml"
        )
    if seen.too_much:
        return (
            f"it takes NOTIFY and keeps what it has; the zone has {seen.too_much}, more than BIND "
            "takes by default since 9.18.28: set `max-records-per-type` and `max-types-per-name` "
            "to 0 there"
        )
    stranger = f". A transfer to {refusal.source} was refused here: is that it?" if refusal else ""
    return (
        "it takes NOTIFY and keeps what it has: its transfers take long or do not work (TCP to "
        "this hub closed, another TSIG key than in mesh.yaml, another address than there), or it "
        f"transfers from another primary that has an older serial; its log tells{stranger}"
    )


def _deaf(seen: Seen) -> str:
    """Say why it does not take NOTIFY, nothing where it does."""
    reply = seen.notified
    if reply is None or reply.positive:
        return ""
    waits = "until then it learns of changes at its SOA refresh only"
    # Knot says BADKEY to a key that it knows and that no acl lets send NOTIFY.
    heeded = seen.answered is not None and not seen.answered.failure
    if (why := _TSIG_CAUSES.get(reply.failure)) and not heeded:
        return f"NOTIFY: {why}"
    if reply.failure == NO_ANSWER:
        return f"it answers queries but not NOTIFY: let it take NOTIFY from this hub; {waits}"
    if reply.failure and not why:
        return f"NOTIFY: {reply.failure}"
    return (
        f"it answers NOTIFY with {reply.rcode or reply.failure}: let it take NOTIFY from this "
        "hub's address and key (BIND and NSD `allow-notify`, Knot an acl with `action: notify`, "
        f"PowerDNS `trusted-notification-proxy`); {waits}"
    )


def _why_ahead(seen: Seen, holds: int) -> str:
    return (
        f"it serves {holds}, which {_relation(seen.serial, holds)} {seen.serial}, so it takes "
        "nothing from here: another primary, of today or of the past, counted higher, or another "
        f"hub has the newer one already; if it stays so, raise the zone's serial above {holds} "
        "with `zonemesh bump`"
    )


def _relation(serial: int, holds: int) -> str:
    # RFC 1982 3.2: of two serials 2^31 apart neither is newer.
    return "is newer than" if is_newer(holds, serial) else "cannot be compared with"


_TSIG_CAUSES: dict[str, str] = {
    BAD_KEY: (
        "it does not know the TSIG key that mesh.yaml gives it (BADKEY): the key's name and "
        "algorithm must be the same there, and Knot wants an acl with this hub's address and it"
    ),
    BAD_SIGNATURE: "the secret of its TSIG key differs from this hub's (BADSIG)",
    BAD_TIME: "its clock and this hub's are more than five minutes apart (TSIG BADTIME)",
}
