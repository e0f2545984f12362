"""Turns: one at a time for a pair, any beside any other, and no target waits for another."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hub_container.publishing.lanes import Lanes, Pair, Turn
from local.servers.client import wait_until

A, B, C = (Pair(zone, "first") for zone in ("a.", "b.", "c."))
OTHER = Pair("a.", "second")


class Desk:
    """Work that notes its turns, and waits while its gate is shut."""

    def __init__(self) -> None:
        self.turns: list[tuple[Pair, Turn]] = []
        self.pauses: dict[Pair, list[float]] = {}
        self.shut: dict[Pair, threading.Event] = {}
        self.entered: set[Pair] = set()

    def __call__(self, pair: Pair, turn: Turn) -> float | None:
        assert pair not in self.entered, "two turns of one pair at once"
        self.entered.add(pair)
        self.turns.append((pair, turn))
        if pair in self.shut:
            assert self.shut[pair].wait(60)
        self.entered.discard(pair)
        pauses = self.pauses.get(pair)
        return pauses.pop(0) if pauses else None

    def had(self, pair: Pair) -> list[Turn]:
        return [turn for known, turn in self.turns if known == pair]

    @contextmanager
    def closed(self, pair: Pair) -> Iterator[None]:
        """Have a pair's next turn last as long as the block."""
        gate = self.shut[pair] = threading.Event()
        try:
            yield
        finally:
            del self.shut[pair]
            gate.set()


@contextmanager
def running(desk: Callable[[Pair, Turn], float | None], **limits: int) -> Iterator[Lanes]:
    lanes = Lanes(desk, **limits)
    lanes.start()
    try:
        yield lanes
    finally:
        lanes.stop()


def await_idle(lanes: Lanes) -> None:
    wait_until("the lanes are idle", lambda: lanes.idle, 30)


def test_each_pair_that_is_asked_for_has_a_turn() -> None:
    desk = Desk()
    with running(desk) as lanes:
        for pair in (A, B, OTHER):
            lanes.ask(pair)
        await_idle(lanes)
    assert {pair for pair, _ in desk.turns} == {A, B, OTHER}


def test_what_is_asked_for_before_the_start_has_its_turn_then() -> None:
    desk = Desk()
    lanes = Lanes(desk)
    lanes.ask(A)
    lanes.look(B)
    assert not desk.turns
    lanes.start()
    await_idle(lanes)
    lanes.stop()
    assert [turn.look for _, turn in sorted(desk.turns)] == [False, True]


def test_a_target_that_hangs_delays_no_other_target() -> None:
    desk = Desk()
    with running(desk, threads=1) as lanes, desk.closed(A):
        lanes.ask(A)
        wait_until("the first hangs", lambda: A in desk.entered, 30)
        lanes.ask(B)  # the same target: no thread is left
        lanes.ask(OTHER)
        wait_until("the other target has its turn", lambda: desk.had(OTHER), 30)
        assert not desk.had(B)


def test_a_zone_that_hangs_delays_no_other_zone_of_its_target() -> None:
    desk = Desk()
    with running(desk) as lanes, desk.closed(A):
        lanes.ask(A)
        wait_until("the first hangs", lambda: A in desk.entered, 30)
        lanes.ask(B)
        wait_until("the other zone has its turn", lambda: desk.had(B), 30)


def test_of_many_asked_for_at_once_one_that_hangs_delays_none() -> None:
    desk = Desk()
    lanes = Lanes(desk)
    for pair in (A, B, C):
        lanes.ask(pair)
    with desk.closed(A):
        lanes.start()
        wait_until("the others have their turns", lambda: desk.had(B) and desk.had(C), 30)
    await_idle(lanes)
    lanes.stop()


def test_a_pair_asked_for_during_its_turn_has_one_more_and_is_told_to_hurry() -> None:
    desk = Desk()
    with running(desk) as lanes:
        with desk.closed(A):
            lanes.ask(A)
            wait_until("it has its turn", lambda: A in desk.entered, 30)
            (turn,) = desk.had(A)
            assert not turn.hurry()
            for _ in range(3):
                lanes.ask(A)
            assert turn.hurry()
        await_idle(lanes)
    assert len(desk.had(A)) == 2


