"""The use case: what was put into the table for others → who is to act on it is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from zonemesh.control import Control
from zonemesh.membership import ACTIVE
from zonemesh.orders.order import OrderBell, Sweeps, ZoneOrder, ZoneOrders
from zonemesh.ports import Member

ORDERED = "order"  # the reason of a snapshot that such a listing makes


@dataclass(frozen=True, slots=True)
class HubOrderPlaced:
    """An order to a hub was placed."""

    hub: str
    id: str


@dataclass(frozen=True, slots=True)
class MeshVersionApplied:
    """A version of the mesh definition was made the newest."""

    number: int


PutIn = HubOrderPlaced | ZoneOrder | MeshVersionApplied


class OrderPorts(Protocol):
    """What passing on needs besides the control plane's ports."""

    @property
    def order_bell(self) -> OrderBell: ...
    @property
    def zone_orders(self) -> ZoneOrders: ...
    @property
    def sweeps(self) -> Sweeps: ...


def pass_on(put_in: Iterable[PutIn], ports: OrderPorts, control: Control | None) -> list[str]:
    """Tell whom each concerns; gives a line for each zone that cannot be listed, and why.

    To tell twice does no harm. Without `control`, where the mesh definition cannot be read, zones
    are not listed. Raises MessagingFailed and StoreUnavailable: all of it is to be done again.
    """
    left_out: list[str] = []
    for each in put_in:
        match each:
            case HubOrderPlaced():
                ports.order_bell.order_placed(each.hub, each.id)
            case MeshVersionApplied():
                ports.order_bell.mesh_applied(each.number)
            case ZoneOrder(zones=()):
                ports.sweeps.start()
            case ZoneOrder():
                left_out += _listed(each, ports, control)
    return left_out


def _listed(order: ZoneOrder, ports: OrderPorts, control: Control | None) -> list[str]:
    """Order the listings of an order's zones."""
    if control is None:
        return [
            f"{zone}: not listed, as the mesh definition cannot be read" for zone in order.zones
        ]
    members = {member.zone: member for member in control.ports.register.members()}
    passed_on = control.now()
    left_out = []
    for zone in order.zones:
        member = members.get(zone)
        if member is None or not is_listed(member):
            left_out.append(f"{zone}: {_why_not(member)}")
        else:
            control.order_listing(member, ORDERED)
    ports.zone_orders.note_passed_on(order.id, passed_on)
    return left_out


def is_listed(member: Member) -> bool:
    """Tell whether a zone is one that the control plane reads at Route 53."""
    return bool(member.hosted_zone_id) and member.state == ACTIVE


def _why_not(member: Member | None) -> str:
    if member is None:
        return "not listed, as it is no zone of the mesh"
    if member.pulled_by:
        return f"not listed, as hub {member.pulled_by} transfers it from its primaries"
    if member.state == ACTIVE:
        return "not listed, as it comes from no hosted zone"
    return f"not listed, as it is {member.state}"
