"""What the entries of a mesh definition name: each must be declared, once in a list, and used.

Like all rules these read the plain data of the document and pass over what has the wrong shape.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from zonemesh.deployment import EVERY_HUB
from zonemesh.mesh.data import Data, clean, section, texts, zone_entries
from zonemesh.mesh.defaults import with_defaults
from zonemesh.mesh.document import Path, Problem, path_text
from zonemesh.mesh.problems import did_you_mean
from zonemesh.mesh.values import NO_KEY, key_name, shown

_WORDS = {
    "integrations": "integration",
    "hubs": "hub",
    "primaries": "primary",
    "targets": "target",
    "secondaries": "secondary",
    "tsig_keys": "TSIG key",
}
_NOTHING = {("hubs", EVERY_HUB), ("tsig_keys", NO_KEY)}  # words that name none in particular


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that names an entry of a section."""

    path: Path
    section: str
    name: str


def references(data: Data) -> Iterator[Reference]:
    """Find all references, those within `defaults` as well."""
    for path, zone in _with_defaults(data):
        yield from _one((*path, "integration"), zone.get("integration"), "integrations")
        yield from _each((*path, "hubs"), zone.get("hubs"), "hubs")
        yield from _each((*path, "targets"), zone.get("targets"), "targets")
        yield from _each((*path, "primaries"), zone.get("primaries"), "primaries")
        yield from _one((*path, "pulled_by"), zone.get("pulled_by"), "hubs")
    for hub, declared in section(data, "hubs").items():
        yield from _each(("hubs", hub, "secondaries"), declared.get("secondaries"), "secondaries")
    for place in ("primaries", "secondaries"):
        for name, declared in section(data, place).items():
            key = clean(key_name, declared.get("tsig_key"))
            yield from _one((place, name, "tsig_key"), key, "tsig_keys")
    for target, declared in section(data, "targets").items():
        yield from _one(("targets", target, "hub"), declared.get("hub"), "hubs")
        yield from _one(
            ("targets", target, "integration"), declared.get("integration"), "integrations"
        )
    if isinstance(catalog := data.get("catalog"), dict):
        yield from _each(("catalog", "hubs"), catalog.get("hubs"), "hubs")


def _with_defaults(data: Data) -> Iterator[tuple[Path, Data]]:
    if isinstance(defaults := data.get("defaults"), dict):
        yield ("defaults",), defaults
    for index, zone in zone_entries(data):
        yield ("zones", index), zone


def _one(path: Path, word: object, section: str) -> Iterator[Reference]:
    if isinstance(word, str):
        yield Reference(path, section, word)


def _each(path: Path, words: object, section: str) -> Iterator[Reference]:
    for place, word in texts(words):
        yield Reference((*path, place), section, word)


def declared(data: Data, name: str) -> list[str]:
    """Give the names that a section declares, in the form in which they are referred to."""
    names = [*section(data, name)]
    if name != "tsig_keys":
        return names
    return [found for each in names if (found := clean(key_name, each)) is not None]


def dangling(data: Data) -> Iterator[Problem]:
    """Find what is named and not declared: one problem for each, with all who name it."""
    known = {name: declared(data, name) for name in _WORDS}
    missing: dict[tuple[str, str], list[Path]] = {}
    for each in references(data):
        if each.name not in known[each.section] and (each.section, each.name) not in _NOTHING:
            missing.setdefault((each.section, each.name), []).append(each.path)
    for (place, name), users in missing.items():
        yield _missing(place, name, known[place], users)


def _missing(place: str, name: str, known: list[str], users: list[Path]) -> Problem:
    near = did_you_mean(name, known)
    others = f"known: {', '.join(known)}" if known else f"none is declared under `{place}`"
    if len(users) == 1:
        return Problem(users[0], f"no {_WORDS[place]} {shown(name)}{near}; {others}")
    by = ", ".join(dict.fromkeys(_user(path) for path in users))
    what = f"is not there{near} but is used by {by}; declare it, or take it out there ({others})"
    return Problem((place, shown(name).strip("`")), what)


def _user(path: Path) -> str:
    """Name who refers: without the place in a list."""
    return path_text(path[:-1] if isinstance(path[-1], int) else path)


def twice(data: Data) -> Iterator[Problem]:
    """Find what stands in one list of names twice."""
    seen: set[tuple[Path, str]] = set()
    for each in references(data):
        entry = (each.path[:-1], each.name)
        if isinstance(each.path[-1], int) and entry in seen:
            yield Problem(each.path, f"{shown(each.name)} is in the list twice; keep one")
        seen.add(entry)


def unused(data: Data) -> Iterator[Problem]:
    """Find what is declared and never named: it does nothing, and may be a slip."""
    named = {(each.section, each.name) for each in references(data)}
    if any("hubs" not in zone for _, zone in zone_entries(with_defaults(data))):
        named.add(("hubs", EVERY_HUB))
    for place, user in _USERS.items():
        for written in section(data, place):
            name = clean(key_name, written) if place == "tsig_keys" else written
            if (place, name) not in named and (place, EVERY_HUB) not in named:
                yield Problem((place, written), f"is not used: no {user} names it")


_USERS = {
    "integrations": "zone and no target",
    "hubs": "zone, target or catalog",
    "primaries": "zone",
    "targets": "zone",
    "secondaries": "hub",
    "tsig_keys": "secondary and no primary",
}
