"""The use case: a name handed over to another hosted zone, which then goes on counting its serials.

    one zone of the mesh, another hosted zone:  adopt ──► read from there, under the same key
    two zones of the mesh, one name on a hub:   adopt ──► listed ──► take_over ──► served instead

In the second case hubs serve the holder until the taker has content, with a serial above the
holder's, so that secondaries take the one for the next version of the other.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from zonemesh.bump import bump
from zonemesh.control import Control
from zonemesh.errors import AdoptionRefused, InvalidName
from zonemesh.membership import ACTIVE, CONFLICT, DISCOVERED, GONE, LISTED, is_served, shared_hub
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.sections import ListedZone
from zonemesh.names import canonical_text, parse_name
from zonemesh.ports import Member, Register
from zonemesh.succession import count_on


@dataclass(frozen=True, slots=True)
class Offer:
    """A hosted zone that can take over a name.

    `taker` is the zone of the mesh that it stands behind, `holder` the one that has the name until
    then: the same, where the zone only turns to another hosted zone.
    """

    taker: Member
    hosted_zone_id: str
    holder: Member

    @property
    def within(self) -> bool:
        """Whether the zone keeps its key."""
        return self.taker.zone == self.holder.zone


def offers(members: Collection[Member]) -> list[Offer]:
    """Give what can be adopted, sorted by apex, key and hosted zone."""
    found = [*_other_hosted_zones(members), *_other_zones(members)]
    return sorted(found, key=lambda o: (o.taker.apex, o.taker.zone, o.hosted_zone_id))


def _other_hosted_zones(members: Collection[Member]) -> Iterator[Offer]:
    for member in members:
        for hosted_zone in member.successors:
            yield Offer(member, hosted_zone, member)


def _other_zones(members: Collection[Member]) -> Iterator[Offer]:
    served: dict[str, list[Member]] = {}
    for member in members:
        if is_served(member):
            served.setdefault(member.apex, []).append(member)
    for taker in members:
        if taker.state == CONFLICT and taker.hosted_zone_id:
            for holder in served.get(taker.apex, []):
                if shared_hub(taker, holder):
                    yield Offer(taker, taker.hosted_zone_id, holder)


def choose(text: str, members: Collection[Member]) -> Offer:
    """Find the offer that is meant by a hosted zone's id, a zone's key, or a name.

    Raises AdoptionRefused where it is none or several.
    """
    on_offer = offers(members)
    apex = _apex(text)
    meant = [
        offer
        for offer in on_offer
        if text in (offer.hosted_zone_id, offer.taker.zone) or apex == offer.taker.apex
    ]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise AdoptionRefused(f"{text} may mean several; name one by its id: {_listed(meant)}")
    known = f"on offer: {_listed(on_offer)}" if on_offer else "there is nothing to adopt now"
    raise AdoptionRefused(
        f"no hosted zone {text} waits for a name that another one has ({known}). A new one is "
        "found by the next sweep, if the mesh takes it in"
    )


def _apex(text: str) -> str | None:
    try:
        return canonical_text(parse_name(text))
    except InvalidName:
        return None


def _listed(on_offer: Collection[Offer]) -> str:
    return ", ".join(
        f"{offer.hosted_zone_id} for {offer.taker.zone}"
        + ("" if offer.within else f" (in place of {offer.holder.zone})")
        for offer in on_offer
    )


def check(offer: Offer, mesh: Mesh) -> None:
    """Raise AdoptionRefused where the mesh says otherwise, or a hub would be left without."""
    taker, holder = offer.taker, offer.holder
    entry = mesh.entry_of(taker)
    if entry is None:
        raise AdoptionRefused(f"{taker.zone}: nothing in the mesh takes it in; list the zone there")
    if offer.within:
        if isinstance(entry, ListedZone) and entry.hosted_zone_id:
            raise AdoptionRefused(
                f"{taker.zone}: the mesh says `hosted_zone_id: {entry.hosted_zone_id}`; write "
                f"{offer.hosted_zone_id} there and apply it"
            )
        return
    if holder.origin == LISTED:
        raise AdoptionRefused(
            f"{holder.zone} is listed in the mesh, which counts more than a discovered zone; list "
            f"{taker.zone} in its place and apply it"
        )
    left_out = set(mesh.hubs_serving(holder)) - set(mesh.hubs_serving(taker))
    if left_out:
        hubs = ", ".join(f"`{hub}`" for hub in sorted(left_out))
        raise AdoptionRefused(
            f"{holder.zone} is served by hub {hubs}, which {taker.zone} is not for: nobody would "
            f"serve {taker.apex} there. Give it the same hubs in the mesh"
        )


def adopt(register: Register, offer: Offer) -> None:
    """Enter the decision; the next sweep carries it out, and orders the listing."""
    if offer.within:
        # Its state is for the next enrolment, which knows who else bears the name.
        found = replace(offer.taker, hosted_zone_id=offer.hosted_zone_id)
        others = tuple(id for id in offer.taker.successors if id != offer.hosted_zone_id)
        register.put(replace(found, note="", successors=others))
        return
    if offer.holder.adopts:
        register.put(replace(offer.holder, adopts=""))
    register.put(replace(offer.taker, adopts=offer.holder.zone))


def take_over(control: Control, taker: Member) -> None:
    """Hand the name to a zone that adopts it and has just been recorded.

    What has come in its way since is noted with it, and it is left as it was. Raises the errors of
    the store and the register; doing it again is harmless.
    """
    ports = control.ports
    members = {member.zone: member for member in ports.register.members()}
    holder = members.get(taker.adopts)
    if holder is None or not is_served(holder):
        return  # the next enrolment finds the name free
    try:
        check(Offer(taker, taker.hosted_zone_id, holder), control.mesh)
    except AdoptionRefused as problem:
        ports.register.put(replace(taker, adopts="", note=str(problem)))
        return
    count_on(control, taker)
    ports.register.put(replace(taker, state=ACTIVE, note=""))
    if holder.state == GONE and holder.origin == DISCOVERED:
        ports.register.remove(holder.zone)
    else:
        note = f"{taker.zone} ({taker.origin}) has this name on {shared_hub(taker, holder)}"
        ports.register.put(replace(holder, state=CONFLICT, note=note))
    # A head that moves is announced, and the hubs look who has the name.
    strategy = control.mesh.zone_policy(taker).serial.strategy
    bump(ports.store, taker.zone, strategy, control.now)
