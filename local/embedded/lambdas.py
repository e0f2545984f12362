"""Lambda workers as AWS runs them: a bare interpreter that sees nothing of its parent."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

# What a worker may see of the server's environment; a function's own variables and
# Lambda's are added by MiniStack.
_KEPT = frozenset({"PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"})

_resting = threading.Event()


def install(workspace: Path) -> None:
    """Run workers with an interpreter of their own, made in `workspace`; call once."""
    interpreter = bare_interpreter(workspace / "python")
    detect = lambda_runtime._detect_runtime_binary

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (str(interpreter) if runtime.startswith("python") else binary), script

    lambda_runtime._detect_runtime_binary = detect_runtime_binary
    lambda_runtime.subprocess = _ScrubbingSubprocess()
    _poll_streams_apart()


def bare_interpreter(directory: Path) -> Path:
    """A Python with the standard library and nothing else, not even pip."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(directory)],
        check=True,
        capture_output=True,
    )
    return directory / "bin" / "python"


class _ScrubbingSubprocess:
    """The `subprocess` module as `lambda_runtime` uses it, but for the environment."""

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(
        self, command: list[str], *, env: Mapping[str, str], **options: Any
    ) -> subprocess.Popen[str]:
        home = {"HOME": os.environ["TMPDIR"]}
        return subprocess.Popen(command, env={**_scrubbed(env), **home}, **options)


def _scrubbed(env: Mapping[str, str]) -> dict[str, str]:
    """Without what came from the server's environment.

    A function's own variable that happens to equal the server's is not lost: the worker
    is handed the function's variables once more when it starts.
    """
    return {
        name: value for name, value in env.items() if name in _KEPT or os.environ.get(name) != value
    }


def _poll_streams_apart() -> None:
    """Poll table streams in a thread of their own.

    MiniStack invokes a stream's function in the thread that polls everything, so that a
    cold start of one would hold up the messages of every queue.
    """
    poll: Callable[[], bool] = lambda_svc._poll_dynamodb_streams
    due = threading.Event()

    def poll_when_due() -> None:
        while True:
            due.wait()
            due.clear()
            while not _resting.is_set() and _logged(poll):
                pass

    def wake() -> bool:
        due.set()
        return False

    threading.Thread(target=poll_when_due, daemon=True, name="zonemesh-streams").start()
    lambda_svc._poll_dynamodb_streams = wake


def _logged(poll: Callable[[], bool]) -> bool:
    try:
        return poll()
    except Exception:
        lambda_svc.logger.exception("polling table streams failed")
        return False


def rest() -> None:
    """Take no more events from queues and tables, and end all workers."""
    _resting.set()
    lambda_svc._poll_sqs = lambda: False
    lambda_svc._poll_dynamodb_streams = lambda: False
    lambda_svc._poll_kinesis = lambda: False
    lambda_runtime.reset()
