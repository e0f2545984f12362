"""What makes a PowerDNS follow hubs: a line of pdns.conf, and commands of pdnsutil for a shell.

Its zones are in its database, so there is no configuration to be pasted.
"""

import shlex
from collections.abc import Iterable

from zonemesh.secondary_config.following import (
    FollowedZone,
    Following,
    PrimaryHub,
    Section,
    SigningKey,
    commented,
    titled,
)

MARK = "#"
KEYS = "SQL, in PowerDNS's database: gives zones of the catalog the key, again for each new one"


def powerdns(following: Following) -> tuple[Section, ...]:
    """Write the line, and the commands for the key and the zones."""
    key = following.key
    once = commented(MARK, [f"{titled(following)}.", *_notes(following)]) + _import(key)
    zones = "".join(_zone(zone, key) for zone in following.zones)
    sections = [
        Section("pdns.conf", "secondary=yes\n"),
        Section("a shell, once", once),
    ]
    if zones:
        sections.append(Section("a shell, the zones", zones))
    if following.catalog:
        sections += _catalog(following)
    return tuple(sections)


def _notes(following: Following) -> list[str]:
    """Say what has to be filled in: a shell stops at a variable that is not set."""
    lines = [
        f"{_variable(hub)}: set it to the address at which this server reaches hub {hub.hub}"
        for hub in following.unaddressed
    ]
    if following.key and following.key.secret is None:
        lines.append(f"TSIG_SECRET: set it to the base64 secret of the key {following.key.name}")
    lines.append(
        "NOTIFY is taken from the primaries alone. Where a hub's comes from another address"
    )
    lines.append("add that one in pdns.conf: trusted-notification-proxy=ADDRESS")
    return lines


def _import(key: SigningKey | None) -> str:
    if key is None:
        return ""
    secret = shlex.quote(key.secret) if key.secret is not None else _demanded("TSIG_SECRET")
    return f"pdnsutil import-tsig-key {shlex.quote(key.name)} {key.algorithm} {secret}\n"


def _demanded(variable: str) -> str:
    return f'"${{{variable}:?is to be set first}}"'


def _variable(hub: PrimaryHub) -> str:
    return f"HUB_{hub.hub.upper().replace('-', '_')}"


def _primaries(hubs: Iterable[PrimaryHub]) -> str:
    return " ".join(
        where
        for hub in hubs
        for where in [_written(place.address, place.port) for place in hub.places]
        or [_demanded(_variable(hub))]
    )


def _written(address: str, port: int) -> str:
    return shlex.quote(f"[{address}]:{port}" if ":" in address else f"{address}:{port}")


def _zone(zone: FollowedZone, key: SigningKey | None, *, catalog: bool = False) -> str:
    name = shlex.quote(zone.name)
    lines = [f"pdnsutil create-secondary-zone {name} {_primaries(zone.hubs)}"]
    if not catalog:  # which is never updated by IXFR: "not configured as slave" (4.7)
        lines.append(f"pdnsutil set-meta {name} IXFR 1")
    if key:
        lines.append(f"pdnsutil activate-tsig-key {name} {shlex.quote(key.name)} secondary")
    return "".join(f"{line}\n" for line in lines)


def _catalog(following: Following) -> list[Section]:
    """Write the catalog, and what gives the zones that it names the key."""
    assert following.catalog
    name = shlex.quote(following.catalog.name)
    text = _zone(following.catalog, following.key, catalog=True)
    text += f"pdnsutil set-kind {name} consumer\n"
    sections = [Section("a shell, the catalog (4.7 and newer)", text)]
    if following.key:
        sections.append(Section(KEYS, _keys(following.catalog.name, following.key.name)))
    return sections


def _keys(catalog: str, key: str) -> str:
    """Write SQL, as `pdnsutil` does not list a zone before its first transfer.

    A member takes over its catalog's primaries, and not its key (seen with 4.7).
    """
    return (
        "INSERT INTO domainmetadata (domain_id, kind, content)\n"
        f"SELECT id, 'AXFR-MASTER-TSIG', '{key}' FROM domains WHERE catalog = '{catalog}'\n"
        "AND id NOT IN (SELECT domain_id FROM domainmetadata WHERE kind = 'AXFR-MASTER-TSIG');\n"
    )
