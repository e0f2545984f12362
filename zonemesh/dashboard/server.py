"""The dashboard on a port of loopback, until it is told to end."""

import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from zonemesh.dashboard.live import Reader
from zonemesh.errors import ZonemeshError

LOOPBACK = "127.0.0.1"  # never another: what is shown here is for whoever sits at this machine
SHUTDOWN_MOST = 3  # seconds that open pages have to end


class PortTaken(ZonemeshError):
    """Something else listens on the port; choose another one, or none."""


def listening(port: int) -> socket.socket:
    """Listen on a port of loopback, 0 for a free one; raises PortTaken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as problem:
        listener.close()
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise PortTaken(
            f"cannot listen on {LOOPBACK} port {port}: {why}; choose another one with `--port`, "
            "or leave it out"
        ) from None
    return listener


class Server(uvicorn.Server):
    """Serves an application, and has the reader end first, which ends what pages listen to."""

    def __init__(self, app: Any, reader: Reader, on_start: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=SHUTDOWN_MOST,
            )
        )
        self._reader, self._on_start = reader, on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._reader.start()
        self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._reader.stop()
        await super().shutdown(sockets)
