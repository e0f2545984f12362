"""The use case: a head that moved → the bell rung for the hubs that serve the zone."""

from collections.abc import Collection

from zonemesh.membership import is_served
from zonemesh.ports import Announcer, Ledger, Register
from zonemesh.serial import is_newer
from zonemesh.snapshot import Announcement, Head


def announce(
    heads: Collection[Head], ledger: Ledger, register: Register, announcer: Announcer
) -> list[Announcement]:
    """Ring for each head that is newer than what was announced; the newest of a zone suffices.

    A head whose zone no hub serves is noted as announced without a sound. Ringing twice for one
    serial does no harm, so the note comes after the ring.
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
    hubs = {m.zone: m.hubs for m in register.members() if is_served(m)} if due else {}
    rung = []
    for head in due:
        announcement = Announcement(head.zone, head.serial)
        if hubs.get(head.zone):
            announcer.announce(announcement, hubs[head.zone])
            rung.append(announcement)
        ledger.mark_announced(announcement)
    return rung
