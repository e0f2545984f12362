"""`zonemesh status --watch`: the screen again and again, or a line for each change in a pipe."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from zonemesh.cli.cells import BAD, FAINT
from zonemesh.cli.paragraph import paragraph
from zonemesh.cli.status_screen import Room, screen
from zonemesh.duration import duration
from zonemesh.errors import StoreError
from zonemesh.status.changes import Change, changes
from zonemesh.status.mesh_status import MeshStatus
from zonemesh.status.needs import needs

LATEST = 6  # changes that stay on the screen, the last ones
_BESIDES = 18  # lines of the screen that are no rows of zones

Look = Callable[[], MeshStatus]
Sleep = Callable[[float], None]


class Watcher:
    """Looks again and again; a look that fails leaves the last one standing, and says so.

    `look` raises StoreError where AWS does not answer.
    """

    def __init__(self, look: Look, clock: Callable[[], float] = time.time) -> None:
        self._look, self._clock = look, clock
        self.status: MeshStatus | None = None
        self.away_since: float | None = None
        self.trouble = ""

    def look(self) -> list[Change]:
        """Look once; gives what has changed since the look before."""
        try:
            found = self._look()
        except StoreError as problem:
            self.trouble = str(problem)
            if self.away_since is not None:
                return []
            self.away_since = self._clock()
            return [Change("AWS", f"does not answer: {problem}")]
        back = self._back()
        before, self.status = self.status, found
        return [*back, *(changes(before, found) if before else ())]

    def _back(self) -> list[Change]:
        if self.away_since is None:
            return []
        away, self.away_since = self._clock() - self.away_since, None
        return [Change("AWS", f"answers again, after {duration(away)}")]


def watch_screen(out: Console, watcher: Watcher, every: float, sleep: Sleep = time.sleep) -> None:
    """Show the screen until Ctrl-C, which leaves the terminal as it was."""
    lately: deque[tuple[float, Change]] = deque(maxlen=LATEST)
    with Live(console=out, screen=True, auto_refresh=False, vertical_overflow="crop") as live:
        while True:
            found = watcher.look()
            lately.extend((time.time(), change) for change in found)
            live.update(Group(*_picture(out, watcher, found, lately)), refresh=True)
            sleep(every)


def _picture(
    out: Console, watcher: Watcher, fresh: list[Change], lately: deque[tuple[float, Change]]
) -> Iterator[RenderableType]:
    if watcher.away_since is not None:
        since = clock_text(watcher.away_since)
        away = f"AWS has not answered since {since}; trying on: {watcher.trouble}"
        yield from paragraph(out, Text(away, style=BAD))
    if watcher.status is None:
        return
    as_of = f"as of {clock_text(watcher.status.now)}, Ctrl-C ends"
    yield Text(as_of, style=FAINT, justify="right")
    changed = frozenset(change.subject.removeprefix("! ") for change in fresh)
    yield from screen(out, watcher.status, _room(out.height), changed)
    if lately:
        yield Text()
        yield Text("Lately:", style="bold")
    for at, change in reversed(lately):
        style = "bold" if change in fresh else ""
        yield Text(f"{clock_text(at)}  {change}", style, no_wrap=True, overflow="ellipsis")


def _room(height: int) -> Room:
    few = max(3, height // 8)
    return Room(needs=max(2, height // 12), zones=max(3, height - _BESIDES), hubs=few, places=few)


def watch_lines(
    watcher: Watcher, every: float, *, as_json: bool, sleep: Sleep = time.sleep
) -> None:
    """Write a line for each change, and first what needs somebody already, until Ctrl-C."""
    told = False
    while True:
        found = watcher.look()
        if not told and (status := watcher.status) is not None:
            standing = [Change(f"! {need.subject}", need.text) for need in needs(status)]
            found, told = [*found, *standing], True
        for change in found:
            _write(change, as_json)
        sleep(every)


def _write(change: Change, as_json: bool) -> None:
    at = time.time()
    if as_json:
        document = {"time": at, "subject": change.subject, "text": change.text}
        typer.echo(json.dumps(document))
    else:
        typer.echo(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ} {change}")


def clock_text(seconds: float) -> str:
    """Write the time of a day in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S} UTC"
