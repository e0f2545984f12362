"""How answers settle: rotation ends in the union, what is gone is dropped, failures change nothing.

Each test asks once a minute, as the schedule does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from zonemesh.settle import (
    ALWAYS,
    PAUSE_MOST,
    SAVED_EVERY,
    Asking,
    Memory,
    Settled,
    differs,
    is_worth_saving,
    settle,
)
from zonemesh.translation.question import Answer, Outcome, Question, Response

START = 1_790_000_000
MINUTE = 60
FORGET = 1800
QUESTION = Question("www.example.com.", "A", "example.com.", "lb.example.net.")
FAILED = Response(Outcome.FAILED, why="no answer")
NONE = Response(Outcome.NONE)
TTLS = (30, 3600)


def found(*values: str, ttl: int = 60) -> Response:
    return Response(Outcome.FOUND, tuple(sorted(values)), ttl)


def served(*values: str, ttl: int = 60) -> Answer:
    return Answer("www.example.com.", "A", "", QUESTION, tuple(sorted(values)), ttl)


def asking(minute: int, *, cached: bool = False, watched: int = 0) -> Asking:
    return Asking(START + minute * MINUTE, FORGET, cached, watched)


def over(responses: Iterable[Response], before: Settled | None = None) -> list[Settled]:
    """Settle a response a minute; gives what is remembered after each."""
    settled, history = before or Settled(START), []
    for minute, response in enumerate(responses):
        settled = settle(settled, response, asking(minute))
        history.append(settled)
    return history


def values(history: Sequence[Settled]) -> list[tuple[str, ...] | None]:
    return [settled.values for settled in history]


# What is seen.


def test_the_first_answer_is_taken_whole() -> None:
    assert values(over([found("192.0.2.1", "192.0.2.2")])) == [("192.0.2.1", "192.0.2.2")]


def test_one_of_two_becomes_both_and_stays_so() -> None:
    one, two = found("192.0.2.1"), found("192.0.2.2")
    history = values(over([one, two] * 60))
    assert history[0] == ("192.0.2.1",)
    assert set(history[1:]) == {("192.0.2.1", "192.0.2.2")}


@given(st.integers(0), st.integers(2, 40), st.integers(1, 8))
def test_any_rotation_ends_in_the_union_without_flapping(seed: int, size: int, shown: int) -> None:
    """Each round shows every address once, some at a time and in any order."""
    rounds = -(-size // shown)
    assume(2 * rounds * MINUTE <= FORGET)  # an address is unseen for less than two rounds
    random = Random(seed)
    pool = [f"192.0.2.{number}" for number in range(size)]
    answers = []
    while len(answers) < 3 * FORGET // MINUTE:
        turn = random.sample(pool, size)
        answers += [found(*turn[at : at + shown]) for at in range(0, size, shown)]
    history = values(over(answers))
    assert set(history[rounds - 1 :]) == {tuple(sorted(pool))}
    for before, after in pairwise(history):
        assert set(before or ()) <= set(after or ())


@given(st.lists(st.sets(st.sampled_from("abcdef")), min_size=1, max_size=90))
def test_a_value_is_there_until_it_was_unseen_for_half_an_hour(seen: list[set[str]]) -> None:
    """The rule itself, told in another way: who was in an answer of the last thirty minutes."""
    history = values(over([found(*each) if each else NONE for each in seen]))
    for minute, kept in enumerate(history):
        within = seen[max(0, minute - FORGET // MINUTE) : minute + 1]
        assert set(kept or ()) == set().union(*within)


def test_answers_by_asker_are_all_kept() -> None:
    places = [found("198.51.100.1"), found("203.0.113.1"), found("203.0.113.1", "192.0.2.9")]
    union = ("192.0.2.9", "198.51.100.1", "203.0.113.1")
    random = Random(4)
    history = values(over(random.choice(places) for _ in range(200)))
    assert set(history[20:]) == {union}


# What is unseen.


def test_an_address_that_is_gone_is_dropped_after_half_an_hour() -> None:
    both, one = found("192.0.2.1", "192.0.2.2"), found("192.0.2.1")
    history = values(over([both] + [one] * 40))
    changes = [minute for minute in range(1, 41) if history[minute] != history[minute - 1]]
    assert changes == [1 + FORGET // MINUTE]
    assert history[-1] == ("192.0.2.1",)


@pytest.mark.parametrize("minutes", [29, 30, 31])
def test_a_name_without_addresses_keeps_them_half_an_hour(minutes: int) -> None:
    history = values(over([found("192.0.2.1")] + [NONE] * 60))
    assert history[minutes] == (("192.0.2.1",) if minutes <= 30 else ())


def test_none_is_an_answer_and_no_answer_is_none() -> None:
    assert values(over([NONE])) == [()]
    assert values(over([FAILED, FAILED])) == [None, None]


def test_a_recorded_answer_is_what_a_memory_begins_with() -> None:
    first = Settled.first(served("192.0.2.1"), START)
    assert first.values == ("192.0.2.1",)
    assert values(over([found("192.0.2.2")], first)) == [("192.0.2.1", "192.0.2.2")]
    assert Settled.first(replace(served(), values=None), START).values is None
    assert Settled.first(served(), START).values == ()


# Failures, and time in which nobody looked.


def test_a_failure_keeps_the_last_good_answer_and_notes_since_when() -> None:
    history = over([found("192.0.2.1"), FAILED, FAILED, found("192.0.2.1")])
    assert set(values(history)) == {("192.0.2.1",)}
    noted = [settled.failing_since for settled in history]
    assert noted == [None, START + MINUTE, START + MINUTE, None]


def test_an_outage_is_no_reason_to_drop_what_was_not_asked_for() -> None:
    """After an hour of failures the first answer has one of the two in rotation."""
    one, two = found("192.0.2.1"), found("192.0.2.2")
    history = values(over([one, two, *[FAILED] * 60, two, two, one]))
    assert set(history[1:]) == {("192.0.2.1", "192.0.2.2")}


def test_an_outage_does_not_prolong_the_life_of_what_is_gone() -> None:
    both, one = found("192.0.2.1", "192.0.2.2"), found("192.0.2.1")
    history = values(over([both, *[one] * 10, *[FAILED] * 60, *[one] * 40]))
    changes = [minute for minute in range(1, 111) if history[minute] != history[minute - 1]]
    assert changes == [1 + 60 + FORGET // MINUTE]


def test_a_function_that_did_not_run_drops_nothing_for_it() -> None:
    rotating = over([found("192.0.2.1"), found("192.0.2.2")])[-1]
    later = asking(300, watched=START + MINUTE)
    after = settle(rotating, found("192.0.2.2"), later)
    assert after.values == ("192.0.2.1", "192.0.2.2")
    assert settle(rotating, found("192.0.2.2"), asking(300)).values == ("192.0.2.2",)


def test_a_failure_after_a_long_pause_dates_from_the_last_look() -> None:
    rotating = over([found("192.0.2.1"), found("192.0.2.2")])[-1]
    after = settle(rotating, FAILED, asking(300, watched=START + MINUTE))
    assert after.failing_since == START + MINUTE
    usual = settle(rotating, FAILED, asking(5, watched=START + MINUTE))
    assert usual.failing_since == START + 5 * MINUTE
    assert 5 * MINUTE < PAUSE_MOST


# TTLs.


def ttls(given: Iterable[int], *, cached: bool) -> list[int]:
    settled, history = Settled(START), []
    for minute, ttl in enumerate(given):
        response = found("192.0.2.1", ttl=ttl)
        settled = settle(settled, response, asking(minute, cached=cached))
        history.append(settled.ttl)
    return history


def test_the_ttl_of_an_authoritative_answer_is_the_newest() -> None:
    assert ttls([60, 300, 299, 20], cached=False) == [60, 300, 299, 20]


@pytest.mark.parametrize("ttl", [20, 60, 300, 3600, 86400])
def test_a_cache_that_counts_down_does_not_change_the_ttl_for_ever(ttl: int) -> None:
    """Asked at any moment of the cache's life, the TTL rises near to what it is and stays."""
    random = Random(ttl)
    history = ttls((random.randint(0, ttl) for _ in range(3000)), cached=True)
    assert history == sorted(history)
    assert history[-1] >= ttl * 0.8
    assert len(set(history)) < 30
    assert len(set(history[1000:])) <= 2


