"""Serial numbers: RFC 1982 arithmetic and the choice of the next one."""

from datetime import UTC, datetime
from enum import StrEnum

import dns.serial

MODULUS = 2**32
MOST_AHEAD = 2**31 - 1  # RFC 1982 3.2: a serial further ahead is not newer


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
    """Mint the serial of a new snapshot: the newest of `previous + 1`, `floor + 1` and the time.

    `now` is in epoch seconds; the `date` strategy makes YYYYMMDDnn of it, in UTC. The floor itself
    is taken by somebody already, so the result is above it, too, unless it is older than
    `previous`. Zero is skipped: some servers read it as "no serial".
    """
    taken = [serial % MODULUS for serial in (previous, floor) if serial is not None]
    wanted = [serial + 1 for serial in taken]
    if strategy is SerialStrategy.EPOCH:
        wanted.append(now)
    elif strategy is SerialStrategy.DATE:
        wanted.append(int(f"{datetime.fromtimestamp(now, UTC):%Y%m%d}00"))
    if not taken:
        return (wanted[0] % MODULUS if wanted else 1) or 1
    # "Newer" is no order among three serials (RFC 1982 3.2), but steps ahead of the first are.
    base = taken[0]
    steps = [(serial - base) % MODULUS for serial in wanted]
    step = max(step for step in steps if step <= MOST_AHEAD)
    if (base + step) % MODULUS == 0:
        step += 1 if step < MOST_AHEAD else -1
    return (base + step) % MODULUS
