"""The views of a zone while a new snapshot is made: source first, then what follows from it.

The served view and the report are a function of the source view, the answers to its questions and
the zone's decisions, one owner name at a time; a name that copies others looks at those as well. So
an edit derives the names it touches and those that copy them, and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from zonemesh.chunking import build, edit
from zonemesh.copies import copiers, copies_codec, copy_entries, newly_placed
from zonemesh.derived import (
    Made,
    OwnerTranslator,
    Translated,
    Views,
    by_kind,
    edits_of,
    refused_of,
    views_of,
)
from zonemesh.fidelity import report_codec, report_lines, summary
from zonemesh.mesh_zone import MeshZone
from zonemesh.names import order_of, text_of
from zonemesh.nodes import Nodes
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import source_codec, source_entry, source_rrset
from zonemesh.snapshot import Snapshot
from zonemesh.source_lookup import SourceLookup, WithOwner
from zonemesh.translation.needs import copies, questions
from zonemesh.translation.placeholder import placeholder_owner, withheld_owners
from zonemesh.translation.question import Answer, Outcome, Question, Response, answers_codec
from zonemesh.translation.soa import counted_serial, translate_soa
from zonemesh.translation.translator import Translator
from zonemesh.tree import Codec, Entry, View, entries, same_owner
from zonemesh.zone import RRsetKey
from zonemesh.zonefile import served_codec

Ask = Callable[[Collection[Question]], Mapping[Question, Response]]
"""Asks DNS; a question without a response stays open."""


def nobody(questions: Collection[Question]) -> Mapping[Question, Response]:
    """Answer no question."""
    return {}


def listed_entries(listing: Iterable[SourceRRset]) -> list[Entry]:
    """Give the source view's entries of a listing, in order; a key listed twice counts once."""
    return [Entry(*item) for item in sorted(dict(map(source_entry, listing)).items())]


