"""The service model's own constraints: required members, lengths, ranges, enums, patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .model import Shape

NUMBERS = frozenset({"integer", "long", "float", "double"})


def violations(shape: Shape, params: dict[str, Any]) -> list[str]:
    """One sentence for each constraint that the parameters break, in AWS's wording."""
    return list(_structure(shape, params, ""))


def camel(name: str) -> str:
    """A member's name with its first letter lower-cased, as CloudTrail and errors show it."""
    return name[:1].lower() + name[1:]


def _structure(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    for member in shape.required_members:
        if member not in value:
            yield _failed("null", f"{path}{camel(member)}", "not be null", quote=False)
    for member, item in value.items():
        yield from _any(shape.members[member], item, f"{path}{camel(member)}")


def _any(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _structure(shape, value, f"{path}.")
    elif shape.type_name == "list":
        yield from _bounds(shape, len(value), value, path, "have length")
        for number, item in enumerate(value, start=1):
            yield from _any(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name in NUMBERS:
        yield from _bounds(shape, value, value, path, "have value")
    elif shape.type_name == "string":
        yield from _string(shape, value, path)


def _string(shape: Shape, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _failed(value, path, f"satisfy enum value set: [{', '.join(shape.enum)}]")
        return
    yield from _bounds(shape, len(value), value, path, "have length")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]"), value):
        yield _failed(value, path, f"satisfy regular expression pattern: {pattern}")


def _bounds(shape: Shape, measure: float, value: Any, path: str, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and measure < least:
        yield _failed(value, path, f"{what} greater than or equal to {least}")
    if most is not None and measure > most:
        yield _failed(value, path, f"{what} less than or equal to {most}")


def _failed(value: Any, path: str, constraint: str, quote: bool = True) -> str:
    shown = f"'{value}'" if quote else value
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"
