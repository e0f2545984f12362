"""Rules that span several places of a mesh definition.

They read the plain data of the document and pass over what has the wrong shape (the types complain
of that), so that one run finds every problem.
"""

from collections.abc import Iterator
from ipaddress import ip_network

from zonemesh.deployment import EVERY_HUB
from zonemesh.mesh.data import (
    Data,
    clean,
    hubs_of,
    repeated,
    section,
    texts,
    zone_entries,
)
from zonemesh.mesh.document import Problem
from zonemesh.mesh.place_rules import PLACE_RULES
from zonemesh.mesh.references import dangling, twice
from zonemesh.mesh.values import NO_KEY, domain_name, key_name, shown


def broken_rules(written: object, whole: object) -> Iterator[Problem]:
    """Find all breaches of the rules, in the data as written and with each zone's entry whole."""
    if isinstance(written, dict) and isinstance(whole, dict):
        for rule in _RULES_AS_WRITTEN:
            yield from rule(written)
        for rule in _RULES:
            yield from rule(whole)


def _every_hub_and_others(data: Data) -> Iterator[Problem]:
    for index, zone in zone_entries(data):
        hubs = [hub for _, hub in texts(zone.get("hubs"))]
        if len(hubs) > 1 and EVERY_HUB in hubs:
            text = "`*` is every hub already; write it alone, or name the hubs"
            yield Problem(("zones", index, "hubs"), text)


def _key_names(data: Data) -> Iterator[Problem]:
    known: dict[str, str] = {}
    for written in section(data, "tsig_keys"):
        if (name := clean(key_name, written)) is None:
            continue
        if name in known:
            text = f"the same key name as {shown(known[name])}: case and a last dot do not count"
            yield Problem(("tsig_keys", written), text)
        known.setdefault(name, written)


def _prefix(network: str) -> str:
    return str(ip_network(network).prefixlen)


def _who_may_transfer(data: Data) -> Iterator[Problem]:
    for name, secondary in section(data, "secondaries").items():
        networks = secondary.get("transfer_from")
        if secondary.get("address") is None and not networks:
            text = (
                "has neither `address` nor `transfer_from`; write the address that it is notified "
                "at and transfers from, or the networks that it transfers from"
            )
            yield Problem(("secondaries", name), text)
        for place, network in texts(networks):
            everybody = clean(_prefix, network) == "0"
            if everybody and clean(key_name, secondary.get("tsig_key")) == NO_KEY:
                text = f"{shown(network)} without a key lets anybody transfer; declare a `tsig_key`"
                yield Problem(("secondaries", name, "transfer_from", place), text)


def _external_ids(data: Data) -> Iterator[Problem]:
    for name, integration in section(data, "integrations").items():
        if integration.get("external_id") is not None and integration.get("role_arn") is None:
            text = "is only used to assume a role; write `role_arn` as well, or remove it"
            yield Problem(("integrations", name, "external_id"), text)


def _private_zones(data: Data) -> Iterator[Problem]:
    for index, zone in zone_entries(data):
        if zone.get("private") is not True:
            continue
        if EVERY_HUB in hubs_of(zone):
            text = "a private zone is served only by hubs that are named; write `hubs: [...]`"
            yield Problem(("zones", index, "private"), text)
        if "discover" in zone and zone.get("view") is None:
            text = "private zones are discovered into a view of their own; write `view: NAME`"
            yield Problem(("zones", index, "private"), text)


def _apex_name_servers(data: Data) -> Iterator[Problem]:
    for index, zone in zone_entries(data):
        policy = zone.get("policy")
        if not isinstance(policy, dict):
            continue
        choice, servers = policy.get("apex_ns", "source"), policy.get("name_servers")
        if choice in ("replace", "union") and not servers:
            text = f"`apex_ns: {choice}` needs the servers' names; write `name_servers: [...]`"
            yield Problem(("zones", index, "policy", "apex_ns"), text)
        if choice == "source" and servers:
            text = "not used with `apex_ns: source`; write `apex_ns: union` or `apex_ns: replace`"
            yield Problem(("zones", index, "policy", "name_servers"), text)
        yield from repeated(("zones", index, "policy", "name_servers"), servers)


def _same_zones(data: Data) -> Iterator[Problem]:
    earlier: list[tuple[int, str, Data]] = []
    for index, zone in zone_entries(data):
        name = clean(domain_name, zone.get("name"))
        if name is None or "discover" in zone:
            continue
        for before, _, other in [entry for entry in earlier if entry[1] == name]:
            if (text := _clash(name, zone, before, other)) is not None:
                yield Problem(("zones", index), text)
                break
        earlier.append((index, name, zone))


def _clash(name: str, zone: Data, before: int, other: Data) -> str | None:
    if all(zone.get(part) == other.get(part) for part in ("integration", "view", "pulled_by")):
        way_out = "" if "pulled_by" in zone else ", or give it a `view`"
        return f"the same zone as zones[{before}] ({name}); remove one{way_out}"
    shared = _shared_hub(zone, other)
    if shared is None:
        return None
    return (
        f"zones[{before}] is {name} too, and a hub serves at most one zone of a name "
        f"({shared}); give them different `hubs`"
    )


def _shared_hub(zone: Data, other: Data) -> str | None:
    hubs, others = hubs_of(zone), hubs_of(other)
    if EVERY_HUB in hubs | others:
        named = sorted((hubs | others) - {EVERY_HUB})
        return f"both are on hub `{named[0]}`" if named else "both are on every hub"
    shared = sorted(hubs & others)
    return f"both are on hub `{shared[0]}`" if shared else None


_RULES_AS_WRITTEN = (dangling, twice)
_RULES = (
    _every_hub_and_others,
    _key_names,
    _who_may_transfer,
    _external_ids,
    _private_zones,
    _apex_name_servers,
    _same_zones,
    *PLACE_RULES,
)
