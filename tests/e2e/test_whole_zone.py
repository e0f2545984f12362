"""A large zone of every type, loaded by plain boto3, comes back by AXFR from each hub."""

import dns.exception
import dns.rdatatype
import dns.xfr
import pytest

from local.servers.tsig import Tsig
from local.world import World
from tests.e2e.hosted_zone import Zone, await_true, client_key, transfer
from tests.e2e.records import lines_of_listing, rrset

APEX = "whole.example."
TYPES = (
    *("A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SPF", "SRV"),
    *("SSHFP", "SVCB", "TLSA", "TXT"),
)
COUNT = 1500  # rrsets, without the apex's own NS and SOA


def rrsets() -> list[dict]:
    made = [
        rrset(APEX, "A", "192.0.2.1", "192.0.2.2"),
        rrset(APEX, "MX", "10 mail.example.net", "20 Mail2.Example.Net."),
        rrset(APEX, "CAA", '0 issue "ca.example.net; account=1"', '128 iodef "mailto:a@b.example"'),
        rrset(f"*.{APEX}", "A", "192.0.2.3"),
        rrset(f"\\052.wild.{APEX}", "TXT", '"below a wildcard"'),
        rrset(f"a\\056b.{APEX}", "A", "192.0.2.4"),
        rrset(f"\\000\\377.{APEX}", "A", "192.0.2.5"),
        rrset(f"UPPER.{APEX}", "A", "192.0.2.6"),
        rrset(f"long.{APEX}", "TXT", " ".join(f'"{"x" * 255}"' for _ in range(8))),
        rrset(f"bytes.{APEX}", "TXT", r'"\000\001\377 \"quoted\" back\\slash"', '"" "second"'),
        rrset(f"many.{APEX}", "A", *(f"198.51.100.{number}" for number in range(100))),
        rrset(f"svc.{APEX}", "SVCB", '16 foo.example.org. alpn="h2,h3" mandatory=alpn'),
        rrset(f"sub.{APEX}", "NS", f"ns1.sub.{APEX}", "ns.example.net."),
        rrset(f"sub.{APEX}", "DS", "12345 13 2 " + "AB" * 32),
        rrset(f"ns1.sub.{APEX}", "A", "192.0.2.53"),
    ]
    for number in range(COUNT - len(made)):
        rdtype = TYPES[number % len(TYPES)]
        name = f"{rdtype.lower()}-{number}.group-{number % 7}.{APEX}"
        made.append(rrset(name, rdtype, *values(rdtype, number), ttl=60 + number))
        if rdtype == "DS":  # only at a delegation
            made[-1] = rrset(f"ns-{number - 4}x.{APEX}", "NS", "ns.example.net.", ttl=60 + number)
    return made


def values(rdtype: str, number: int) -> list[str]:
    low, high = number % 250, number // 250
    return {
        "A": [f"192.0.{high}.{low}", f"198.51.{high}.{low}"],
        "AAAA": [f"2001:db8::{number:x}", f"2001:DB8:0:0:1::{number:x}"],
        "CAA": [f'0 issue "ca-{number}.example"', '0 issuewild ";"'],
        "CNAME": [f"Target-{number}.example.net"],
        "DS": [f"{number} 13 2 {number:064X}"],
        "HTTPS": [f'1 . alpn="h3,h2" port={number} ipv4hint=192.0.2.{low},192.0.2.251'],
        "MX": [f"{number} mx-{number}.example.net.", f"{number} other.example.net."],
        "NAPTR": [f'{number} 10 "u" "E2U+sip" "!^(.*)$!sip:\\\\1@{number}.example.com!" .'],
        "NS": [f"ns-{number}.example.net.", "ns2.example.net."],
        "PTR": [f"host-{number}.example.net."],
        "SPF": [f'"v=spf1 ip4:192.0.2.{low} -all"'],
        "SRV": [f"1 {number} 5060 sip-{number}.example.net."],
        "SSHFP": [f"4 2 {number:064x}"],
        "SVCB": [f"0 pool-{number}.example.net."],
        "TLSA": [f"3 1 1 {number:064x}"],
        "TXT": [f'"number {number}" "\\{number % 256:03o}"', '"; not a comment"'],
    }[rdtype]


@pytest.fixture(scope="module")
def whole(world: World) -> Zone:
    zone = Zone(world, APEX)
    zone.fill(rrsets(), each=250)
    zone.await_served()
    return zone


def test_all_records_of_all_types_come_back_from_each_hub(whole: Zone, world: World) -> None:
    listing = whole.listing()
    assert len(listing) == COUNT + 2
    assert {each["Type"] for each in listing} == {*TYPES, "SOA"}
    expected = lines_of_listing(listing)
    for hub in world.hubs.values():
        assert whole.served(hub.dns_port).records == expected


def test_all_hubs_serve_the_same_soa_with_timers_by_policy(whole: Zone, world: World) -> None:
    (source,) = (r for r in whole.listing() if r["Type"] == "SOA")
    mname, rname, *_, minimum = source["ResourceRecords"][0]["Value"].split()
    soas = {(whole.served(hub.dns_port).soa, 1)[0] for hub in world.hubs.values()}
    assert len(soas) == 1
    soa = soas.pop()
    assert (str(soa.mname), str(soa.rname), str(soa.minimum)) == (mname, rname, minimum)
    assert (soa.refresh, soa.retry, soa.expire) == (900, 300, 2_419_200)
    snapshot = whole.snapshot()
    assert snapshot and soa.serial == snapshot.serial
    assert {whole.served(hub.dns_port).soa_ttl for hub in world.hubs.values()} == {source["TTL"]}


def test_transfers_without_the_key_or_with_a_wrong_one_are_refused(
    whole: Zone, world: World
) -> None:
    right = client_key(world)
    wrong = Tsig(right.name, right.algorithm)
    unknown = Tsig("somebody-else.", secret=right.secret)
    for hub in world.hubs.values():
        for key in (None, wrong, unknown):
            with pytest.raises((dns.xfr.TransferError, dns.exception.DNSException)):
                transfer(hub.dns_port, APEX, key)
        assert transfer(hub.dns_port, APEX, right).records


def test_an_edit_of_the_large_zone_changes_one_record_and_nothing_else(
    whole: Zone, world: World
) -> None:
    before = whole.served(world.hubs["east"].dns_port)
    whole.put(rrset(f"a-0.group-0.{APEX}", "A", "203.0.113.1"))
    serial = whole.await_served()
    after = whole.served(world.hubs["east"].dns_port)
    assert serial > before.soa.serial
    assert len(after.records - before.records) == 1
    snapshot = whole.snapshot()
    assert snapshot and snapshot.reason.found_by == "event"
    await_true(
        "both hubs name the new serial in /status",
        lambda: all(
            hub.status()["zones"][whole.key]["serial"] == serial for hub in world.hubs.values()
        ),
    )