def test_who_holds_the_last_thread_is_told_that_others_wait() -> None:
    desk = Desk()
    with running(desk, threads=1) as lanes, desk.closed(A):
        lanes.ask(A)
        wait_until("it has its turn", lambda: A in desk.entered, 30)
        (turn,) = desk.had(A)
        assert not turn.hurry()
        lanes.ask(B)
        assert turn.hurry()


def test_what_wants_another_turn_has_it_after_its_pause_and_knows_it() -> None:
    desk = Desk()
    desk.pauses[A] = [0.05, 0.05]
    with running(desk) as lanes:
        lanes.ask(A)
        wait_until("it had three turns", lambda: len(desk.had(A)) == 3, 30)
    assert [turn.again for turn in desk.had(A)] == [False, True, True]


def test_a_pair_that_waits_for_another_try_is_tried_at_once_when_asked_for() -> None:
    desk = Desk()
    desk.pauses[A] = [600.0]
    with running(desk) as lanes:
        lanes.ask(A)
        await_idle(lanes)
        lanes.ask(A)
        wait_until("it had its second turn", lambda: len(desk.had(A)) == 2, 30)
        await_idle(lanes)
    assert [turn.again for turn in desk.had(A)] == [False, False]


def test_looks_leave_threads_for_pushes() -> None:
    desk = Desk()
    with running(desk, threads=2, looks=1) as lanes, desk.closed(A):
        lanes.look(A)
        lanes.look(B)
        wait_until("a look is under way", lambda: A in desk.entered, 30)
        lanes.ask(C)
        wait_until("a push goes past it", lambda: desk.had(C), 30)
        assert not desk.had(B)


def test_a_push_goes_before_the_look_of_its_pair_which_may_be_taken_as_done() -> None:
    desk = Desk()

    def work(pair: Pair, turn: Turn) -> None:
        desk(pair, turn)
        lanes.looked(pair)

    lanes = Lanes(work)
    lanes.look(A)
    lanes.ask(A)
    lanes.start()
    await_idle(lanes)
    lanes.stop()
    assert [turn.look for turn in desk.had(A)] == [False]


def test_a_push_and_a_look_that_are_both_wanted_come_one_after_the_other() -> None:
    desk = Desk()
    lanes = Lanes(desk)
    lanes.look(A)
    lanes.ask(A)
    lanes.start()
    wait_until("both were made", lambda: len(desk.had(A)) == 2, 30)
    await_idle(lanes)
    lanes.stop()
    assert [turn.look for turn in desk.had(A)] == [False, True]


def test_what_left_has_no_turn_any_more() -> None:
    desk = Desk()
    desk.pauses[A] = [0.01]
    with running(desk) as lanes:
        with desk.closed(A):
            lanes.ask(A)
            wait_until("it has its turn", lambda: A in desk.entered, 30)
            lanes.ask(A)
            lanes.keep_only([B])
        await_idle(lanes)
        desk.pauses[B] = [0.1]  # longer than the pause of the one that left
        lanes.ask(B)
        wait_until("the other had two turns", lambda: len(desk.had(B)) == 2, 30)
    assert len(desk.had(A)) == 1


def test_a_turn_that_raises_takes_no_thread_along() -> None:
    seen: list[Pair] = []

    def work(pair: Pair, turn: Turn) -> None:
        seen.append(pair)
        raise RuntimeError("unforeseen")

    with running(work, threads=1) as lanes:
        for pair in (A, B, A):
            lanes.ask(pair)
            await_idle(lanes)
    assert seen == [A, B, A]


def test_after_the_end_nobody_has_a_turn_and_all_threads_go() -> None:
    desk = Desk()
    with running(desk) as lanes:
        lanes.ask(A)
        await_idle(lanes)
    lanes.ask(B)
    named = ("target-first", "targets")

    def gone() -> bool:
        return not any(thread.name in named for thread in threading.enumerate())

    wait_until("the threads have gone", gone, 30)
    assert not desk.had(B)
