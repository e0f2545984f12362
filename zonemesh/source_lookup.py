"""What a translator looks up about other names than the one it translates."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from zonemesh.names import order_of, text_of
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import source_codec, source_rrset
from zonemesh.translation.question import Answer, answers_codec
from zonemesh.tree import Load, Seeker, View, same_owner


class SourceLookup:
    """A source view and its answers, of which only the names asked for are loaded."""

    def __init__(self, source: View | None, answers: View | None, load: Load) -> None:
        self._source, self._answers, self._load = source, answers, load
        self._seeker = Seeker(source, load, source_codec)
        self._rrsets: dict[str, list[SourceRRset]] = {}
        self._answered: dict[str, dict[tuple[str, str], Answer]] = {}
        self._all_known = False

    def prefetch(self, owners: Collection[str]) -> None:
        """Load what there is of some names in a few requests."""
        wanted = [owner for owner in owners if owner not in self._rrsets]
        self._rrsets.update((owner, []) for owner in wanted)
        orders = [order_of(owner) for owner in wanted]
        for entry in same_owner(self._source, orders, self._load, source_codec):
            self._rrsets[text_of(entry.key.order)].append(source_rrset(entry.text))
        if self._all_known:
            return
        self._answered.update((owner, {}) for owner in wanted)
        for entry in same_owner(self._answers, orders, self._load, answers_codec):
            self._take(Answer.from_entry(entry.text))

    def know(self, rrsets: Mapping[str, list[SourceRRset]]) -> None:
        """Take over what there is of some names; their answers must be known as well."""
        self._rrsets.update(rrsets)

    def knows(self, owner: str) -> bool:
        """Tell whether what there is of a name is loaded."""
        return owner in self._rrsets

    def know_all(self, answers: Iterable[Answer]) -> None:
        """Take over all answers of the zone, so that none is loaded."""
        self._all_known = True
        for answer in answers:
            self._take(answer)

    def _take(self, answer: Answer) -> None:
        of_owner = self._answered.setdefault(answer.owner, {})
        of_owner[answer.rdtype, answer.set_identifier] = answer

    def rrsets(self, owner: str) -> Sequence[SourceRRset]:
        """Give the rrsets of a name; none where the source has none."""
        if owner not in self._rrsets:
            self.prefetch([owner])
        return self._rrsets[owner]

    def is_name(self, owner: str) -> bool:
        """Tell whether the source has the name, be it as an empty non-terminal (RFC 4592 2.2.2)."""
        order = order_of(owner)
        entry = self._seeker.first_from(order)
        return entry is not None and entry.key.order.startswith(order)

    def answers(self, owner: str) -> Mapping[tuple[str, str], Answer]:
        """Give the answers of a name by type and set identifier."""
        if owner not in self._answered and not self._all_known:
            self.prefetch([owner])
        return self._answered.get(owner, {})


class WithOwner:
    """A lookup to which one owner's rrsets are handed; they are not kept."""

    def __init__(self, lookup: SourceLookup, owner: str, rrsets: Sequence[SourceRRset]) -> None:
        self._lookup, self._owner, self._own = lookup, owner, rrsets
        self.is_name, self.answers = lookup.is_name, lookup.answers

    def rrsets(self, owner: str) -> Sequence[SourceRRset]:
        """Give the rrsets of a name."""
        return self._own if owner == self._owner else self._lookup.rrsets(owner)
