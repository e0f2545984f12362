"""How the answers to a question settle: what is seen is added, what is unseen for long is dropped.

A name may answer with one of its two addresses at a time, or with eight of forty. What is served is
all of them, without a change of the zone for every turn. A failed answer says nothing: the last
good one stays. Time in which nobody could look does not count against a value.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from zonemesh.translation.question import Answer, Outcome, Question, Response

# A value seen in every answer since all were seen at once. It has no time, so that what is
# remembered of a name which always answers the same does not change from minute to minute.
ALWAYS = 0

# A cache counts a TTL down, and each asking meets another moment of it. What is kept is near to the
# highest: a TTL of up to a tenth more is the same, and so is what is seen of it from time to time.
_RISE = 1.1
_FALL = 0.7


@dataclass(frozen=True, slots=True)
class Settled:
    """What is remembered of a question; times in epoch seconds.

    `born` is when it was first asked. `seen` has, by value, when it was last seen, or ALWAYS;
    `answered` tells an empty answer from none so far. `ttl` is in seconds; `lower_since` is when a
    cache's answers began to have a lower one, at most `lower_ttl`. `failing_since` is set while the
    last asking failed.
    """

    born: int
    seen: Mapping[str, int] = field(default_factory=dict)
    answered: bool = False
    ttl: int = 0
    lower_since: int | None = None
    lower_ttl: int = 0
    failing_since: int | None = None

    @classmethod
    def first(cls, answer: Answer, now: int) -> Self:
        """Begin with what a snapshot holds, which may be the first answer or none."""
        if answer.values is None:
            return cls(now)
        return cls(now, dict.fromkeys(answer.values, ALWAYS), answered=True, ttl=answer.ttl)

    @property
    def values(self) -> tuple[str, ...] | None:
        """The values that are to be served, sorted; None where there never was an answer."""
        return tuple(sorted(self.seen)) if self.answered else None

    def applied(self, answer: Answer) -> Answer:
        """Give a snapshot's answer as it has settled now."""
        return replace(answer, values=self.values, ttl=self.ttl)


@dataclass(frozen=True, slots=True)
class Asking:
    """The circumstances of an asking.

    `now` is in epoch seconds, and `watched` until when the zone's questions were asked before, 0
    where it does not matter. A value unseen for `forget_after` seconds is dropped. `cached` answers
    come from a resolver, whose TTLs count down.
    """

    now: int
    forget_after: int
    cached: bool = False
    watched: int = 0


# A longer pause between two askings than this means that nobody looked: the function was not run,
# or had more zones than time.
PAUSE_MOST = 600


def settle(before: Settled, response: Response, asking: Asking) -> Settled:
    """Give what is remembered after a response."""
    if response.outcome is Outcome.FAILED:
        since = before.failing_since or asking.now - _unwatched(before, asking)
        return replace(before, failing_since=since)
    unwatched = _unwatched(before, asking)
    seen = {value: time and time + unwatched for value, time in before.seen.items()}
    after = replace(
        before,
        seen=_seen(seen, response.values, asking),
        answered=True,
        failing_since=None,
    )
    return _with_ttl(after, response.ttl, asking) if response.values else after


def _unwatched(before: Settled, asking: Asking) -> int:
    """Give for how many seconds until now nobody saw what the name answers."""
    if before.failing_since is not None:
        return asking.now - before.failing_since
    if asking.watched and asking.now - asking.watched > PAUSE_MOST:
        return asking.now - asking.watched
    return 0


def _seen(known: Mapping[str, int], given: Collection[str], asking: Asking) -> dict[str, int]:
    if known.keys() <= set(given):
        return dict.fromkeys(given, ALWAYS)
    now = asking.now
    # A value is missed for the first time in this answer: the one before had it.
    missed = {value: known[value] or now for value in known.keys() - set(given)}
    kept = {value: time for value, time in missed.items() if now - time < asking.forget_after}
    return kept | dict.fromkeys(given, now)


def _with_ttl(before: Settled, given: int, asking: Asking) -> Settled:
    """Take the newest TTL; of a cache the highest, and a lower one where it stays lower."""
    kept = before.ttl
    if not asking.cached or given > kept * _RISE:
        return replace(before, ttl=given, lower_since=None, lower_ttl=0)
    if given >= kept * _FALL:
        return replace(before, lower_since=None, lower_ttl=0)
    since, most = before.lower_since or asking.now, max(before.lower_ttl, given)
    # Longer than an entry of the cache lives that began with the kept TTL.
    if asking.now - since > kept + asking.forget_after:
        return replace(before, ttl=most, lower_since=None, lower_ttl=0)
    return replace(before, lower_since=since, lower_ttl=most)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a zone's questions; times in epoch seconds.

    `version` counts what was saved, 0 before the first. `saved_at` is when, and `recorded_at` when
    answers last made a serial. `name_servers` are those of the hosted zone `name_servers_of` (an
    id), read at `name_servers_at`.
    """

    version: int = 0
    saved_at: int = 0
    recorded_at: int = 0
    name_servers: tuple[str, ...] = ()
    name_servers_at: int = 0
    name_servers_of: str = ""
    questions: Mapping[Question, Settled] = field(default_factory=dict)

    @property
    def watched(self) -> int:
        """Until when the questions were asked: known, and of interest, while values come and go."""
        return self.saved_at if self.is_counting else 0

    @property
    def is_counting(self) -> bool:
        """Tell whether a value is on its way to be forgotten: the memory's own time matters."""
        return any(time for settled in self.questions.values() for time in settled.seen.values())


# A counting memory is saved at least this often, so that `saved_at` tells when somebody looked.
SAVED_EVERY = 120


def is_worth_saving(memory: Memory, before: Memory, now: int) -> bool:
    """Tell whether a memory has to be written: it says something new, or its time has to move on.

    Names that always answer the same cost no write. While values come and go, each change is
    written, which keeps `forget_after` true to a minute. Where a cache's TTL stands today is no
    news: it is something else every minute.
    """
    if _lasting(memory) != _lasting(before):
        return True
    return memory.is_counting and now - before.saved_at >= SAVED_EVERY


def _lasting(memory: Memory) -> Memory:
    return replace(
        memory,
        questions={
            question: replace(settled, lower_since=None, lower_ttl=0)
            for question, settled in memory.questions.items()
        },
    )


def differs(settled: Answer, served: Answer, ttls: tuple[int, int]) -> bool:
    """Tell whether an answer differs from the one that a snapshot was made with.

    `ttls` are the least and the most that are served; beyond them TTLs do not differ.
    """
    if settled.values is None:
        return False
    if settled.values != served.values:
        return True
    return bool(settled.values) and _clamp(settled.ttl, ttls) != _clamp(served.ttl, ttls)


def _clamp(ttl: int, ttls: tuple[int, int]) -> int:
    return max(ttls[0], min(ttls[1], ttl))
