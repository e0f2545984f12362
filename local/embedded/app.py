"""Puts the embedded AWS together: MiniStack, and what it lacks."""

from __future__ import annotations

import random
from pathlib import Path

from ministack import app as ministack
from ministack.services import scheduler, sqs

from local.embedded import delivery, dynamodb, event_sources, iam, iam_tags, lambdas
from local.embedded.asgi import EmbeddedApp
from local.embedded.call_faults import CallFaults
from local.embedded.control import Control
from local.embedded.delivery import EventDelivery
from local.embedded.faults import CallFault, EventFaults
from local.embedded.history import EventHistory
from local.embedded.role_sessions import RoleSessions
from local.embedded.route53 import Route53
from local.embedded.saved import Saved
from local.embedded.settings import Settings
from local.embedded.streams import TableStreams
from local.embedded.trail import Trail

_QUEUE_HOST = "localhost:4566"  # queues are filed under a URL; a fixed one lets a world move


def build_app(settings: Settings, workspace: Path, state_dir: Path | None) -> EmbeddedApp:
    """The ASGI application of the embedded AWS, its saved state restored.

    MiniStack is patched in place: one application a process.
    """
    draw = random.Random()
    faults = EventFaults().changed(settings.events)
    history = EventHistory(faults.lookup_rate, faults.lookup_delay)
    events = EventDelivery(faults, draw)
    calls = CallFaults(draw)
    calls.order([CallFault.from_json(each) for each in settings.calls])
    route53 = Route53(settings.route53, Trail(events, history).record)
    control = Control(events, history, calls, route53)

    _patch(workspace, settings)
    handlers = ministack.SERVICE_HANDLERS
    handlers["route53"] = route53.handle
    handlers["cloudtrail"] = history.around(handlers["cloudtrail"])
    for service in sorted(handlers):
        handlers[service] = calls.around(service, handlers[service])

    saved = Saved(
        state_dir,
        {
            "route53": route53,
            "cloudtrail": history,
            "streams": TableStreams(),
            "sessions": RoleSessions(),
        },
    )
    saved.restore()

    def before_shutdown() -> None:
        event_sources.rest()
        events.flush()
        saved.save()

    return EmbeddedApp(ministack.app, control, before_shutdown)


def _patch(workspace: Path, settings: Settings) -> None:
    iam.install()
    iam_tags.install()
    dynamodb.install()
    delivery.install()
    lambdas.install(workspace, Path(settings.unpacked_code or workspace / "code"))
    event_sources.install()
    scheduler._SCHEDULE_TICK_INTERVAL = settings.schedule_tick
    sqs.DEFAULT_HOST, sqs.DEFAULT_PORT = _QUEUE_HOST.split(":")
    sqs._CANONICAL_NETLOC = _QUEUE_HOST