def test_a_ttl_that_was_lowered_at_its_source_is_followed() -> None:
    def counting(ttl: int) -> list[int]:
        return [ttl - minute * MINUTE % ttl for minute in range(200)]

    history = ttls(counting(600) + counting(300), cached=True)
    assert history[199] == 600
    assert 300 <= history[-1] < 400  # that near is near enough


def test_an_empty_answer_has_no_ttl() -> None:
    history = over([found("192.0.2.1", ttl=60), NONE, found("192.0.2.1", ttl=60)])
    assert [settled.ttl for settled in history] == [60, 60, 60]


# What differs, and what is written.


def test_ttls_beyond_what_is_served_do_not_differ() -> None:
    assert not differs(served("192.0.2.1", ttl=5), served("192.0.2.1", ttl=30), TTLS)
    assert not differs(served("192.0.2.1", ttl=86400), served("192.0.2.1", ttl=3600), TTLS)
    assert differs(served("192.0.2.1", ttl=60), served("192.0.2.1", ttl=30), TTLS)
    assert not differs(served(ttl=60), served(ttl=300), TTLS)
    assert differs(served(), served("192.0.2.1"), TTLS)


def test_a_first_answer_differs_from_none_and_none_from_nothing() -> None:
    unknown = replace(served(), values=None)
    assert differs(served("192.0.2.1"), unknown, TTLS)
    assert differs(served(), unknown, TTLS)
    assert not differs(unknown, served("192.0.2.1"), TTLS)


