"""Ends and deletes what a world leaves behind when its own process is killed.

A process of its own that knows the world's folder and processes, and reads from a pipe. When the
pipe closes and nobody said that all is done, the world is dead and this is its executor.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from local.embedded.process import PROJECT

STOP_WITHIN = 15.0  # seconds until SIGKILL
_DONE = "done"


class Leftovers:
    """Watches over one world: `watch` and `forget` its processes, `done` when it has cleaned up."""

    def __init__(self, folder: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "local.leftovers", str(folder)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a terminal's Ctrl-C is for the world
        )

    def watch(self, pid: int) -> None:
        """End this process, and its group, should the world die."""
        self._tell(f"+{pid}")

    def forget(self, pid: int) -> None:
        """Leave this process alone: it has ended, and its number may be another's soon."""
        self._tell(f"-{pid}")

    def done(self) -> None:
        """Nothing is left; repeatable."""
        if self._child.poll() is None:
            self._tell(_DONE)
        with contextlib.suppress(BrokenPipeError):
            self._child.communicate()

    def _tell(self, line: str) -> None:
        assert self._child.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):
            self._child.stdin.write(f"{line}\n")
            self._child.stdin.flush()


def main(folder: Path) -> None:
    """Read until the pipe closes, then end and delete what was not taken back."""
    watched: set[int] = set()
    for line in map(str.strip, sys.stdin):
        if line == _DONE:
            return
        if line.startswith("+"):
            watched.add(int(line[1:]))
        else:
            watched.discard(int(line[1:]))
    for pid in watched:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOP_WITHIN
    while any(map(_runs, watched)) and time.monotonic() < until:
        time.sleep(0.05)
    for pid in watched:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one that ended and is not yet reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return not stat.rpartition(")")[2].lstrip().startswith("Z")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
