"""named.conf of a BIND that follows hubs (9.18 and newer)."""

from collections.abc import Iterable

from zonemesh.secondary_config.following import (
    FollowedZone,
    Following,
    PrimaryHub,
    Section,
    SigningKey,
    commented,
    file_name,
    hub_sets,
    shown_secret,
    titled,
    to_fill_in,
)

MARK = "//"
# https://kb.isc.org/docs/cve-2024-1737
_LIMITS = (
    "max-records-per-type and max-types-per-name are known from BIND 9.18.28 on, where a zone with",
    "more than 100 records of a type, or types at a name, transfers only with them: older ones",
    "need, and know, neither line.",
)
_UNLIMITED = ("max-records-per-type 0;", "max-types-per-name 0;")


def bind(following: Following) -> tuple[Section, ...]:
    """Write what goes beside `options`, and for a catalog what goes into it."""
    sets = hub_sets(following)
    lists = "".join(_primaries(name, hubs, following.key) for hubs, name in sets.items())
    comment = commented(MARK, [f"{titled(following)}.", *to_fill_in(following)])
    sections = [Section("named.conf, once", comment + _key(following.key) + lists)]
    zones = "\n".join(_zone(zone, sets[zone.hubs], following.key) for zone in following.all_zones)
    sections.append(Section("named.conf, the zones", commented(MARK, _LIMITS) + zones))
    if following.catalog:
        text = _options(following.catalog, sets[following.catalog.hubs], following.key)
        sections.append(Section("named.conf, inside of options { … }", text))
    return tuple(sections)


def _key(key: SigningKey | None) -> str:
    if key is None:
        return ""
    return f'key "{key.name}" {{ algorithm {key.algorithm}; secret "{shown_secret(key)}"; }};\n'


def _primaries(name: str, hubs: Iterable[PrimaryHub], key: SigningKey | None) -> str:
    signed = f' key "{key.name}"' if key else ""
    lines = [
        f"    {where}{signed};  // hub {hub.hub}\n" for hub in hubs for where in _addresses(hub)
    ]
    return f'primaries "{name}" {{\n{"".join(lines)}}};\n'


def _addresses(hub: PrimaryHub) -> list[str]:
    return [f"{place.address} port {place.port}" for place in hub.places] or [hub.to_fill_in]


def _zone(zone: FollowedZone, primaries: str, key: SigningKey | None) -> str:
    statements = [
        "type secondary;",
        f'file "{file_name(zone)}";',
        f'primaries {{ "{primaries}"; }};',
        *_notified(key),
        *_UNLIMITED,
    ]
    return f'zone "{zone.name}" {{\n{_lines(statements, 4)}}};\n'


def _notified(key: SigningKey | None) -> list[str]:
    """From any address with the key: NOTIFY may come from another one than transfers do."""
    allowed = [f'allow-notify {{ key "{key.name}"; }};'] if key else []
    return [*allowed, "multi-master yes;"]


def _options(catalog: FollowedZone, primaries: str, key: SigningKey | None) -> str:
    statements = [
        *_notified(key),
        *_UNLIMITED,
        "catalog-zones {",
        f'    zone "{catalog.name}" default-primaries {{ "{primaries}"; }};',
        "};",
    ]
    return _lines(statements, 4)


def _lines(statements: Iterable[str], indent: int) -> str:
    return "".join(f"{' ' * indent}{statement}\n" for statement in statements)
