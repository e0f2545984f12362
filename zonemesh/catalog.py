"""The catalog zone's content (RFC 9432, version 2): its members as rrsets and back. Pure.

    catalog.                       NS   invalid.
    version.catalog.               TXT  "2"
    LABEL.zones.catalog.           PTR  example.com.
    group.LABEL.zones.catalog.     TXT  "customers"

A consumer that sees a member's LABEL change takes the zone for another one of the name and throws
away what it has of it (RFC 9432 5.6). So labels are a function of the zone's name, and of an epoch
that only somebody who wants just that raises.
"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from zonemesh.names import canonical_text, is_plain, parse_name, parse_route53_name, route53_text
from zonemesh.policy import Guard, Policy, SoaTimers
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import source_codec, source_rrset
from zonemesh.tree import Load, View, entries

VERSION = "2"  # RFC 9432 4.2.1
ZONES, GROUP = "zones", "group"
_TTL = 0  # it has no meaning here; catalogs are not for resolvers
_LABEL_LENGTH = 32  # hex digits: 128 bits of SHA-256, where two names shall never meet

LOST_MOST = 10  # percent of the members that may go within an hour; of fewer than 20 it is one

# It expires never, or a consumer that was cut off for a month would forget what zones it has. What
# may be removed is counted in members (`lost`), so every removal is looked at.
CATALOG_POLICY = Policy(
    soa=SoaTimers(expire=2**31 - 1),
    guard=Guard(removed=0, changed=100, from_rrsets=1, apex_ns=False),
)


@dataclass(frozen=True, slots=True, order=True)
class CatalogEntry:
    """A zone that the catalog names: its apex (canonical text), its label, its group if any."""

    apex: str
    label: str
    group: str | None = None


def label_of(apex: str, epoch: int = 0) -> str:
    """Give the label under which a zone stands in its epoch."""
    return hashlib.sha256(f"{epoch} {apex}".encode()).hexdigest()[:_LABEL_LENGTH]


def catalog_rrsets(catalog: str, listed: Iterable[CatalogEntry]) -> list[SourceRRset]:
    """Give the catalog's rrsets as Route 53 would list them; `catalog` is its name."""
    apex = _route53_name(catalog)
    found = [
        _rrset(apex, "SOA", "invalid. invalid. 1 3600 600 2147483646 0"),
        # RFC 9432 4.1: nobody is to find it by delegation, so the one name server is `invalid.`.
        _rrset(apex, "NS", "invalid."),
        _rrset(f"version.{apex}", "TXT", f'"{VERSION}"'),
    ]
    for each in sorted(listed):
        owner = f"{each.label}.{ZONES}.{apex}"
        found.append(_rrset(owner, "PTR", _route53_name(each.apex)))
        if each.group is not None:
            found.append(_rrset(f"{GROUP}.{owner}", "TXT", f'"{each.group}"'))
    return found


def _rrset(name: str, rdtype: str, value: str) -> SourceRRset:
    return {"Name": name, "Type": rdtype, "TTL": _TTL, "ResourceRecords": [{"Value": value}]}


def entries_in(catalog: str, rrsets: Iterable[SourceRRset]) -> dict[str, CatalogEntry]:
    """Read back what `catalog_rrsets` made: the entries by apex."""
    below = f".{ZONES}.{catalog}"
    zones: dict[str, str] = {}
    groups: dict[str, str] = {}
    for rrset in rrsets:
        owner = catalog_name(rrset["Name"])
        if not owner.endswith(below):
            continue
        label, value = owner.removesuffix(below), _value(rrset)
        if rrset["Type"] == "PTR":
            zones[label] = catalog_name(value)
        elif label.startswith(f"{GROUP}."):
            groups[label.removeprefix(f"{GROUP}.")] = value.strip('"')
    return {apex: CatalogEntry(apex, label, groups.get(label)) for label, apex in zones.items()}


def catalog_name(route53_name: str) -> str:
    """Give a name that `catalog_rrsets` wrote as canonical text."""
    # Almost all are: a catalog of ten thousand zones is read several times to be recorded once.
    if is_plain(route53_name):
        return route53_name
    return canonical_text(parse_route53_name(route53_name))


def _route53_name(name: str) -> str:
    return name if is_plain(name) else route53_text(parse_name(name))


def _value(rrset: SourceRRset) -> str:
    (record,) = rrset["ResourceRecords"]
    return str(record["Value"])


def listed_in(catalog: str, view: View | None, load: Load) -> dict[str, CatalogEntry]:
    """Give the entries of a catalog's source view by apex."""
    stored = entries(view, load, source_codec)
    return entries_in(catalog, (source_rrset(entry.text) for entry in stored))


def lost(before: Collection[str], after: Collection[str], since: str) -> tuple[str, ...]:
    """Say why a removal should be held; nothing where it may pass.

    Names of the zones before and after. A tenth of them may go, and one of a few.
    """
    gone = sorted(set(before) - set(after))
    if len(gone) <= 1 or 100 * len(gone) <= LOST_MOST * len(before):
        return ()
    share = f"{len(gone)} of {len(before)} zones ({100 * len(gone) // len(before)} %)"
    named = ", ".join(gone[:5]) + (" and others" if len(gone) > 5 else "")
    return (
        f"{share} leave the catalog {since} (limit {LOST_MOST} %, or one): {named}; every "
        "secondary that follows it would drop them",
    )
