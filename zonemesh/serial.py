"""Serial numbers: RFC 1982 arithmetic and the choice of the next one."""

from datetime import UTC, datetime
from enum import StrEnum

import dns.serial

MODULUS = 2**32
MOST_AHEAD = 2**31 - 1  # RFC 1982 3.2: a serial further ahead is not newer
_ASIDE = 2**30  # half of that, so that what is set aside is newer as well


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


def kept_serial(primary: int, previous: int | None, floor: int | None = None) -> int:
    """Give the serial of a zone that comes from a primary: the primary's own, or the one after.

    The primary's is kept where it is newer than `previous`, the last that was given, and not older
    than `floor`, which servers of the zone have already: they have it from the same primary.
    """
    serial = primary
    if previous is not None and not is_newer(primary, previous):
        serial = _following(previous)
    if floor is None or not is_newer(floor, serial):
        return serial
    raised = _following(floor)
    return raised if previous is None or is_newer(raised, previous) else serial


def _following(serial: int) -> int:
    return (serial + 1) % MODULUS or 1  # some servers read zero as "no serial"


def set_aside(served: int | None, taken: list[int]) -> int:
    """Give a serial for content that may not have the primary's own, and waits.

    It is out of the way of those that the primary will give next, which are to be kept.
    """
    ahead = ((served or 0) + _ASIDE) % MODULUS or 1
    while ahead in taken:
        ahead = _following(ahead)
    return ahead
