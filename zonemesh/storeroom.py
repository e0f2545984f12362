"""What the collector of garbage asks of the store: a look at all of it, to drop what is unused."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredNode:
    """A chunk or page as it lies in the store, or a part of one that is too large for an item."""

    zone: str
    digest: str
    part: str


@dataclass(frozen=True, slots=True)
class StorePage:
    """A page of a look through the store, in no order.

    `zones` are those of which a head was seen, `following` is where the next page starts, None
    after the last.
    """

    zones: tuple[str, ...]
    unused: tuple[StoredNode, ...]
    following: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a collection of garbage has come; times in epoch seconds.

    It goes on in the part of the store that begins at `start`, after `zone`. `clean` is false once
    a zone had a problem, `clean_at` is when the last collection without one ended.
    """

    begun: int
    clean_at: int
    start: str | None = None
    zone: str = ""
    clean: bool = True
    ended: bool = False


class Storeroom(Protocol):
    """The snapshot store as the collector of garbage sees it: all of it, to drop what is unused."""

    def look_through(self, unused_since: int, start: str | None) -> Iterator[StorePage]:
        """Find all zones with a head, and the nodes not touched since then (epoch seconds)."""

    def drop_snapshot(self, zone: str, serial: int) -> None:
        """Delete a snapshot's root; what it is made of stays."""

    def drop_nodes(self, nodes: Collection[StoredNode], unused_since: int) -> int:
        """Delete those that were still not touched since then; gives how many those were."""

    def progress(self) -> Progress | None:
        """Give what the last run saved, None before the first."""

    def save_progress(self, progress: Progress) -> None:
        """Keep this for the next run."""
