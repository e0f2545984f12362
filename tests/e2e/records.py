"""DNS records as tests compare them, and what a Route 53 listing means in DNS.

Written apart from the product, so that a misreading would have to be made twice.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

IN = dns.rdataclass.IN


def rrset(name: str, rdtype: str, *values: str, ttl: int = 300) -> dict[str, Any]:
    """Give a ResourceRecordSet for the API."""
    records = [{"Value": value} for value in values]
    return {"Name": name, "Type": rdtype, "TTL": ttl, "ResourceRecords": records}


def line(name: dns.name.Name, ttl: int, rdata: dns.rdata.Rdata) -> str:
    """Give a record in its canonical form (RFC 4034 6.2), targets of SVCB too, as text."""
    if rdata.rdtype in (dns.rdatatype.SVCB, dns.rdatatype.HTTPS):
        rdata = rdata.replace(target=rdata.target.canonicalize())
    wire = rdata.to_digestable()
    plain = dns.rdata.from_wire(IN, rdata.rdtype, wire, 0, len(wire))
    rdtype = dns.rdatatype.to_text(rdata.rdtype)
    return f"{name.canonicalize()} {ttl} {rdtype} {plain.to_text()}"


def lines_of_listing(listing: Iterable[Mapping[str, Any]]) -> set[str]:
    """Give the records of plain rrsets as Route 53 lists them, without the SOA."""
    return {
        line(
            dns.name.from_text(decimal(rrset["Name"])),
            rrset["TTL"],
            # Route 53 takes a name without a final dot as absolute.
            dns.rdata.from_text(
                IN, rrset["Type"], decimal(record["Value"]), dns.name.root, relativize=False
            ),
        )
        for rrset in listing
        if "ResourceRecords" in rrset and "SetIdentifier" not in rrset and rrset["Type"] != "SOA"
        for record in rrset["ResourceRecords"]
    }


def decimal(text: str) -> str:
    r"""Turn Route 53's octal escapes into those of master files: `\052` into `\042`."""

    def escape(found: re.Match[str]) -> str:
        digits = found[1]
        return f"\\{int(digits, 8):03d}" if len(digits) == 3 else found[0]

    return re.sub(r"\\([0-7]{3}|.)", escape, text)
