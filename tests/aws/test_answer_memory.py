"""What zones' questions were answered, held against memory and DynamoDB alike."""

from dataclasses import replace
from random import Random

import pytest

from tests.fakes.answers import MemoryAnswers
from zonemesh.aws.answer_memory import DynamoAnswerMemory
from zonemesh.aws.nodes import PART_BYTES
from zonemesh.aws.table import Table
from zonemesh.refresh_aliases import AnswerMemory
from zonemesh.settle import ALWAYS, Memory, Settled
from zonemesh.translation.question import Question

ZONE = "route53:main:example.com."
WWW = Question("www.example.com.", "A", "example.com.", "lb.example.net.")
SETTLED = Settled(
    born=1_790_000_000,
    seen={"192.0.2.1": ALWAYS, "192.0.2.2": 1_790_000_060},
    answered=True,
    ttl=60,
    lower_since=1_790_000_030,
    lower_ttl=20,
    failing_since=1_790_000_090,
)
MEMORY = Memory(
    saved_at=1_790_000_100,
    recorded_at=1_790_000_040,
    name_servers=("ns-1.awsdns-00.com.", "ns-2.awsdns-00.net."),
    name_servers_at=1_789_990_000,
    name_servers_of="Z1",
    questions={WWW: SETTLED, replace(WWW, rdtype="AAAA"): Settled(1_790_000_000)},
)


@pytest.fixture(params=["memory", "dynamodb"])
def answers(request: pytest.FixtureRequest) -> AnswerMemory:
    if request.param == "memory":
        return MemoryAnswers()
    return DynamoAnswerMemory(request.getfixturevalue("table"))


def large(seed: int, parts: int) -> Memory:
    """A memory of some parts: random text does not get smaller."""
    random, questions = Random(seed), {}
    for _ in range(parts):
        values = [random.randbytes(40).hex() for _ in range(9_000)]
        question = replace(WWW, name=f"{random.randbytes(8).hex()}.example.com.")
        questions[question] = Settled(1, dict.fromkeys(values, ALWAYS), answered=True, ttl=60)
    return replace(MEMORY, questions=questions)


def saved(memory: Memory, times: int = 1) -> Memory:
    return replace(memory, version=memory.version + times)


def test_nothing_is_remembered_at_first(answers: AnswerMemory) -> None:
    assert answers.load(ZONE) == Memory()


def test_all_of_a_memory_is_read_back(answers: AnswerMemory) -> None:
    assert answers.save(ZONE, MEMORY)
    assert answers.load(ZONE) == saved(MEMORY)
    assert answers.load("route53:main:example.net.") == Memory()


def test_a_memory_is_replaced_by_the_next_one(answers: AnswerMemory) -> None:
    for saved_at in range(3):
        memory = replace(answers.load(ZONE), saved_at=saved_at)
        assert answers.save(ZONE, memory)
    assert answers.load(ZONE) == Memory(version=3, saved_at=2)


def test_of_two_runs_at_once_the_first_one_s_memory_stays(answers: AnswerMemory) -> None:
    for known in (Memory(), saved(MEMORY)):
        assert answers.load(ZONE).version == known.version
        assert answers.save(ZONE, replace(MEMORY, version=known.version))
        assert not answers.save(ZONE, replace(known, recorded_at=7))
        assert answers.load(ZONE).recorded_at == MEMORY.recorded_at


def test_what_is_not_worth_a_write_is_remembered_until_another_run_writes(
    answers: AnswerMemory,
) -> None:
    assert answers.save(ZONE, MEMORY)
    low = replace(MEMORY.questions[WWW], lower_ttl=7)
    kept = replace(saved(MEMORY), questions={WWW: low})
    answers.keep(ZONE, kept)
    assert answers.load(ZONE) == kept
    assert answers.load("route53:main:example.net.") == Memory()
    assert answers.save(ZONE, saved(MEMORY))
    assert answers.load(ZONE) == saved(MEMORY, times=2)


def test_another_process_knows_only_what_was_written(table: Table) -> None:
    answers = DynamoAnswerMemory(table)
    assert answers.save(ZONE, MEMORY)
    answers.keep(ZONE, replace(saved(MEMORY), questions={}))
    assert DynamoAnswerMemory(table).load(ZONE) == saved(MEMORY)


def test_the_next_run_s_beginning_is_noted(answers: AnswerMemory) -> None:
    assert answers.cursor() == ""
    answers.move_cursor(ZONE)
    assert answers.cursor() == ZONE
    answers.move_cursor("")
    assert answers.cursor() == ""


def test_a_memory_of_many_questions_is_read_back(answers: AnswerMemory) -> None:
    first, second = large(1, 2), saved(large(2, 3))
    assert answers.save(ZONE, first)
    assert answers.load(ZONE) == saved(first)
    assert answers.save(ZONE, second)
    assert answers.load(ZONE) == saved(second)
    assert answers.save(ZONE, replace(MEMORY, version=2))  # and a small one follows
    assert answers.load(ZONE) == saved(MEMORY, times=3)


def items(table: Table) -> dict[str, int]:
    """The sizes of what is kept of the zone, by sort key."""
    return {item["sk"]: len(item["zlib"]) for item in table.query(f"zone#{ZONE}", "answers")}


def test_no_item_is_too_large_and_old_parts_are_written_over(table: Table) -> None:
    answers = DynamoAnswerMemory(table)
    for version in range(6):
        assert answers.save(ZONE, replace(large(version, 2), version=version))
    kept = items(table)
    assert max(kept.values()) <= PART_BYTES
    slots = {key.split("#")[1] for key in kept if "#" in key}
    assert slots == {"0", "1"}
    assert len(kept) <= 1 + 2 * 6


def test_a_crash_before_the_root_leaves_the_memory_before(table: Table) -> None:
    answers = DynamoAnswerMemory(table)
    first = large(1, 2)
    assert answers.save(ZONE, first)
    put = table.put

    def crash(request):
        if request.item["sk"] == "answers":
            raise SystemExit
        return put(request)

    table.put = crash  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        answers.save(ZONE, saved(large(2, 2)))
    table.put = put  # type: ignore[method-assign]
    assert answers.load(ZONE) == saved(first)


def test_parts_that_another_run_wrote_over_are_no_memory(table: Table) -> None:
    answers = DynamoAnswerMemory(table)
    assert answers.save(ZONE, large(1, 2))
    assert not answers.save(ZONE, large(2, 2))  # the same slot, and the root is lost
    assert answers.load(ZONE) == Memory(version=1)
    assert answers.save(ZONE, replace(MEMORY, version=1))
    assert answers.load(ZONE) == saved(MEMORY, times=2)


def test_a_missing_part_is_no_memory(table: Table) -> None:
    answers = DynamoAnswerMemory(table)
    assert answers.save(ZONE, large(1, 2))
    table.delete((f"zone#{ZONE}", "answers#1#0000"))
    assert answers.load(ZONE) == Memory(version=1)


def test_a_memory_of_another_version_of_zonemesh_is_none(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = DynamoAnswerMemory(table)
    with monkeypatch.context() as another:
        another.setattr("zonemesh.aws.answer_memory._document", lambda memory: {"schema": 2})
        assert answers.save(ZONE, MEMORY)
    assert answers.load(ZONE) == Memory(version=1)
