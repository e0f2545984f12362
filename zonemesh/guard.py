"""What is held back: a change so large that it is more likely a mistake than meant. Pure.

Changes are looked at together with those of the last hour, as a zone may be emptied in many small
steps. Counting them costs nothing; where the counts come near a limit, the trees are compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import dns.rdatatype

from zonemesh.catalog import listed_in, lost
from zonemesh.names import order_of
from zonemesh.policy import Guard
from zonemesh.route53.rrsets import source_codec
from zonemesh.signatures import is_dnssec
from zonemesh.snapshot import Signatures, Snapshot, Window
from zonemesh.translation.question import Answer, answers_codec
from zonemesh.tree import Load, View, diff, entries, same_owner
from zonemesh.zone import RRsetKey
from zonemesh.zone_keys import catalog_key

OWN = 2  # rrsets that Route 53 makes itself and keeps: SOA and NS
FEW_ANSWERS = 4  # aliases to elsewhere from which on a share of them tells something


def is_near(window: Window, guard: Guard) -> bool:
    """Tell whether a window's changes may be more than what may pass."""
    return (
        100 * window.removed > guard.removed * window.count
        or 100 * (window.removed + window.changed) > guard.changed * window.count
        or window.removed >= window.count - OWN
    )


@dataclass(frozen=True, slots=True)
class Sides:
    """A zone as it was, and the views of it as they would be.

    `before` is what the hour began with, `served` is what the head names now.
    """

    before: Snapshot
    source: View | None
    answers: View | None
    signatures: Signatures | None = None
    served: Snapshot | None = None

    @property
    def since(self) -> str:
        return f"since serial {self.before.serial}"


def concerns(guard: Guard, apex: str, sides: Sides, load: Load) -> tuple[str, ...]:
    """Say why a change should be held, with numbers; nothing where it may pass."""
    if sides.before.zone == catalog_key(apex):
        return _of_catalog(apex, sides, load)
    return (
        *_of_size(guard, sides, load),
        *_of_name_servers(guard, apex, sides, load),
        *_of_answers(guard, sides, load),
    )


def _of_catalog(apex: str, sides: Sides, load: Load) -> tuple[str, ...]:
    """Look at what the hour began with, and at what has come since: it is followed as well."""
    after = listed_in(apex, sides.source, load)
    compared = {each.serial: each for each in (sides.before, sides.served) if each}
    for snapshot in compared.values():
        before = listed_in(apex, snapshot.source, load)
        if found := lost(before, after, f"since serial {snapshot.serial}"):
            return found
    return ()


def _of_size(guard: Guard, sides: Sides, load: Load) -> Iterable[str]:
    count, left = judged_count(sides.before), _count(sides.source, sides.signatures)
    if left <= OWN < count - 1:
        yield f"the source is empty: all {count - OWN} rrsets are gone {sides.since}"
        return
    if count < guard.from_rrsets or sides.before.source == sides.source:
        return
    removed = changed = 0
    for key, (old, new) in diff(sides.before.source, sides.source, load, source_codec).items():
        if is_dnssec(key):
            continue
        removed += old is not None and new is None
        changed += old is not None and new is not None
    if 100 * removed > guard.removed * count:
        share = _share(removed, count)
        yield f"{share} removed {sides.since} (`guard.removed`: {guard.removed} %)"
    elif 100 * (removed + changed) > guard.changed * count:
        share = _share(removed + changed, count)
        yield f"{share} removed or changed {sides.since} (`guard.changed`: {guard.changed} %)"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} rrsets ({100 * part // whole} %)"


def _of_name_servers(guard: Guard, apex: str, sides: Sides, load: Load) -> Iterable[str]:
    if not guard.apex_ns:
        return
    key = RRsetKey(order_of(apex), int(dns.rdatatype.NS))
    old, new = (
        {entry.key: entry.text for entry in same_owner(view, [key.order], load, source_codec)}
        for view in (sides.before.source, sides.source)
    )
    if old.get(key) != new.get(key):
        what = "changed" if key in new else "are gone"
        yield f"the name servers at the apex {what} {sides.since} (`guard.apex_ns`)"


def _of_answers(guard: Guard, sides: Sides, load: Load) -> Iterable[str]:
    if sides.before.answers == sides.answers:
        return
    (_, before), (count, after) = _empty(sides.before.answers, load), _empty(sides.answers, load)
    if count >= FEW_ANSWERS and after > before and 100 * after > guard.unresolved * count:
        yield (
            f"{after} of {count} aliases ({100 * after // count} %) resolve to nothing "
            f"(`guard.unresolved`: {guard.unresolved} %)"
        )


def _empty(answers: View | None, load: Load) -> tuple[int, int]:
    """Count the answers, and those among them without a value."""
    texts = (entry.text for entry in entries(answers, load, answers_codec))
    found = [bool(Answer.from_entry(text).values) for text in texts]
    return len(found), found.count(False)


def judged_count(snapshot: Snapshot) -> int:
    """Count the source's rrsets without what DNSSEC adds: signing anew changes half of a zone."""
    return _count(snapshot.source, snapshot.signatures)


def _count(view: View | None, signatures: Signatures | None) -> int:
    return (view.count if view else 0) - (signatures.rrsets if signatures else 0)
