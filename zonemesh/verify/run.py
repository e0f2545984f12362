"""The use case: everybody who serves a zone is asked, and what they say is set beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import dns.message

from zonemesh.verify.answers import SOA, Expected, ServedZone
from zonemesh.verify.asking import Asker
from zonemesh.verify.compare import Difference, compare
from zonemesh.verify.places import Server
from zonemesh.verify.questions import Query

ROUNDS = 4  # a server that reloads, or is being told, may answer as before for a moment


@dataclass(slots=True)
class Verified:
    """What one server answered.

    `serial` is that of its SOA, None where it gave none. `asked` counts the questions that were
    compared, `left_out` those that say nothing about it. `silent` is why it answered nothing at
    all.
    """

    server: Server
    serial: int | None = None
    asked: int = 0
    left_out: int = 0
    differences: list[Difference] = field(default_factory=list)
    silent: str = ""

    @property
    def good(self) -> bool:
        """Whether it answered all, and all as it should."""
        return not self.differences and not self.silent


def verify(
    zone: ServedZone,
    servers: Sequence[Server],
    queries: Sequence[Query],
    asker: Asker,
    *,
    pause: Callable[[], None],
    rounds: int = ROUNDS,
) -> list[Verified]:
    """Ask all servers; what differs is asked again, and told where it differs each time.

    Gives what each server answered, in their order; differences in the order of the questions.
    `pause` waits between two rounds.
    """
    expected = {query: zone.expect(query.name, query.rdtype) for query in queries}
    found = {server: Verified(server) for server in servers}
    left: dict[Server, list[Query]] = {}
    for server in servers:
        terms = server.terms
        left[server] = [q for q in queries if not terms.leaves_out(zone.apex, q, expected[q])]
        found[server].asked = len(left[server])
        found[server].left_out = len(queries) - len(left[server])
    for number in range(rounds):
        if not any(left.values()):
            break
        if number:
            pause()
        left = _round(zone, expected, found, left, asker)
    order = {query: place for place, query in enumerate(queries)}
    for result in found.values():
        result.differences.sort(key=lambda each: order[each.query])
    return [*found.values()]


def _round(
    zone: ServedZone,
    expected: dict[Query, Expected],
    found: dict[Server, Verified],
    left: dict[Server, list[Query]],
    asker: Asker,
) -> dict[Server, list[Query]]:
    """Ask what is left to ask; gives what has to be asked again."""
    for server in left:
        found[server].differences, found[server].silent = [], ""

    def answered(server: Server, query: Query, answer: dns.message.Message) -> None:
        result = found[server]
        if query.rdtype == SOA and query.name == zone.apex:
            result.serial = _serial(answer)
        if difference := compare(query, expected[query], answer, server.terms):
            result.differences.append(difference)

    asked = {server: queries for server, queries in left.items() if queries}
    silence = asker.ask(asked, answered, signatures=zone.signed)
    again = {}
    for server in asked:
        unanswered = silence.get(server, {})
        if len(unanswered) == found[server].asked:
            found[server].silent = next(iter(unanswered.values()))
            continue  # it was tried often enough
        found[server].differences += [
            Difference(query, "an answer", why) for query, why in unanswered.items()
        ]
        again[server] = [each.query for each in found[server].differences]
    return again


def _serial(answer: dns.message.Message) -> int | None:
    for rrset in answer.answer:
        if rrset.rdtype == SOA:
            return int(rrset[0].serial)
    return None
