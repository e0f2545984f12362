"""The resources of Route 53's tag calls for MiniStack's policy evaluator, which names none.

A call about several is allowed where it is for each of them (Service Authorization Reference,
"Actions defined by Amazon Route 53": hosted zones and health checks).
"""

from __future__ import annotations

import re
from typing import Any

from ministack.core import iam_actions, iam_evaluator

_ID = re.compile(rb"<ResourceId>\s*([^<\s]+)\s*</ResourceId>")


class _Arns(str):
    """The ARN of the first of several resources, with all of them."""

    all: list[str]


def install() -> None:
    """Give the evaluator the resources; call once, before the first request."""
    _install_resources()
    _install_each()


def _install_resources() -> None:
    extract = iam_actions.extract_resource_arn

    def extract_resource_arn(
        service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any
    ) -> str:
        if service == "route53" and (arns := tagged(path, body)):
            found = _Arns(arns[0])
            found.all = arns
            return found
        arn: str = extract(service, method, path, headers, body, *rest)
        return arn

    iam_actions.extract_resource_arn = extract_resource_arn


def _install_each() -> None:
    enforce = iam_evaluator.enforce

    def enforce_each(*args: Any, **kwargs: Any) -> Any:
        arn = kwargs.get("resource_arn")
        for each in arn.all if isinstance(arn, _Arns) else [arn]:
            own = {**kwargs, "resource_arn": each} if "resource_arn" in kwargs else kwargs
            if (denied := enforce(*args, **own)) is not None:
                return denied
        return None

    iam_evaluator.enforce = enforce_each


def tagged(path: str, body: bytes) -> list[str]:
    """Give the ARNs of what a call of `/2013-04-01/tags/TYPE[/ID]` is about."""
    parts = [part for part in path.split("/") if part]
    if len(parts) < 3 or parts[1] != "tags":
        return []
    ids = parts[3:4] or [found.decode() for found in _ID.findall(body or b"")]
    return [f"arn:aws:route53:::{parts[2]}/{id}" for id in ids]
