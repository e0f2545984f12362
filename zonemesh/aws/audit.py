"""The audit in the table: an item an entry, beside the zone's head or the mesh definition's."""

from uuid import uuid4

from zonemesh.audit import DETAIL_MOST, AuditEntry
from zonemesh.aws.table import ABSENT, Item, Put, Table, keyed
from zonemesh.deployment import MESH_PARTITION, ZONE_PREFIX

_ENTRY = "audit#"
_AFTER_ALL = "audit$"  # the character after `#`


def _partition(zone: str | None) -> str:
    return MESH_PARTITION if zone is None else f"{ZONE_PREFIX}{zone}"


class DynamoAudit:
    """An Audit in the table; entries of one second are in no order."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, entry: AuditEntry) -> None:
        key = _partition(entry.zone), f"{_ENTRY}{entry.time:010d}#{uuid4().hex}"
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
        items = self._table.query_back(_partition(zone), _ENTRY, below=_AFTER_ALL, most=most)
        return [_entry(zone, item) for item in items]


def _entry(zone: str | None, item: Item) -> AuditEntry:
    return AuditEntry(
        item["time"], item["action"], zone, item.get("serial"), item["who"], item["detail"]
    )
