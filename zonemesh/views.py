"""The views of a zone while a new snapshot is made: source first, then served and report from it.

The served view and the report are a function of the source view and the policy, one owner name at a
time, so an edit derives the names it touches and nothing else.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from zonemesh.chunking import build, edit
from zonemesh.fidelity import report_codec
from zonemesh.names import order_of, text_of
from zonemesh.policy import Policy
from zonemesh.ports import SnapshotStore, SourceRRset
from zonemesh.route53.rrsets import source_codec, source_entry, source_rrset
from zonemesh.snapshot import Snapshot
from zonemesh.translate import (
    Translation,
    counted_serial,
    placeholder_owner,
    translate_owner,
    translate_soa,
    withheld_owner,
)
from zonemesh.tree import Codec, Entry, View, Written, entries, same_owner
from zonemesh.zone import RRsetKey
from zonemesh.zonefile import served_codec, served_entry


def listed_entries(listing: Iterable[SourceRRset]) -> list[Entry]:
    """Give the source view's entries of a listing, in order; a key listed twice counts once."""
    return [Entry(*item) for item in sorted(dict(map(source_entry, listing)).items())]


class Nodes:
    """The chunks and pages of one zone: the stored ones, and those written but not yet stored."""

    def __init__(self, store: SnapshotStore, zone: str) -> None:
        self._store, self._zone = store, zone
        self._loaded: dict[str, str] = {}
        self.written: Written = {}

    def load(self, wanted: Iterable[str]) -> dict[str, str]:
        """Give texts by digest; what was loaded before is not asked for again."""
        known = {}
        missing = []
        for digest in wanted:
            text = self.written.get(digest) or self._loaded.get(digest)
            if text is None:
                missing.append(digest)
            else:
                known[digest] = text
        if missing:
            found = self._store.load(self._zone, missing)
            if len(self._loaded) < 1000:  # pages and the chunks of an edit; a whole zone streams by
                self._loaded.update(found)
            known.update(found)
        return known


@dataclass(frozen=True, slots=True)
class Views:
    """The tops of a snapshot's views and its SOA.

    `counted` is the serial of the source's own SOA, where somebody counted with it; it is looked
    for in whole views only, as a first serial must be above it. `derived_from_parent` is true where
    they are the parent's views with some names edited.
    """

    source: View | None
    served: View | None
    report: View | None
    soa: str
    derived_from_parent: bool = False
    counted: int | None = None


@dataclass
class Derivation:
    """Makes the views of one zone; `nodes.written` gathers what is new."""

    apex: str
    policy: Policy
    nodes: Nodes
    _source: View | None = field(default=None, init=False)

    def first(self, listing: Iterable[SourceRRset]) -> Views:
        """Make all views from a listing in any order."""
        return self.whole(build(listed_entries(listing), self.nodes.written))

    def whole(self, source: View | None) -> Views:
        """Make the served view and the report of a whole source view."""
        self._source = source
        served: list[Entry] = []
        report: list[Entry] = []
        soa, counted = "", None
        for owner, group in self._owners(source):
            if owner == self.apex:
                soa = translate_soa(group, apex=self.apex, policy=self.policy)
                counted = counted_serial(group, apex=self.apex)
            translation = self._translate(owner, group)
            served += map(served_entry, translation.rrsets)
            report += (line.entry() for line in translation.report)
        soa = soa or translate_soa([], apex=self.apex, policy=self.policy)
        return Views(
            source,
            build(sorted(served), self.nodes.written),
            build(sorted(report), self.nodes.written),
            soa,
            counted=counted,
        )

    def edited(self, previous: Snapshot, read: Mapping[str, list[SourceRRset]]) -> Views:
        """Make the views that follow from the rrsets just read, for the owners in `read`."""
        fresh = [source_entry(rrset) for rrsets in read.values() for rrset in rrsets]
        self._source = self._put(previous.source, source_codec, set(read), fresh)
        owners = set(read) | {name for owner in read if (name := withheld_owner(owner))}
        current = self._rrsets(owners)
        translations = [self._translate(owner, rrsets) for owner, rrsets in current.items()]
        below = {name for owner in owners if (name := placeholder_owner(owner))}
        served = [served_entry(rrset) for made in translations for rrset in made.rrsets]
        report = [line.entry() for made in translations for line in made.report]
        soa = previous.soa
        if self.apex in owners:
            soa = translate_soa(current[self.apex], apex=self.apex, policy=self.policy)
        touched = owners | (below - self._in_source(below))
        return Views(
            self._source,
            self._put(previous.served, served_codec, touched, served),
            self._put(previous.report, report_codec, owners, report),
            soa,
            derived_from_parent=True,
        )

    def _put(
        self, view: View | None, codec: Codec, owners: Collection[str], now: list[Entry]
    ) -> View | None:
        """Replace all entries of some owners in a view."""
        orders = [order_of(owner) for owner in owners]
        load, written = self.nodes.load, self.nodes.written
        before = {entry.key: entry.text for entry in same_owner(view, orders, load, codec)}
        after: dict[RRsetKey, str | None] = {**dict.fromkeys(before), **dict(now)}
        changes = {key: text for key, text in after.items() if before.get(key) != text}
        return edit(view, changes, load, codec, written) if changes else view

    def _owners(self, source: View | None) -> Iterator[tuple[str, list[SourceRRset]]]:
        stream = entries(source, self.nodes.load, source_codec)
        for order, group in groupby(stream, key=lambda entry: entry.key.order):
            yield text_of(order), [source_rrset(entry.text) for entry in group]

    def _rrsets(self, owners: Collection[str]) -> dict[str, list[SourceRRset]]:
        found: dict[str, list[SourceRRset]] = {owner: [] for owner in owners}
        orders = [order_of(owner) for owner in owners]
        for entry in same_owner(self._source, orders, self.nodes.load, source_codec):
            found[text_of(entry.key.order)].append(source_rrset(entry.text))
        return found

    def _in_source(self, owners: Collection[str]) -> set[str]:
        return {owner for owner, rrsets in self._rrsets(owners).items() if rrsets}

    def _translate(self, owner: str, rrsets: list[SourceRRset]) -> Translation:
        return translate_owner(
            owner,
            rrsets,
            apex=self.apex,
            policy=self.policy,
            in_source=lambda name: bool(self._in_source([name])),
        )
