"""How a plan is written: whole where the provider takes it, else around what it refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import dns.exception
import dns.tsig

from zonemesh.route53.plan import Remark
from zonemesh.targets.octodns.plan import OctodnsPlan, key_of_change
from zonemesh.targets.octodns.records import RecordKey, remark
from zonemesh.targets.ports import TargetFailed

MOST_REFUSED = 8  # names; a provider that refuses more refuses us, not a record
AT_ONCE = 1000  # names; providers want to be done within the time of one request
_NOT_ABOUT_A_RECORD = frozenset({401, 403, 408, 429})  # statuses of HTTP
_SERVERS_FAULT = 500


Again = Callable[[], OctodnsPlan]
InWords = Callable[[BaseException], str]


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing: in how many batches, what was refused, and what is not as written.

    `kept` is what the provider holds otherwise right after it took it; `after` is planned then.
    """

    after: OctodnsPlan
    batches: int = 0
    refused: Mapping[RecordKey, Remark] = field(default_factory=dict)
    kept: Mapping[RecordKey, Remark] = field(default_factory=dict)


def write(what: str, again: Again, plan: OctodnsPlan, in_words: InWords) -> Written:
    """Write a plan, and look whether the provider holds what it says.

    `what` names the target, `again` lists and plans anew. What one name's records are refused for
    does not keep the others from being written. Raises TargetFailed where the provider cannot be
    written at all.
    """
    writing = _Writing(what, again, in_words)
    writing.whole(plan)
    after = again()
    planned = {key_of_change(change) for change in plan.changes}
    kept = {
        key: remark(key, "taken, but the provider holds something else")
        for change in after.changes
        if (key := key_of_change(change)) in planned and key not in writing.refused
    }
    return Written(after, writing.batches, writing.refused, kept)


def _pieces(owners: set[str]) -> list[list[str]]:
    """Cut the names into what is written at once, the last piece first; none at all is one too.

    The apex comes first: it is the shortest name, and a new zone begins with it.
    """
    ordered = sorted(owners, key=lambda owner: (len(owner), owner))
    pieces = [ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE)]
    return pieces[::-1] or [[]]


class _Writing:
    def __init__(self, what: str, again: Again, in_words: InWords) -> None:
        self._what, self._again, self._in_words = what, again, in_words
        self.batches = 0
        self.refused: dict[RecordKey, Remark] = {}
        self._names: list[str] = []

    def whole(self, plan: OctodnsPlan) -> None:
        """Write all, or the halves of what is refused; one name's changes stay together."""
        keys = {key_of_change(change) for change in plan.changes}
        pending = _pieces({key.owner for key in keys})
        now: OctodnsPlan | None = plan
        while pending:
            owners = pending.pop()
            now = now or self._again().only(keys)
            try:
                self._apply(now, now.part(owners))
            except Exception as problem:
                self._raise_if_hopeless(problem)
                if len(owners) > 1:
                    half = len(owners) // 2
                    pending += [owners[half:], owners[:half]]
                else:
                    self._refuse(now, owners, problem)
                now = None  # part of it may be done
            else:
                now = now if now.whole is None or now.whole.exists else None

    def _apply(self, plan: OctodnsPlan, part: Any) -> None:
        if part is None:
            return
        self.batches += 1
        plan.provider.apply(part)
        plan.note_written(part)

    def _refuse(self, plan: OctodnsPlan, owners: list[str], problem: Exception) -> None:
        said = self._in_words(problem)
        self._names += owners or ["the zone"]
        if len(self._names) > MOST_REFUSED or not owners:
            names = ", ".join(self._names)
            raise TargetFailed(f"{self._what} refuses {names}, and so on: {said}") from None
        for key in map(key_of_change, plan.changes):
            if key.owner in owners:
                self.refused[key] = remark(key, f"the provider refuses it: {said}")

    def _raise_if_hopeless(self, problem: Exception) -> None:
        """Go no further where it is not about a record: nobody there, no permission, no patience.

        Errors of HTTP come with their response; other OSErrors are of the network.
        """
        status = getattr(getattr(problem, "response", None), "status_code", None)
        if isinstance(status, int):
            hopeless = status in _NOT_ABOUT_A_RECORD or status >= _SERVERS_FAULT
        else:
            hopeless = isinstance(problem, OSError | dns.exception.Timeout | dns.tsig.PeerError)
        if hopeless:
            raise TargetFailed(
                f"{self._what} cannot be written: {self._in_words(problem)}"
            ) from None
