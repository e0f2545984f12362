"""The life of the hub's process."""

import logging
import os
import random
import signal
import sys
import threading
import time
from types import FrameType

from hub_container.hub import Hub
from hub_container.log import log_to_stderr
from hub_container.ports import HubPorts
from hub_container.publishing.opening import Opener
from hub_container.publishing.publisher import Publisher
from hub_container.pulling.puller import Puller
from hub_container.settings import Settings
from hub_container.status_server import StatusServer
from zonemesh import __version__
from zonemesh.aws import wiring
from zonemesh.errors import ZonemeshError

_FIRST_BACKOFF, _LONGEST_BACKOFF = 1.0, 60.0  # seconds

logger = logging.getLogger(__name__)


def main() -> int:
    """Run until SIGTERM or SIGINT; 0 after a stop that was asked for, 2 for a wrong setting."""
    log_to_stderr()
    stop = threading.Event()
    _stop_on_signals(stop)
    try:
        settings = Settings.from_environment(os.environ)
        aws = wiring.HubPorts()
        ports = aws_ports(settings, aws)
        hub = Hub(settings, ports, [Puller(settings, ports), aws_publisher(settings, aws)])
    except ZonemeshError as problem:
        print(f"zonemesh hub: {problem}", file=sys.stderr)
        return 2
    run(hub, StatusServer(settings.http_listen, hub), stop)
    return 0


def run(hub: Hub, http: StatusServer, stop: threading.Event) -> None:
    """Load, serve, catch up, then go on until told to stop."""
    try:
        hub.load()
        http.start()
        hub.start()
        logger.info("the hub serves", extra={"hub": hub.settings.hub, "version": __version__})
        threading.Thread(target=keep_up, args=(hub, stop), name="catch-up", daemon=True).start()
        stop.wait()
        logger.info("the hub stops")
    finally:
        hub.wake.set()
        try:
            hub.stop()
        finally:
            http.stop()


def keep_up(hub: Hub, stop: threading.Event) -> None:
    """Catch up on the schedule, when a ring asks for it, and soon again where it failed."""
    backoff = _FIRST_BACKOFF
    due_at = time.monotonic()
    while not stop.is_set():
        hub.wake.clear()
        try:
            if hub.keep_up(time.monotonic() >= due_at):
                due_at = time.monotonic() + hub.settings.catch_up_every
            backoff = _FIRST_BACKOFF
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
            logger.warning("cannot catch up, serving on", extra={"error": error})
            hub.board.contact(error)
            hub.board.catch_up_errors += 1
            due_at = time.monotonic() + backoff * random.uniform(0.8, 1.2)
            backoff = min(backoff * 2, _LONGEST_BACKOFF)
        hub.wake.wait(max(0.0, due_at - time.monotonic()))


def aws_ports(settings: Settings, aws: wiring.HubPorts) -> HubPorts:
    """Give the ports on AWS; nothing is called yet."""
    return HubPorts(
        store=aws.store,
        register=aws.register,
        mesh=aws.mesh_store,
        reports=aws.reports,
        inbox=aws.inbox,
        secrets=aws.secrets,
        syncs=aws.syncs,
        orders=aws.hub_orders,
        services=aws.services(settings.hub),
    )


def aws_publisher(settings: Settings, aws: wiring.HubPorts) -> Publisher:
    """Give what publishes to targets; nothing is called yet."""
    return Publisher(
        settings.hub,
        aws.store,
        aws.publications(settings.hub),
        aws.approvals,
        Opener(aws.store, aws.secrets, aws.target_account),
        settings.catch_up_every,
    )


def _stop_on_signals(stop: threading.Event) -> None:
    def stop_now(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, stop_now)
    signal.signal(signal.SIGINT, stop_now)
