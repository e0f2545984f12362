"""Serial numbers: RFC 1982 arithmetic and the choice of the next one."""

from datetime import UTC, datetime
from enum import StrEnum

import dns.serial

MODULUS = 2**32


class SerialStrategy(StrEnum):
    """How a zone's serial relates to time."""

    EPOCH = "epoch"
    DATE = "date"
    INCREMENT = "increment"


def is_newer(serial: int, than: int) -> bool:
    """Tell whether a secondary that holds `than` would transfer `serial` (RFC 1982 3.2)."""
    return bool(dns.serial.Serial(serial) > dns.serial.Serial(than))


def newest(serials: list[int]) -> int | None:
    """Give the newest of some serials, or None where there are none."""
    found: int | None = None
    for serial in serials:
        if found is None or is_newer(serial, found):
            found = serial
    return found


def next_serial(
    previous: int | None,
    *,
    now: int,
    floor: int | None = None,
    strategy: SerialStrategy = SerialStrategy.EPOCH,
) -> int:
    """Mint the serial of a new snapshot: the newest of `previous + 1`, `floor` and the time.

    `now` is in epoch seconds; the `date` strategy makes YYYYMMDDnn of it, in UTC. The floor itself
    is taken by somebody already, so the result is above it. Zero is skipped: some servers read it
    as "no serial".
    """
    candidates = [(taken + 1) % MODULUS for taken in (previous, floor) if taken is not None]
    if strategy is SerialStrategy.EPOCH:
        candidates.append(now % MODULUS)
    elif strategy is SerialStrategy.DATE:
        candidates.append(int(f"{datetime.fromtimestamp(now, UTC):%Y%m%d}00") % MODULUS)
    serial = newest(candidates)
    return serial or 1
