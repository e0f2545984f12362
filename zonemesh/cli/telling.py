"""What a command that does something tells: people in words, programs in one JSON document.

With `--json` the words go to standard error, and nobody is asked anything.
"""

import json
from dataclasses import dataclass
from typing import Any

import typer
from rich.console import Console

from zonemesh.cli.app import USAGE, fail
from zonemesh.cli.display import console


@dataclass(frozen=True, slots=True)
class Telling:
    """Whether a program listens, and whether somebody need be asked."""

    as_json: bool
    yes: bool = False

    def __post_init__(self) -> None:
        if self.as_json and not self.yes:
            fail(USAGE, "`--json` asks nobody: add `--yes`, or have it only said what would be.")

    @property
    def out(self) -> Console:
        """Where words go."""
        return console(stderr=self.as_json)

    def document(self, **fields: Any) -> None:
        """Write the document, where a program listens."""
        if self.as_json:
            typer.echo(json.dumps(fields, indent=2))
