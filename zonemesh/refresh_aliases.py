"""The use case: what aliases resolve to is asked again, and recorded where it has settled anew.

Only the answers of a zone's newest snapshot are read, never its source or its served view. A zone
whose answers stay as they are costs some reads and its questions.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Protocol

from zonemesh.control import Control
from zonemesh.errors import SourceError, ZonemeshError
from zonemesh.membership import ACTIVE, is_served
from zonemesh.policy import Aliases
from zonemesh.ports import Member
from zonemesh.record import Recorded
from zonemesh.settle import Asking, Memory, Settled, differs, is_worth_saving, settle
from zonemesh.snapshot import Head, Reason, Snapshot
from zonemesh.translation.question import Answer, Outcome, Question, Response, answers_codec
from zonemesh.tree import entries

FOUND_BY = "answers"
# An edit is at all of Route 53's servers within a minute or so; until then they may not know the
# alias, or know it with its former target.
FRESH_FOR = 120
NAME_SERVERS_KEPT = 604_800  # seconds; a hosted zone keeps its name servers for good
NAME_SERVERS_READ = 10  # zones a run: at the pace of listings, a call a second by default
NAME_SERVERS_DOUBTED = 600  # seconds after which they are read again when none of them answers
ZONES_AT_ONCE = 4
ASKED_AT_ONCE = 200  # questions of a zone: a second at most, five where nobody answers
PROBLEMS_TOLD = 3  # questions named of a zone of which many fail


class AnswerMemory(Protocol):
    """Where it is kept what zones' questions were answered."""

    def load(self, zone: str) -> Memory:
        """Give what is remembered of a zone, an empty memory where nothing is."""

    def save(self, zone: str, memory: Memory) -> bool:
        """Keep a memory as the version after its own; False where another one was kept meanwhile.

        The memory of the other run is as good.
        """

    def keep(self, zone: str, memory: Memory) -> None:
        """Remember what is not worth a write for as long as the process lives.

        It is given in place of the memory that was loaded, until that is not the newest any more.
        """

    def cursor(self) -> str:
        """Give the zone at which the next run begins, empty for the first one."""

    def move_cursor(self, zone: str) -> None:
        """Note where the next run begins."""


@dataclass(slots=True)
class Refreshed:
    """What a run found, of one zone or of all.

    `changed` are the zones with a new snapshot, `held` the recordings that somebody has to approve,
    `failing` counts the questions without an answer
    now, `oldest_failing` is for how long the longest of them goes on, in seconds. `unreached` zones
    are the next run's first. `broken` ones could not be refreshed or recorded. `problems` says what
    went wrong.
    """

    zones: int = 0
    questions: int = 0
    changed: list[str] = field(default_factory=list)
    held: list[Recorded] = field(default_factory=list)
    failing: int = 0
    oldest_failing: int = 0
    unreached: int = 0
    broken: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, other: "Refreshed") -> None:
        """Take in what was found of another zone."""
        self.zones += other.zones
        self.questions += other.questions
        self.changed += other.changed
        self.held += other.held
        self.failing += other.failing
        self.oldest_failing = max(self.oldest_failing, other.oldest_failing)
        self.broken += other.broken
        self.problems += other.problems


def refresh(control: Control, memories: AnswerMemory, in_time: Callable[[], bool]) -> Refreshed:
    """Ask again what the aliases of all served members resolve to, several zones at once.

    Those of a hosted zone that is gone are asked by their targets, which live on without it.
    No zone is begun, and no further questions of one are asked, when `in_time` says that it is too
    late. Raises where members or heads cannot be read; what fails of one zone is a problem in what
    is returned.
    """
    members = [each for each in control.ports.register.members() if is_served(each)]
    heads = control.ports.store.heads([member.zone for member in members])
    cursor = memories.cursor()
    reads = count()
    waiting = _from(cursor, [member for member in members if member.zone in heads])

    def attempt(member: Member) -> Refreshed | None:
        if not in_time():
            return None
        return _attempt(_ZoneRefresh(control, memories, member, in_time, reads), heads[member.zone])

    with ThreadPoolExecutor(ZONES_AT_ONCE) as pool:
        attempts = list(pool.map(attempt, waiting))
    refreshed = Refreshed()
    for made in attempts:
        if made is not None:
            refreshed.add(made)
    unreached = [
        member.zone for member, made in zip(waiting, attempts, strict=True) if made is None
    ]
    refreshed.unreached = len(unreached)
    following = unreached[0] if unreached else ""
    if following != cursor:
        memories.move_cursor(following)
    return refreshed


