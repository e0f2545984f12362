"""Rules about where zones come from and go to: primaries, targets, the catalog, and no loops."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from zonemesh.deployment import EVERY_HUB
from zonemesh.mesh.data import Data, clean, hubs_of, section, texts, zone_entries
from zonemesh.mesh.document import Path, Problem
from zonemesh.mesh.values import domain_name, shown


def _same_primaries(data: Data) -> Iterator[Problem]:
    seen: dict[tuple[object, object], str] = {}
    for name, declared in section(data, "primaries").items():
        place = (declared.get("address"), declared.get("port", 53))
        if place[0] is not None and place in seen:
            text = f"the same server as `{seen[place]}`; keep one, or correct the address or port"
            yield Problem(("primaries", name), text)
        seen.setdefault(place, name)


def _same_secondaries(data: Data) -> Iterator[Problem]:
    """One server with two keys may be two of its views (BIND chooses a view by the key)."""
    seen: dict[tuple[object, ...], str] = {}
    for name, declared in section(data, "secondaries").items():
        place = (declared.get("address"), declared.get("port", 53), declared.get("tsig_key"))
        if place[0] is not None and place in seen:
            text = f"the same server and key as `{seen[place]}`; keep one, or correct the address"
            yield Problem(("secondaries", name), text)
        seen.setdefault(place, name)


def _one_hosted_zone(data: Data) -> Iterator[Problem]:
    """A target with a hosted zone's id takes one zone."""
    used: dict[str, int] = {}
    for index, zone in zone_entries(data):
        for place, name in texts(zone.get("targets")):
            hosted_zone = section(data, "targets").get(name, {}).get("hosted_zone_id")
            if hosted_zone is None:
                continue
            path: Path = ("zones", index, "targets", place)
            if "discover" in zone:
                text = (
                    f"target `{name}` is the one hosted zone {shown(hosted_zone)}; list the zone "
                    "that is published to it, or leave out the target's `hosted_zone_id`"
                )
                yield Problem(path, text)
            elif name in used:
                text = (
                    f"target `{name}` is the one hosted zone {shown(hosted_zone)}, and "
                    f"zones[{used[name]}] is published to it; declare another target"
                )
                yield Problem(path, text)
            used.setdefault(name, index)


def _catalog(data: Data) -> Iterator[Problem]:
    catalog = data.get("catalog")
    if not isinstance(catalog, dict):
        return
    name = clean(domain_name, catalog.get("name"))
    for index, zone in zone_entries(data):
        shared = hubs_of(zone) & hubs_of(catalog) or EVERY_HUB in hubs_of(zone) | hubs_of(catalog)
        if name is not None and clean(domain_name, zone.get("name")) == name and shared:
            text = f"zones[{index}] has this name too; give the catalog a name of its own"
            yield Problem(("catalog", "name"), text)


def _published_to_itself(data: Data) -> Iterator[Problem]:
    """A hosted zone that is published to itself would be its own source."""
    for index, place, zone, name, target in _publications(data):
        if target.get("integration") != zone.get("integration"):
            continue
        there, here = target.get("hosted_zone_id"), zone.get("hosted_zone_id")
        if there is not None and here is not None and there != here:
            continue
        both = "`hosted_zone_id` of this zone and of the target, which must differ"
        text = (
            f"target `{name}` is in integration {shown(target.get('integration'))}, where the zone "
            f"comes from: it would be published to itself. Write another integration, or {both}"
        )
        yield Problem(("zones", index, "targets", place), text)


def _loops(data: Data) -> Iterator[Problem]:
    """What a zone is published to may not lead back to it through other zones of its name."""
    publications = [*_publications(data)]
    for index, place, zone, name, _ in publications:
        ahead = [(name, zone)]
        passed = {index}
        while ahead:
            by, origin = ahead.pop()
            target = section(data, "targets")[by]
            for other, _, further, next_name, _ in publications:
                if other in passed or not _is_read_from(further, target, origin):
                    continue
                passed.add(other)
                if _leads_to(section(data, "targets")[next_name], zone):
                    text = (
                        f"target `{name}` leads back here: zones[{other}] is read from what is "
                        f"published there, and published to `{next_name}`, which is this zone's "
                        "source. Take one of the two targets out"
                    )
                    yield Problem(("zones", index, "targets", place), text)
                ahead.append((next_name, further))


def _publications(data: Data) -> Iterator[tuple[int, int, Data, str, Data]]:
    """Give each zone entry with each Route 53 target: their places, and the target's name."""
    targets = section(data, "targets")
    for index, zone in zone_entries(data):
        for place, name in texts(zone.get("targets")):
            if isinstance(targets.get(name, {}).get("integration"), str):
                yield index, place, zone, name, targets[name]


def _is_read_from(zone: Data, target: Data, origin: Data) -> bool:
    """Tell whether a zone entry is read from where another one's names are published."""
    return _may_be_same_name(zone, origin) and _leads_to(target, zone)


def _leads_to(target: Data, zone: Data) -> bool:
    if target.get("integration") != zone.get("integration"):
        return False
    there, here = target.get("hosted_zone_id"), zone.get("hosted_zone_id")
    return there is None or here is None or there == here


def _may_be_same_name(zone: Data, other: Data) -> bool:
    mine, others = _pattern(zone), _pattern(other)
    return fnmatchcase(mine, others) or fnmatchcase(others, mine)


def _pattern(zone: Data) -> str:
    text = zone.get("discover") or zone.get("name")
    return text.lower().removesuffix(".") if isinstance(text, str) else ""


PLACE_RULES = (
    _same_primaries,
    _same_secondaries,
    _one_hosted_zone,
    _catalog,
    _published_to_itself,
    _loops,
)
