"""What was announced and verified of each zone: items beside its head, which only commits write."""

from collections.abc import Collection

from zonemesh.aws.backoff import attempts
from zonemesh.aws.table import ABSENT, Key, Put, Table, keyed
from zonemesh.deployment import ZONE_PREFIX
from zonemesh.errors import StoreUnavailable
from zonemesh.serial import is_newer
from zonemesh.snapshot import Announcement


def _announced_key(zone: str) -> Key:
    return f"{ZONE_PREFIX}{zone}", "announced"


def _verified_key(zone: str) -> Key:
    return f"{ZONE_PREFIX}{zone}", "verified"


class DynamoLedger:
    """A Ledger in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def announced(self, zones: Collection[str]) -> dict[str, int]:
        items = self._table.get_many([_announced_key(zone) for zone in zones], consistent=True)
        return {z: items[_announced_key(z)]["serial"] for z in zones if _announced_key(z) in items}

    def mark_announced(self, announcement: Announcement) -> None:
        """Note a serial.

        Conditions know no serial arithmetic, so what would be replaced is read first.
        """
        key = _announced_key(announcement.zone)
        item = keyed(key, serial=announcement.serial)
        for _ in attempts():
            noted = self._table.get(key)
            if noted and not is_newer(announcement.serial, noted["serial"]):
                return
            was = {":noted": noted["serial"]} if noted else {}
            if self._table.put(Put(item, "serial = :noted" if noted else ABSENT, was)):
                return
        raise StoreUnavailable(f"{announcement.zone}: the announced serial keeps moving; try again")

    def verified(self, zones: Collection[str]) -> dict[str, int]:
        items = self._table.get_many([_verified_key(zone) for zone in zones], consistent=True)
        return {
            z: items[_verified_key(z)]["verified_at"] for z in zones if _verified_key(z) in items
        }

    def mark_verified(self, zone: str, when: int) -> None:
        item = keyed(_verified_key(zone), verified_at=when)
        self._table.put(Put(item, f"{ABSENT} OR verified_at < :when", {":when": when}))