def memory(settled: Settled, saved_at: int = START) -> Memory:
    return Memory(version=1, saved_at=saved_at, questions={QUESTION: settled})


def test_a_name_that_always_answers_the_same_costs_no_write() -> None:
    history = over([found("192.0.2.1", "192.0.2.2")] * 100)
    assert history[0].seen == {"192.0.2.1": ALWAYS, "192.0.2.2": ALWAYS}
    before = memory(history[0])
    late = START + 100 * MINUTE
    assert not is_worth_saving(memory(history[-1]), before, late)
    assert before.watched == 0


def test_where_a_cache_s_ttl_stands_is_not_worth_a_write() -> None:
    (whole,) = over([found("192.0.2.1", ttl=60)])
    late = settle(whole, found("192.0.2.1", ttl=5), replace(asking(1), cached=True))
    assert late.lower_ttl == 5
    assert not is_worth_saving(memory(late), memory(whole), START + 6000)


def test_a_name_that_goes_on_failing_costs_one_write() -> None:
    good, first, *others = over([found("192.0.2.1")] + [FAILED] * 100)
    assert is_worth_saving(memory(first), memory(good), START)
    assert not is_worth_saving(memory(others[-1]), memory(first), START + 6000)


def test_what_comes_and_goes_is_written_and_its_time_moves_on() -> None:
    first, second = over([found("192.0.2.1"), found("192.0.2.2")])
    assert is_worth_saving(memory(second), memory(first), START)
    counting = memory(second)
    assert counting.watched == START
    assert not is_worth_saving(counting, counting, START + SAVED_EVERY - 1)
    assert is_worth_saving(counting, counting, START + SAVED_EVERY)


def test_a_name_that_answers_whole_again_is_at_rest() -> None:
    both, one = found("192.0.2.1", "192.0.2.2"), found("192.0.2.1")
    history = over([both, one, both, both])
    assert memory(history[1]).watched
    assert not memory(history[2]).watched
    assert history[2] == history[3]


def test_settled_answers_keep_their_rrset() -> None:
    settled = over([found("192.0.2.2", ttl=90)])[-1]
    assert settled.applied(served("192.0.2.1")) == served("192.0.2.2", ttl=90)
