"""Slows down or refuses calls of chosen services, behind signature and permission checks."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from local.embedded.faults import CallFault
from local.route53.errors import Route53Error
from local.route53.model import find_operation

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Response]]

_XML_SERVICES = frozenset({"route53", "sns", "sts", "iam", "s3", "cloudformation"})


class CallFaults:
    """The faults ordered for now; `around` puts them before a service's handler."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._ordered: list[CallFault] = []
        self.refused = 0
        self.delayed = 0

    def order(self, faults: list[CallFault]) -> None:
        """Replace what was ordered before."""
        self._ordered = list(faults)

    def ordered(self) -> list[CallFault]:
        """What is still ordered, counts reduced by the calls that were hit."""
        return list(self._ordered)

    def around(self, service: str, handler: Handler) -> Handler:
        """The handler, with the ordered faults of its service in front."""

        async def handle(
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query_params: dict[str, list[str]],
        ) -> Response:
            request = (method, path, headers, body, query_params)
            if self._ordered:
                refusal = await self._hit(service, _operation(service, *request))
                if refusal is not None:
                    return refusal
            return await handler(*request)

        return handle

    async def _hit(self, service: str, operation: str) -> Response | None:
        fault = self._take(service, operation)
        if fault is None:
            return None
        if fault.delay:
            self.delayed += 1
            await asyncio.sleep(fault.delay)
        if fault.code is None:
            return None
        self.refused += 1
        return _refusal(fault, fault.code)

    def _take(self, service: str, operation: str) -> CallFault | None:
        for place, fault in enumerate(self._ordered):
            if not fault.meets(service, operation) or self._draw.random() >= fault.fraction:
                continue
            if fault.count is not None:
                left = fault.count - 1
                self._ordered[place : place + 1] = [replace(fault, count=left)] if left else []
            return fault
        return None


def _operation(
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    query_params: Mapping[str, list[str]],
) -> str:
    """The operation a request names, an empty string where only its path would tell."""
    if service == "route53":
        try:
            return find_operation(method, path)[0]
        except Route53Error:
            return ""
    target = headers.get("x-amz-target", "")
    if target:
        return target.rpartition(".")[2]
    if "Action" in query_params:
        return query_params["Action"][0]
    if "form" in headers.get("content-type", ""):
        return parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    return ""


def _refusal(fault: CallFault, code: str) -> Response:
    if fault.service not in _XML_SERVICES:
        document = {"__type": code, "message": fault.message}
        headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": code}
        return fault.status, headers, json.dumps(document).encode()
    side = "Sender" if fault.status < 500 else "Receiver"
    text = (
        f"<ErrorResponse><Error><Type>{side}</Type><Code>{escape(code)}</Code>"
        f"<Message>{escape(fault.message)}</Message></Error></ErrorResponse>"
    )
    return fault.status, {"Content-Type": "text/xml"}, text.encode()
