"""CIDR collections: named locations of IP-based routing, and the blocks that each one has."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from uuid import UUID

from .account import Account, Call, Json
from .changes import new_change
from .errors import Route53Error, invalid_input
from .zone_views import location

MAX_PAGE = 100
MAX_CHANGED_BLOCKS = 1000  # a request (API reference, ChangeCidrCollection)
DEFAULT_LOCATION = "*"  # every collection has it, and no blocks can be put there
# Developer Guide, "IP-based routing": prefixes that a location may have; /0 is the default's.
LONGEST_PREFIX = {4: 24, 6: 48}


def collection_of(account: Account, collection_id: str) -> Json:
    """The collection of that id, or NoSuchCidrCollectionException."""
    if collection_id not in account.cidr_collections:
        raise Route53Error(
            "NoSuchCidrCollectionException", f"No CIDR collection found with ID: {collection_id}"
        )
    found: Json = account.cidr_collections[collection_id]
    return found


def create_collection(call: Call, params: Json) -> Json:
    """CreateCidrCollection: the same name and reference again return the same collection."""
    account, name = call.account, params["Name"]
    collections = account.cidr_collections
    same = [stored for stored in collections.values() if stored["Name"] == name]
    if same and same[0]["CallerReference"] != params["CallerReference"]:
        raise Route53Error(
            "CidrCollectionAlreadyExistsException",
            f"A CIDR collection {name} with another caller reference exists already",
        )
    most = call.settings.max_cidr_collections
    if not same and most is not None and len(collections) >= most:
        raise Route53Error("LimitsExceeded", f"The account has {most} CIDR collections")
    created = same[0] if same else _new_collection(call, params)
    collections[created["Id"]] = created
    return {
        "Collection": _summary(created),
        "Location": location(f"cidrcollection/{created['Id']}"),
    }


def _new_collection(call: Call, params: Json) -> Json:
    collection_id = str(UUID(int=call.random.getrandbits(128), version=4))
    return {
        "Arn": f"arn:aws:route53:::cidrcollection/{collection_id}",
        "Id": collection_id,
        "Name": params["Name"],
        "CallerReference": params["CallerReference"],
        "Version": 1,
        "Blocks": {},  # block → name of its location
    }


def _summary(stored: Json) -> Json:
    return {member: stored[member] for member in ("Arn", "Id", "Name", "Version")}


def change_collection(call: Call, params: Json) -> Json:
    """ChangeCidrCollection: all changes in order, or none.

    A block is in one location of its collection, so it moves by DELETE_IF_EXISTS and then PUT.
    """
    stored = collection_of(call.account, params["Id"])
    version = params.get("CollectionVersion", stored["Version"])
    if version != stored["Version"]:
        raise Route53Error(
            "CidrCollectionVersionMismatchException",
            f"The collection has version {stored['Version']}, not {version}",
        )
    if sum(len(change["CidrList"]) for change in params["Changes"]) > MAX_CHANGED_BLOCKS:
        raise invalid_input(f"A request has at most {MAX_CHANGED_BLOCKS} CIDR blocks")
    blocks = dict(stored["Blocks"])
    for change in params["Changes"]:
        _change(blocks, change)
    _check_outcome(call, stored, blocks)
    stored["Blocks"] = blocks
    stored["Version"] += 1
    return {"Id": new_change(call)["Id"].rsplit("/", 1)[-1]}


def _change(blocks: dict[str, str], change: Json) -> None:
    name = change["LocationName"]
    for block in map(_canonical_block, change["CidrList"]):
        if change["Action"] == "PUT":
            if blocks.get(block, name) != name:
                raise Route53Error(
                    "CidrBlockInUseException", f"{block} is in location {blocks[block]} already"
                )
            blocks[block] = name
        elif blocks.get(block) == name:
            del blocks[block]


def _canonical_block(text: str) -> str:
    try:
        block = ipaddress.ip_network(text)
    except ValueError as problem:
        raise invalid_input(f"Invalid CIDR block: {problem}") from None
    longest = LONGEST_PREFIX[block.version]
    if not 1 <= block.prefixlen <= longest:
        raise invalid_input(
            f"Invalid CIDR block {text}: an IPv{block.version} prefix has 1 to {longest} bits"
        )
    return str(block)


def _check_outcome(call: Call, stored: Json, blocks: dict[str, str]) -> None:
    most = call.settings.max_blocks_per_collection
    if most is not None and len(blocks) > most:
        raise Route53Error("LimitsExceeded", f"A collection has at most {most} CIDR blocks")
    gone = set(stored["Blocks"].values()) - set(blocks.values())
    if lost := gone & _locations_in_use(call.account, stored["Id"]):
        raise Route53Error(
            "CidrBlockInUseException",
            f"The last CIDR blocks of {', '.join(sorted(lost))} are in use by records",
        )


def _locations_in_use(account: Account, collection_id: str) -> set[str]:
    """The locations of a collection that records name, those of all zones."""
    named = (
        record_set.extras.get("CidrRoutingConfig")
        for zone in account.zones.values()
        for record_set in zone.records
    )
    return {
        cidr["LocationName"] for cidr in named if cidr and cidr["CollectionId"] == collection_id
    }


def delete_collection(call: Call, params: Json) -> Json:
    """DeleteCidrCollection: it must be empty, and no record may name it."""
    stored = collection_of(call.account, params["Id"])
    if stored["Blocks"] or _locations_in_use(call.account, stored["Id"]):
        raise Route53Error(
            "CidrCollectionInUseException", f"{stored['Name']} is in use, and isn't empty"
        )
    del call.account.cidr_collections[stored["Id"]]
    return {}


def list_collections(call: Call, params: Json) -> Json:
    """ListCidrCollections, in order of their ids."""
    page, token = _page(call.account.cidr_collections, params)
    summaries = [_summary(call.account.cidr_collections[item]) for item in page]
    return {"CidrCollections": summaries, "NextToken": token}


def list_locations(call: Call, params: Json) -> Json:
    """ListCidrLocations, in order of their names."""
    stored = collection_of(call.account, params["CollectionId"])
    page, token = _page(set(stored["Blocks"].values()), params)
    return {"CidrLocations": [{"LocationName": name} for name in page], "NextToken": token}


def list_blocks(call: Call, params: Json) -> Json:
    """ListCidrBlocks, of one location or of all."""
    stored = collection_of(call.account, params["CollectionId"])
    wanted = params.get("LocationName")
    if wanted is not None and wanted not in stored["Blocks"].values():
        raise Route53Error("NoSuchCidrLocationException", f"No CIDR location {wanted}")
    blocks = {block: name for block, name in stored["Blocks"].items() if wanted in (None, name)}
    page, token = _page(blocks, params)
    listed = [{"CidrBlock": block, "LocationName": blocks[block]} for block in page]
    return {"CidrBlocks": listed, "NextToken": token}


def _page(items: Iterable[str], params: Json) -> tuple[list[str], str | None]:
    """(A page in order, the token of the next one: its first item)."""
    text = params.get("MaxResults", str(MAX_PAGE))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise invalid_input(f"MaxResults is '{text}', must be a positive integer")
    size, start = min(int(text), MAX_PAGE), params.get("NextToken", "")
    found = sorted(item for item in items if item >= start)
    return found[:size], found[size] if len(found) > size else None


def location_problem(account: Account, cidr: Json) -> str | None:
    """Why a record cannot name a location of IP-based routing, None where it can."""
    collection_id, name = cidr["CollectionId"], cidr["LocationName"]
    stored = account.cidr_collections.get(collection_id)
    if stored is None:
        return f"the CIDR collection {collection_id} does not exist"
    if name != DEFAULT_LOCATION and name not in stored["Blocks"].values():
        return f"the CIDR collection {collection_id} has no location {name}"
    return None
