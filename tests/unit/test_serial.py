"""Serials: RFC 1982 arithmetic, and a next one that every secondary takes."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zonemesh.serial import MODULUS, SerialStrategy, is_newer, newest, next_serial

NOW = 1_790_000_000
HALF = 2**31
TOP = MODULUS - 1

SERIALS = st.integers(0, TOP) | st.sampled_from([0, 1, HALF - 1, HALF, HALF + 1, TOP - 1, TOP])
TIMES = st.integers(0, 2**33)  # past 2106, when seconds outgrow a serial
STRATEGIES = st.sampled_from(list(SerialStrategy))


@pytest.mark.parametrize(
    ("serial", "than", "newer"),
    [
        (1, 0, True),
        (0, 1, False),
        (7, 7, False),
        (0, TOP, True),  # RFC 1982 3.1: addition wraps
        (TOP, 0, False),
        (HALF - 1, 0, True),
        (HALF, 0, False),  # 3.2: undefined, so nobody is sure to transfer it
        (0, HALF, False),
        (HALF + 1, 0, False),
        (0, HALF + 1, True),
        (2026112203, NOW, True),
    ],
)
def test_newer_is_what_a_secondary_would_transfer(serial: int, than: int, newer: bool) -> None:
    assert is_newer(serial, than) is newer


def test_newest_of_some() -> None:
    assert newest([]) is None
    assert newest([TOP]) == TOP
    assert newest([1, 2026112203, NOW]) == 2026112203
    assert newest([TOP, 3, TOP - 5]) == 3


def test_epoch_is_the_time_until_two_changes_share_a_second() -> None:
    assert next_serial(None, now=NOW) == NOW
    assert next_serial(NOW - 60, now=NOW) == NOW
    assert next_serial(NOW, now=NOW) == NOW + 1
    assert next_serial(NOW + 9, now=NOW) == NOW + 10  # a clock that was set back


def test_date_counts_within_its_day() -> None:
    noon = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
    date = SerialStrategy.DATE
    assert next_serial(None, now=noon, strategy=date) == 2026112200
    assert next_serial(2026112200, now=noon, strategy=date) == 2026112201
    assert next_serial(2026112299, now=noon, strategy=date) == 2026112300
    assert next_serial(2026112305, now=noon, strategy=date) == 2026112306


def test_increment_takes_no_notice_of_time() -> None:
    assert next_serial(None, now=NOW, strategy=SerialStrategy.INCREMENT) == 1
    assert next_serial(41, now=NOW, strategy=SerialStrategy.INCREMENT) == 42


def test_zero_is_skipped() -> None:
    assert next_serial(TOP, now=NOW, strategy=SerialStrategy.INCREMENT) == 1
    assert next_serial(None, now=0) == 1


def test_a_floor_is_somebody_s_serial_already() -> None:
    assert next_serial(None, now=NOW, floor=2026112203) == 2026112204
    assert next_serial(NOW, now=NOW + 60, floor=2026112203) == 2026112204
    assert next_serial(None, now=NOW, floor=7) == NOW
    assert next_serial(2026112204, now=NOW, floor=2026112203) == 2026112205


def test_a_floor_half_the_circle_away_does_not_take_the_secondaries_back() -> None:
    assert next_serial(5, now=NOW, floor=5 + HALF) == NOW


@given(previous=SERIALS, now=TIMES, strategy=STRATEGIES)
@example(previous=HALF + 1, now=MODULUS, strategy=SerialStrategy.EPOCH)
def test_the_next_is_newer_than_the_previous_and_never_zero(
    previous: int, now: int, strategy: SerialStrategy
) -> None:
    serial = next_serial(previous, now=now, strategy=strategy)
    assert 0 < serial < MODULUS
    assert is_newer(serial, previous)


@given(floor=SERIALS, now=TIMES, strategy=STRATEGIES)
def test_the_first_is_newer_than_the_floor(floor: int, now: int, strategy: SerialStrategy) -> None:
    assert is_newer(next_serial(None, now=now, floor=floor, strategy=strategy), floor)


@given(previous=SERIALS, ahead=st.integers(-HALF + 2, HALF - 4), now=TIMES, strategy=STRATEGIES)
def test_the_next_is_newer_than_both(
    previous: int, ahead: int, now: int, strategy: SerialStrategy
) -> None:
    floor = (previous + ahead) % MODULUS
    serial = next_serial(previous, now=now, floor=floor, strategy=strategy)
    assert is_newer(serial, previous)
    if ahead > 0:
        assert is_newer(serial, floor)


@given(start=SERIALS, now=TIMES, strategy=STRATEGIES)
def test_a_lineage_never_steps_back(start: int, now: int, strategy: SerialStrategy) -> None:
    serial = start
    for second in range(5):
        following = next_serial(serial, now=now + second // 2, strategy=strategy)
        assert is_newer(following, serial)
        serial = following
