"""Alerts in the table: an item each, in the watch's own partition.

`alert#KIND#SUBJECT` while it lasts; `past#TIME#KIND#SUBJECT` when it has ended, for a while.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from zonemesh.aws.table import ABSENT, Item, Key, Put, Table, keyed
from zonemesh.deployment import EXPIRES_AT, WATCH_PARTITION
from zonemesh.watch.alert import Alert, PastAlert, Phase
from zonemesh.watch.kinds import AlertKind

KEPT_FOR = 90 * 24 * 3600  # seconds after its end
_OPEN, _PAST = "alert#", "past#"
_UNCHANGED = "revision = :revision"
_LAST = f"{_PAST}~"  # above every time


class DynamoAlertLog:
    """An AlertLog in the table.

    Revisions begin at the time when an alert was first noted, so that one that ended and began
    again is not taken for the one that was read.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def alerts(self) -> list[Alert]:
        found = (_alert(item) for item in self._table.query(WATCH_PARTITION, _OPEN))
        return [alert for alert in found if alert is not None]

    def alert(self, kind: AlertKind, subject: str) -> Alert | None:
        item = self._table.get(_key(kind, subject))
        return _alert(item) if item else None

    def put(self, alert: Alert, onto: Alert | None) -> Alert | None:
        revision = alert.noted_at if onto is None else onto.revision + 1
        written = replace(alert, revision=revision)
        item = keyed(_key(alert.kind, alert.subject), revision=revision, alert=_text(written))
        condition = ABSENT if onto is None else _UNCHANGED
        values = {} if onto is None else {":revision": onto.revision}
        return written if self._table.put(Put(item, condition, values)) else None

    def forget(self, alert: Alert) -> bool:
        key, values = _key(alert.kind, alert.subject), {":revision": alert.revision}
        return bool(self._table.delete_each([key], _UNCHANGED, values))

    def keep(self, past: PastAlert) -> None:
        alert, at = past.alert, past.ended_at
        sort = f"{_PAST}{at:010d}#{alert.kind}#{alert.subject}"
        expires = {EXPIRES_AT: at + KEPT_FOR}
        self._table.put(
            Put(keyed((WATCH_PARTITION, sort), ended_at=at, alert=_text(alert), **expires))
        )

    def past(self, most: int) -> list[PastAlert]:
        items = self._table.query_back(WATCH_PARTITION, _PAST, below=_LAST, most=most)
        found = ((_alert(item), item["ended_at"]) for item in items)
        return [PastAlert(alert, ended_at) for alert, ended_at in found if alert is not None]


def _key(kind: AlertKind, subject: str) -> Key:
    return WATCH_PARTITION, f"{_OPEN}{kind}#{subject}"


def _text(alert: Alert) -> str:
    return json.dumps(asdict(alert), separators=(",", ":"))


def _alert(item: Item) -> Alert | None:
    """Read an alert; None for one that another version of zonemesh wrote and this one knows not."""
    document: Mapping[str, Any] = json.loads(item["alert"])
    try:
        kind, phase = AlertKind(document["kind"]), Phase(document["phase"])
        lists = {name: tuple(document[name]) for name in ("zones", "hubs")}
        return Alert(**{**document, **lists, "kind": kind, "phase": phase})
    except (ValueError, TypeError, KeyError):
        return None
