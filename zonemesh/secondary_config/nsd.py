"""nsd.conf of an NSD that follows hubs (a catalog from 4.9 on)."""

from collections.abc import Iterable, Iterator

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

MARK = "#"
_ANYWHERE = ("0.0.0.0/0", "::/0")


def nsd(following: Following) -> tuple[Section, ...]:
    """Write key and patterns, and the zones."""
    sets = hub_sets(following)
    notes = [f"{titled(following)}.", *to_fill_in(following)]
    if following.catalog:
        notes.append("NSD follows a catalog from 4.9 on, and one at most.")
    once = commented(MARK, notes) + _key(following.key)
    once += "".join(_pattern(name, hubs, following.key) for hubs, name in sets.items())
    if following.catalog:
        members = following.catalog.hubs
        once += "".join(_pattern(group, members, following.key) for group in following.groups)
    zones = "".join(_zone(zone, sets[zone.hubs]) for zone in following.zones)
    if following.catalog:
        name = sets[following.catalog.hubs]
        consumer = f'    catalog: consumer\n    catalog-member-pattern: "{name}"\n'
        zones += _zone(following.catalog, name) + consumer
    return Section("nsd.conf, once", once), Section("nsd.conf, the zones", zones)


def _key(key: SigningKey | None) -> str:
    if key is None:
        return ""
    secret = f'    secret: "{shown_secret(key)}"\n'
    return f'key:\n    name: "{key.name}"\n    algorithm: {key.algorithm}\n{secret}'


def _pattern(name: str, hubs: Iterable[PrimaryHub], key: SigningKey | None) -> str:
    """Write a pattern for zones of some hubs.

    Without `multi-master-check` NSD stays with the first primary that answers, however old.
    """
    hubs = tuple(hubs)
    signed = f'"{key.name}"' if key else "NOKEY"
    requests = [f"request-xfr: {where} {signed}" for hub in hubs for where in _requested(hub)]
    allowed = [f"allow-notify: {where} {signed}" for where in _notifying(hubs, key)]
    lines = ['zonefile: "%s.zone"', *requests, *allowed, "multi-master-check: yes"]
    return f'pattern:\n    name: "{name}"\n' + "".join(f"    {line}\n" for line in lines)


def _requested(hub: PrimaryHub) -> list[str]:
    return [str(place) for place in hub.places] or [hub.to_fill_in]


def _notifying(hubs: Iterable[PrimaryHub], key: SigningKey | None) -> Iterator[str]:
    """Give the addresses that NOTIFY may come from: all of them where it is signed."""
    if key:
        yield from _ANYWHERE
    else:
        yield from dict.fromkeys(where.split("@")[0] for hub in hubs for where in _requested(hub))


def _zone(zone: FollowedZone, pattern: str) -> str:
    """Write a zone; one whose name is none for a file gets a file name of its own."""
    file = file_name(zone)
    own = f'    zonefile: "{file}"\n' if file != f"{zone.name}.zone" else ""
    return f'zone:\n    name: "{zone.name}"\n    include-pattern: "{pattern}"\n{own}'
