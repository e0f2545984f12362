"""One zone after another under a name, which secondaries are to take for its next version.

Serials are counted by key. Where hubs serve another zone under a name than before, secondaries know
the name and not the key.
"""

from zonemesh.bump import bump
from zonemesh.control import Control
from zonemesh.membership import shared_hub
from zonemesh.ports import Member
from zonemesh.serial import is_newer, newest
from zonemesh.zone_keys import zone_key


def served_before(control: Control, member: Member) -> list[int]:
    """Give the newest serials of other zones of the name, which hubs may have served.

    Zones that share no hub with the member do not count. One that left the mesh is found while its
    integration is there.
    """
    mesh, ports = control.mesh, control.ports
    known = {other.zone: other for other in ports.register.members() if other.apex == member.apex}
    views = {None, *(entry.view for entry in mesh.zones)}
    keys = {zone_key(name, member.apex, view) for name in mesh.integrations for view in views}
    others = [
        key
        for key in keys | known.keys()
        if key != member.zone and (key not in known or shared_hub(known[key], member))
    ]
    return [head.serial for head in ports.store.heads(others).values()]


def count_on(control: Control, member: Member) -> None:
    """Raise the serial of a zone that begins to be served above those served under its name.

    One that has no snapshot yet begins above them. Raises the errors of the store.
    """
    own = control.ports.store.heads([member.zone]).get(member.zone)
    above = newest(served_before(control, member)) if own is not None else None
    if own is None or above is None:
        return
    if own.serial == above or is_newer(above, own.serial):
        strategy = control.mesh.zone_policy(member).serial.strategy
        bump(control.ports.store, member.zone, strategy, control.now, above)
