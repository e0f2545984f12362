"""The listener that hears the pulling NSD's NOTIFY."""

import socket

import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from hub_container.pulling.doorbell import Doorbell


def notify(apex: str, rdtype: str = "SOA") -> dns.message.Message:
    message = dns.message.make_query(apex, rdtype)
    message.flags = dns.flags.AA
    message.set_opcode(dns.opcode.NOTIFY)
    return message


@pytest.mark.parametrize(
    ("message", "rcode", "heard"),
    [
        (notify("Example.ORG."), dns.rcode.NOERROR, ["example.org."]),
        (notify("other.org."), dns.rcode.NOTAUTH, ["other.org."]),
        (notify("example.org.", "A"), dns.rcode.FORMERR, []),
        (dns.message.make_query("example.org.", "SOA"), dns.rcode.NOTIMP, []),
    ],
)
def test_a_message_is_answered(
    message: dns.message.Message, rcode: dns.rcode.Rcode, heard: list[str]
) -> None:
    names: list[str] = []

    def on_notify(apex: str) -> bool:
        names.append(apex)
        return apex == "example.org."

    doorbell = Doorbell(on_notify)
    doorbell.start()
    try:
        response = dns.query.udp(message, "127.0.0.1", timeout=20, port=doorbell.port)
    finally:
        doorbell.stop()
    assert response.rcode() == rcode
    assert response.opcode() == message.opcode()
    assert names == heard


def test_what_is_no_question_gets_no_answer_and_ends_nothing() -> None:
    doorbell = Doorbell(lambda apex: True)
    assert doorbell.answer(b"") is None
    assert doorbell.answer(b"\xff" * 40) is None
    answer = doorbell.answer(notify("example.org.").to_wire())
    assert answer is not None
    assert doorbell.answer(answer) is None  # an answer is not answered
    doorbell.start()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"\xff" * 40, ("127.0.0.1", doorbell.port))
        message = notify("example.org.")
        response = dns.query.udp(message, "127.0.0.1", timeout=20, port=doorbell.port)
        assert response.rcode() == dns.rcode.NOERROR
    finally:
        doorbell.stop()
