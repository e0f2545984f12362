"""A write call as CloudTrail records it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .constraints import camel
from .model import Shape, operation_model

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One write call, accepted or refused; parameters in CloudTrail's casing."""

    account_id: str
    event_name: str
    event_time: float
    """Epoch seconds."""
    request_id: str
    request_parameters: Json | None
    """None when the request could not be read, or was throttled before it was."""
    response_elements: Json | None
    """None for a refused call, or one with an empty answer."""
    error_code: str | None
    error_message: str | None
    user_agent: str
    source_ip: str
    access_key_id: str | None


def request_parameters(operation: str, params: Json) -> Json:
    """`requestParameters`: the first letter of each name lower-cased, nothing else changed."""
    shape = operation_model(operation).input_shape
    recorded: Json = _recorded(shape, params)
    return recorded


def response_elements(operation: str, result: Json) -> Json | None:
    """`responseElements`, None when the operation answers with nothing."""
    recorded: Json = _recorded(operation_model(operation).output_shape, result)
    return recorded or None


def _recorded(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            camel(name): _recorded(shape.members[name], item)
            for name, item in value.items()
            if item is not None
        }
    if shape.type_name == "list":
        return [_recorded(shape.member, item) for item in value]
    if shape.type_name == "timestamp":
        return trail_time(value)
    return value


def trail_time(epoch: float) -> str:
    """`Jan 6, 2020 6:50:43 PM`: how CloudTrail shows a timestamp of Route 53."""
    moment = datetime.fromtimestamp(epoch, UTC)
    return f"{moment:%b} {moment.day}, {moment.year} {moment.hour % 12 or 12}:{moment:%M:%S %p}"
