"""The whole life of the process that is the embedded AWS."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from pathlib import Path

from local.embedded.settings import ACCOUNT, REGION, Settings

_DEFAULT_PORT = 4566
_LAST_CHANCE = 15.0  # seconds from the wish to stop until the process ends regardless


def main() -> None:
    """Serve until SIGTERM, SIGINT, or (when asked) until standard input closes."""
    arguments = _parse_arguments()
    workspace = arguments.workspace or Path(tempfile.mkdtemp(prefix="zonemesh-aws-"))
    orphaned = threading.Event()
    _set_environment(arguments, workspace)
    code = 0
    try:
        asyncio.run(_serve(arguments, workspace, orphaned))
    except BaseException:
        traceback.print_exc()
        code = 1
    _end_workers()
    if orphaned.is_set() or arguments.workspace is None:
        shutil.rmtree(workspace, ignore_errors=True)  # else the parent does, the log is in it
    sys.stdout.flush()
    os._exit(code)  # MiniStack's pollers sleep in threads that would delay a normal exit


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local.embedded", description=__doc__)
    parser.add_argument("--port", type=int, default=_DEFAULT_PORT)
    parser.add_argument("--workspace", type=Path, help="scratch directory, deleted at the end")
    parser.add_argument("--state-dir", type=Path, help="save here at the end, restore at the start")
    parser.add_argument("--settings", type=Settings.from_json, default=Settings(), metavar="JSON")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the parent")
    return parser.parse_args()


def _set_environment(arguments: argparse.Namespace, workspace: Path) -> None:
    """MiniStack reads its settings from the environment while it is imported."""
    state_dir = arguments.state_dir
    tmp = workspace / "tmp"
    tmp.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        AUTH="true",
        GATEWAY_PORT=str(arguments.port),
        BIND_HOST="127.0.0.1",
        LOG_LEVEL=arguments.settings.log_level,
        MINISTACK_REGION=REGION,
        MINISTACK_ACCOUNT_ID=ACCOUNT,
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        DOCKER_HOST=f"unix://{workspace}/no-docker.sock",
        TMPDIR=str(tmp),
        HOME=str(tmp),
        S3_DATA_DIR=str((state_dir or workspace) / "s3"),
    )
    os.environ.pop("AWS_ACCESS_KEY_ID", None)  # MiniStack would take it for root's
    tempfile.tempdir = str(tmp)
    if state_dir is not None:
        state_dir.mkdir(parents=True, exist_ok=True)
        os.environ.update(PERSIST_STATE="1", STATE_DIR=str(state_dir), S3_PERSIST="1")


async def _serve(arguments: argparse.Namespace, workspace: Path, orphaned: threading.Event) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from local.embedded.app import build_app

    stop = asyncio.Event()
    _end_on_signal(stop)
    if arguments.until_stdin_closes:
        _end_with_parent(stop, orphaned)
    config = Config()
    config.bind = [f"127.0.0.1:{arguments.port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1  # long polls of 20 s are cut, their clients retry
    config.loglevel = "WARNING"
    app = build_app(arguments.settings, workspace, arguments.state_dir)
    await serve(app, config, shutdown_trigger=stop.wait)  # type: ignore[arg-type]


def _end_on_signal(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, stop)


def _end_with_parent(stop: asyncio.Event, orphaned: threading.Event) -> None:
    loop = asyncio.get_running_loop()

    def wait() -> None:
        sys.stdin.buffer.read()
        orphaned.set()
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            loop.call_soon_threadsafe(_end, stop)

    threading.Thread(target=wait, daemon=True, name="parent-watch").start()


def _end(stop: asyncio.Event) -> None:
    stop.set()
    timer = threading.Timer(_LAST_CHANCE, os._exit, args=(1,))
    timer.daemon = True
    timer.start()


def _end_workers() -> None:
    runtime = sys.modules.get("ministack.core.lambda_runtime")
    if runtime is not None:
        runtime.reset()
