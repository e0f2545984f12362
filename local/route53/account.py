"""What one AWS account has in Route 53, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from string import ascii_uppercase, digits
from threading import Lock
from typing import Any

from .errors import no_such_hosted_zone
from .names import Labels, parse_name
from .records import RecordIndex, from_api
from .settings import Route53Settings
from .throttle import Throttle

ID_CHARACTERS = ascii_uppercase + digits
ID_LENGTH = 20
Json = dict[str, Any]


@dataclass(slots=True)
class HostedZone:
    """A hosted zone; `name` in the API's spelling, `name_servers` without trailing dots."""

    id: str
    name: str
    caller_reference: str
    name_servers: list[str]
    private: bool = False
    comment: str | None = None
    vpcs: list[Json] = field(default_factory=list)
    delegation_set_id: str | None = None
    linked_service: Json | None = None
    accelerated_recovery: bool | None = None
    signing: bool = False
    keys: dict[str, Json] = field(default_factory=dict)  # key-signing keys by name
    changed_at: float | None = None
    records: RecordIndex = field(default_factory=RecordIndex)

    @property
    def labels(self) -> Labels:
        return parse_name(self.name)

    def to_json(self) -> Json:
        fields = {name: getattr(self, name) for name in PLAIN_FIELDS}
        return fields | {"records": [record_set.to_api() for record_set in self.records]}


PLAIN_FIELDS = tuple(name for name in HostedZone.__dataclass_fields__ if name != "records")


def zone_from_json(data: Json) -> HostedZone:
    """The inverse of HostedZone.to_json."""
    return HostedZone(**data | {"records": RecordIndex(map(from_api, data["records"]))})


@dataclass(slots=True)
class Account:
    """All that an account owns; whoever reads or writes it holds `lock`."""

    id: str
    zones: dict[str, HostedZone] = field(default_factory=dict)
    changes: dict[str, Json] = field(default_factory=dict)
    health_checks: dict[str, Json] = field(default_factory=dict)
    cidr_collections: dict[str, Json] = field(default_factory=dict)
    delegation_sets: dict[str, Json] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)  # "type/id" → key → value
    throttle: Throttle = field(default_factory=Throttle)
    lock: Lock = field(default_factory=Lock)

    def zone(self, zone_id: str) -> HostedZone:
        """The zone of that id, or NoSuchHostedZone."""
        try:
            return self.zones[zone_id]
        except KeyError:
            raise no_such_hosted_zone(zone_id) from None

    def to_json(self) -> Json:
        plain = {name: getattr(self, name) for name in PLAIN_STATE}
        return plain | {"zones": [zone.to_json() for zone in self.zones.values()]}


PLAIN_STATE = ("id", "changes", "health_checks", "cidr_collections", "delegation_sets", "tags")


def account_from_json(data: Json) -> Account:
    """The inverse of Account.to_json; the throttle starts afresh."""
    before: Json = {"cidr_collections": {}}  # what states dumped by earlier versions lack
    data = before | data
    zones = {zone["id"]: zone_from_json(zone) for zone in data["zones"]}
    return Account(zones=zones, **{name: data[name] for name in PLAIN_STATE})


@dataclass(frozen=True, slots=True)
class Call:
    """What an operation works on."""

    account: Account
    settings: Route53Settings
    now: float
    """Epoch seconds."""
    random: Random

    def new_id(self, prefix: str) -> str:
        """A fresh id: Z… for zones, C… for changes, N… for delegation sets."""
        return prefix + "".join(self.random.choices(ID_CHARACTERS, k=ID_LENGTH))
