"""The use case: a head that moved → the bell rung for the hubs that have to do with the zone."""

from collections.abc import Collection

from zonemesh.deployment import EVERY_HUB
from zonemesh.membership import is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Announcer, Ledger, Member, Register
from zonemesh.serial import is_newer
from zonemesh.snapshot import Announcement, Head


def announce(
    heads: Collection[Head],
    ledger: Ledger,
    register: Register,
    announcer: Announcer,
    mesh: Mesh,
) -> list[Announcement]:
    """Ring for each head that is newer than what was announced; the newest of a zone suffices.

    A head whose zone no hub has to do with is noted as announced without a sound. Ringing twice for
    one serial does no harm, so the note comes after the ring.
    """
    newest: dict[str, Head] = {}
    for head in heads:
        if head.zone not in newest or is_newer(head.serial, newest[head.zone].serial):
            newest[head.zone] = head
    announced = ledger.announced(newest)
    due = [
        head
        for zone, head in newest.items()
        if zone not in announced or is_newer(head.serial, announced[zone])
    ]
    served = [member for member in register.members() if is_served(member)] if due else []
    hubs = {member.zone: hearers(mesh, member) for member in served}
    rung = []
    for head in due:
        announcement = Announcement(head.zone, head.serial)
        if hubs.get(head.zone):
            announcer.announce(announcement, hubs[head.zone])
            rung.append(announcement)
        ledger.mark_announced(announcement)
    return rung


def hearers(mesh: Mesh, member: Member) -> tuple[str, ...]:
    """Give the hubs that are to hear of a member, by name or `*`.

    They are those that serve it, those that publish it to its targets, and the one that pulls it.
    """
    if EVERY_HUB in member.hubs:
        return (EVERY_HUB,)
    publishing = {target.hub for target in mesh.targets_for(member).values()}
    return tuple(sorted({*member.hubs, *publishing, member.pulled_by} - {""}))
