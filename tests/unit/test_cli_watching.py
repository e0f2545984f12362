"""`zonemesh status --watch` on a terminal and in a pipe."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_cli_status import NOW
from tests.unit.test_status_changes import KEY, commit, mesh, serve
from zonemesh.cli.watching import Watcher, watch_lines
from zonemesh.errors import StoreUnavailable
from zonemesh.status.mesh_status import MeshStatus, read_status

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds for a process on a busy machine


class Ended(Exception):
    """There is nothing more to look at."""


def looks(*steps: Callable[[], MeshStatus]) -> tuple[Watcher, Callable[[float], None]]:
    """Give a watcher of these looks, and a sleep that ends after the last one."""
    left = iter(range(len(steps) - 1))
    at: Iterator[Callable[[], MeshStatus]] = iter(steps)

    def sleep(_: float) -> None:
        if next(left, None) is None:
            raise Ended

    return Watcher(lambda: next(at)()), sleep


def away() -> MeshStatus:
    raise StoreUnavailable("no way to AWS")


def written(watcher: Watcher, sleep: Callable[[float], None], *, as_json: bool = False) -> None:
    with pytest.raises(Ended):
        watch_lines(watcher, 2.0, as_json=as_json, sleep=sleep)


def test_a_pipe_gets_a_line_for_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    ports = mesh()

    def changed() -> MeshStatus:
        commit(ports, 8)
        serve(ports, "eu", 8)
        return read_status(ports, NOW)

    written(*looks(lambda: read_status(ports, NOW), lambda: read_status(ports, NOW), changed))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        f"{KEY}: serial 7 → 8",
        f"{KEY}: hub eu serves 8",
    ]
    assert lines[0][:2] == "20" and lines[0].split(" ")[0].endswith("Z")


def test_what_needs_somebody_already_is_told_first(capsys: pytest.CaptureFixture[str]) -> None:
    ports = mesh()
    serve(ports, "eu", 7, error="disk full")
    written(*looks(lambda: read_status(ports, NOW)), as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    document = json.loads(line)
    assert document.pop("time") > NOW
    assert document == {"subject": f"! {KEY} on eu", "text": "disk full"}


def test_aws_that_is_away_is_told_once_and_looked_for_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ports = mesh()

    def back() -> MeshStatus:
        commit(ports, 8)
        return read_status(ports, NOW)

    written(*looks(lambda: read_status(ports, NOW), away, away, back, away))
    said = [line.split(" ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert said == [
        "AWS: does not answer: no way to AWS",
        "AWS: answers again, after 0 s",
        f"{KEY}: serial 7 → 8",
        "AWS: does not answer: no way to AWS",
    ]


SCENES = """
from rich.console import Console
from tests.unit.test_cli_status import NOW
from tests.unit.test_cli_watching import away
from tests.unit.test_status_changes import commit, mesh
from zonemesh.cli.watching import Watcher, watch_screen
from zonemesh.status.mesh_status import read_status
from contextlib import suppress

ports, count = mesh(), 0

def look():
    global count
    count += 1
    if count == 2:
        commit(ports, 8)
    if count >= 3:
        away()
    return read_status(ports, NOW)

with suppress(KeyboardInterrupt):
    watch_screen(Console(highlight=False, markup=False), Watcher(look), 0.2)
print("the shell again")
"""


def test_a_terminal_shows_what_changed_and_is_as_before_after_ctrl_c() -> None:
    terminal, inside = pty.openpty()
    ends: dict[str, Any] = {"stdin": inside, "stdout": inside, "stderr": inside}
    sized = os.environ | {"COLUMNS": "100", "LINES": "40", "TERM": "xterm-256color"}
    command = [sys.executable, "-c", SCENES]
    process = subprocess.Popen(command, cwd=PROJECT, env=sized, start_new_session=True, **ends)
    os.close(inside)
    shown = read_until(terminal, "AWS has not answered since")
    process.send_signal(signal.SIGINT)
    after = read_until(terminal, "the shell again")
    assert process.wait(PATIENCE) == 0
    os.close(terminal)
    entered, left = "\x1b[?1049h", "\x1b[?1049l"
    assert entered in shown and left not in shown
    assert "example.com. *" in shown  # the zone that has just changed
    assert "serial 7 → 8" in shown
    assert "trying on: no way to AWS" in shown
    assert after.index(left) < after.index("the shell again")
    assert "Traceback" not in after
    assert "\x1b[?25h" in after  # the cursor is there again


def read_until(terminal: int, words: str) -> str:
    text, ends = "", time.monotonic() + PATIENCE
    while words not in text:
        assert time.monotonic() < ends, text
        if select.select([terminal], [], [], 0.2)[0]:
            text += os.read(terminal, 65536).decode(errors="replace")
    return text
