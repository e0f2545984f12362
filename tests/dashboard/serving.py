"""The dashboard as it really is served, on a free port, from a thread of the test's process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from zonemesh.dashboard.app import Dashboard
from zonemesh.dashboard.following import Following
from zonemesh.dashboard.live import Reader
from zonemesh.dashboard.ports import remembering, watching
from zonemesh.dashboard.security import Session
from zonemesh.dashboard.server import Server, listening
from zonemesh.status.mesh_status import read_status

PATIENCE = 30.0  # seconds


@dataclass(frozen=True)
class Served:
    """A dashboard that runs."""

    mesh: Any
    session: Session
    reader: Reader
    server: Server

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.session.port}"

    @property
    def cookie(self) -> str:
        return f"{self.session.cookie_name}={self.session.cookie}"


@contextmanager
def served(mesh: Any, *, read_only: bool = False, every: float = 0.2) -> Iterator[Served]:
    """Serve the dashboard of a mesh until this ends."""
    ports = remembering(mesh)
    watched = watching(ports)
    with listening(0) as listener:
        session = Session(listener.getsockname()[1])
        following = Following(ports)
        reader = Reader(lambda now: read_status(watched, now), str, following.look, every)
        started = threading.Event()
        app = Dashboard(ports, reader, following, session, read_only).app()
        server = Server(app, reader, started.set)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        assert started.wait(PATIENCE)
        try:
            yield Served(mesh, session, reader, server)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
            assert not thread.is_alive()
