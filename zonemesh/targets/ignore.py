"""Rrsets at a target that other tools own: neither made, changed nor deleted. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Self


@dataclass(frozen=True, slots=True)
class Ignored:
    """Patterns of owner names, each with the types that it means; without types it means all."""

    patterns: tuple[tuple[str, frozenset[str]], ...] = ()

    @classmethod
    def of(cls, written: Iterable[str]) -> Self:
        """Read a target's `ignore`: `NAME` or `NAME TYPE,TYPE`, the name shell-style."""
        return cls(tuple(map(_pattern, written)))

    def match(self, owner: str, rdtype: str) -> bool:
        """Tell whether an rrset is another tool's; `owner` is canonical text, with its last dot."""
        name = owner.removesuffix(".")
        return any(
            (not types or rdtype in types) and fnmatchcase(name, pattern)
            for pattern, types in self.patterns
        )


def _pattern(written: str) -> tuple[str, frozenset[str]]:
    name, _, types = written.partition(" ")
    return name.lower().removesuffix("."), frozenset(_types(types.split(",")))


def _types(words: Sequence[str]) -> Iterable[str]:
    return (word.strip().upper() for word in words if word.strip())
