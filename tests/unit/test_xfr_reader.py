"""A zone is read over a connection, or it is said what went wrong."""

import socket
import struct
import threading
from contextlib import contextmanager, suppress

import dns.message
import dns.rcode
import dns.rrset
import dns.tsig
import pytest

from tests.fakes.primaries import record
from zonemesh.errors import TransferFailed
from zonemesh.xfr.reader import Delta, XfrReader, read_delta

APEX = "example.com."
KEY = dns.tsig.Key("hub.", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=", "hmac-sha256")
OTHER = dns.tsig.Key("hub.", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "hmac-sha256")
A, B, C = (f"{name}.example.com. 300 A 192.0.2.1" for name in "abc")


def soa(serial):
    return f"{APEX} 900 SOA ns1.example.net. admin.example.net. {serial} 3600 600 86400 60"


@contextmanager
def serving(answer):
    """Serve one connection: `answer` makes the messages (bytes) from the query, None is silence.

    Gives the port.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)

        def serve():
            connection, _ = listener.accept()
            with connection, suppress(OSError):  # the reader leaves when it has heard enough
                connection.settimeout(30)
                (length,) = struct.unpack("!H", connection.recv(2, socket.MSG_WAITALL))
                query = connection.recv(length, socket.MSG_WAITALL)
                for message in answer(query):
                    if message is None:
                        ended.wait(30)
                    else:
                        connection.sendall(struct.pack("!H", len(message)) + message)

        ended = threading.Event()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def answering(*messages, rcode=dns.rcode.NOERROR, key=None, signed=None, sends=KEY):
    """Answer with messages of records, given as lines; `signed` tells which of them are signed."""

    def answer(wire):
        query = dns.message.from_wire(wire, keyring={KEY.name: KEY} if key else False)
        context = None
        for number, lines in enumerate(messages):
            made = dns.message.make_response(query)
            made.set_rcode(rcode)
            for line in lines:
                owner, ttl, rdtype, rdata = line.split(" ", 3)
                made.answer.append(dns.rrset.from_text(owner, int(ttl), "IN", rdtype, rdata))
            if key and (signed is None or number in signed):
                made.use_tsig(sends)
                made.request_mac = query.mac
                yield made.to_wire(multi=True, tsig_ctx=context)
                context = made.tsig_ctx
            else:
                made.tsig, made.keyring = None, None
                unsigned = made.to_wire()
                if context is not None:
                    context.update(unsigned)
                yield unsigned

    return answer


def reader(port, key=None, timeout=20.0):
    return XfrReader("127.0.0.1", port, APEX, key, timeout)


def owners(source):
    return [rrset["Name"].split(".")[0] for rrset in source if rrset["Type"] == "A"]


def test_whole_zone_comes_in_several_messages():
    with serving(answering([soa(7), B], [A], [C, soa(7)])) as port:
        assert owners(reader(port).whole()) == ["a", "b", "c"]


@pytest.mark.parametrize("signed", [None, {0, 3}, {0, 2, 3}])
def test_signed_transfer(signed):
    """Messages between two signed ones need no signature (RFC 8945 5.3.1)."""
    messages = [soa(7), A], [B], [C], [soa(7)]
    with serving(answering(*messages, key=KEY, signed=signed)) as port:
        assert owners(reader(port, KEY).whole()) == ["a", "b", "c"]


@pytest.mark.parametrize("signed", [set(), {1, 2}, {0, 1}])
def test_unsigned_beginning_or_end_is_not_believed(signed):
    answer = answering([soa(7)], [A], [soa(7)], key=KEY, signed=signed)
    with serving(answer) as port, pytest.raises(TransferFailed, match=r"sign|closed"):
        reader(port, KEY).spool()


def test_signature_of_another_secret_is_not_believed():
    answer = answering([soa(7), A, soa(7)], key=KEY, sends=OTHER)
    with serving(answer) as port, pytest.raises(TransferFailed, match="BadSignature"):
        reader(port, KEY).spool()


def test_altered_message_is_not_believed():
    def altered(query):
        (message,) = answering([soa(7), A, soa(7)], key=KEY)(query)
        yield message.replace(b"\xc0\0\2\1", b"\xc0\0\2\2")

    with serving(altered) as port, pytest.raises(TransferFailed, match="BadSignature"):
        reader(port, KEY).spool()


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([[soa(7), A]], "closed before its end"),
        ([[soa(7), A, soa(8)]], "ends with serial 8"),
        ([[A, soa(7)]], "does not begin with its SOA"),
        ([[]], "is empty"),
    ],
)
def test_broken_transfer_says_so(messages, why):
    with serving(answering(*messages)) as port, pytest.raises(TransferFailed, match=why):
        reader(port).spool()


def test_connection_that_is_cut_within_a_message():
    def cut(query):
        (message,) = answering([soa(7), A, soa(7)])(query)
        yield message[:40] + b"\0" * (len(message) - 40)

    with serving(cut) as port, pytest.raises(TransferFailed):
        reader(port).spool()


def test_answer_to_another_question_is_none():
    def other(query):
        (message,) = answering([soa(7), A, soa(7)])(query)
        yield bytes([message[0] ^ 1]) + message[1:]

    with serving(other) as port, pytest.raises(TransferFailed, match="no answer"):
        reader(port).spool()


def test_silence_ends():
    with serving(lambda query: [None]) as port, pytest.raises(TransferFailed, match="silent"):
        reader(port, timeout=0.2).spool()


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TransferFailed, match=f"127.0.0.1 port {port}"):
        reader(port).spool()


def test_refusal_is_named():
    answer = answering([], rcode=dns.rcode.REFUSED)
    with serving(answer) as port, pytest.raises(TransferFailed, match=r"AXFR of .* REFUSED"):
        reader(port).spool()


@pytest.mark.parametrize(
    ("lines", "rcode", "serial"),
    [
        ([soa(7)], dns.rcode.NOERROR, 7),
        ([], dns.rcode.NOERROR, None),
        ([], dns.rcode.SERVFAIL, None),
        ([], dns.rcode.REFUSED, None),
    ],
)
def test_serial(lines, rcode, serial):
    with serving(answering(lines, rcode=rcode)) as port:
        assert reader(port).serial() == serial


def test_server_without_ixfr_has_no_changes():
    with serving(answering([], rcode=dns.rcode.NOTIMP)) as port:
        assert reader(port).since(5) is None


def test_changes_come_over_the_wire():
    with serving(answering([soa(6), soa(5), A], [soa(6), B, soa(6)])) as port:
        assert reader(port).since(5) == Delta(5, 6, records(soa(5), A), records(soa(6), B))


def records(*lines):
    return tuple(map(record, lines))


def delta(serial, *lines):
    return read_delta(iter(records(*lines)), serial, "the server")


def test_steps_are_taken_together():
    found = delta(
        5, soa(7), soa(5), A, soa(6), B, C, soa(6), B, soa(7), A.replace("300", "60"), soa(7)
    )
    assert found == Delta(5, 7, records(soa(5), A), records(C, soa(7), A.replace("300", "60")))


def test_step_that_takes_back_what_one_before_did_changes_nothing_else():
    found = delta(5, soa(7), soa(5), soa(6), A, soa(6), A, soa(7), soa(7))
    assert found == Delta(5, 7, records(soa(5)), records(soa(7)))


def test_same_serial_has_no_changes():
    assert delta(7, soa(7)) == Delta(7, 7)


@pytest.mark.parametrize(
    "lines",
    [
        [soa(4)],  # older than what was asked from
        [soa(7), A, B, soa(7)],  # the whole zone
        [soa(7), soa(7)],  # the whole zone, which is empty
        [soa(7), soa(3), A, soa(7), B, soa(7)],  # from another serial
        [],
    ],
)
def test_whole_zone_is_no_change(lines):
    assert delta(5, *lines) is None


@pytest.mark.parametrize(
    "lines",
    [
        [soa(7), soa(5), A, soa(6), B, soa(9), C, soa(7), soa(7)],
        [soa(7), soa(5), A, soa(6), B],
        [soa(7), soa(5), A],
    ],
)
def test_broken_changes_are_refused(lines):
    with pytest.raises(TransferFailed, match="IXFR"):
        delta(5, *lines)
