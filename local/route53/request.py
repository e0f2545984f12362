"""One change of a batch, and how large a batch may be."""

from __future__ import annotations

from dataclasses import dataclass

from .account import Json
from .errors import InvalidChangeBatch, invalid_input
from .records import RecordSet, from_api
from .routing import check_request

# AWS, "Maximums on the ChangeResourceRecordSets request"; UPSERT counts twice in both.
MAX_ELEMENTS = 1000
MAX_CHARACTERS = 32_000


@dataclass(frozen=True, slots=True)
class Change:
    """CREATE, DELETE or UPSERT of one rrset."""

    action: str
    record_set: RecordSet


def parse_change(change: Json) -> Change:
    """A Change of the API → ours; raises InvalidInput for its form, FatalProblem for its name."""
    api = change["ResourceRecordSet"]
    shown = (
        f"Change with [Action={change['Action']}, Name={api['Name']}, Type={api['Type']}, "
        f"SetIdentifier={api.get('SetIdentifier', 'null')}]"
    )
    _check_content(api, shown)
    record_set = from_api(api)
    check_request(record_set, shown)
    return Change(change["Action"], record_set)


def _check_content(api: Json, shown: str) -> None:
    """Exactly one of: an alias target; TTL and values; a traffic policy's instance."""
    alias, ttl, values = ("AliasTarget" in api, "TTL" in api, "ResourceRecords" in api)
    instance = "TrafficPolicyInstanceId" in api
    if (alias or instance) and not (ttl or values or (alias and instance)):
        return
    if ttl and values and not (alias or instance):
        return
    found = "more than one" if alias or instance else "none"
    raise invalid_input(
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], "
        f"or TrafficPolicyInstanceId], but found {found} in {shown}"
    )


def check_size(changes: list[Json]) -> None:
    """Raises InvalidChangeBatch when the batch has too many elements or characters."""
    elements = characters = 0
    for change in changes:
        times = 2 if change["Action"] == "UPSERT" else 1
        records = change["ResourceRecordSet"].get("ResourceRecords", ())
        elements += times * max(1, len(records))
        characters += times * sum(len(record.get("Value", "")) for record in records)
    if elements > MAX_ELEMENTS:
        raise InvalidChangeBatch(f"Number of records limit of {MAX_ELEMENTS} exceeded.")
    if characters > MAX_CHARACTERS:
        raise InvalidChangeBatch(f"Number of characters limit of {MAX_CHARACTERS} exceeded.")