def _from(cursor: str, members: Iterable[Member]) -> list[Member]:
    """Order members by key, those from the cursor on first: the longest unrefreshed."""
    return sorted(members, key=lambda member: (member.zone < cursor, member.zone))


def _attempt(work: "_ZoneRefresh", head: Head) -> Refreshed:
    """Refresh one zone; whatever goes wrong with it is not to keep others from theirs."""
    try:
        return work.run(head)
    except ZonemeshError as problem:
        return Refreshed(broken=1, problems=[f"{work.member.apex}: {problem}"])
    except Exception as problem:
        what = f"{type(problem).__name__}: {problem}"
        return Refreshed(broken=1, problems=[f"{work.member.apex}: {what}"])


@dataclass(slots=True)
class _ZoneRefresh:
    """The refreshing of one zone."""

    control: Control
    memories: AnswerMemory
    member: Member
    in_time: Callable[[], bool]
    reads: Iterator[int]  # counts the zones whose name servers this run has read
    problems: list[str] = field(default_factory=list)
    held: list[Recorded] = field(default_factory=list)
    broken: int = 0

    def run(self, head: Head) -> Refreshed:
        """Gather answers, let them settle, record and remember them."""
        newest = head.serial if head.held is None else head.held
        snapshot = self.control.ports.store.snapshot(self.member.zone, newest)
        answers = self._answers(snapshot)
        if not answers:
            return Refreshed()
        policy = self.control.mesh.zone_policy(self.member).aliases
        before = self.memories.load(self.member.zone)
        now = self.control.now()
        memory = _known(before, answers, now)
        fresh = {
            question
            for question, settled in memory.questions.items()
            if question.target and now - settled.born < FRESH_FOR
        }
        memory, responses = self._ask(memory, fresh, now)
        memory = _settled(memory, responses, policy, now)
        memory = self._record(snapshot, answers, memory, policy, now)
        if is_worth_saving(memory, before, now):
            self.memories.save(self.member.zone, replace(memory, saved_at=now))
        else:
            self.memories.keep(self.member.zone, memory)
        return self._told(memory, responses, now, changed=memory.recorded_at != before.recorded_at)

    def _answers(self, snapshot: Snapshot) -> list[Answer]:
        def load(digests: Iterable[str]) -> dict[str, str]:
            return self.control.ports.store.load(snapshot.zone, digests)

        view = entries(snapshot.answers, load, answers_codec)
        return [Answer.from_entry(entry.text) for entry in view]

    def _ask(
        self, memory: Memory, fresh: Collection[Question], now: int
    ) -> tuple[Memory, dict[Question, "_Heard"]]:
        """Ask all questions there is time for, fresh ones at their targets."""
        if self.member.state != ACTIVE:
            return memory, self._heard(
                {each for each in memory.questions if each.target}, None, now
            )
        own = any(question.authority for question in memory.questions.keys() - fresh)
        memory = self._with_name_servers(memory, now) if own else memory
        by_target = set(fresh)
        if not memory.name_servers:  # better the targets than nobody
            by_target |= {each for each in memory.questions if each.authority and each.target}
        others = memory.questions.keys() - by_target
        heard = self._heard(by_target, None, now) | self._heard(others, memory.name_servers, now)
        own_failed = [
            each.response.outcome is Outcome.FAILED
            for question, each in heard.items()
            if question.authority and not each.cached
        ]
        doubted = now - memory.name_servers_at >= NAME_SERVERS_DOUBTED
        if own_failed and all(own_failed) and doubted:
            memory = replace(memory, name_servers_at=0)
        return memory, heard

    def _heard(
        self, questions: Collection[Question], name_servers: Sequence[str] | None, now: int
    ) -> dict[Question, "_Heard"]:
        """Ask questions, a bounded number at a time; at their targets where no servers are given.

        What there is no time for is left out, and stays as it is.
        """
        resolver = self.control.ports.resolver(self.member.integration, self.control.mesh)
        heard: dict[Question, _Heard] = {}
        for batch in _batches(questions, now):
            if not self.in_time():
                break
            targets = name_servers is None
            for question, response in resolver.ask(
                batch, name_servers or (), targets=targets
            ).items():
                heard[question] = _Heard(response, targets or not question.authority)
        return heard

    def _with_name_servers(self, memory: Memory, now: int) -> Memory:
        hosted_zone = self.member.hosted_zone_id
        if memory.name_servers_of != hosted_zone:  # another one answers for what it holds itself
            memory = replace(memory, name_servers=())
        if memory.name_servers and now - memory.name_servers_at < NAME_SERVERS_KEPT:
            return memory
        if next(self.reads) >= NAME_SERVERS_READ:
            return memory
        try:
            servers = self.control.source(self.member).name_servers()
        except SourceError as problem:
            self.problems.append(f"name servers not read, targets asked instead: {problem}")
            return memory
        return replace(
            memory, name_servers=servers, name_servers_at=now, name_servers_of=hosted_zone
        )

    def _record(
        self,
        snapshot: Snapshot,
        answers: Sequence[Answer],
        memory: Memory,
        policy: Aliases,
        now: int,
    ) -> Memory:
        """Record what differs, unless answers made a serial a short while ago.

        A name that had no answer at all does not wait for its first one.
        """
        ttls = (policy.min_ttl, policy.max_ttl)
        settled = {answer: memory.questions[answer.question].applied(answer) for answer in answers}
        changed = {
            served: today for served, today in settled.items() if differs(today, served, ttls)
        }
        first = any(served.values is None for served in changed)
        if not changed or not (first or now - _last(snapshot, memory) >= policy.pause):
            return memory
        zone = self.control.zone(self.member)
        recorder = self.control.recorder(self.member)
        try:
            recorded = recorder.record_answers(zone, [*changed.values()], Reason(FOUND_BY))
        except ZonemeshError as problem:
            self.problems.append(f"not recorded: {problem}")
            self.broken = 1
            return memory
        if recorded and recorded.held:
            self.held.append(recorded)
        return replace(memory, recorded_at=now) if recorded and recorded.changed else memory

    def _told(
        self, memory: Memory, heard: Mapping[Question, "_Heard"], now: int, *, changed: bool
    ) -> Refreshed:
        failing = {
            question: settled.failing_since
            for question, settled in memory.questions.items()
            if settled.failing_since is not None
        }
        named = sorted(failing, key=lambda question: (failing[question], question))
        for question in named[:PROBLEMS_TOLD]:
            why = heard[question].response.why if question in heard else "not asked in this run"
            age = now - failing[question]
            self.problems.append(f"{question.name} {question.rdtype}: {why} (for {age} s)")
        if len(named) > PROBLEMS_TOLD:
            self.problems.append(f"{len(named)} of {len(memory.questions)} questions fail")
        return Refreshed(
            zones=1,
            questions=len(heard),
            changed=[self.member.zone] if changed else [],
            held=self.held,
            failing=len(failing),
            oldest_failing=max((now - since for since in failing.values()), default=0),
            broken=self.broken,
            problems=[f"{self.member.apex}: {problem}" for problem in self.problems],
        )


