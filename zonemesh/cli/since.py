"""Times as they are typed: how long ago, or when."""

import re
from datetime import UTC, datetime

import typer

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_AGO = re.compile(rf"(\d+(?:\.\d+)?) ?({'|'.join(_UNITS)})")


def since(text: str, now: float) -> float:
    """Read `90s`, `30m`, `2h`, `3d`, `1w` as so long before `now`, or a time as ISO 8601 writes it.

    Gives epoch seconds; a time without a zone is UTC, a date its midnight. Raises BadParameter.
    """
    if ago := _AGO.fullmatch(text.strip().lower()):
        return now - float(ago[1]) * _UNITS[ago[2]]
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no time; write `2h` or `3d`, or one like `2026-11-30T08:00`"
        ) from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
