"""What of a zone is more than some name servers take by default."""

from collections.abc import Iterable
from pathlib import Path

# BIND since 9.18.28 and 9.20.0: max-records-per-type and max-types-per-name, both 100.
# https://kb.isc.org/docs/rrset-limits-in-zones
RECORDS_PER_TYPE = 100
TYPES_PER_NAME = 100


def too_much(lines: Iterable[bytes]) -> str:
    """Name the first rrset, or name, of a zone file beyond the limits; empty where there is none.

    The lines are those of a hub's zone files, `OWNER TTL IN TYPE RDATA`, in canonical order.
    """
    owner = rdtype = b""
    records = types = 0
    for line in lines:
        fields = line.split(b" ", 4)
        if len(fields) < 5:
            continue
        if fields[0] != owner:
            owner, rdtype, types = fields[0], b"", 0
        if fields[3] != rdtype:
            rdtype, records = fields[3], 0
            types += 1
            if types > TYPES_PER_NAME:
                return f"more than {TYPES_PER_NAME} types at {owner.decode(errors='replace')}"
        records += 1
        if records > RECORDS_PER_TYPE:
            return (
                f"more than {RECORDS_PER_TYPE} {rdtype.decode(errors='replace')} records at "
                f"{owner.decode(errors='replace')}"
            )
    return ""


def too_much_in(path: Path) -> str:
    """Look through a zone file; one that cannot be read has nothing that can be named."""
    try:
        with path.open("rb") as file:
            return too_much(file)
    except OSError:
        return ""
