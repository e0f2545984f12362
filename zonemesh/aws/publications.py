"""Publications in the table: what hubs keep under their own partition, what operators approve."""

import json
from dataclasses import asdict

from zonemesh.aws.table import Item, Key, Put, Table, keyed
from zonemesh.deployment import HUB_PREFIX, ZONE_PREFIX
from zonemesh.targets.ports import Approval, HeldBack, Published

_PUBLISHED = "published#"
_HELD = "publication-held#"
_APPROVAL = "publication-approval#"


class DynamoPublications:
    """Publications of one hub, in its own partition."""

    def __init__(self, table: Table, hub: str) -> None:
        self._table, self._partition = table, f"{HUB_PREFIX}{hub}"

    def published(self, zone: str, target: str) -> Published | None:
        item = self._table.get(self._key(_PUBLISHED, zone, target))
        try:
            return Published.from_json(item["text"]) if item else None
        except ValueError:  # another version's: the target is listed
            return None

    def keep(self, zone: str, target: str, published: Published) -> None:
        self._put(self._key(_PUBLISHED, zone, target), published.to_json())

    def held(self, zone: str, target: str) -> tuple[int, HeldBack] | None:
        item = self._table.get(self._key(_HELD, zone, target))
        document = json.loads(item["text"]) if item else None
        if document is None:
            return None
        serial = document.pop("serial")
        return serial, HeldBack(**{**document, "reasons": tuple(document["reasons"])})

    def hold(self, zone: str, target: str, serial: int, held: HeldBack | None) -> None:
        document = {"serial": serial, **asdict(held)} if held else None
        self._put(self._key(_HELD, zone, target), json.dumps(document, separators=(",", ":")))

    def _key(self, kind: str, zone: str, target: str) -> Key:
        return self._partition, f"{kind}{target}#{zone}"

    def _put(self, key: Key, text: str) -> None:
        self._table.put(Put(keyed(key, text=text)))


class DynamoApprovals:
    """Approvals in the table, beside the zone's head: hubs read there and operators write."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def approval(self, zone: str, target: str) -> Approval | None:
        item: Item | None = self._table.get(_approval_key(zone, target))
        return Approval(**json.loads(item["text"])) if item else None

    def approve(self, zone: str, target: str, approval: Approval) -> None:
        text = json.dumps(asdict(approval), separators=(",", ":"))
        self._table.put(Put(keyed(_approval_key(zone, target), text=text)))


def _approval_key(zone: str, target: str) -> Key:
    return f"{ZONE_PREFIX}{zone}", f"{_APPROVAL}{target}"
