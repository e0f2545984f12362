"""The services that a process stands on, as a test of them sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """A service that answered: where, at how many addresses, and what time it says it is.

    `time` is in epoch seconds, None where it does not say.
    """

    endpoint: str
    addresses: int
    time: float | None


class Services(Protocol):
    """The services of AWS that a hub calls."""

    def names(self) -> Sequence[str]:
        """Give their names."""

    def ask(self, name: str) -> ServiceAnswer:
        """Find a service's endpoint in DNS, and make a small call of it.

        Raises ServiceUnreachable, which says what of it failed.
        """
