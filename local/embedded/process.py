"""The embedded AWS as a child process: started, awaited, stopped, nothing left behind."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from local.embedded.settings import REGION, Settings

PROJECT = Path(__file__).resolve().parents[2]
READY_WITHIN = 60.0  # seconds; 3 on an idle machine, more when other work shares it
STOP_WITHIN = 20.0  # seconds for a clean stop that saves its state, then the group is killed
_KEPT_FROM_PARENT = ("PATH", "LANG", "LC_ALL", "TZ")


class EmbeddedAwsFailed(RuntimeError):
    """The embedded AWS did not come up; the message ends with the last lines of its log."""


class EmbeddedAws:
    """An AWS endpoint on 127.0.0.1 for as long as the `with` block runs.

    With a `state_dir` everything is saved there on a clean stop and restored on the
    next start (on any port); without one nothing outlives the process. The child ends
    with its parent, however the parent ends.
    """

    def __init__(
        self,
        port: int | None = None,
        state_dir: Path | None = None,
        settings: Settings | None = None,
        log_file: Path | None = None,
    ) -> None:
        self.port = port or free_port()
        self.state_dir = state_dir
        self.settings = settings or Settings()
        self._given_log_file = log_file
        self._workspace: Path | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._last_log = ""

    @property
    def endpoint(self) -> str:
        """The URL for AWS_ENDPOINT_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The child's process id, which is its group's as well; None while it does not run."""
        return self._child.pid if self._child else None

    @property
    def log_file(self) -> Path:
        """Where the child's output goes; gone after `stop` unless it was given."""
        if self._given_log_file is not None:
            return self._given_log_file
        if self._workspace is None:
            raise EmbeddedAwsFailed("the embedded AWS is not running: it has no log file")
        return self._workspace / "embedded-aws.log"

    def environment(self, access_key: str = "test", secret_key: str = "test") -> dict[str, str]:
        """Variables that point any AWS client at this endpoint, by default as root."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,  # the CDK CLI reads S3's own
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }

    def start(self) -> None:
        """Start and wait until requests are answered; raises EmbeddedAwsFailed."""
        if self._child is not None:
            raise EmbeddedAwsFailed("the embedded AWS is already running")
        self._workspace = Path(tempfile.mkdtemp(prefix="zonemesh-aws-"))
        (self._workspace / "tmp").mkdir()
        try:
            with self.log_file.open("ab") as log:
                self._child = subprocess.Popen(
                    self._command(self._workspace),
                    cwd=PROJECT,
                    env=_scrubbed_environment(self._workspace / "tmp"),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._await_ready()
        except BaseException:
            self.stop()
            raise

    def _command(self, workspace: Path) -> list[str]:
        command = [sys.executable, "-m", "local.embedded", "--port", str(self.port)]
        command += ["--workspace", str(workspace), "--until-stdin-closes"]
        command += ["--settings", self.settings.to_json()]
        if self.state_dir is not None:
            command += ["--state-dir", str(self.state_dir.resolve())]
        return command

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if self._child is None or self._child.poll() is not None:
                raise EmbeddedAwsFailed(
                    f"the embedded AWS on port {self.port} ended while starting:\n{self.log_tail()}"
                )
            if _answers(self.port):
                return
            time.sleep(0.05)
        raise EmbeddedAwsFailed(
            f"the embedded AWS on port {self.port} was not ready within "
            f"{READY_WITHIN:.0f} s:\n{self.log_tail()}"
        )

    def log_tail(self, lines: int = 30) -> str:
        """The last lines of the log, kept after `stop`."""
        with contextlib.suppress(OSError, EmbeddedAwsFailed):
            self._last_log = "\n".join(
                self.log_file.read_text(errors="replace").splitlines()[-lines:]
            )
        return self._last_log

    def stop(self) -> None:
        """End the child and all it started, and delete what it left; repeatable."""
        child, self._child = self._child, None
        if child is not None:
            _end(child)
        self.log_tail()
        if self._workspace is not None:
            shutil.rmtree(self._workspace, ignore_errors=True)
            self._workspace = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _scrubbed_environment(tmp: Path) -> dict[str, str]:
    """Nothing of the caller's AWS, Python or proxy settings reaches the child."""
    kept = {name: os.environ[name] for name in _KEPT_FROM_PARENT if name in os.environ}
    return {**kept, "HOME": str(tmp), "TMPDIR": str(tmp), "PYTHONUNBUFFERED": "1"}


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/_zonemesh/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(STOP_WITHIN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)  # the child leads its group: workers end as well
    child.wait(STOP_WITHIN)
    if child.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
