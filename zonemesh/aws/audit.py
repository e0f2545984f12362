"""The audit in the table: an item an entry, beside what it is about: head, definition, orders."""

from uuid import uuid4

from zonemesh.audit import DETAIL_MOST, AuditEntry
from zonemesh.aws.table import ABSENT, Item, Put, Table, keyed
from zonemesh.deployment import EVERY_HUB, MESH_PARTITION, ORDERS_PARTITION, ZONE_PREFIX

_ENTRY = "audit#"
_AFTER_ALL = "audit$"  # the character after `#`


def _partition(zone: str | None, hub: str = "") -> str:
    if hub:
        return ORDERS_PARTITION if hub == EVERY_HUB else f"{ORDERS_PARTITION}#{hub}"
    return MESH_PARTITION if zone is None else f"{ZONE_PREFIX}{zone}"


class DynamoAudit:
    """An Audit in the table; entries of one second are in no order."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, entry: AuditEntry) -> None:
        key = _partition(entry.zone, entry.hub), f"{_ENTRY}{entry.time:010d}#{uuid4().hex}"
        item = keyed(
            key,
            time=entry.time,
            action=entry.action,
            who=entry.who,
            detail=entry.detail[:DETAIL_MOST],
        )
        if entry.serial is not None:
            item["serial"] = entry.serial
        self._table.put(Put(item, ABSENT))

    def entries(self, zone: str | None, most: int) -> list[AuditEntry]:
        return [_entry(item, zone) for item in self._last(_partition(zone), most)]

    def order_entries(self, hub: str, most: int) -> list[AuditEntry]:
        return [_entry(item, None, hub) for item in self._last(_partition(None, hub), most)]

    def _last(self, partition: str, most: int) -> list[Item]:
        return self._table.query_back(partition, _ENTRY, below=_AFTER_ALL, most=most)


def _entry(item: Item, zone: str | None, hub: str = "") -> AuditEntry:
    return AuditEntry(
        item["time"], item["action"], zone, item.get("serial"), item["who"], item["detail"], hub
    )
