"""Messages are walked as dnspython reads them, and what is no message is refused."""

from contextlib import suppress

import dns.message
import dns.name
import dns.rrset
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.primaries import record
from zonemesh.errors import TransferFailed
from zonemesh.xfr.wire import Message, soa_serial

steady = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
LINES = [
    "example.com. 900 SOA ns1.example.com. admin.example.com. 7 3600 600 86400 60",
    "example.com. 3600 NS ns1.example.com.",
    "WWW.example.com. 300 A 192.0.2.1",
    "www.example.com. 300 MX 10 mail.example.com.",
    "_sip._tcp.example.com. 300 SRV 0 5 5060 sip.www.example.com.",
    'n.example.com. 300 NAPTR 1 2 "u" "SIP" "" next.example.com.',
    "p.example.com. 300 RP admin.example.com. text.example.com.",
    'a\\000b\\001.example.com. 2147483648 TXT "x"',
    "x.example.com. 300 RRSIG A 8 3 300 20270101000000 20260101000000 1 example.com. AAAA",
    "www.example.com. 300 TYPE65280 \\# 2 abcd",
]  # fmt: skip


def message(lines=LINES):
    made = dns.message.make_response(dns.message.make_query("example.com.", "AXFR"))
    for line in lines:
        owner, ttl, rdtype, rdata = line.split(" ", 3)
        rrset = dns.rrset.from_text(owner, 0, "IN", rdtype, rdata)
        rrset.ttl = int(ttl)
        made.answer.append(rrset)
    return made.to_wire()


def test_compressed_names_are_read():
    found = Message(message())
    assert found.answers == [record(line.replace("2147483648", "0")) for line in LINES]
    assert found.rcode == 0
    assert found.tsig is None


def test_serial_of_an_soa():
    assert soa_serial(record(LINES[0]).rdata) == 7
    with pytest.raises(TransferFailed):
        soa_serial(b"\0\0")


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (b"\0\1", "less than a header"),
        (message()[:-1], "longer than its message"),
        (message()[:-3], "before its rdata"),
        (b"\0\0\x80\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1", "points forward"),
        (b"\0\0\x80\0\0\1\0\0\0\0\0\0\xc0", "within a pointer"),
        (b"\0\0\x80\0\0\1\0\0\0\0\0\0\x80\0\0\1\0\1", "no name"),
        (b"\0\0\x80\0\0\0\0\1\0\0\0\0\0\0\1\0\3\0\0\0\0\0\0", "class 3"),
    ],
)
def test_what_is_no_message_is_refused(wire, why):
    with pytest.raises(TransferFailed, match=why):
        Message(wire)


def test_chain_of_pointers_ends():
    chain = b"".join((0xC000 | 12 + 2 * at - 2).to_bytes(2) for at in range(1, 2_000))
    wire = b"\0\0\x80\0\0\0\0\1\0\0\0\0" + b"\0\0" + chain
    start = len(wire)
    rrset = (0xC000 | start - 2).to_bytes(2) + b"\0\1\0\1\0\0\0\0\0\4\0\0\0\0"
    header = b"\0\0\x80\0\0\0\0\1\0\0\0\0"
    with pytest.raises(TransferFailed):
        Message(header + rrset + wire[12:])


@steady
@given(st.data())
def test_damaged_message_never_raises_anything_else(data):
    wire = bytearray(message())
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(12, len(wire) - 1))] = data.draw(st.integers(0, 255))
    with suppress(TransferFailed):
        Message(bytes(wire[: data.draw(st.integers(0, len(wire)))]))
