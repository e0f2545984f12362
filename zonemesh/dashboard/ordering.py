"""The actions that order something of the control plane and of hubs, which pages then follow."""

import time

from zonemesh.dashboard.actions import Action, Form, Means
from zonemesh.errors import CommandRefused
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.named_zone import member_named
from zonemesh.orders.order import OrderKind
from zonemesh.orders.ordering import give
from zonemesh.orders.sync_now import order_sync

_SAID = {
    OrderKind.SYNC: "is to compare everything that it has",
    OrderKind.REFRESH: "is to read the mesh and its secrets again",
    OrderKind.RESTART: "is to restart NSD",
    OrderKind.TEST: "is to test whether everything that it needs is there",
}


def _sync_zone(means: Means, form: Form) -> str:
    ports = means.ports
    member = member_named(form.get("zone", ""), ports.register.members())
    ordered = order_sync(ports, _mesh(means), [member], time.time, means.say)
    means.following.zone_ordered(member.zone, ordered)
    return f"{member.apex} is brought up to date everywhere; below is how far that has got."


def _order_hub(means: Means, form: Form) -> str:
    hub, kind = form.get("hub", ""), form.get("kind", "")
    if hub not in _mesh(means).hubs:
        raise CommandRefused(f"No hub `{hub}` is declared in the mesh.")
    if kind not in _SAID:
        raise CommandRefused(f"There is no order `{kind}` to a hub.")
    (order,) = give(means.ports, OrderKind(kind), [hub], time.time, means.say)
    means.following.hub_ordered(order)
    return f"{hub} {_SAID[order.kind]}; below is how far that has got."


def _mesh(means: Means) -> Mesh:
    newest = means.ports.mesh_store.newest()
    return parse_mesh(newest.text) if newest else Mesh()


ORDERS = (Action("sync", _sync_zone), Action("order", _order_hub))
