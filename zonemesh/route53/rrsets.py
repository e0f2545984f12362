"""Route 53's ResourceRecordSet JSON ⇄ our types, and its place in the source view."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.names import (
    canonical_text,
    decimal_to_octal,
    octal_to_decimal,
    order_of,
    parse_route53_name,
    route53_text,
)
from zonemesh.tree import Entry
from zonemesh.zone import RRset, RRsetKey


class UnreadableRecord(ValueError):
    """A record value that DNS cannot hold in its type; the message quotes it."""


def owner_of(rrset: Mapping[str, Any]) -> str:
    """Give the owner name as canonical text."""
    return canonical_text(parse_route53_name(rrset["Name"]))


def source_entry(rrset: Mapping[str, Any]) -> Entry:
    """Give the source view's entry: the rrset as one line of canonical JSON, nothing left out."""
    text = json.dumps(rrset, sort_keys=True, separators=(",", ":"))
    return Entry(key_of(rrset), text + "\n")


def source_codec(text: str) -> list[Entry]:
    """Read a chunk of the source view."""
    return [Entry(key_of(json.loads(line)), line + "\n") for line in text.split("\n") if line]


def source_rrset(entry_text: str) -> dict[str, Any]:
    """Give back the JSON that `source_entry` wrote."""
    rrset: dict[str, Any] = json.loads(entry_text)
    return rrset


def key_of(rrset: Mapping[str, Any]) -> RRsetKey:
    """Give what names the rrset, whatever the spelling of its name."""
    name = rrset["Name"]
    order = order_of(name if "\\" not in name else owner_of(rrset))
    return RRsetKey(order, type_number(rrset["Type"]), rrset.get("SetIdentifier", ""))


@lru_cache(256)
def type_number(mnemonic: str) -> int:
    """Give the number of a type, which may be written `TYPE65280` (RFC 3597 5)."""
    return int(dns.rdatatype.from_text(mnemonic))


def is_alias(rrset: Mapping[str, Any]) -> bool:
    """Tell whether the rrset is an alias, which has no values of its own."""
    return "AliasTarget" in rrset


def is_routed(rrset: Mapping[str, Any]) -> bool:
    """Tell whether the rrset is a member of a routed set: weighted, latency, failover, …"""
    return "SetIdentifier" in rrset


def is_hidden(rrset: Mapping[str, Any]) -> bool:
    """Tell whether a traffic policy instance made the rrset and keeps what it holds to itself.

    Such records are listed without values, or as an alias into the policy's tree, which is not
    listed. What they serve is known by asking only.
    """
    made = "TrafficPolicyInstanceId" in rrset and not is_routed(rrset)
    return made and not rrset.get("ResourceRecords")


def rrset_from_route53(rrset: Mapping[str, Any]) -> RRset:
    """Read a plain rrset (neither alias nor routed).

    Names in values are absolute with or without their last dot, and escapes are octal
    (Developer Guide, "Supported DNS record types"). Raises UnreadableRecord.
    """
    read, problems = readable_part(rrset)
    if problems:
        raise UnreadableRecord(problems[0])
    return read


def readable_part(rrset: Mapping[str, Any]) -> tuple[RRset, list[str]]:
    """Read a plain rrset as `rrset_from_route53` does; say of each other value why it cannot be."""
    rdtype = dns.rdatatype.from_text(rrset["Type"])
    rdatas, problems = set(), []
    for record in rrset["ResourceRecords"]:
        try:
            rdatas.add(
                dns.rdata.from_text(
                    dns.rdataclass.IN,
                    rdtype,
                    octal_to_decimal(record["Value"]),
                    origin=dns.name.root,
                    relativize=False,
                )
            )
        except (dns.exception.DNSException, ValueError) as problem:
            problems.append(f"{rrset['Name']} {rrset['Type']} {record['Value']!r}: {problem}")
    name = parse_route53_name(rrset["Name"])
    return RRset(name, rdtype, int(rrset["TTL"]), frozenset(rdatas)), problems


def rrset_to_route53(rrset: RRset) -> dict[str, Any]:
    """Write an rrset as the ResourceRecordSet JSON that the Route 53 API takes."""
    return {
        "Name": route53_text(rrset.name),
        "Type": dns.rdatatype.to_text(rrset.rdtype),
        "TTL": rrset.ttl,
        "ResourceRecords": [
            {"Value": decimal_to_octal(text)} for text in sorted(r.to_text() for r in rrset.rdatas)
        ],
    }
