"""The mesh's own items: its definition's versions, its members, and what the sweep remembers."""

import json
import zlib
from dataclasses import asdict
from uuid import uuid4

from zonemesh.aws.backoff import attempts
from zonemesh.aws.table import ABSENT, Item, Key, Put, Table, keyed
from zonemesh.deployment import (
    HEAD,
    MEMBERS_PARTITION,
    MESH_PARTITION,
    SORT_KEY,
    SWEEP_PARTITION,
    ZONE_PREFIX,
)
from zonemesh.errors import InvalidMesh, MeshMoved, StoreUnavailable
from zonemesh.ports import SEEN_EVENTS, Applied, Member, MeshVersion, SweepMemory, Tags

_NEWEST: Key = (MESH_PARTITION, HEAD)
_SWEEP: Key = (SWEEP_PARTITION, "memory")
MESH_BYTES = 380_000  # of mesh.yaml; an item ends at 400 KB


_VERSION = "v#"
_AFTER_VERSIONS = "v$"  # the character after `#`


def _version_key(number: int) -> Key:
    return MESH_PARTITION, f"{_VERSION}{number:08d}"


class DynamoMeshStore:
    """A MeshStore in the table; versions are immutable, so the newest is read whole only once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: MeshVersion | None = None

    def newest(self) -> MeshVersion | None:
        head = self._table.get(_NEWEST)
        if head is None:
            return None
        number = head["version"]
        if self._known is None or self._known.number != number:
            self._known = self.version(number)
            if self._known is None:
                raise StoreUnavailable(f"mesh version {number} is missing from {self._table.name}")
        return self._known

    def version(self, number: int) -> MeshVersion | None:
        item = self._table.get(_version_key(number))
        return _version(item) if item else None

    def versions(self, most: int) -> list[MeshVersion]:
        items = self._table.query_back(MESH_PARTITION, _VERSION, below=_AFTER_VERSIONS, most=most)
        return [_version(item) for item in items]

    def apply(
        self, text: str, applied: Applied | None = None, *, onto: int | None = None
    ) -> MeshVersion:
        if (size := len(text.encode())) > MESH_BYTES:
            raise InvalidMesh([f"mesh.yaml: {size:,} bytes, at most {MESH_BYTES:,} can be stored"])
        for _ in attempts():
            newest = self.newest()
            last = newest.number if newest else 0
            if onto not in (None, last):
                raise MeshMoved(f"version {last} of the mesh is the newest by now")
            if newest and newest.text == text:
                return newest
            version = MeshVersion(last + 1, text, applied)
            if self._table.put_all_or_none(_version_puts(version, newest), uuid4().hex):
                return version
        raise StoreUnavailable("the mesh definition keeps changing; apply it again")


def _version_puts(version: MeshVersion, newest: MeshVersion | None) -> list[Put]:
    head = keyed(_NEWEST, version=version.number)
    told = asdict(version.applied) if version.applied else {}
    return [
        Put(keyed(_version_key(version.number), text=version.text, **told), ABSENT),
        Put(head, "version = :newest", {":newest": newest.number}) if newest else Put(head, ABSENT),
    ]


def _version(item: Item) -> MeshVersion:
    number = int(item[SORT_KEY].removeprefix(_VERSION))
    told = Applied(item["time"], item["who"], item["what"]) if "time" in item else None
    return MeshVersion(number, item["text"], told)


class DynamoRegister:
    """A Register in the table: an item a member, all in one partition."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def members(self) -> list[Member]:
        return [_member(item) for item in self._table.query(MEMBERS_PARTITION, ZONE_PREFIX)]

    def put(self, member: Member) -> None:
        key, kept = _member_key(member.zone), member.signed
        for _ in attempts():
            tags = [text for tag in member.tags for text in tag]
            attributes = asdict(member) | {"signed": kept, "tags": tags}
            item = keyed(key, **{name: attributes[name] for name in attributes if name != "zone"})
            if self._table.put(Put(item, f"{ABSENT} OR {_SIGNED_AS_READ}", {":signed": kept})):
                return
            kept = (self._table.get(key) or {}).get("signed", member.signed)
        raise StoreUnavailable(f"{member.zone}: the member keeps changing; try again later")

    def note_signing(self, zone: str, signed: str) -> None:
        change, values = "SET signed = :signed", {":signed": signed}
        self._table.update(_member_key(zone), change, f"NOT {ABSENT}", values)

    def remove(self, zone: str) -> None:
        self._table.delete(_member_key(zone))


_SIGNED_AS_READ = "attribute_not_exists(signed) OR signed = :signed"


def _member_key(zone: str) -> Key:
    return MEMBERS_PARTITION, f"{ZONE_PREFIX}{zone}"


def _member(item: Item) -> Member:
    return Member(
        zone=item[SORT_KEY].removeprefix(ZONE_PREFIX),
        apex=item["apex"],
        integration=item["integration"],
        hosted_zone_id=item["hosted_zone_id"],
        origin=item["origin"],
        hubs=tuple(item["hubs"]),
        state=item["state"],
        note=item["note"],
        signed=item.get("signed", ""),
        successors=tuple(item.get("successors", ())),
        adopts=item.get("adopts", ""),
        pulled_by=item.get("pulled_by", ""),
        tags=_tags(item.get("tags", [])),
    )


def _tags(flat: list[str]) -> Tags:
    return tuple(zip(flat[::2], flat[1::2], strict=True))


class DynamoSweepState:
    """A SweepState in one item."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def load(self) -> SweepMemory | None:
        item = self._table.get(_SWEEP)
        if item is None:
            return None
        seen = tuple(json.loads(zlib.decompress(item["seen"])))
        return SweepMemory(item["looked_until"], seen, json.loads(item["behind"]))

    def save(self, memory: SweepMemory) -> None:
        seen = zlib.compress(json.dumps(memory.seen[-SEEN_EVENTS:]).encode())
        behind = json.dumps(dict(memory.behind))
        item = keyed(_SWEEP, looked_until=memory.looked_until, seen=seen, behind=behind)
        self._table.put(Put(item))
