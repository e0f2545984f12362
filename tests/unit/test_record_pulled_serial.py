"""A primary's serial is kept where servers take it; what may not have it is out of its way."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.test_record_pulled import HOSTS, KEY, NOW, World
from tests.unit.test_record_pulled_signed import signed
from zonemesh.bump import bump
from zonemesh.errors import CommandRefused
from zonemesh.record_pulled import _above
from zonemesh.serial import SerialStrategy, is_newer, kept_serial, set_aside

steady = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
SERIALS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    ("primary", "previous", "floor", "serial"),
    [
        (7, None, None, 7),
        (0, None, None, 0),
        (7, 6, None, 7),
        (7, 7, None, 8),
        (7, 9, None, 10),
        (3, 2**32 - 1, None, 3),
        (2**32 - 1, 2**32 - 1, None, 1),  # zero is passed over
        (7, None, 7, 7),  # who has it has it from the primary
        (7, None, 6, 7),
        (7, None, 8, 9),
        (7, 6, 8, 9),
        (7, 2**31 + 8, None, 7),
        (7, 2**31 + 7, None, 2**31 + 8),  # as far ahead as behind (RFC 1982 3.2)
    ],
)
def test_serial_from_a_primary(primary, previous, floor, serial):
    assert kept_serial(primary, previous, floor) == serial


@steady
@given(SERIALS, SERIALS, st.none() | SERIALS)
def test_it_is_always_newer_than_the_last(primary, previous, floor):
    assert is_newer(kept_serial(primary, previous, floor), previous)


@steady
@given(SERIALS, st.lists(SERIALS, max_size=3))
def test_what_is_set_aside_is_newer_and_free(served, taken):
    serial = set_aside(served, taken)
    assert is_newer(serial, served)
    assert serial not in taken
    assert all(is_newer(serial, (served + step) % 2**32) for step in (1, 1_000, 1_000_000))


def test_bump_leaves_a_signed_zone_alone():
    world = World(5, signed(HOSTS))
    world.record()
    with pytest.raises(CommandRefused, match="raise it at the primary"):
        bump(world.store, KEY, SerialStrategy.INCREMENT, lambda: NOW)
    assert world.store.head(KEY).serial == 5


def test_a_serial_that_the_mesh_serves_already_is_passed_though_the_table_forgot_it():
    world = World(9)
    assert world.record(served=lambda: 9).snapshot.serial == 10  # of other content, for all we know
    assert world.put(10, *HOSTS[1:], served=lambda: 14).snapshot.serial == 15
    assert world.put(16, *HOSTS[2:], served=lambda: 15).snapshot.serial == 16
    assert not world.record(served=lambda: 99).changed  # nothing is minted


def test_a_signed_zone_keeps_its_primarys_serial_whatever_the_mesh_serves():
    world = World(9, signed(HOSTS))
    assert world.record(served=lambda: 9).snapshot.serial == 9


@steady
@given(SERIALS, SERIALS, SERIALS)
def test_what_passes_the_served_one_is_newer_than_what_was_taken(serial, served, taken):
    if is_newer(serial, taken):
        assert is_newer(_above(serial, served, [taken]), taken)
