"""What an embedded AWS is started with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

REGION = "us-east-1"  # CloudTrail delivers Route 53's events there and nowhere else
ACCOUNT = "000000000000"  # the account of a key that names none, as MiniStack has it


class SettingsInvalid(ValueError):
    """The settings name something that is not there; the message lists what is."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one embedded AWS.

    `events`, `calls` and `route53` are the first values of the knobs that
    `/_zonemesh/faults` changes later (see `local.embedded.control`).
    """

    events: Mapping[str, Any] = field(default_factory=dict)
    calls: Sequence[Mapping[str, Any]] = ()
    route53: Mapping[str, Any] = field(default_factory=dict)
    schedule_tick: float = 1.0  # seconds between looks at the schedules; MiniStack's own is 10
    unpacked_code: str | None = None
    """Directory of unpacked deployment packages by content, which worlds may share; None: own."""
    log_level: str = "INFO"

    def to_json(self) -> str:
        """The settings as one line of JSON, read back by `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Read settings from JSON; raises SettingsInvalid on an unknown name."""
        values = json.loads(text)
        known = {each.name for each in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise SettingsInvalid(
                f"unknown settings {', '.join(unknown)}; known: {', '.join(sorted(known))}"
            )
        return cls(**values)