@dataclass(frozen=True, slots=True)
class _Heard:
    """A response, and whether it came through a cache."""

    response: Response
    cached: bool


def _known(before: Memory, answers: Iterable[Answer], now: int) -> Memory:
    """Give a memory of exactly the questions that are asked today."""
    questions: dict[Question, Settled] = {}
    for answer in answers:
        known = questions.get(answer.question) or before.questions.get(answer.question)
        if known is None or (not known.answered and answer.values is not None):
            known = Settled.first(answer, now)
        questions[answer.question] = known
    return replace(before, questions=questions)


def _settled(memory: Memory, heard: Mapping[Question, _Heard], policy: Aliases, now: int) -> Memory:
    watched = memory.watched
    questions = dict(memory.questions)
    for question, each in heard.items():
        asking = Asking(now, policy.forget_after, each.cached, watched)
        if not _is_early(questions[question], each, now):
            questions[question] = settle(questions[question], each.response, asking)
    return replace(memory, questions=questions)


def _is_early(known: Settled, heard: _Heard, now: int) -> bool:
    """Tell whether nothing is said of a fresh name by servers that do not know it yet."""
    nothing = heard.response.outcome is Outcome.NONE and not heard.cached
    return nothing and not known.answered and now - known.born < FRESH_FOR


def _last(snapshot: Snapshot, memory: Memory) -> int:
    """Give when answers last made a serial, also where that could not be remembered."""
    made = snapshot.recorded_at if snapshot.reason.found_by == FOUND_BY else 0
    return max(memory.recorded_at, made)


def _batches(questions: Collection[Question], now: int) -> list[list[Question]]:
    """Cut questions into batches; which of many come first changes from run to run."""
    ordered = sorted(questions)
    batches = [
        ordered[start : start + ASKED_AT_ONCE] for start in range(0, len(ordered), ASKED_AT_ONCE)
    ]
    turn = now // 60 % len(batches) if batches else 0
    return batches[turn:] + batches[:turn]
