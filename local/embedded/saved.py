"""State of our own that outlives the process, beside what MiniStack saves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Stateful(Protocol):
    """Something that can be dumped and loaded again; it knows its own format's version."""

    def dump(self) -> bytes: ...

    def load(self, dumped: bytes) -> None: ...


class SavedStateUnreadable(RuntimeError):
    """A state file is damaged or of another version: delete the directory and deploy anew."""


class Saved:
    """One file a part in the state directory; without a directory nothing is saved."""

    def __init__(self, directory: Path | None, parts: Mapping[str, Stateful]) -> None:
        self._directory = directory
        self._parts = parts

    def save(self) -> None:
        """Write each part's state, each file replaced whole."""
        for path, part in self._files():
            temporary = path.with_suffix(".tmp")
            temporary.touch(mode=0o600)  # there are secrets in it
            with temporary.open("wb") as file:
                file.write(part.dump())
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)

    def restore(self) -> None:
        """Load what was saved, if anything; raises SavedStateUnreadable."""
        for path, part in self._files():
            if not path.exists():
                continue
            try:
                part.load(path.read_bytes())
            except ValueError as error:
                raise SavedStateUnreadable(
                    f"{path}: {error}; delete the state directory and deploy anew"
                ) from error

    def _files(self) -> list[tuple[Path, Stateful]]:
        if self._directory is None:
            return []
        return [
            (self._directory / f"zonemesh-{name}.state", part) for name, part in self._parts.items()
        ]
