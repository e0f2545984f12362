"""Time spans as they are shown."""


def duration(seconds: float) -> str:
    """Write a time span in one unit, rounded down: `59 s`, `3 min`, `26 h`, `5 d`."""
    for unit, size, below in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, 48 * 3600)):
        if seconds < below:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds // 86400)} d"


def took(seconds: float | None) -> str:
    """Write how long something took."""
    if seconds is None:
        return "-"
    if seconds < 120:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    return duration(seconds)
