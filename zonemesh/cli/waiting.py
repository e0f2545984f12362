"""A sign that something is going on, on a terminal's standard error and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.status import Status

from zonemesh.cli.display import console


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show what is being done for as long as it takes; gone without a trace when it is done."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield
        return
    with Status(f"{what} …", console=out, spinner="line"):
        yield
