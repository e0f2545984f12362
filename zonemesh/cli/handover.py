"""What `zonemesh adopt` says before and after a name is handed over."""

from collections.abc import Iterator, Mapping

from zonemesh.adopt import Offer
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member
from zonemesh.snapshot import Head


def plan(offer: Offer, mesh: Mesh, heads: Mapping[str, Head]) -> Iterator[str]:
    """Say line by line who hands the name over to whom, and what becomes of them."""
    taker, holder = offer.taker, offer.holder
    yield f"{taker.apex}:"
    if offer.within:
        yield f"  from  {_place(holder, holder.hosted_zone_id or 'no hosted zone', heads)}"
        yield f"  to    hosted zone {offer.hosted_zone_id} in integration {taker.integration}"
        yield "The zone keeps its key; its next serial is above the one it has."
        return
    yield f"  from  {_place(holder, holder.hosted_zone_id, heads)}"
    yield f"  to    {_place(taker, offer.hosted_zone_id, heads)}"
    hubs = ", ".join(mesh.hubs_serving(taker)) or "no hub"
    above = f", above serial {heads[holder.zone].serial}" if holder.zone in heads else ""
    yield f"Once it is listed it is served instead{above} ({hubs})."
    yield f"{holder.zone} is read no more; its hosted zone and its history stay as they are."


def _place(member: Member, hosted_zone: str, heads: Mapping[str, Head]) -> str:
    head = heads.get(member.zone)
    serial = f"serial {head.serial}" if head else "no serial yet"
    return f"{member.zone} ({hosted_zone}, {member.state}, {serial})"
