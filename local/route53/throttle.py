"""How many calls an account may make: a token bucket, and a fault that drops each nth."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Route53Error
from .settings import Route53Settings


@dataclass(slots=True)
class Throttle:
    """One account's bucket; `admit` is called once for each request."""

    tokens: float | None = None
    filled_at: float = 0.0
    calls: int = 0

    def admit(self, settings: Route53Settings, now: float) -> None:
        """Count a call made at `now` (seconds); raises Throttling when it is one too many."""
        self.calls += 1
        if settings.throttle_every and self.calls % settings.throttle_every == 0:
            raise rate_exceeded()
        if settings.requests_per_second is None:
            return
        if self.tokens is None:
            self.tokens, self.filled_at = float(settings.burst), now
        gained = max(0.0, now - self.filled_at) * settings.requests_per_second
        self.tokens, self.filled_at = min(float(settings.burst), self.tokens + gained), now
        if self.tokens < 1:
            raise rate_exceeded()
        self.tokens -= 1


def rate_exceeded() -> Route53Error:
    """Route 53's answer to one call too many (HTTP 400, unlike most services)."""
    return Route53Error("Throttling", "Rate exceeded", status=400)
