"""Files that are replaced whole: temp, fsync, rename."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

TEMP_SUFFIX = ".new"


@contextmanager
def fresh_file(path: Path) -> Iterator[BinaryIO]:
    """Write a new file that is on disk when the block ends, and gone when it raises.

    Only the owner may read it. Raises OSError, as for a full disk.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def rename(temp: Path, path: Path) -> None:
    """Put a file in another's place so that a crash leaves the one or the other."""
    os.replace(temp, path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make renames in a directory last."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_text(path: Path, text: str) -> None:
    """Replace a file's whole text; only the owner may read it."""
    temp = path.with_name(path.name + TEMP_SUFFIX)
    with fresh_file(temp) as file:
        file.write(text.encode())
    rename(temp, path)
