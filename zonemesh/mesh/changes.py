"""What differs between two mesh definitions, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.sections import Catalog, ListedZone, PulledZone, ZoneEntry

ADDED, REMOVED, CHANGED = "+", "-", "~"
NAMED = 5  # zones' entries that are named where many change alike


@dataclass(frozen=True, slots=True)
class MeshChange:
    """One thing added, removed or changed; `details` are its settings, before and after."""

    sign: str
    what: str
    details: tuple[str, ...] = ()


def mesh_changes(old: Mesh, new: Mesh) -> list[MeshChange]:
    """Compare two definitions, section by section in the order of the file."""
    zones = list(_section("", _zones(old), _zones(new)))
    inherited = list(_differences(old.defaults, new.defaults))
    changes = [
        *_section("integration", old.integrations, new.integrations),
        *_defaults(inherited, zones),
        *_apart(inherited, zones),
        *_section("hub", old.hubs, new.hubs),
        *_section("primary", old.primaries, new.primaries),
        *_section("target", old.targets, new.targets),
        *_section("secondary", old.secondaries, new.secondaries),
        *_section("TSIG key", old.tsig_keys, new.tsig_keys),
        *_section("", _catalog(old), _catalog(new)),
    ]
    if _patterns(old) != _patterns(new) and sorted(_patterns(old)) == sorted(_patterns(new)):
        changes.append(MeshChange(CHANGED, "the order in which discovery patterns are tried"))
    return changes


def needs_deployment(old: Mesh, new: Mesh) -> list[str]:
    """Name the changes that take effect only with `cdk deploy`: what has roles or queues."""
    sections: list[tuple[str, Callable[[Mesh], Mapping[str, Any]]]] = [
        ("integrations", lambda mesh: mesh.integrations),
        ("hubs", lambda mesh: dict.fromkeys(mesh.hubs)),
        ("what hubs publish", _published),
        ("secrets in Secrets Manager", _kept_secrets),
    ]
    return [name for name, part in sections if part(old) != part(new)]


def _published(mesh: Mesh) -> dict[str, Any]:
    return {
        name: (target.hub, target.integration, target.hosted_zone_id)
        for name, target in mesh.targets.items()
        if target.type == "route53"
    }


def _kept_secrets(mesh: Mesh) -> dict[str, Any]:
    kept = {hub: [ref for ref in mesh.secrets_of(hub) if _is_kept(ref)] for hub in mesh.hubs}
    return {hub: references for hub, references in kept.items() if references}


def _is_kept(reference: str) -> bool:
    return reference.startswith("secretsmanager:")


def _section(
    kind: str, old: Mapping[str, BaseModel], new: Mapping[str, BaseModel]
) -> Iterator[MeshChange]:
    for name in [*old, *(name for name in new if name not in old)]:
        what = f"{kind} {name}".strip()
        if name not in new:
            yield MeshChange(REMOVED, what)
        elif name not in old:
            yield MeshChange(ADDED, what, tuple(_settings(new[name])))
        elif old[name] != new[name]:
            yield MeshChange(CHANGED, what, tuple(_differences(old[name], new[name])))


def _defaults(inherited: Sequence[str], zones: Sequence[MeshChange]) -> Iterator[MeshChange]:
    """Say what changes with the defaults, and for which zones' entries."""
    details = []
    for difference in inherited:
        entries = [zone.what for zone in zones if difference in zone.details]
        details.append(f"{difference}, {_for(entries)}")
    if details:
        yield MeshChange(CHANGED, "defaults", tuple(details))


def _for(entries: Sequence[str]) -> str:
    if not entries:
        return "for no zone: each has its own"
    more = f" and {len(entries) - NAMED} more" if len(entries) > NAMED else ""
    return f"for {', '.join(entries[:NAMED])}{more}"


def _apart(inherited: Sequence[str], zones: Sequence[MeshChange]) -> Iterator[MeshChange]:
    """Give the changes of zones' entries without what comes from the defaults."""
    for zone in zones:
        own = tuple(detail for detail in zone.details if detail not in inherited)
        if zone.sign != CHANGED:
            yield zone
        elif own:
            yield replace(zone, details=own)


def _catalog(mesh: Mesh) -> dict[str, Catalog]:
    return {f"catalog zone {mesh.catalog.name}": mesh.catalog} if mesh.catalog else {}


def _zones(mesh: Mesh) -> dict[str, ZoneEntry]:
    named: dict[str, ZoneEntry] = {}
    for entry in mesh.zones:
        name = _zone_name(entry)
        repeated = sum(1 for other in named if other == name or other.startswith(f"{name} #"))
        named[f"{name} #{repeated + 1}" if repeated else name] = entry
    return named


def _zone_name(entry: ZoneEntry) -> str:
    if isinstance(entry, PulledZone):
        return f"zone {entry.name} pulled by {entry.pulled_by}"
    view = f"/{entry.view}" if entry.view else ""
    place = f"{entry.integration}{view}"
    if isinstance(entry, ListedZone):
        return f"zone {entry.name} of {place}"
    kind = "private zones" if entry.private else "zones"
    tags = ", ".join(f"{key}={value}" for key, value in entry.tags.items())
    return f"{kind} {entry.discover} of {place}{' tagged ' * bool(tags)}{tags}"


def _patterns(mesh: Mesh) -> list[str]:
    return [_zone_name(entry) for entry in mesh.discovered]


def _settings(entry: BaseModel) -> Iterator[str]:
    """Give the settings that are not the defaults and not in the name."""
    for path, value in _flat(entry.model_dump(mode="json", exclude_defaults=True)).items():
        if path not in ("name", "discover", "integration", "view") and not path.startswith("tags."):
            yield f"{path}: {_shown(value)}"


def _differences(old: BaseModel, new: BaseModel) -> Iterator[str]:
    before, after = _flat(old.model_dump(mode="json")), _flat(new.model_dump(mode="json"))
    for path in [*before, *(path for path in after if path not in before)]:
        if before.get(path) != after.get(path):
            yield f"{path}: {_shown(before.get(path))} → {_shown(after.get(path))}"


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def _shown(value: object) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
