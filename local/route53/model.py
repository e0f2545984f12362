"""Route 53's operations, as botocore's own service model describes them."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import unquote

import botocore.loaders
import botocore.model

from .errors import Route53Error

NAMESPACE = "https://route53.amazonaws.com/doc/2013-04-01/"
READS = ("Get", "List", "Test")
DEFAULT_ERROR_STATUS = 400
Shape = Any  # botocore's shapes are untyped


@cache
def service_model() -> Any:
    """botocore's model of Route 53, API version 2013-04-01."""
    description = botocore.loaders.Loader().load_service_model("route53", "service-2")
    return botocore.model.ServiceModel(description, "route53")


def operation_model(operation: str) -> Any:
    """The model of one operation: its input, output and HTTP binding."""
    return service_model().operation_model(operation)


def is_write(operation: str) -> bool:
    """Does the operation change anything?"""
    return not operation.startswith(READS)


def find_operation(method: str, path: str) -> tuple[str, dict[str, str]]:
    """(operation name, values in the path) for an HTTP request; refuses an unknown one."""
    path = path.removesuffix("/")
    for pattern, operation in _routes().get(method, ()):
        if match := pattern.fullmatch(path):
            return operation, {name: unquote(text) for name, text in match.groupdict().items()}
    raise Route53Error("UnknownOperation", f"Route 53 has no operation {method} {path}", status=404)


@cache
def _routes() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    routes: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for operation in service_model().operation_names:
        http = operation_model(operation).http
        uri = http["requestUri"].removesuffix("/")
        pattern = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(uri)))
        routes.setdefault(http["method"], []).append((pattern, operation))
    return routes


@cache
def error_status(code: str) -> int:
    """The HTTP status that the model gives an error code, 400 where it gives none."""
    shape = service_model().shape_for_error_code(code)
    error = (shape.metadata.get("error") or {}) if shape is not None else {}
    return int(error.get("httpStatusCode", DEFAULT_ERROR_STATUS))