@dataclass
class Derivation:
    """Makes the views of one zone; `nodes.written` gathers what is new."""

    zone: MeshZone
    nodes: Nodes
    ask: Ask

    def first(self, listing: Iterable[SourceRRset]) -> Views:
        """Make all views from a listing in any order."""
        return self.whole(build(listed_entries(listing), self.nodes.written), None)

    def whole(self, source: View | None, settled: View | None) -> Views:
        """Make all views of a whole source view; answers that are `settled` are not asked again."""
        made, needs = Made(), _Needs()
        alone = SourceLookup(source, None, self.nodes.load)
        apex: Sequence[SourceRRset] = ()
        for owner, texts in self._owners(source):
            rrsets = [*map(source_rrset, texts)]
            if owner == self.zone.apex:
                apex = rrsets
            if any(map(_may_need, texts)):
                needs.add(self.zone, owner, rrsets, texts)
            else:
                made.add(self._alone(alone, owner, rrsets))
        soa = self._soa(apex)
        known = {
            entry.key: Answer.from_entry(entry.text)
            for entry in entries(settled, self.nodes.load, answers_codec)
        }
        answered = self._answered(needs.asked, known)
        answers = self._build(answer.entry() for answer in answered)
        lookup = SourceLookup(source, answers, self.nodes.load)
        lookup.know_all(answered)
        # What copies is remembered, as chains share it; what does not would fill the memory.
        copying = {owner for owner, targets in needs.copied.items() if targets}
        lookup.know({owner: needs.rrsets(owner) for owner in copying})
        lookup.prefetch(set().union(*needs.copied.values()))
        shared = Translator(self.zone, lookup)
        for owner in needs.texts:
            if owner in copying:
                made.add(shared.owner(owner))
            else:
                made.add(self._alone(lookup, owner, needs.rrsets(owner)))
        return Views(
            source,
            self._build(made.served),
            self._build(made.report),
            self._build(needs.index()),
            answers,
            soa,
            by_kind(summary(made.lines)),
            refused_of(made.lines),
            counted=counted_serial(apex, apex=self.zone.apex),
        )

    def _alone(self, lookup: SourceLookup, owner: str, rrsets: Sequence[SourceRRset]) -> Translated:
        """Translate a name that copies no other."""
        return Translator(self.zone, WithOwner(lookup, owner, rrsets)).owner(owner)

    def edited(self, previous: Snapshot, read: Mapping[str, list[SourceRRset]]) -> Views:
        """Make the views that follow from the rrsets just read, for the owners in `read`."""
        before = self._rrsets(previous.source, read)
        fresh = [source_entry(rrset) for rrsets in read.values() for rrset in rrsets]
        put = self.put(previous.source, source_codec, read, fresh)
        source, edits = put.view, edits_of(self.zone.apex, put.before, dict(fresh))
        asked = [a for owner, rrsets in read.items() for a in questions(self.zone, owner, rrsets)]
        had = same_owner(previous.answers, map(order_of, read), self.nodes.load, answers_codec)
        known = {entry.key: Answer.from_entry(entry.text) for entry in had}
        answers = self.put(
            previous.answers,
            answers_codec,
            read,
            [answer.entry() for answer in self._answered(asked, known)],
        ).view
        copied_before = self._index(before)
        aliases = self._swap(previous.aliases, copied_before, self._index(read))
        moved = [owner for owner in read if bool(before[owner]) != bool(read[owner])]
        uprooted = self._newly_placed(moved, previous.source, source) if aliases else set()
        copying = copiers(aliases, set(read), uprooted, self.nodes.load)
        views = replace(
            views_of(previous), source=source, answers=answers, aliases=aliases, edits=edits
        )
        return self._derive(views, set(read) | copying)

    def answered(self, previous: Snapshot, settled: Collection[Answer]) -> Views:
        """Make the views that follow from other answers; what is no longer asked is passed over."""
        owners = {answer.owner for answer in settled}
        had = same_owner(previous.answers, map(order_of, owners), self.nodes.load, answers_codec)
        current = {entry.key: Answer.from_entry(entry.text) for entry in had}
        new = {
            answer.key: answer.entry().text
            for answer in settled
            if answer.key in current and current[answer.key].question == answer.question
        }
        changes = {key: text for key, text in new.items() if current[key].entry().text != text}
        if not changes:
            return replace(views_of(previous), derived_from_parent=True)
        answers = edit(
            previous.answers, changes, self.nodes.load, answers_codec, self.nodes.written
        )
        touched = {text_of(key.order) for key in changes}
        copying = copiers(previous.aliases, touched, (), self.nodes.load)
        return self._derive(replace(views_of(previous), answers=answers), touched | copying)

    def _derive(self, views: Views, owners: Collection[str]) -> Views:
        """Derive some owner names again in views whose source, answers and index are new."""
        owners = set(owners).union(*map(withheld_owners, owners))
        lookup = SourceLookup(views.source, views.answers, self.nodes.load)
        wanted = set(owners)
        while wanted:  # one more round a link of the longest chain
            lookup.prefetch(wanted)
            further = (copies(self.zone, owner, lookup.rrsets(owner)) for owner in wanted)
            wanted = {name for names in further for name in names if not lookup.knows(name)}
        translator, made = self._translator(lookup), Made()
        for owner in sorted(owners):
            made.add(translator.owner(owner))
        soa, apex = views.soa, self.zone.apex
        if apex in owners:
            soa = self._soa(lookup.rrsets(apex))
        below = {name for owner in owners if (name := placeholder_owner(owner))}
        lookup.prefetch(below)
        touched = owners | {name for name in below if not lookup.rrsets(name)}
        report = self.put(views.report, report_codec, owners, made.report)
        gone = report_lines(Entry(*item) for item in report.before.items())
        losses = Counter(views.losses)
        losses.update(summary(made.lines))
        losses.subtract(summary(gone))
        return replace(
            views,
            served=self.put(views.served, served_codec, touched, made.served).view,
            report=report.view,
            soa=soa,
            losses=by_kind(losses),
            refused=views.refused + refused_of(made.lines) - refused_of(gone),
            derived_from_parent=True,
        )

    def _translator(self, lookup: SourceLookup) -> "OwnerTranslator":
        """Give what translates single names of the zone."""
        return Translator(self.zone, lookup)

    def _soa(self, rrsets: Sequence[SourceRRset]) -> str:
        return translate_soa(rrsets, apex=self.zone.apex, policy=self.zone.policy)

    def _newly_placed(
        self, moved: Collection[str], before: View | None, after: View | None
    ) -> set[str]:
        names = [SourceLookup(source, None, self.nodes.load) for source in (before, after)]
        return newly_placed(moved, self.zone.apex, *names)

    def _answered(self, asked: Sequence[Answer], known: Mapping[RRsetKey, Answer]) -> list[Answer]:
        """Fill in what is settled, and what is told now of the other questions.

        What was settled stays where only somebody else is to be asked: they may not answer.
        """
        settled = {
            answer.key: replace(had, question=answer.question)
            for answer in asked
            if (had := known.get(answer.key))
            and had.question.same_end(answer.question)
            and (had.question == answer.question or had.values is not None)
        }
        still = {answer.question for answer in asked if answer.key not in settled}
        told = self.ask(still) if still else {}
        return [
            settled.get(answer.key)
            or _first_answer(answer, told.get(answer.question), known.get(answer.key))
            for answer in asked
        ]

    def _index(self, by_owner: Mapping[str, Sequence[SourceRRset]]) -> set[Entry]:
        return {
            entry
            for owner, rrsets in by_owner.items()
            for entry in copy_entries(owner, copies(self.zone, owner, rrsets))
        }

    def _swap(self, view: View | None, before: set[Entry], after: set[Entry]) -> View | None:
        changes: dict[RRsetKey, str | None] = {entry.key: None for entry in before - after}
        changes.update({entry.key: entry.text for entry in after - before})
        if not changes:
            return view
        return edit(view, changes, self.nodes.load, copies_codec, self.nodes.written)

    def _build(self, found: Iterable[Entry]) -> View | None:
        return build(sorted(found), self.nodes.written)

    def put(
        self, view: View | None, codec: Codec, owners: Collection[str], now: Iterable[Entry]
    ) -> "Put":
        """Replace all entries of some owners in a view."""
        orders = [order_of(owner) for owner in owners]
        load, written = self.nodes.load, self.nodes.written
        before = {entry.key: entry.text for entry in same_owner(view, orders, load, codec)}
        after: dict[RRsetKey, str | None] = {**dict.fromkeys(before), **dict(now)}
        changes = {key: text for key, text in after.items() if before.get(key) != text}
        return Put(edit(view, changes, load, codec, written) if changes else view, before)

    def _owners(self, source: View | None) -> Iterator[tuple[str, list[str]]]:
        """Give the owner names, each with the texts of all its rrsets."""
        stream = entries(source, self.nodes.load, source_codec)
        for order, group in groupby(stream, key=lambda entry: entry.key.order):
            yield text_of(order), [entry.text for entry in group]

    def _rrsets(self, source: View | None, owners: Collection[str]) -> dict[str, list[SourceRRset]]:
        found: dict[str, list[SourceRRset]] = {owner: [] for owner in owners}
        for entry in same_owner(source, map(order_of, owners), self.nodes.load, source_codec):
            found[text_of(entry.key.order)].append(source_rrset(entry.text))
        return found


