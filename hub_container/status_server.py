"""The hub over HTTP: /healthz, /readyz, /status and /metrics."""

import json
import logging
import socket
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from hub_container.hub import Hub
from hub_container.metrics import HubCollector
from hub_container.settings import Endpoint

_PATIENCE_WITH_NSD = 60.0  # seconds that NSD may be away before the hub calls itself unhealthy,
_PATIENCE_WITH_LOADING = 600.0  # and while it loads its zones: a million records take 2
_REQUEST_TIMEOUT = 10.0

logger = logging.getLogger(__name__)


class StatusServer:
    """Answers about a hub, each request in a thread of its own."""

    def __init__(self, listen: Endpoint, hub: Hub) -> None:
        self._hub = hub
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(HubCollector(hub))
        family = socket.AF_INET6 if ":" in listen.address else socket.AF_INET
        server_class = type("_Server", (_Server,), {"address_family": family})
        self._server: ThreadingHTTPServer = server_class(
            (listen.address, listen.port), self._handler()
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="http", args=(0.1,), daemon=True
        )

    @property
    def port(self) -> int:
        """The port in use: the one asked for, or the free one that was taken for 0."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Give status code, content type and body for a path."""
        match path.split("?", 1)[0]:
            case "/healthz":
                return _said(self._healthy(), "ok", "NSD is not running")
            case "/readyz":
                return _said(self._hub.ready, "ready", "not ready")
            case "/status":
                body = json.dumps(status(self._hub), indent=1).encode()
                return 200, "application/json", body
            case "/metrics":
                return 200, CONTENT_TYPE_LATEST, generate_latest(self._registry)
        return 404, "text/plain", b"/healthz /readyz /status /metrics\n"

    def _healthy(self) -> bool:
        nsd = self._hub.nsd
        patience = _PATIENCE_WITH_LOADING if nsd.state == "starting" else _PATIENCE_WITH_NSD
        down_since = nsd.down_since
        return down_since is None or time.monotonic() - down_since < patience

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class Handler(BaseHTTPRequestHandler):
            timeout = _REQUEST_TIMEOUT

            def do_GET(self) -> None:
                code, content_type, body = answer(self.path)
                self.send_response(code)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                logger.debug(format, *args)

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def server_bind(self) -> None:
        """Bind without looking up this host's name, for which HTTPServer waits on the resolver."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "", int(self.server_address[1])


def status(hub: Hub) -> dict[str, Any]:
    """Give all that is known of the hub and its zones, JSON-able; times in epoch seconds."""
    known = {state.zone for state in hub.board.zones()} | hub.companions.zones()
    zones = {zone: status for zone in sorted(known) if (status := hub.zone_status(zone))}
    counts = hub.board.secondaries()
    return hub.heartbeat() | {
        "aws": {"last_contact": hub.board.last_contact, "error": hub.board.aws_error},
        "secondaries": [
            {
                "name": secondary.name,
                "address": secondary.address,
                "port": secondary.port,
                "zones": counts.get(secondary.name, {}),
            }
            for secondary in hub.configuration.secondaries
        ],
        "zones": zones,
    }


def _said(holds: bool, yes: str, no: str) -> tuple[int, str, bytes]:
    return (
        (200, "text/plain", f"{yes}\n".encode())
        if holds
        else (503, "text/plain", f"{no}\n".encode())
    )
