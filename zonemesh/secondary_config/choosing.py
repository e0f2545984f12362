"""Which zones of which hubs a secondary is to follow, from the mesh and what an operator names."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from zonemesh.deployment import EVERY_HUB
from zonemesh.errors import FollowingUnclear, UnknownZone
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.values import NO_KEY
from zonemesh.ports import Member
from zonemesh.secondary_config.choosing_zones import serving, zones_of_hubs
from zonemesh.secondary_config.following import (
    FollowedZone,
    Following,
    Place,
    PrimaryHub,
    SigningKey,
)
from zonemesh.verify.places import Written, written_server

Listens = Mapping[str, Collection[str] | None]
"""Hub → what it reports to listen at, as `ADDRESS@PORT`; None for one that was never heard."""

_NAMED_MOST = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an operator asks for.

    `zones` are names, keys or shell-style patterns; `every` is all that the hubs serve; `catalog`
    follows the mesh's catalog as well. `hubs` are all where none is named, `secondary` is the only
    one there is. `addresses` are hubs' own, which count more than what they report.
    """

    zones: tuple[str, ...] = ()
    every: bool = False
    catalog: bool = False
    hubs: tuple[str, ...] = ()
    secondary: str | None = None
    addresses: tuple[Written, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be followed, without the key's secret, and what the operator should know of it."""

    following: Following
    notes: tuple[str, ...]


def choose(mesh: Mesh, members: Collection[Member], listens: Listens, wanted: Wanted) -> Chosen:
    """Decide who follows what; raises FollowingUnclear or UnknownZone."""
    secondary = _secondary(mesh, wanted)
    hubs = _hubs(mesh, secondary, wanted)
    primaries = {hub: _primary(hub, listens.get(hub), wanted.addresses) for hub in hubs}
    found, left_out = zones_of_hubs(mesh, members, hubs, wanted.zones, every=wanted.every)
    if not found and not wanted.catalog:
        raise UnknownZone(f"hub {', '.join(hubs)} serves no zone of those that are named")
    zones = [
        FollowedZone(member.apex, tuple(primaries[hub] for hub in serving(mesh, member, hubs)))
        for member in found
    ]
    following = Following(
        secondary,
        _key(mesh, secondary),
        tuple(zones),
        _catalog(mesh, primaries) if wanted.catalog else None,
        _groups(mesh) if wanted.catalog else (),
    )
    notes = [
        *_unlisted(mesh, secondary, wanted),
        *_left_out(left_out, hubs),
        *_unaddressed(following, listens),
    ]
    return Chosen(following, tuple(notes))


def _secondary(mesh: Mesh, wanted: Wanted) -> str:
    """Give the secondary that is meant: the one that is named, or the only one of the hubs."""
    _known_hubs(mesh, [*wanted.hubs, *(each.of for each in wanted.addresses)])
    if wanted.secondary is not None:
        if wanted.secondary not in mesh.secondaries:
            known = ", ".join(sorted(mesh.secondaries)) or "none"
            raise FollowingUnclear(
                f"no secondary `{wanted.secondary}` (there are: {known}); declare it in mesh.yaml "
                "and apply it, or name another"
            )
        return wanted.secondary
    hubs = wanted.hubs or tuple(mesh.hubs)
    listed = sorted({name for hub in hubs for name in mesh.hubs[hub].secondaries})
    if len(listed) == 1:
        return listed[0]
    if not listed:
        raise FollowingUnclear(
            f"hub {', '.join(hubs) or '(there is none)'} has no secondary, so nobody may transfer "
            "from it; declare one in mesh.yaml and apply it"
        )
    raise FollowingUnclear(f"--secondary NAME has to say for which one: {', '.join(listed)}")


def _known_hubs(mesh: Mesh, names: Sequence[str]) -> None:
    for name in names:
        if name not in mesh.hubs:
            known = ", ".join(sorted(mesh.hubs)) or "none"
            raise FollowingUnclear(f"no hub `{name}` (there are: {known})")


def _hubs(mesh: Mesh, secondary: str, wanted: Wanted) -> tuple[str, ...]:
    """Give the hubs that the secondary may transfer from, of those that are named or of all."""
    listing = [hub for hub in sorted(mesh.hubs) if secondary in mesh.hubs[hub].secondaries]
    for hub in wanted.hubs:
        if hub not in listing:
            raise FollowingUnclear(
                f"hub {hub} would refuse {secondary}: add it to hubs.{hub}.secondaries in "
                "mesh.yaml and apply it"
            )
    if not listing:
        raise FollowingUnclear(
            f"no hub has the secondary {secondary}, so every one would refuse it: add it to the "
            "hub's `secondaries` in mesh.yaml and apply it"
        )
    return tuple(sorted(set(wanted.hubs))) or tuple(listing)


def _primary(hub: str, listens: Collection[str] | None, named: Collection[Written]) -> PrimaryHub:
    """Give a hub with the addresses that the operator says, else with those that it reports."""
    places = [each for each in named if each.of == hub]
    if not places:
        reported = [written_server(text) for text in listens or ()]
        places = [each for each in reported if not ip_address(each.address).is_unspecified]
    return PrimaryHub(hub, tuple(Place(each.address, each.port) for each in places))


def _key(mesh: Mesh, secondary: str) -> SigningKey | None:
    name = mesh.secondaries[secondary].tsig_key
    return None if name == NO_KEY else SigningKey(name, mesh.tsig_keys[name].algorithm)


def _catalog(mesh: Mesh, primaries: Mapping[str, PrimaryHub]) -> FollowedZone:
    if mesh.catalog is None:
        raise FollowingUnclear("the mesh has no catalog; `catalog:` in mesh.yaml makes one")
    everywhere = EVERY_HUB in mesh.catalog.hubs
    found = [primaries[hub] for hub in primaries if everywhere or hub in mesh.catalog.hubs]
    if not found:
        raise FollowingUnclear(
            f"the catalog is not served by hub {', '.join(primaries)}, but by "
            f"{', '.join(mesh.catalog.hubs)}"
        )
    return FollowedZone(mesh.catalog.name, tuple(found))


def _groups(mesh: Mesh) -> tuple[str, ...]:
    return tuple(sorted({entry.group for entry in mesh.zones if entry.group}))


def _unlisted(mesh: Mesh, secondary: str, wanted: Wanted) -> Iterator[str]:
    """Name the hubs that would refuse the secondary, where hubs were not named."""
    others = [hub for hub in sorted(mesh.hubs) if secondary not in mesh.hubs[hub].secondaries]
    if others and not wanted.hubs:
        yield (
            f"hub {', '.join(others)} does not list {secondary} among its secondaries in "
            "mesh.yaml, and is left out"
        )


def _left_out(apexes: Sequence[str], hubs: Sequence[str]) -> Iterator[str]:
    if apexes:
        some = ", ".join(apexes[:_NAMED_MOST])
        more = f" and {len(apexes) - _NAMED_MOST} more" if len(apexes) > _NAMED_MOST else ""
        yield f"left out, as hub {', '.join(hubs)} does not serve them: {some}{more}"


def _unaddressed(following: Following, listens: Listens) -> Iterator[str]:
    """Say for which hubs an address has to be written, and why it is not known."""
    for hub in following.unaddressed:
        at = listens.get(hub.hub)
        why = f"listens at {', '.join(sorted(at))}" if at else "has not been heard of yet"
        yield (
            f"hub {hub.hub} {why}, so its address is not known: fill it in, or add "
            f"`--address {hub.hub}=ADDRESS[@PORT]`"
        )
