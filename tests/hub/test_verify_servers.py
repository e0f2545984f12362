"""Real servers asked for all that a zone has: what they answer, beside what they should."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from random import Random

import dns.query
import dns.rdatatype
import dns.zone
import pytest

from local.servers.bind_primary import BindPrimary
from local.servers.client import ask, wait_until
from local.servers.knot_primary import KnotPrimary
from local.servers.nsd_primary import NsdPrimary
from local.servers.ports import free_port
from local.servers.primary import Primary, zone_text
from local.servers.program import ADDRESS
from zonemesh.tree import Entry
from zonemesh.verify.answers import ServedZone
from zonemesh.verify.asking import DnsAsker, Pace
from zonemesh.verify.places import Role, Server
from zonemesh.verify.questions import Query, queries
from zonemesh.verify.run import Verified, verify
from zonemesh.zone import RRset
from zonemesh.zonefile import served_entry

APEX = "example.com."
RECORDS = (
    "www 300 IN A 192.0.2.1",
    "www 300 IN A 192.0.2.2",
    "www 300 IN AAAA 2001:db8::1",
    "alias 300 IN CNAME www",
    "gone 300 IN CNAME nowhere",
    "far 300 IN CNAME www.example.net.",
    'text 300 IN TXT "one" "two \\228"',
    "svc 300 IN HTTPS 1 Target.Example.net. alpn=h2 port=8443",
    "svc 300 IN MX 10 MAIL.example.net.",
    "a.b.c 300 IN A 192.0.2.3",  # b.c and c are empty
    "*.wild 300 IN A 192.0.2.4",
    "*.wild 300 IN TXT wild",
    "x.wild 300 IN A 192.0.2.5",
    "*.to 300 IN CNAME www",
    "deep.*.odd 300 IN A 192.0.2.6",  # *.odd is empty, and answers for what is below odd
    "cut 300 IN NS ns.cut",
    "cut 300 IN NS ns1.example.net.",
    "ns.cut 300 IN A 192.0.2.7",
    "ns.cut 300 IN AAAA 2001:db8::7",
    "safe 300 IN NS ns1.example.net.",
    "safe 300 IN DS 12345 13 2 " + "ab" * 32,
    "moved 300 IN DNAME elsewhere.example.net.",
    "typed 300 IN TYPE65280 \\# 3 010203",
    'caa 300 IN CAA 0 issue "ca.example.net"',
    "_sip._tcp 300 IN SRV 1 2 5060 www",
)
PROGRAMS: list[type[Primary]] = [BindPrimary, KnotPrimary, NsdPrimary]


def served(text: str) -> ServedZone:
    """Give a zone file's zone, as a snapshot's served view has it."""
    zone = dns.zone.from_text(text, APEX, relativize=False, check_origin=False)
    entries: list[Entry] = [
        served_entry(RRset(name, rdataset.rdtype, rdataset.ttl, frozenset(rdataset)))
        for name, rdataset in zone.iterate_rdatasets()
    ]
    return ServedZone(APEX, entries)


def asked(zone: ServedZone, *servers: Server, sample: int | None = None) -> list[Verified]:
    pace = Pace(try_seconds=10.0)
    return verify(zone, servers, queries(zone, sample), DnsAsker(pace), pause=lambda: None)


def server(primary: Primary) -> Server:
    return Server(Role.FURTHER, primary.program, ADDRESS, primary.port)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[type[Primary], str], Primary]]:
    running: list[Primary] = []

    def start(program: type[Primary], text: str) -> Primary:
        primary = program(tmp_path / str(len(running)), {APEX: text}, None)
        primary.start()
        running.append(primary)
        return primary

    yield start
    for primary in running:
        primary.stop()


Start = Callable[[type[Primary], str], Primary]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_server_with_the_zone_differs_in_nothing(program: type[Primary], start: Start) -> None:
    text = zone_text(APEX, 7, RECORDS)
    (result,) = asked(served(text), server(start(program, text)))
    assert result.differences == []
    assert (result.serial, result.silent) == (7, "")
    assert result.asked > len(RECORDS)


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_difference_is_told(program: type[Primary], start: Start) -> None:
    there = {
        "www 300 IN A 192.0.2.2": "www 300 IN A 192.0.2.66",
        "*.wild 300 IN TXT wild": "",
        "a.b.c 300 IN A 192.0.2.3": "c 300 IN A 192.0.2.3",
        "alias 300 IN CNAME www": "alias 60 IN CNAME www",
        "ns.cut 300 IN AAAA 2001:db8::7": "ns.cut 300 IN AAAA 2001:db8::8",
        "safe 300 IN NS ns1.example.net.": "safe 300 IN NS ns2.example.net.",
        'caa 300 IN CAA 0 issue "ca.example.net"': "zonemesh-verify 300 IN A 192.0.2.9",
    }
    other = zone_text(APEX, 6, [there.get(record, record) for record in RECORDS])
    (result,) = asked(served(zone_text(APEX, 7, RECORDS)), server(start(program, other)))
    assert result.serial == 6
    told = {
        (each.query.name.removesuffix(f".{APEX}"), str(each.query).split()[1]): each
        for each in result.differences
    }
    assert set(told) == {
        (APEX, "SOA"),
        ("www", "A"),
        ("*.wild", "TXT"),
        ("zonemesh-verify.wild", "TXT"),
        ("a.b.c", "A"),
        ("a.b.c", "TXT"),
        ("b.c", "TXT"),
        ("alias", "CNAME"),
        ("cut", "NS"),
        ("zonemesh-verify.cut", "A"),
        ("safe", "NS"),
        ("zonemesh-verify.safe", "A"),
        ("caa", "CAA"),
        ("caa", "A"),
        ("zonemesh-verify", "A"),
    }
    assert told["www", "A"].wanted == "300 A 192.0.2.1 | 192.0.2.2"
    assert told["www", "A"].got == "300 A 192.0.2.66"
    assert told["a.b.c", "A"].got == "NXDOMAIN"
    assert told["zonemesh-verify", "A"].wanted == "NXDOMAIN"
    assert told["zonemesh-verify", "A"].got == "300 A 192.0.2.9"
    assert told["safe", "NS"].got.startswith("300 NS ns2.example.net.")
    assert "2001:db8::8" in told["cut", "NS"].got


def test_a_dead_server_delays_nobody_and_is_told(start: Start) -> None:
    text = zone_text(APEX, 7, RECORDS)
    dead = Server(Role.SECONDARY, "dead", ADDRESS, free_port())
    zone = served(text)
    pace = Pace(try_seconds=0.2, tries=2)
    live = server(start(BindPrimary, text))
    results = verify(zone, [dead, live], queries(zone), DnsAsker(pace), pause=lambda: None)
    assert [result.good for result in results] == [False, True]
    assert results[0].silent
    assert results[0].differences == []


def test_a_server_that_knows_no_such_zone_is_told(start: Start) -> None:
    primary = start(NsdPrimary, zone_text(APEX, 7, RECORDS))
    zone = ServedZone("other.test.", [])
    entry = RRset.from_lines("other.test. 300 IN SOA a. b. 1 2 3 4 5\n")
    zone = ServedZone("other.test.", [served_entry(entry)])
    (result,) = verify(
        zone, [server(primary)], queries(zone), DnsAsker(), pause=lambda: None, rounds=2
    )
    assert {each.got for each in result.differences} == {"REFUSED"}


def test_what_differs_for_a_moment_is_no_difference(start: Start) -> None:
    """A server that catches up between two rounds."""
    old, new = zone_text(APEX, 7, RECORDS[:-1]), zone_text(APEX, 8, RECORDS)
    primary, zone = start(BindPrimary, old), served(new)
    (result,) = verify(
        zone,
        [server(primary)],
        queries(zone),
        DnsAsker(Pace(try_seconds=10.0)),
        pause=lambda: primary.put(APEX, new, 8),
    )
    assert result.good
    assert result.serial == 8


def test_a_sample_asks_so_many_names_and_every_kind() -> None:
    zone = served(zone_text(APEX, 7, [*RECORDS, *(f"n{n} 300 IN A 192.0.2.9" for n in range(500))]))
    some = queries(zone, 10, seed=7)
    assert some == queries(zone, 10, seed=7)
    assert len(some) < 120
    assert Query(APEX, 6) in some
    assert {query.about for query in some} == {
        "record",
        "wildcard",
        "delegation",
        "empty name",
        "no such name",
        "no such type",
    }
    assert len({(query.name, query.rdtype) for query in some}) == len(some)


def random_records(seed: int) -> list[str]:
    """Give records at random names of few labels: wildcards, cuts and CNAMEs on top of others."""
    random = Random(seed)
    kinds = [
        "A 192.0.2.{}",
        "TXT text{}",
        "CNAME n{}.example.net.",
        "NS ns{}.example.net.",
        "DNAME d{}.example.net.",
    ]
    chosen: dict[str, str] = {}
    for number in range(40):
        name = ".".join(random.choices(["a", "b", "*", "c"], k=random.randint(1, 4)))
        kind = random.choices(kinds, [6, 4, 2, 1, 1])[0]
        if kind[:2] in ("NS", "DN") and "*" in name:
            continue  # RFC 4592 4.2: nobody says what a wildcard's NS means
        chosen.setdefault(name, f"{name} 300 IN {kind.format(number)}")
    occluding = [name for name, text in chosen.items() if " DNAME " in text or " NS " in text]
    # RFC 6672 2.4: no server loads what is below a DNAME.
    return [
        text
        for name, text in chosen.items()
        if not any(name.endswith(f".{above}") for above in occluding)
    ]


def everything(depth: int = 3) -> list[Query]:
    """Ask for every name that random_records may make, and for some that it does not."""
    labels = ["a", "b", "*", "c", "x"]
    names = [
        ".".join(each) for count in range(1, depth + 1) for each in product(labels, repeat=count)
    ]
    types = [dns.rdatatype.A, dns.rdatatype.TXT, dns.rdatatype.DS]
    return [Query(f"{name}.{APEX}", int(rdtype)) for name in names for rdtype in types]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_expected_is_what_servers_answer(program: type[Primary], start: Start) -> None:
    for seed in (1, 2):
        text = zone_text(APEX, 7, random_records(seed))
        zone, primary = served(text), start(program, text)
        pace = Pace(try_seconds=10.0)
        (result,) = verify(
            zone, [server(primary)], everything(), DnsAsker(pace), pause=lambda: None, rounds=1
        )
        assert result.differences == []


def test_signatures_are_compared_as_well(start: Start, tmp_path: Path) -> None:
    """A zone that Knot signs, beside itself signed anew with other keys."""
    records = [each for each in RECORDS if "DNAME" not in each]
    with KnotPrimary(
        tmp_path / "signed", {APEX: zone_text(APEX, 7, records)}, None, signing=True
    ) as signing:
        wait_until("it is signed", lambda: has_keys(signing), within=120)
        zone = dns.zone.Zone(APEX, relativize=False)
        dns.query.inbound_xfr(ADDRESS, zone, port=signing.port, lifetime=60)
        signed = served(zone.to_text(relativize=False))
        assert signed.signed
        (result,) = asked(signed, server(signing))
        assert result.differences == []
    with KnotPrimary(
        tmp_path / "anew", {APEX: zone_text(APEX, 7, records)}, None, signing=True
    ) as other:
        wait_until("it is signed", lambda: has_keys(other), within=120)
        (result,) = asked(signed, server(other))
    told = {str(each.query): each for each in result.differences}
    assert told[f"www.{APEX} A"].wanted.startswith("RRSIG A 13 ")
    assert f"{APEX} DNSKEY" in told


def has_keys(primary: Primary) -> bool:
    answer = ask(ADDRESS, primary.port, APEX, "DNSKEY")
    return answer is not None and bool(answer.answer)
