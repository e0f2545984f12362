"""What secondaries hold is asked over real UDP; one that is silent or confused holds nothing."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dns.flags
import dns.message
import dns.rrset
import pytest

from zonemesh import secondaries
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import Member
from zonemesh.secondaries import served_serials

MEMBER = Member("route53:main:example.com.", "example.com.", "main", "Z1", "listed", ("eu",))
Answer = Callable[[dns.message.Message], dns.message.Message | bytes | None]


@contextmanager
def server(answer: Answer) -> Iterator[int]:
    """A DNS server on a free port of loopback; gives the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.05)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    wire, peer = listening.recvfrom(4096)
                except TimeoutError:
                    continue
                reply = answer(dns.message.from_wire(wire))
                if reply is not None:
                    text = reply if isinstance(reply, bytes) else reply.to_wire()
                    listening.sendto(text, peer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            ended.set()
            thread.join()


def holds(serial: int, apex: str = "example.com.") -> Answer:
    def answer(query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query)
        text = f"ns.{apex} hostmaster.{apex} {serial} 900 300 2419200 86400"
        response.answer.append(dns.rrset.from_text(apex, 300, "IN", "SOA", text))
        return response

    return answer


def refuses(query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.REFUSED)
    return response


def mesh(*ports: int, extra: str = "") -> Mesh:
    names = [f"s{number}" for number in range(len(ports))]
    lines = [
        "integrations: {main: }",
        "zones: [{name: example.com, integration: main, hubs: [eu]}]",
        f"hubs: {{eu: {{secondaries: [{', '.join(names)}{extra}]}}, us: }}",
        "secondaries:",
        *(
            f"  {name}: {{address: 127.0.0.1, port: {port}, tsig_key: none}}"
            for name, port in zip(names, ports, strict=True)
        ),
        "  far: {transfer_from: [192.0.2.0/24], tsig_key: none}",
    ]
    return parse_mesh("\n".join(lines))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secondaries, "TIMEOUT", 0.5)


def test_each_secondary_is_asked() -> None:
    with ExitStack() as stack:
        ports = [stack.enter_context(server(holds(n))) for n in (2026112203, 7)]
        assert sorted(served_serials(mesh(*ports), MEMBER)) == [7, 2026112203]


@pytest.mark.parametrize(
    "answer",
    [
        lambda query: None,
        lambda query: b"\x00\x01nonsense",
        refuses,
        lambda query: dns.message.make_response(query),
        holds(9, apex="example.net."),
    ],
    ids=["silent", "nonsense", "refuses", "empty", "another zone"],
)
def test_one_that_does_not_hold_the_zone_does_not_count(answer: Answer) -> None:
    with server(answer) as useless, server(holds(7)) as good:
        assert served_serials(mesh(useless, good), MEMBER) == [7]


def test_secondaries_without_an_address_and_of_other_hubs_are_not_asked() -> None:
    with server(holds(7)) as port:
        definition = mesh(port, extra=", far")
        assert served_serials(definition, MEMBER) == [7]
        elsewhere = Member("k", "example.com.", "main", "Z1", "listed", ("us",))
        assert served_serials(definition, elsewhere) == []
