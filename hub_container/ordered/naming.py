"""Counts and lists in words."""

from collections.abc import Sequence

_NAMED = 5


def counted(count: int, one: str, many: str = "") -> str:
    """Give `1 zone` or `7 zones`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def few(sentences: Sequence[str]) -> str:
    """Give the first ones, and how many more there are."""
    more = f"; and {len(sentences) - _NAMED} more" if len(sentences) > _NAMED else ""
    return "; ".join(sentences[:_NAMED]) + more
