"""The strict Route 53 with the knobs of the embedded AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from local.embedded.faults import KnobInvalid, checked
from local.route53 import ApiCall, Route53Settings, StrictRoute53


class Route53(StrictRoute53):
    """`settings` may be replaced while it runs, by what `checked` returned."""

    def __init__(self, values: Mapping[str, Any], on_write: Callable[[ApiCall], None]) -> None:
        super().__init__(settings=_changed(Route53Settings(), values), on_write=on_write)

    def checked(self, values: Mapping[str, Any]) -> Route53Settings:
        """The settings with some values changed; raises KnobInvalid."""
        return _changed(self.settings, values)


def _changed(settings: Route53Settings, values: Mapping[str, Any]) -> Route53Settings:
    wanted = checked("route53", Route53Settings, values)
    try:
        return replace(settings, **wanted)
    except ValueError as error:
        raise KnobInvalid(f"route53: {error}") from error
