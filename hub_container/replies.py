"""What is asked of secondaries, and what comes back, in words."""

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.tsig

from hub_container.soa import read_answer
from hub_container.verdicts import BAD_KEY, BAD_SIGNATURE, BAD_TIME, NO_ANSWER, Reply
from zonemesh.serial import is_newer

_TSIG_FAILURES: dict[type[Exception], str] = {
    dns.tsig.PeerBadKey: BAD_KEY,
    dns.tsig.PeerBadSignature: BAD_SIGNATURE,
    dns.tsig.PeerBadTime: BAD_TIME,
}


def is_behind(answer: Reply, serial: int) -> bool:
    """Tell whether a secondary has an older serial, or nothing of a zone that it should have."""
    if answer.serial is None:
        return answer.rcode == "SERVFAIL"
    return is_newer(serial, answer.serial)


def follows(answer: Reply, serial: int) -> bool:
    """Tell whether a secondary has a serial, or a newer one."""
    return answer.serial is not None and not is_newer(serial, answer.serial)


def notify_message(apex: str) -> dns.message.Message:
    """Make the message: opcode NOTIFY, AA set, the question the zone's SOA (RFC 1996 3.6)."""
    message = dns.message.make_query(apex, dns.rdatatype.SOA)
    message.flags = dns.flags.AA
    message.set_opcode(dns.opcode.NOTIFY)
    return message


def soa_query(apex: str) -> dns.message.Message:
    """Make a query for a zone's SOA."""
    # Recursion is not desired: a server that is no secondary shall not ask others.
    return dns.message.make_query(apex, dns.rdatatype.SOA, flags=0)


def read_reply(response: dns.message.Message) -> Reply:
    """Read what came back of NOTIFY, or of a query for a zone's SOA."""
    rcode = dns.rcode.to_text(response.rcode())
    if response.opcode() == dns.opcode.NOTIFY:
        return Reply(rcode)
    serial = read_answer(response, response.question[0].name.to_text()).serial
    if serial is not None and not response.flags & dns.flags.AA:
        return Reply(rcode, cached=True)
    return Reply(rcode, serial)


def failure(problem: Exception) -> str:
    """Say why nothing that can be used came back."""
    if isinstance(problem, dns.exception.Timeout):
        return NO_ANSWER
    if isinstance(problem, OSError):
        return f"this hub cannot send to it: {problem.strerror or problem}"
    if known := _TSIG_FAILURES.get(type(problem)):
        return known
    return f"its answer cannot be used: {type(problem).__name__}: {problem}"
