"""How long messages wait that are handed back."""

import pytest

from functions.batch import LATEST, LONGEST_WAIT, SOONEST, hand_back, messages, wait
from tests.functions.conftest import HandedBack, sqs_event


def test_the_first_returns_are_quick() -> None:
    assert [wait(number, LONGEST_WAIT) for number in range(1, 5)] == [(SOONEST, LATEST)] * 4


def test_waits_grow_up_to_the_longest() -> None:
    most = [wait(number, LONGEST_WAIT)[1] for number in range(4, 12)]
    assert most == [30, 60, 120, 240, 480, 900, 900, 900]
    assert wait(1000, LONGEST_WAIT)[1] == LONGEST_WAIT


@pytest.mark.parametrize("receives", [1, 4, 5, 9, 100])
def test_a_message_waits_as_often_as_it_came(receives: int) -> None:
    queue = HandedBack()
    batch = messages(sqs_event(*["{}"] * 30, receives=receives))
    assert hand_back(batch, queue.hand_back, 600) == []
    least, most = wait(receives, 600)
    waits = {seconds for _, seconds in queue.calls}
    assert all(least <= seconds <= most for seconds in waits)
    assert len(waits) > 1  # jittered


def test_a_message_that_cannot_be_handed_back_is_a_problem() -> None:
    batch = messages(sqs_event("{}"))
    assert hand_back(batch, HandedBack(broken=True).hand_back) == ["no queue"]
