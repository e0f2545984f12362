"""The ASGI layer in front of MiniStack: HTTPS as seen from policies, control, life cycle."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTROL_PREFIX = "/_zonemesh/"
_FORWARDED = b"x-forwarded-proto"


class EmbeddedApp:
    """MiniStack's application as clients of the embedded AWS see it.

    `before_shutdown` runs while everything still works; MiniStack then saves its state.
    """

    def __init__(self, app: App, control: App, before_shutdown: Callable[[], None]) -> None:
        self._app = app
        self._control = control
        self._before_shutdown = before_shutdown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, self._announcing_shutdown(receive), send)
        elif scope["type"] == "http" and scope["path"].startswith(CONTROL_PREFIX):
            await self._control(scope, receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_one_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _one_request_id(message.get("headers", ()))}
            await send(message)

        serve = _serve_while_connected if _receives_messages(scope) else _serve_to_the_end
        await serve(self._app, _over_https(scope), receive, send_with_one_id)

    def _announcing_shutdown(self, receive: Receive) -> Receive:
        async def receive_first() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self._before_shutdown()
            return message

        return receive_first


async def _serve_to_the_end(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    await app(scope, receive, send)


async def _serve_while_connected(app: App, scope: Scope, receive: Receive, send: Send) -> None:
    """End a long poll with its connection: it would take messages for a client that is gone."""
    received = [await receive()]
    while received[-1].get("more_body"):
        received.append(await receive())

    async def receive_again() -> Message:
        return received.pop(0) if received else await gone

    gone = asyncio.ensure_future(receive())
    answered = asyncio.ensure_future(app(scope, receive_again, send))
    await asyncio.wait({gone, answered}, return_when=asyncio.FIRST_COMPLETED)
    (gone if answered.done() else answered).cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await answered


def _receives_messages(scope: Scope) -> bool:
    target = dict(scope["headers"]).get(b"x-amz-target", b"")
    return bool(target == b"AmazonSQS.ReceiveMessage")


def _over_https(scope: Scope) -> Scope:
    """aws:SecureTransport is read from this header; locally there is no TLS to break."""
    headers = [pair for pair in scope["headers"] if pair[0].lower() != _FORWARDED]
    return {**scope, "headers": [*headers, (_FORWARDED, b"https")]}


def _one_request_id(headers: Iterable[Header]) -> list[Header]:
    """The strict Route 53 names its requests itself, MiniStack names them once more."""
    kept: list[Header] = []
    named = False
    for name, value in headers:
        is_id = name.lower() == b"x-amzn-requestid"
        if not (is_id and named):
            kept.append((name, value))
        named = named or is_id
    return kept
