"""The readiness of zones in the table: an item a zone, all in the watch's own partition."""

import json
from collections.abc import Collection, Mapping

from zonemesh.aws.table import Put, Table, keyed
from zonemesh.deployment import SORT_KEY, WATCH_PARTITION
from zonemesh.failover import Readiness
from zonemesh.status.readiness import FoundReadiness

_READY = "ready#"


class DynamoReadinessNotes:
    """ReadinessNotes in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def readiness(self, zones: Collection[str]) -> Mapping[str, FoundReadiness]:
        wanted = set(zones)
        items = self._table.query(WATCH_PARTITION, _READY)
        named = ((item[SORT_KEY].removeprefix(_READY), item) for item in items)
        return {
            zone: FoundReadiness(
                Readiness(item["readiness"]),
                tuple(json.loads(item["reasons"])),
                item["looked_at"],
                item.get("ready_at"),
            )
            for zone, item in named
            if zone in wanted
        }

    def note_readiness(self, zone: str, found: FoundReadiness) -> None:
        item = keyed(
            (WATCH_PARTITION, f"{_READY}{zone}"),
            readiness=found.readiness.value,
            reasons=json.dumps(found.reasons),
            looked_at=found.looked_at,
        )
        if found.ready_at is not None:
            item["ready_at"] = found.ready_at
        self._table.put(Put(item))
