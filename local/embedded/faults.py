"""The bad days that can be ordered: knobs for events, look-ups and API calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self


class KnobInvalid(ValueError):
    """A knob that does not exist or a value it cannot have; the message names both."""


@dataclass(frozen=True, slots=True)
class EventFaults:
    """What happens to CloudTrail events between the API call and the bus."""

    delay: float = 0.0  # seconds until an event is on the bus; AWS publishes no figure
    jitter: float = 0.0  # up to so many seconds more, drawn evenly
    loss: float = 0.0  # fraction of events that never arrive
    lose_next: int = 0  # so many of the coming events never arrive
    duplication: float = 0.0  # fraction of events that arrive twice
    reordering: float = 0.0  # fraction of events that wait until a later one has arrived
    lookup_rate: float = 2.0  # LookupEvents calls a second an account (AWS: 2); 0 is unlimited
    lookup_delay: float = 0.0  # seconds until LookupEvents shows a call

    def __post_init__(self) -> None:
        for name in ("loss", "duplication", "reordering"):
            if not 0 <= getattr(self, name) <= 1:
                raise KnobInvalid(f"events.{name} is a fraction from 0 to 1")
        for name in ("delay", "jitter", "lose_next", "lookup_rate", "lookup_delay"):
            if getattr(self, name) < 0:
                raise KnobInvalid(f"events.{name} must not be negative")

    def changed(self, values: Mapping[str, Any]) -> Self:
        """These faults with some knobs turned; raises KnobInvalid."""
        return replace(self, **checked("events", EventFaults, values))


@dataclass(frozen=True, slots=True)
class CallFault:
    """Calls that are slowed down or refused, after signature and permission were found good.

    `service` is MiniStack's name (dynamodb, sns, sqs, route53 ...); without `operation`
    every call of the service is meant; of the calls meant only `fraction` is hit, and
    with `count` only so many. Without `code` a call is only slow.
    """

    service: str
    operation: str | None = None
    delay: float = 0.0  # seconds before the call is handled or refused
    code: str | None = None  # the error code of a refusal, such as ThrottlingException
    message: str = "Ordered by a fault knob"
    status: int = 400
    fraction: float = 1.0
    count: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.fraction <= 1:
            raise KnobInvalid("calls[].fraction is a fraction from 0 to 1")
        if not 400 <= self.status <= 599:
            raise KnobInvalid("calls[].status is an HTTP error status, 400 to 599")
        if self.delay < 0:
            raise KnobInvalid("calls[].delay is in seconds, at least 0")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> CallFault:
        """Read one fault; raises KnobInvalid."""
        if "service" not in values:
            raise KnobInvalid("calls[] needs a service, such as dynamodb")
        return cls(**checked("calls[]", cls, values))

    def meets(self, service: str, operation: str) -> bool:
        """Whether a call of this operation is meant."""
        return self.service == service and self.operation in (None, operation)

    def to_json(self) -> dict[str, Any]:
        """The shape that `from_json` reads."""
        return asdict(self)


_KINDS = {"float": (int, float), "int": (int,), "str": (str,), "None": (type(None),)}


def checked(where: str, kind: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values when each fits a field of the dataclass `kind`; raises KnobInvalid."""
    known = {each.name: str(each.type) for each in fields(kind)}
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise KnobInvalid(
            f"{where} has no {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        )
    for name, value in values.items():
        wanted = known[name].split(" | ")
        allowed = tuple(each for part in wanted for each in _KINDS[part])
        if isinstance(value, bool) or not isinstance(value, allowed):
            raise KnobInvalid(f"{where}.{name} is {' or '.join(wanted)}, not {value!r}")
    return dict(values)