@dataclass(frozen=True, slots=True)
class Put:
    """A view with some owners' entries replaced, and what they were."""

    view: View | None
    before: Mapping[RRsetKey, str]


@dataclass
class _Needs:
    """The names that may need answers or other names, with the texts of their rrsets.

    Texts, as there may be many, and they take less memory than what they say.
    """

    texts: dict[str, list[str]] = field(default_factory=dict)
    asked: list[Answer] = field(default_factory=list)
    copied: dict[str, set[str]] = field(default_factory=dict)

    def add(
        self, zone: MeshZone, owner: str, rrsets: Sequence[SourceRRset], texts: list[str]
    ) -> None:
        self.texts[owner] = texts
        self.asked += questions(zone, owner, rrsets)
        self.copied[owner] = copies(zone, owner, rrsets)

    def rrsets(self, owner: str) -> list[SourceRRset]:
        return [*map(source_rrset, self.texts[owner])]

    def index(self) -> Iterator[Entry]:
        for owner, targets in self.copied.items():
            yield from copy_entries(owner, targets)


def _may_need(text: str) -> bool:
    """Tell cheaply whether an rrset may copy another or need an answer."""
    return '"AliasTarget"' in text or '"SetIdentifier"' in text or '"TrafficPolicy' in text


def _first_answer(answer: Answer, response: Response | None, before: Answer | None) -> Answer:
    """Give the answer to a question that is new.

    One that failed leaves it open, unless the same target was asked for in another way `before`.
    """
    if response is None or response.outcome is Outcome.FAILED:
        if before is None or before.question.target != answer.question.target:
            return answer
        return replace(answer, values=before.values, ttl=before.ttl)
    return replace(answer, values=response.values, ttl=response.ttl)
