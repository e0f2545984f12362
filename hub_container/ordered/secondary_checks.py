"""Whether a secondary is there, over UDP and TCP, and has what is served here."""

from collections.abc import Callable, Mapping, Sequence

import dns.exception
import dns.message
import dns.query

from hub_container.configuration import Secondary
from hub_container.ordered.checks import Check
from hub_container.ordered.naming import counted, few
from hub_container.ordered.progress import StepFailed
from hub_container.replies import failure, is_behind, read_reply, soa_query
from hub_container.verdicts import Reply

PATIENCE = 3.0  # seconds for one answer
ZONES_MOST = 20  # asked for over each transport

Exchange = Callable[[dns.message.Message, Secondary], dns.message.Message]


def checks_of(secondary: Secondary, served: Mapping[str, int]) -> list[Check]:
    """Give a secondary's checks: one over UDP, one over TCP. `served` are serials by apex."""
    exchanges: Mapping[str, Exchange] = {"UDP": _udp, "TCP": _tcp}
    if secondary.address is None:
        why = "it has no address in mesh.yaml: it polls, and nobody can ask it"
        return [Check(f"secondary {secondary.name}", why_not=why)]
    return [
        Check(
            f"secondary {secondary.name} over {transport}",
            lambda exchange=exchange: _look(secondary, served, exchange),  # type: ignore[misc]
        )
        for transport, exchange in exchanges.items()
    ]


def _look(secondary: Secondary, served: Mapping[str, int], exchange: Exchange) -> str:
    asked = list(served)[:ZONES_MOST]
    amiss: list[str] = []
    for apex in asked:
        reply = _ask(secondary, apex, exchange)
        if reply.failure and not amiss:
            raise StepFailed(f"{_where(secondary)}: {reply.failure} (asked for {apex})")
        if why := _amiss(reply, served[apex]):
            amiss.append(f"{apex} {why}")
    if amiss:
        raise StepFailed(few(amiss))
    if not asked:
        return "not asked: no zone is served yet"
    count = counted(len(asked), "zone") if len(asked) == len(served) else _some(asked, served)
    return f"{count} asked for, all at our serials"


def _some(asked: Sequence[str], served: Mapping[str, int]) -> str:
    return f"{len(asked)} of {len(served):,} zones"


def _amiss(reply: Reply, serial: int) -> str:
    if reply.serial is None:
        return f"{reply}, {serial} is served here"
    if is_behind(reply, serial):
        return f"is at {reply.serial}, {serial} is served here"
    if reply.serial != serial:
        return f"is at {reply.serial}, which is newer than {serial}, served here"
    return ""


def _ask(secondary: Secondary, apex: str, exchange: Exchange) -> Reply:
    query = soa_query(apex)
    if secondary.key:
        query.use_tsig(secondary.key.signer())
    try:
        return read_reply(exchange(query, secondary))
    except dns.exception.FormError:  # unsigned, where it was asked with a key
        return Reply(failure="it answers unsigned what is asked with a key: does it know the key?")
    except ConnectionRefusedError:
        return Reply(failure="the connection is refused: does it listen there?")
    except EOFError:
        return Reply(failure="it closes the connection without an answer")
    except (dns.exception.DNSException, OSError) as problem:
        return Reply(failure=failure(problem))


def _udp(query: dns.message.Message, secondary: Secondary) -> dns.message.Message:
    assert secondary.address is not None
    return dns.query.udp(query, secondary.address, PATIENCE, secondary.port, ignore_unexpected=True)


def _tcp(query: dns.message.Message, secondary: Secondary) -> dns.message.Message:
    assert secondary.address is not None
    return dns.query.tcp(query, secondary.address, PATIENCE, secondary.port)


def _where(secondary: Secondary) -> str:
    return f"{secondary.address} port {secondary.port}"
