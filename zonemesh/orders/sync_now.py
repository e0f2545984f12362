"""The use case: zones brought up to date everywhere now, and how far that has got.

zones ──► read again at Route 53, by the control plane ──┐
  └─────► compared by the hubs that have to do with them ─┴─► every place has the newest serial
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from zonemesh.audit import ORDER, AuditEntry
from zonemesh.deployment import EVERY_HUB
from zonemesh.dnssec import withdrawn
from zonemesh.membership import is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.noting import AuditPorts, Say, caller, keep
from zonemesh.orders.order import ZONES_MOST, HubOrder, OrderKind, ZoneOrder, ZoneOrders, new_id
from zonemesh.orders.ordering import OrderingPorts, Standing, give, standings
from zonemesh.orders.pass_on import is_listed
from zonemesh.orders.sync_places import Look, Place, places_of
from zonemesh.ports import Ledger, Member, SnapshotStore
from zonemesh.snapshot import Head


class SweepPorts(AuditPorts, Protocol):
    """What a sweep is ordered with."""

    @property
    def zone_orders(self) -> ZoneOrders: ...


class SyncPorts(OrderingPorts, SweepPorts, Protocol):
    """What a sync is ordered and watched with."""

    @property
    def store(self) -> SnapshotStore: ...
    @property
    def ledger(self) -> Ledger: ...


@dataclass(frozen=True, slots=True)
class SyncOrdered:
    """What was ordered: of which zones, by which orders.

    `listed_by` has the id of the order by which a zone (key) is read again; `mesh` is the
    definition of that time. With `everything` hubs compare all that they have.
    """

    members: tuple[Member, ...]
    mesh: Mesh
    orders: tuple[HubOrder, ...]
    listed_by: Mapping[str, str] = field(default_factory=dict)
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ZoneProgress:
    """How far a zone has got: its newest serial, and the places that it is to be at."""

    member: Member
    serial: int | None
    places: tuple[Place, ...]

    @property
    def done(self) -> bool:
        """True where nothing is waited for any more, whether it is well or not."""
        return all(place.settled for place in self.places)

    @property
    def ok(self) -> bool:
        return all(place.ok for place in self.places)


@dataclass(frozen=True, slots=True)
class SyncProgress:
    """How far a sync has got."""

    zones: tuple[ZoneProgress, ...]
    hubs: tuple[Standing, ...]

    @property
    def done(self) -> bool:
        return all(zone.done for zone in self.zones) and all(hub.done for hub in self.hubs)

    @property
    def ok(self) -> bool:
        return self.done and all(zone.ok for zone in self.zones) and all(h.ok for h in self.hubs)


def order_sync(
    ports: SyncPorts,
    mesh: Mesh,
    members: Sequence[Member],
    clock: Callable[[], float],
    say: Say,
    *,
    everything: bool = False,
) -> SyncOrdered:
    """Have zones read again at their sources, and compared by all hubs that have to do with them.

    With `everything` the members are all there are, and hubs compare whatever they have. Raises
    StoreUnavailable.
    """
    if everything:
        order_sweep(ports, clock, say)
    listed_by = _order_listings(ports, members, clock, say)
    hubs = sorted({hub for member in members for hub in hubs_of(mesh, member)})
    zones = () if everything else tuple(member.zone for member in members)
    orders = give(ports, OrderKind.SYNC, hubs, clock, say, zones=zones)
    return SyncOrdered(tuple(members), mesh, tuple(orders), listed_by, everything)


def order_hub_sync(
    ports: SyncPorts,
    mesh: Mesh,
    hubs: Sequence[str],
    members: Sequence[Member],
    clock: Callable[[], float],
    say: Say,
) -> SyncOrdered:
    """Have hubs compare everything; `members` are all of the mesh. Raises StoreUnavailable."""
    concerned = [member for member in members if {*hubs} & hubs_of(mesh, member)]
    orders = give(ports, OrderKind.SYNC, hubs, clock, say)
    return SyncOrdered(tuple(concerned), mesh, tuple(orders), everything=True)


def order_sweep(ports: SweepPorts, clock: Callable[[], float], say: Say) -> None:
    """Have the sweep look now for hosted zones that came or went; raises StoreUnavailable."""
    asked_at = clock()
    ports.zone_orders.ask(ZoneOrder(new_id(asked_at), (), asked_at, caller(ports, say)))


def _order_listings(
    ports: SyncPorts, members: Sequence[Member], clock: Callable[[], float], say: Say
) -> dict[str, str]:
    """Order the zones to be read that the control plane reads; gives by which order each is."""
    zones = [member.zone for member in members if is_listed(member)]
    if not zones:
        return {}
    who, listed_by = caller(ports, say), {}
    for start in range(0, len(zones), ZONES_MOST):
        part, asked_at = tuple(zones[start : start + ZONES_MOST]), clock()
        order = ZoneOrder(new_id(asked_at), part, asked_at, who)
        ports.zone_orders.ask(order)
        listed_by.update(dict.fromkeys(part, order.id))
    what = zones[0] if len(zones) == 1 else f"{len(zones)} zones"
    detail = f"{what} to be read at the source"
    keep(ports, AuditEntry(int(clock()), ORDER, None, None, who, detail, hub=EVERY_HUB), say)
    return listed_by


def hubs_of(mesh: Mesh, member: Member) -> set[str]:
    """Give the declared hubs that have to do with a zone: serve, pull or publish it."""
    if not is_served(member):
        return set()
    serving = () if withdrawn((member,), mesh) else mesh.hubs_serving(member)
    publishing = (target.hub for target in mesh.targets_for(member).values())
    return {*serving, *publishing, member.pulled_by} & mesh.hubs.keys()


def read_progress(ports: SyncPorts, ordered: SyncOrdered) -> SyncProgress:
    """Read how far a sync has got; raises StoreUnavailable."""
    told = standings(ports, ordered.orders)
    keys = [member.zone for member in ordered.members]
    heads = ports.store.heads(keys)
    look = Look(
        ordered.mesh,
        {standing.order.hub: standing for standing in told},
        {hub: ports.reports.zone_reports(hub, keys) for hub in {s.order.hub for s in told}},
        {id: ports.zone_orders.passed_on(id) for id in {*ordered.listed_by.values()}},
        ports.ledger.verified(keys),
    )
    zones = (_zone(member, heads.get(member.zone), ordered, look) for member in ordered.members)
    return SyncProgress(tuple(zones), tuple(told))


def _zone(member: Member, head: Head | None, ordered: SyncOrdered, look: Look) -> ZoneProgress:
    places = places_of(member, head, ordered.listed_by.get(member.zone), look)
    return ZoneProgress(member, head.serial if head else None, tuple(places))
