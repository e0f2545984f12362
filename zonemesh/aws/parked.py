"""Listings that wait to be finished: a root item and slices of their content, which expire."""

import time
from collections.abc import Callable

from zonemesh.aws.table import Item, Key, Put, Table, keyed
from zonemesh.deployment import EXPIRES_AT, ZONE_PREFIX
from zonemesh.ports import ParkedListing

SLICE_BYTES = 350_000  # an item ends at 400 KB
KEPT_FOR = 86_400  # seconds; whoever comes later lists anew


class DynamoParkedListings:
    """ParkedListings in the table; `clock` gives epoch seconds and dates when items expire.

    Slices are stored before the root that counts them. A root of no bytes is none: nobody who
    lists may delete.
    """

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = table, clock

    def load(self, zone: str) -> ParkedListing | None:
        root = self._table.get(_root_key(zone))
        if not root or not root["size"] or root[EXPIRES_AT] < self._clock():
            return None
        slices = self._table.query(_partition(zone), _slice_prefix(root["begun"]))
        packed = b"".join(item["zlib"] for item in slices)[: root["size"]]
        if len(packed) < root["size"]:
            return None
        return ParkedListing(root["hosted_zone"], root["begun"], root["resume_at"], packed)

    def save(self, zone: str, parked: ParkedListing) -> None:
        stored = self._stored(zone, parked)
        for start in range(stored - stored % SLICE_BYTES, len(parked.packed), SLICE_BYTES):
            content = parked.packed[start : start + SLICE_BYTES]
            key = _slice_key(zone, parked.started, start // SLICE_BYTES)
            self._table.put(Put(keyed(key, zlib=content) | self._expiry()))
        self._put_root(zone, parked, len(parked.packed))

    def clear(self, zone: str) -> None:
        self._put_root(zone, ParkedListing("", 0, "", b""), 0)

    def _stored(self, zone: str, parked: ParkedListing) -> int:
        """Give how many bytes of a listing are stored already."""
        root = self._table.get(_root_key(zone))
        same = root and (root["hosted_zone"], root["begun"]) == (parked.hosted_zone, parked.started)
        return min(root["size"], len(parked.packed)) if root and same else 0

    def _put_root(self, zone: str, parked: ParkedListing, size: int) -> None:
        item = keyed(
            _root_key(zone),
            hosted_zone=parked.hosted_zone,
            begun=parked.started,
            resume_at=parked.cursor,
            size=size,
        )
        self._table.put(Put(item | self._expiry()))

    def _expiry(self) -> Item:
        return {EXPIRES_AT: int(self._clock()) + KEPT_FOR}


def _partition(zone: str) -> str:
    return f"{ZONE_PREFIX}{zone}"


def _root_key(zone: str) -> Key:
    return _partition(zone), "listing"


def _slice_prefix(started: int) -> str:
    return f"listing#{started}#"


def _slice_key(zone: str, started: int, number: int) -> Key:
    return _partition(zone), f"{_slice_prefix(started)}{number:06d}"
