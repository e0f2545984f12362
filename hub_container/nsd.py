"""Keeps one NSD running: starts it, starts it again when it dies, leaves nothing of it behind.

stopped ──start──► starting ──answers──► running ──dies──► waiting ──backoff──► starting
                       ▲                    │
                       └─────── restart ────┘
"""

import logging
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import IO

from hub_container.files import TEMP_SUFFIX, fresh_file, rename
from hub_container.nsd_control import NsdRefused, check_conf
from hub_container.nsd_text import SOCKET_PATH_MAX, NsdPaths
from hub_container.settings import Endpoint, InvalidSettings
from hub_container.soa import ask

_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.2, 30.0  # seconds
_SETTLED = 10.0  # seconds; an NSD that ran this long did not die of its configuration
_STOP_PATIENCE = 10.0  # seconds until SIGKILL; ECS gives a container 30
_POLL = 0.02

logger = logging.getLogger(__name__)


class Nsd:
    """An NSD in the foreground, under a thread of ours.

    `on_running` is called, in that thread, each time that a new NSD answers its first query,
    `on_said` in another one with each line of its log.
    """

    def __init__(
        self,
        paths: NsdPaths,
        server: Endpoint,
        on_running: Callable[[], None],
        on_said: Callable[[str], None] = lambda line: None,
    ) -> None:
        if len(os.fsencode(paths.socket)) > SOCKET_PATH_MAX:
            raise InvalidSettings(
                f"{paths.socket}: longer than the {SOCKET_PATH_MAX} bytes that a unix socket's "
                "path may have; choose a shorter state directory"
            )
        self._paths, self._server = paths, server
        self._on_running, self._on_said = on_running, on_said
        self._stop = threading.Event()
        self._at_once = threading.Event()  # whether it is to be started again without a pause
        self._thread = threading.Thread(target=self._supervise, name="nsd", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.state = "stopped"
        self.starts = 0
        self.down_since: float | None = time.monotonic()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process and process.poll() is None else None

    def configure(self, text: str) -> bool:
        """Replace nsd.conf if it differs; tells whether it did.

        Raises NsdRefused or OSError; the present file is then as it was.
        """
        path = self._paths.config
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and path.read_text() == text:
            return False
        temp = path.with_name(path.name + TEMP_SUFFIX)
        with fresh_file(temp) as file:
            file.write(text.encode())
        try:
            check_conf(temp)
        except NsdRefused:
            temp.unlink(missing_ok=True)
            raise
        rename(temp, path)
        return True

    def start(self) -> None:
        """Start to keep an NSD running; nsd.conf must be there."""
        self._thread.start()

    def stop(self) -> None:
        """Stop it, gently first; returns when no process of it is left."""
        self._stop.set()
        self._at_once.set()
        if process := self._process:
            _signal(process.pid, signal.SIGTERM)
        if self._thread.is_alive():
            self._thread.join(_STOP_PATIENCE)
        self.kill_leftovers()
        self.state = "stopped"

    def restart(self) -> None:
        """End the one that runs, for another to take its place at once; returns when it ended."""
        self._at_once.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        _signal(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            logger.error("NSD does not end, killing it", extra={"pid": process.pid})
            _signal(process.pid, signal.SIGKILL)

    def kill_leftovers(self) -> None:
        """End every NSD of our configuration.

        They are what a hub or a parent process that was killed has left: they hold the port.
        """
        began = time.monotonic()
        sign = signal.SIGTERM
        while found := _nsd_processes_of(self._paths):
            if time.monotonic() - began > 2 * _STOP_PATIENCE:
                logger.error("a leftover NSD does not end", extra={"pids": found})
                return
            if time.monotonic() - began > _STOP_PATIENCE:
                sign = signal.SIGKILL
            for pid in found:
                logger.warning("ending a leftover NSD", extra={"pid": pid, "signal": sign.name})
                _signal(pid, sign)
            time.sleep(0.1)

    def _supervise(self) -> None:
        backoff = _FIRST_BACKOFF
        while not self._stop.is_set():
            self.kill_leftovers()
            started = time.monotonic()
            try:
                self._run_once()
            except OSError as problem:
                logger.error("NSD cannot be started", extra={"error": str(problem)})
            if self._stop.is_set():
                break
            if time.monotonic() - started > _SETTLED:
                backoff = _FIRST_BACKOFF
            self.state = "waiting"
            if self._at_once.is_set():
                logger.info("NSD is restarted")
            else:
                logger.error("NSD ended, starting it again", extra={"pause_seconds": backoff})
            ordered = self._at_once.wait(backoff)
            self._at_once.clear()
            backoff = _FIRST_BACKOFF if ordered else min(backoff * 2, _LONGEST_BACKOFF)

    def _run_once(self) -> None:
        drop_transfers(self._paths.state)
        self.state = "starting"
        self.starts += 1
        process = subprocess.Popen(
            self._command(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is for the hub, which then stops NSD
        )
        self._process = process
        assert process.stderr is not None
        threading.Thread(
            target=_pass_on_log, args=(process.stderr, self._on_said), name="nsd-log", daemon=True
        ).start()
        if self._stop.is_set():
            _signal(process.pid, signal.SIGTERM)
        if self._answers(process):
            self.state = "running"
            self.down_since = None
            self._on_running()
        process.wait()
        self.down_since = time.monotonic()

    def _command(self) -> list[str]:
        command = ["nsd", "-d", "-c", str(self._paths.config)]
        if setpriv := shutil.which("setpriv"):
            # NSD goes when the hub is killed. The signal comes when the *thread* that started it
            # ends (prctl(2), PR_SET_PDEATHSIG); the supervising thread lives as long as the hub.
            # An nsd with file capabilities, as in the image, does not get it: execve(2) clears the
            # setting. There the container's end takes NSD along, and `kill_leftovers` the rest.
            command = [setpriv, "--pdeathsig", "TERM", *command]
        return command

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        while process.poll() is None:  # however long it takes: it serves when it is done
            if ask(self._server, ".") is not None:  # REFUSED is an answer
                return True
            time.sleep(_POLL)
        return False


def drop_transfers(state: Path) -> None:
    """Remove what an NSD that was killed had of transfers: a gigabyte of each that was under way.

    None of our configuration may run.
    """
    for left in state.glob("nsd-xfr-*"):
        shutil.rmtree(left, ignore_errors=True)


def _pass_on_log(stream: IO[bytes], on_said: Callable[[str], None]) -> None:
    """Log what NSD says, until its last process has closed the stream."""
    with stream:
        for line in stream:
            text = line.decode(errors="replace").strip()
            grave = " error: " in text or " warning: " in text
            logger.log(logging.WARNING if grave else logging.DEBUG, "nsd", extra={"said": text})
            on_said(text)


def _signal(pid: int, sign: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):  # gone meanwhile, or another user's
        os.kill(pid, sign)


def _nsd_processes_of(paths: NsdPaths) -> list[int]:
    """Find the NSD processes that were started with our nsd.conf, or work in our zones directory.

    Of an nsd with file capabilities only the command line can be read, even by its own user
    (proc(5): such a process is not dumpable); of one that was started by hand it may be written
    otherwise than ours.
    """
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and (_started_with(entry, paths) or _works_in(entry, paths))
    ]


def _started_with(process: Path, paths: NsdPaths) -> bool:
    try:
        command = (process / "cmdline").read_bytes()
    except OSError:
        return False  # gone meanwhile
    return is_nsd_of(command, paths.config)


def is_nsd_of(command: bytes, config: Path) -> bool:
    """Tell whether a command line, as /proc has it, is that of an NSD with this nsd.conf."""
    program, *arguments = command.split(b"\0")
    ours = (b"-c", os.fsencode(config))
    return os.path.basename(program) == b"nsd" and ours in pairwise(arguments)


def _works_in(process: Path, paths: NsdPaths) -> bool:
    try:
        program = os.path.basename(os.readlink(process / "exe")).removesuffix(" (deleted)")
        return program == "nsd" and os.readlink(process / "cwd") == str(paths.zones.resolve())
    except OSError:
        return False  # gone meanwhile, or another user's
