"""Questions asked of real servers on loopback, on good days and bad ones."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.resolver
import pytest

from local.servers.client import wait_until
from local.servers.ports import free_port
from local.servers.responder import (
    Responder,
    always,
    by_asker,
    cut_short,
    failing,
    in_turns,
    late,
    lines,
    not_authoritative,
    nothing,
    silent,
)
from zonemesh.dns_resolver import DnsResolver, Limits
from zonemesh.translation.question import Outcome, Question, Response

WWW = "www.example.com."
HERE = ("127.0.0.1",)
PATIENT = Limits(within=30.0, try_seconds=10.0)
BRISK = Limits(within=20.0, try_seconds=0.3, tries=3)


def plain(name: str = WWW, rdtype: str = "A", target: str = "") -> Question:
    return Question(name, rdtype, "", target)


def own(name: str = WWW, rdtype: str = "A", target: str = "") -> Question:
    return Question(name, rdtype, "example.com.", target)


@pytest.fixture
def responder() -> Iterator[Responder]:
    with Responder() as responder:
        yield responder


def resolver(responder: Responder, limits: Limits = PATIENT) -> DnsResolver:
    """One that knows the responder as recursive resolver, and as every name server by its port."""
    where = (responder.address, responder.port)
    return DnsResolver(where, limits=limits, authority_port=responder.port)


def ask(responder: Responder, question: Question, limits: Limits = PATIENT) -> Response:
    return resolver(responder, limits).ask([question], HERE)[question]


# What is found.


@pytest.mark.parametrize("question", [plain(), own()])
def test_values_come_sorted_with_their_ttl(responder: Responder, question: Question) -> None:
    responder.table[WWW, "A"] = always("192.0.2.2", "192.0.2.1", ttl=47)
    found = ask(responder, question)
    assert found == Response(Outcome.FOUND, ("192.0.2.1", "192.0.2.2"), 47)


def test_own_names_are_asked_without_recursion_and_others_with_it(responder: Responder) -> None:
    responder.table[WWW, "A"] = always("192.0.2.1")
    resolver(responder).ask([own(), plain()], HERE)
    assert sorted(asked.recursion_desired for asked in responder.asked) == [False, True]


def test_the_target_is_asked_of_the_resolver_where_there_is_one(responder: Responder) -> None:
    responder.table["lb.example.net.", "A"] = always("192.0.2.7")
    responder.table[WWW, "A"] = always("192.0.2.1")
    aliased, observed = own(target="lb.example.net."), own()
    found = resolver(responder).ask([aliased, observed], HERE, targets=True)
    assert found[aliased].values == ("192.0.2.7",)
    assert found[observed].values == ("192.0.2.1",)
    flags = {asked.name: asked.recursion_desired for asked in responder.asked}
    assert flags == {"lb.example.net.": True, WWW: False}


def test_what_is_the_same_on_the_wire_is_asked_once(responder: Responder) -> None:
    responder.table[WWW, "A"] = always("192.0.2.1")
    questions = [own(target=f"lb-{number}.example.net.") for number in range(9)]
    found = resolver(responder).ask(questions, HERE)
    assert {found[question].values for question in questions} == {("192.0.2.1",)}
    assert len(responder.asked) == 1


def test_a_chain_is_followed_and_has_the_lowest_ttl_on_the_way(responder: Responder) -> None:
    responder.table[WWW, "A"] = lines(
        f"{WWW} 300 IN CNAME a.example.net.",
        "a.example.net. 20 IN CNAME b.example.net.",
        "b.example.net. 60 IN A 192.0.2.1",
    )
    assert ask(responder, plain()) == Response(Outcome.FOUND, ("192.0.2.1",), 20)


def test_a_chain_that_leaves_its_zone_is_followed_at_the_resolver(responder: Responder) -> None:
    responder.table[WWW, "A"] = lines(f"{WWW} 30 IN CNAME a.example.net.")
    responder.table["a.example.net.", "A"] = always("192.0.2.1", ttl=60)
    assert ask(responder, own()) == Response(Outcome.FOUND, ("192.0.2.1",), 30)
    responder.table["a.example.net.", "A"] = failing(dns.rcode.NXDOMAIN)
    assert ask(responder, own()).outcome is Outcome.NONE


def test_names_in_values_are_lower_cased_and_strings_are_not(responder: Responder) -> None:
    responder.table[WWW, "CNAME"] = always("LB.Example.Net.")
    responder.table[WWW, "TXT"] = always('"Mixed Case"')
    responder.table[WWW, "MX"] = always("10 Mail.Example.NET.")
    found = resolver(responder).ask([plain(rdtype=each) for each in ("CNAME", "TXT", "MX")])
    values = {question.rdtype: response.values for question, response in found.items()}
    assert values == {
        "CNAME": ("lb.example.net.",),
        "TXT": ('"Mixed Case"',),
        "MX": ("10 mail.example.net.",),
    }


@pytest.mark.parametrize("count", [40, 400])
def test_a_large_answer_comes_over_tcp(responder: Responder, count: int) -> None:
    values = [f"192.0.{number // 256}.{number % 256}" for number in range(count)]
    responder.table[WWW, "A"] = cut_short(always(*values)) if count == 40 else always(*values)
    assert set(ask(responder, plain()).values) == set(values)
    assert [asked.tcp for asked in responder.asked] == [False, True]


def test_turns_come_round(responder: Responder) -> None:
    pool = [f"192.0.2.{number}" for number in range(40)]
    responder.table[WWW, "A"] = in_turns(pool, 8)
    asking, seen = resolver(responder), set()
    for _ in range(5):
        values = asking.ask([plain()])[plain()].values
        assert len(values) == 8
        seen.update(values)
    assert seen == set(pool)


def test_answers_depend_on_the_asker(responder: Responder) -> None:
    responder.table[WWW, "A"] = by_asker({"127.0.0.1": ["192.0.2.1"], "127.0.0.2": ["192.0.2.2"]})
    assert ask(responder, plain()).values == ("192.0.2.1",)
    query = dns.message.make_query(WWW, "A")
    there = dns.query.udp(
        query, responder.address, port=responder.port, source="127.0.0.2", timeout=10
    )
    assert str(there.answer[0][0]) == "192.0.2.2"


# What is none, and what is a failure.


@pytest.mark.parametrize("question", [plain(), own()])
def test_no_such_name_and_no_such_type_are_answers(
    responder: Responder, question: Question
) -> None:
    assert ask(responder, question) == Response(Outcome.NONE)  # NXDOMAIN
    responder.table[WWW, "A"] = nothing()
    assert ask(responder, question) == Response(Outcome.NONE)


@pytest.mark.parametrize("rcode", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP])
def test_an_error_is_a_failure_that_is_named(responder: Responder, rcode: dns.rcode.Rcode) -> None:
    responder.table[WWW, "A"] = failing(rcode)
    failed = ask(responder, plain())
    assert failed.outcome is Outcome.FAILED
    assert dns.rcode.to_text(rcode) in failed.why
    assert "127.0.0.1" in failed.why


def test_a_name_server_that_is_not_authoritative_is_none(responder: Responder) -> None:
    responder.table[WWW, "A"] = not_authoritative(always("192.0.2.1"))
    failed = ask(responder, own())
    assert (failed.outcome, failed.values) == (Outcome.FAILED, ())
    assert "not authoritative" in failed.why
    assert ask(responder, plain()).values == ("192.0.2.1",)


def test_a_server_that_only_refers_onwards_has_not_said_that_there_is_nothing(
    responder: Responder,
) -> None:
    responder.recursive = False
    responder.table[WWW, "A"] = not_authoritative(nothing())
    failed = ask(responder, plain())
    assert failed.outcome is Outcome.FAILED
    assert "no recursion" in failed.why


def test_silence_is_a_failure(responder: Responder) -> None:
    responder.table[WWW, "A"] = silent()
    failed = ask(responder, plain(), BRISK)
    assert failed == Response(Outcome.FAILED, why="127.0.0.1: no answer")
    wait_until("the three queries to come", lambda: len(responder.asked) == 3)


def test_a_query_that_was_lost_is_asked_again(responder: Responder) -> None:
    lost = [silent()]
    answer = always("192.0.2.1")
    responder.table[WWW, "A"] = lambda asked: (lost.pop() if lost else answer)(asked)
    often = Limits(within=60.0, try_seconds=1.0, tries=20)
    assert ask(responder, plain(), often).values == ("192.0.2.1",)


def test_garbage_is_a_failure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(20)

        def babble() -> None:
            for _ in range(2):
                _, asker = server.recvfrom(4096)
                server.sendto(b"\x00garbage", asker)

        thread = threading.Thread(target=babble)
        thread.start()
        limits = Limits(within=20.0, try_seconds=0.5, tries=2)
        failed = DnsResolver(server.getsockname(), limits=limits).ask([plain()])[plain()]
        thread.join()
    assert failed.outcome is Outcome.FAILED


def test_what_is_late_has_failed_and_the_others_are_answered(responder: Responder) -> None:
    slow = [plain(f"slow-{number}.example.com.") for number in range(50)]
    for question in slow:
        responder.table[question.name, "A"] = late(always("192.0.2.1"), 60)
    quick = plain()
    responder.table[WWW, "A"] = always("192.0.2.1")
    limits = Limits(within=3.0, try_seconds=60.0, at_once=100)
    began = time.monotonic()
    found = resolver(responder, limits).ask([*slow, quick])
    assert time.monotonic() - began < 30
    assert found[quick].values == ("192.0.2.1",)
    assert {found[question].why for question in slow} == {"late: no answer within 3 s"}


def test_no_thread_or_socket_is_left() -> None:
    descriptors = Path("/proc/self/fd")
    before = threading.active_count(), len(list(descriptors.iterdir()))
    DnsResolver(("127.0.0.1", free_port()), limits=Limits(within=0.2)).ask([plain()])
    assert (threading.active_count(), len(list(descriptors.iterdir()))) == before


# Which servers.


def test_another_name_server_is_tried(responder: Responder) -> None:
    responder.table[WWW, "A"] = always("192.0.2.1")
    with Responder({(WWW, "A"): failing()}, "127.0.0.2", responder.port) as broken:
        asking = resolver(responder)
        for _ in range(12):
            found = asking.ask([own()], ["127.0.0.1", broken.address])
            assert found[own()].values == ("192.0.2.1",)
        assert broken.asked  # it had its turns


def test_name_servers_are_found_through_the_resolver_and_remembered(responder: Responder) -> None:
    responder.table["ns-1.example.net.", "A"] = always("127.0.0.1")
    responder.table[WWW, "A"] = always("192.0.2.1")
    asking = resolver(responder)
    for _ in range(2):
        found = asking.ask([own()], ["ns-1.example.net."])
        assert found[own()].values == ("192.0.2.1",)
    names = [asked.name for asked in responder.asked]
    assert names == ["ns-1.example.net.", WWW, WWW]


def test_the_address_of_a_name_server_that_does_not_answer_is_looked_for_again(
    responder: Responder,
) -> None:
    responder.table["ns-1.example.net.", "A"] = always("127.0.0.9")
    responder.table[WWW, "A"] = always("192.0.2.1")
    asking = resolver(responder, Limits(within=20.0, try_seconds=0.5, tries=4))
    assert asking.ask([own()], ["ns-1.example.net."])[own()].outcome is Outcome.FAILED
    responder.table["ns-1.example.net.", "A"] = always("127.0.0.1")
    found = asking.ask([own()], ["ns-1.example.net."])
    assert found[own()].values == ("192.0.2.1",)


@pytest.mark.parametrize("names", [[], ["ns-1.example.net.", "ns-2.example.net."]])
def test_without_an_address_of_a_name_server_own_names_fail_and_others_do_not(
    responder: Responder, names: list[str]
) -> None:
    responder.table[WWW, "A"] = always("192.0.2.1")
    found = resolver(responder).ask([own(), plain()], names)
    assert found[plain()].values == ("192.0.2.1",)
    assert found[own()].outcome is Outcome.FAILED
    assert "no address" in found[own()].why
    assert all(name in found[own()].why for name in names)


def test_without_a_resolver_of_its_own_the_system_s_is_asked(
    responder: Responder, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = dns.resolver.Resolver(configure=False)
    system.nameservers, system.port = [responder.address], responder.port
    monkeypatch.setattr(dns.resolver, "default_resolver", system)
    responder.table[WWW, "A"] = always("192.0.2.1")
    assert DnsResolver(limits=PATIENT).ask([plain()])[plain()].values == ("192.0.2.1",)


def test_a_system_without_a_resolver_is_a_failure_that_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    system = dns.resolver.Resolver(configure=False)
    monkeypatch.setattr(dns.resolver, "default_resolver", system)
    assert "no resolver" in DnsResolver().ask([plain()])[plain()].why


def test_nothing_asked_is_nothing_answered(responder: Responder) -> None:
    assert resolver(responder).ask([]) == {}


def test_many_questions_are_few_at_once(responder: Responder) -> None:
    names = [f"host-{number}.example.com." for number in range(200)]
    busy, most, lock = [0], [0], threading.Lock()

    def counting(asked: object) -> object:
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        time.sleep(0.01)
        with lock:
            busy[0] -= 1
        return nothing()(asked)  # type: ignore[arg-type]

    for name in names:
        responder.table[name, "A"] = counting  # type: ignore[assignment]
    limits = Limits(within=60.0, try_seconds=30.0, at_once=8)
    found = resolver(responder, limits).ask([plain(name) for name in names])
    assert {response.outcome for response in found.values()} == {Outcome.NONE}
    assert 1 < most[0] <= 8
