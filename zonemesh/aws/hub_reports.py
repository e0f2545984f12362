"""How hubs are: each writes under its own partition, which is all that its role may write."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from zonemesh.aws.table import Put, Table, keyed
from zonemesh.deployment import HUB_PREFIX, SORT_KEY
from zonemesh.ports import HubReport

_HEARTBEAT = "heartbeat"
_STATUS = "status#"


class DynamoHubReports:
    """HubReports in the table; a report is kept as JSON text."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def heartbeat(self, hub: str, report: Mapping[str, Any]) -> None:
        self._put(hub, _HEARTBEAT, report)

    def zone_status(self, hub: str, zone: str, status: Mapping[str, Any]) -> None:
        self._put(hub, f"{_STATUS}{zone}", status)

    def _put(self, hub: str, sort: str, report: Mapping[str, Any]) -> None:
        text = json.dumps(dict(report), separators=(",", ":"))
        self._table.put(Put(keyed((f"{HUB_PREFIX}{hub}", sort), report=text)))

    def zone_reports(self, hub: str, zones: Collection[str]) -> HubReport:
        partition = f"{HUB_PREFIX}{hub}"
        keys = {(partition, f"{_STATUS}{zone}"): zone for zone in zones}
        wanted = [(partition, _HEARTBEAT), *keys]
        found = self._table.get_many(wanted, consistent=True)
        read = {key: json.loads(item["report"]) for key, item in found.items()}
        zones_read = {zone: read[key] for key, zone in keys.items() if key in read}
        return HubReport(read.get((partition, _HEARTBEAT)), zones_read)

    def reports(self, hub: str) -> HubReport:
        heartbeat = self._table.get((f"{HUB_PREFIX}{hub}", _HEARTBEAT))
        statuses = self._table.query(f"{HUB_PREFIX}{hub}", _STATUS)
        return HubReport(
            json.loads(heartbeat["report"]) if heartbeat else None,
            {item[SORT_KEY].removeprefix(_STATUS): json.loads(item["report"]) for item in statuses},
        )
