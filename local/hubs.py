"""Hubs as processes of this machine, each under the role that was deployed for it."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.deploy import HubOutput
from local.embedded.process import PROJECT
from local.embedded.settings import REGION
from local.leftovers import Leftovers
from zonemesh import deployment

READY_WITHIN = 60.0  # seconds; one on an idle machine
STOP_WITHIN = 20.0


class HubFailed(RuntimeError):
    """A hub did not come up; the message ends with the last lines of its log."""


@dataclass
class HubProcess:
    """One hub: `python -m hub_container` with an environment of its own and nothing else."""

    name: str
    output: HubOutput
    endpoint: str
    dns_port: int
    http_port: int
    folder: Path
    catch_up_every: float | None = None
    notify_port: int | None = None
    leftovers: Leftovers | None = None
    _child: subprocess.Popen[bytes] | None = None

    @property
    def dns(self) -> str:
        return f"127.0.0.1:{self.dns_port}"

    @property
    def status_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start the process, not waiting for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_profile()
        with (self.folder / "hub.log").open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "hub_container"],
                cwd=PROJECT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if self.leftovers:
            self.leftovers.watch(self._child.pid)

    def await_ready(self, within: float = READY_WITHIN) -> None:
        """Wait until `/readyz` says so; raises HubFailed."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            if self._child is None or self._child.poll() is not None:
                raise HubFailed(f"hub {self.name} ended while starting:\n{self.log_tail()}")
            if self.get("/readyz") is not None:
                return
            time.sleep(0.05)
        raise HubFailed(f"hub {self.name} was not ready in {within:.0f} s:\n{self.log_tail()}")

    def get(self, path: str) -> str | None:
        """Fetch a page of the hub's HTTP server; None unless it answers 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=2)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.read().decode() if response.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def status(self) -> dict[str, Any]:
        """Fetch `/status`; empty where the hub does not answer."""
        document: dict[str, Any] = json.loads(self.get("/status") or "{}")
        return document

    def log_tail(self, lines: int = 30) -> str:
        """Give the last lines of the hub's log."""
        with contextlib.suppress(OSError):
            text = (self.folder / "hub.log").read_text(errors="replace")
            return "\n".join(text.splitlines()[-lines:])
        return ""

    def kill(self) -> None:
        """End the process as a crash would (SIGKILL), its NSD left to fend for itself."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(STOP_WITHIN)
            self._forget(self._child.pid)
            self._child = None

    def stop(self) -> None:
        """End the process with SIGTERM, and whatever of its group is left; repeatable."""
        child, self._child = self._child, None
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(STOP_WITHIN)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(STOP_WITHIN)
        self._forget(child.pid)

    def _forget(self, pid: int) -> None:
        if self.leftovers:
            self.leftovers.forget(pid)

    def _write_profile(self) -> None:
        """Write the AWS profile that takes the hub's role, as an on-prem host would have it."""
        profile = self.folder / "aws-config"
        profile.write_text(
            "[profile operator]\naws_access_key_id = test\naws_secret_access_key = test\n"
            f"[profile hub]\nrole_arn = {self.output.role_arn}\nsource_profile = operator\n"
            f"role_session_name = {self.name}\nregion = {REGION}\n"
        )
        profile.chmod(0o600)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        environment = {
            **kept,
            **self.output.environment,
            "HOME": str(self.folder),
            "AWS_CONFIG_FILE": str(self.folder / "aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_PROFILE": "hub",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            deployment.HUB: self.name,
            deployment.HUB_STATE_DIR: str(self.folder / "state"),
            deployment.HUB_DNS_LISTEN: f"127.0.0.1@{self.dns_port}",
            deployment.HUB_HTTP_LISTEN: f"127.0.0.1:{self.http_port}",
        }
        if self.notify_port is not None:
            environment[deployment.HUB_NOTIFY_LISTEN] = f"127.0.0.1@{self.notify_port}"
        if self.catch_up_every is not None:
            environment[deployment.HUB_CATCH_UP_EVERY] = str(self.catch_up_every)
        return environment
