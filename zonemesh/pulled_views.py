"""The views of a zone that comes from a primary: as it came, as far as servers take it.

A signed zone is served as it came whatever the policy says, since what is changed is bogus. In any
other the names that hold plain records are passed through as well, and the rest is translated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import groupby

from zonemesh.chunking import build, edit
from zonemesh.derived import Edits, Views, by_kind, edits_of, refused_of, views_of
from zonemesh.fidelity import FidelityLine, summary
from zonemesh.mesh_zone import MeshZone
from zonemesh.names import order_of, text_of
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import key_of, source_codec, source_rrset
from zonemesh.signatures import Tally, dnskey_of, recounted
from zonemesh.snapshot import Snapshot
from zonemesh.source_lookup import SourceLookup, WithOwner
from zonemesh.translation.passing import is_simple, passed
from zonemesh.translation.soa import primary_serial, translate_soa
from zonemesh.translation.translator import Translator
from zonemesh.tree import Difference, Entry, Load, View, leaves, same_owner
from zonemesh.views import Derivation
from zonemesh.zone import RRsetKey

_LOADED_AT_ONCE = 64  # chunks, so that memory stays flat in a zone of any size


@dataclass(frozen=True, slots=True)
class Passed:
    """What is served for one owner name, and what is lost."""

    entries: Sequence[Entry]
    report: Sequence[FidelityLine] = ()


@dataclass(frozen=True, slots=True)
class PulledTranslator:
    """Translates the names of a pulled zone one at a time."""

    zone: MeshZone
    lookup: SourceLookup
    signed: bool

    def owner(self, owner: str) -> Passed:
        """Translate all that the source has at a name but the apex SOA."""
        return self.of(owner, self.lookup.rrsets(owner))

    def of(self, owner: str, rrsets: Sequence[SourceRRset]) -> Passed:
        """Translate a name's rrsets, which are at hand."""
        is_apex = owner == self.zone.apex
        if self.signed:
            kept = (r for r in rrsets if not (is_apex and r["Type"] == "SOA"))
            return Passed(passed(owner, kept))
        if not is_apex and is_simple(rrsets):
            return Passed(passed(owner, rrsets))
        others = [rrset for rrset in rrsets if rrset["Type"] != "RRSIG"]
        made = Translator(self.zone, WithOwner(self.lookup, owner, others)).owner(owner)
        signatures = passed(owner, (rrset for rrset in rrsets if rrset["Type"] == "RRSIG"))
        return Passed([*made.entries, *signatures], made.report)


@dataclass
class PulledDerivation(Derivation):
    """Makes the views of one pulled zone; `nodes.written` gathers what is new."""

    _signed: bool = field(default=False, init=False)
    _counted: int | None = field(default=None, init=False)

    def whole(self, source: View | None, settled: View | None = None) -> Views:
        """Make all views of a whole source view; a pulled zone has no answers to settle."""
        apex = self._apex(source)
        self._signed = any(rrset["Type"] == "DNSKEY" for rrset in apex)
        soa = self._soa(apex)
        lines: list[FidelityLine] = []
        tally = Tally()
        served = build(self._served(source, lines, tally), self.nodes.written)
        return Views(
            source,
            served,
            self._build(line.entry() for line in lines),
            None,
            None,
            soa,
            by_kind(summary(lines)),
            refused_of(lines),
            counted=self._counted,
            signatures=tally.signatures() if self._signed else None,
        )

    def changed(self, previous: Snapshot, difference: Difference) -> Views:
        """Make the views that follow from what differs in the source: key → old and new text."""
        before, put = _sides(difference)
        after = {key: new for key, (_, new) in difference.items()}
        load, written = self.nodes.load, self.nodes.written
        source = previous.source
        if after:
            source = edit(source, after, load, source_codec, written)
        edits = self.edits(difference)
        was = previous.signatures
        self._signed = after.get(dnskey_of(self.zone.apex), was) is not None
        if self._signed != (was is not None):
            return replace(self.whole(source), edits=edits)
        self._soa(self._apex(source))
        views = replace(views_of(previous), source=source, edits=edits, counted=self._counted)
        if was is not None:
            views = replace(views, signatures=recounted(was, before, put))
        return self._derive(views, {text_of(key.order) for key in difference})

    def edits(self, difference: Difference) -> Edits:
        """Count what differs in the source."""
        return edits_of(self.zone.apex, *_sides(difference))

    def _served(
        self, source: View | None, lines: list[FidelityLine], tally: Tally
    ) -> Iterator[Entry]:
        """Give the served view's entries in order, name by name, and note what is lost."""
        lookup = SourceLookup(source, None, self.nodes.load)
        lookup.know_all([])
        translator = self._translator(lookup)
        later: list[Entry] = []  # what stands below a name comes after it (placeholders)
        for order, group in groupby(self._listed(source), key=lambda listed: listed[0].order):
            rrsets = []
            for key, rrset in group:
                rrsets.append(rrset)
                if self._signed:
                    tally.add(key, rrset)
            made = translator.of(text_of(order), rrsets)
            lines += made.report
            for entry in made.entries:
                heappush(later, entry)
            while later and later[0].key.order <= order:
                yield heappop(later)
        yield from sorted(later)

    def _listed(self, source: View | None) -> Iterator[tuple[RRsetKey, SourceRRset]]:
        """Give the rrsets in order, each read once."""
        chunks = [node.digest for node in leaves(source, self.nodes.load)]
        for start in range(0, len(chunks), _LOADED_AT_ONCE):
            digests = chunks[start : start + _LOADED_AT_ONCE]
            texts = self.nodes.load(digests)
            for digest in digests:
                for line in texts[digest].split("\n")[:-1]:
                    rrset = source_rrset(line)
                    yield key_of(rrset), rrset

    def _translator(self, lookup: SourceLookup) -> PulledTranslator:
        return PulledTranslator(self.zone, lookup, self._signed)

    def _soa(self, rrsets: Sequence[SourceRRset]) -> str:
        apex, policy = self.zone.apex, self.zone.policy
        self._counted = primary_serial(rrsets, apex=apex)
        if self._signed:  # its timers are signed as well
            policy = policy.model_copy(update={"soa": "source"})
        return translate_soa(rrsets, apex=apex, policy=policy)

    def _apex(self, source: View | None) -> list[SourceRRset]:
        return apex_rrsets(self.zone.apex, source, self.nodes.load)


def _sides(difference: Difference) -> tuple[dict[RRsetKey, str], dict[RRsetKey, str]]:
    before = {key: old for key, (old, _) in difference.items() if old is not None}
    after = {key: new for key, (_, new) in difference.items() if new is not None}
    return before, after


def apex_rrsets(apex: str, source: View | None, load: Load) -> list[SourceRRset]:
    """Read the rrsets of a zone's apex."""
    found = same_owner(source, [order_of(apex)], load, source_codec)
    return [source_rrset(entry.text) for entry in found]
