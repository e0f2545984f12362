"""Files that commands write: made anew, or replaced whole, and private where a secret is inside."""

import os
from pathlib import Path

from zonemesh.cli.app import USAGE, fail

_PRIVATE, _READABLE = 0o600, 0o644


def write_new(path: Path, text: str) -> None:
    """Make a private file; ends the command where there is one already, or none can be made."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    except FileExistsError:
        fail(USAGE, f"{path} is there already, and is not overwritten; name another file.")
    except OSError as problem:
        fail(USAGE, f"{path}: {problem.strerror}; name a file that can be written.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def replace_file(path: Path, text: str, *, private: bool) -> None:
    """Write a file whole, in place of one of that name; ends the command where it cannot be."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    mode = _PRIVATE if private else _READABLE
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        fail(USAGE, f"{path}: {problem.strerror}; name a file that can be written.")
