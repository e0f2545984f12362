"""knot.conf of a Knot DNS that follows hubs (3.1 and newer)."""

from collections.abc import Iterable

from zonemesh.secondary_config.following import (
    FollowedZone,
    Following,
    PrimaryHub,
    Section,
    SigningKey,
    commented,
    hub_sets,
    shown_secret,
    titled,
    to_fill_in,
)

MARK = "#"
_ACL = "zonemesh"


def knot(following: Following) -> tuple[Section, ...]:
    """Write key, remotes, acl and templates, and the zones."""
    sets = hub_sets(following)
    comment = commented(MARK, [f"{titled(following)}.", *to_fill_in(following)])
    once = comment + _key(following.key) + _remotes(following.hubs, following.key)
    once += _acl(following) + "template:\n"
    once += "".join(_template(name, hubs) for hubs, name in sets.items())
    if following.catalog:
        members = following.catalog.hubs
        once += "".join(_template(group, members) for group in following.groups)
    zones = "zone:\n" + "".join(_zone(zone, sets[zone.hubs]) for zone in following.zones)
    if following.catalog:
        zones += _catalog(following.catalog, sets[following.catalog.hubs], following.groups)
    return Section("knot.conf, once", once), Section("knot.conf, the zones", zones)


def _quoted(text: str) -> str:
    """Quote a name: a backslash, as of `\\032`, is to be escaped within quotes."""
    return '"' + text.replace("\\", "\\\\") + '"'


def _key(key: SigningKey | None) -> str:
    if key is None:
        return ""
    secret = f"    secret: {_quoted(shown_secret(key))}\n"
    return f"key:\n  - id: {_quoted(key.name)}\n    algorithm: {key.algorithm}\n{secret}"


def _remotes(hubs: Iterable[PrimaryHub], key: SigningKey | None) -> str:
    signed = f"    key: {_quoted(key.name)}\n" if key else ""
    each = (f"  - id: {_remote(hub)}\n    {_address(hub)}\n{signed}" for hub in hubs)
    return "remote:\n" + "".join(each)


def _remote(hub: PrimaryHub) -> str:
    return f"zonemesh-{hub.hub}"


def _address(hub: PrimaryHub) -> str:
    """Write the addresses, or why there are none: a word would be the path of a socket to Knot."""
    if not hub.places:
        return f"# address: {hub.to_fill_in}"
    places = ", ".join(f'"{place}"' for place in hub.places)
    return f"address: [{places}]"


def _acl(following: Following) -> str:
    """Allow NOTIFY with the key from any address, else from the hubs' own."""
    if following.key:
        whose = f"    key: {_quoted(following.key.name)}\n"
    else:
        known = [f'"{place.address}"' for hub in following.hubs for place in hub.places]
        known += [f'"{hub.to_fill_in}"' for hub in following.unaddressed]
        whose = f"    address: [{', '.join(dict.fromkeys(known))}]\n"
    return f"acl:\n  - id: {_ACL}\n{whose}    action: notify\n"


def _template(name: str, hubs: Iterable[PrimaryHub]) -> str:
    masters = ", ".join(_remote(hub) for hub in hubs)
    return f"  - id: {name}\n    master: [{masters}]\n    acl: {_ACL}\n"


def _zone(zone: FollowedZone, template: str) -> str:
    return f"  - domain: {_quoted(zone.name)}\n    template: {template}\n"


def _catalog(catalog: FollowedZone, template: str, groups: Iterable[str]) -> str:
    members = ", ".join((template, *groups))
    role = f"    catalog-role: interpret\n    catalog-template: [{members}]\n"
    return _zone(catalog, template) + role
