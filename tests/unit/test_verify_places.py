"""Whom a verification asks, by what terms, and whom it cannot ask."""

import dns.rdatatype
import pytest

from zonemesh.errors import SourceRefused
from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import HubReport, Member
from zonemesh.targets.ignore import Ignored
from zonemesh.verify.answers import SOA, ServedZone
from zonemesh.verify.compare import Terms
from zonemesh.verify.places import Places, Role, Written, written_server
from zonemesh.verify.questions import Query
from zonemesh.verify.servers import Accounts, Zone, places_of
from zonemesh.zonefile import served_codec

MESH = """
integrations: {main: , other: }
zones:
  - {name: example.com, integration: main, targets: [copy, dns]}
  - {name: pulled.test, primaries: [one, two], pulled_by: hq, targets: [copy], policy: {}}
primaries:
  one: {address: 192.0.2.1, tsig_key: none}
  two: {address: "2001:db8::2", port: 5300, tsig_key: none}
hubs: {hq: {secondaries: [near, far]}, branch: }
secondaries:
  near: {address: 192.0.2.11, port: 5301, tsig_key: none}
  far: {transfer_from: [198.51.100.0/24], tsig_key: none}
targets:
  copy: {type: route53, integration: other, hub: hq, ignore: ["_acme-challenge.* TXT"]}
  dns: {type: octodns, hub: hq, mode: upsert-only, provider: octodns_powerdns.PowerDnsProvider}
"""
ROUTE53 = Member("route53:main:example.com.", "example.com.", "main", "Z1", "listed", ("*",))
PULLED = Member("axfr:hq:pulled.test.", "pulled.test.", "", "", "listed", ("*",), pulled_by="hq")


def names(name: str) -> tuple[str, ...]:
    return {"ns1.test.": ("192.0.2.53",), "ns2.test.": ("192.0.2.54",)}.get(name, ())


def accounts(*of_source: str) -> Accounts:
    return Accounts(lambda: of_source, lambda target: [f"ns.{target}.test."], names)


def zone(member: Member, *named: str, listens: tuple[str, ...] | None = ("192.0.2.9@53",)) -> Zone:
    heartbeat = None if listens is None else {"dns": list(listens)}
    reports = {"hq": HubReport(heartbeat, {})}
    written = [written_server(text) for text in named]
    return Zone(parse_mesh(MESH), member, reports, frozenset({"routed.example.com."}), written)


def shown(places: Places) -> list[str]:
    return [str(server) for server in places.servers]


def test_everybody_who_serves_a_hosted_zone_is_found() -> None:
    found = places_of(zone(ROUTE53), accounts("ns1.test.", "ns2.test."))
    assert shown(found) == [
        "source main ns1.test (192.0.2.53@53)",
        "source main ns2.test (192.0.2.54@53)",
        "hub hq (192.0.2.9@53)",
        "secondary near (192.0.2.11@5301)",
    ]
    told = {each.of: (each.problem, each.why) for each in found.unasked}
    assert set(told) == {"branch", "far", "copy", "dns"}
    assert told["copy"][0]  # it is to be found, and was not
    assert "no address of ns.copy.test." in told["copy"][1]
    assert [each.of for each in found.unasked if each.problem] == ["copy"]
    assert "`--server branch=ADDRESS@PORT`" in told["branch"][1]
    assert "`--server dns=ADDRESS@PORT`" in told["dns"][1]


def test_primaries_are_the_source_of_a_pulled_zone() -> None:
    found = places_of(zone(PULLED), accounts())
    assert shown(found)[:2] == ["source one (192.0.2.1@53)", "source two (2001:db8::2@5300)"]
    assert found.servers[0].terms.soa == ("mname", "rname", "minimum", "refresh", "retry", "expire")


def test_servers_that_are_named_stand_for_those_that_are_not_known() -> None:
    named = ("branch=192.0.2.20", "far=192.0.2.21@5302", "dns=192.0.2.22", "192.0.2.23@54")
    found = places_of(zone(ROUTE53, *named), accounts("ns1.test."))
    assert {
        "hub branch (192.0.2.20@53)",
        "secondary far (192.0.2.21@5302)",
        "target dns (192.0.2.22@53)",
        "server 192.0.2.23 (192.0.2.23@54)",
    } <= set(shown(found))
    assert {each.of for each in found.unasked} == {"copy"}


def test_a_hub_that_listens_everywhere_has_no_address() -> None:
    found = places_of(zone(ROUTE53, listens=("0.0.0.0@53", "::@53")), accounts("ns1.test."))
    assert not any(server.role is Role.HUB for server in found.servers)
    (hub,) = (each for each in found.unasked if each.of == "hq")
    assert "0.0.0.0@53" in hub.why


def test_a_source_that_refuses_is_a_problem() -> None:
    def refuse() -> tuple[str, ...]:
        raise SourceRefused("no credentials")

    found = places_of(zone(ROUTE53), Accounts(refuse, lambda target: (), names))
    (source,) = (each for each in found.unasked if each.role is Role.SOURCE)
    assert source.problem
    assert "no credentials" in source.why


def test_a_source_and_its_copy_answer_routed_names_in_their_own_way() -> None:
    found = zone(ROUTE53)
    source, copy, dns = found.source_terms(), found.target_terms("copy"), found.target_terms("dns")
    assert "routed.example.com." in source.other
    assert "routed.example.com." in copy.other
    assert copy.ignore.match("_acme-challenge.x.example.com.", "TXT")
    assert not dns.other
    assert not zone(PULLED).target_terms("copy").other  # it has what is served
    assert (copy.absent, dns.absent) == (True, False)  # upsert-only leaves others' records there
    assert SOA in (zone(PULLED).target_terms("copy").holds or ())


@pytest.mark.parametrize(
    ("text", "of", "address", "port"),
    [
        ("192.0.2.1", "", "192.0.2.1", 53),
        ("192.0.2.1@5300", "", "192.0.2.1", 5300),
        ("hq=2001:db8::1@5300", "hq", "2001:db8::1", 5300),
        ("hq=[2001:db8::1]", "hq", "2001:db8::1", 53),
    ],
)
def test_a_server_is_written(text: str, of: str, address: str, port: int) -> None:
    assert written_server(text) == Written(of, address, port)


@pytest.mark.parametrize(
    "text", ["", "ns.example.com", "=192.0.2.1", "192.0.2.1@0x", "192.0.2.1@0", "a=b=c"]
)
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        written_server(text)


def left_out(terms: Terms, name: str, rdtype: str, served: str) -> bool:
    zone = ServedZone("example.com.", served_codec(served))
    query = Query(name, int(dns.rdatatype.from_text(rdtype)))
    return terms.leaves_out("example.com.", query, zone.expect(query.name, query.rdtype))


def test_questions_that_say_nothing_about_a_server_are_left_out() -> None:
    served = (
        "example.com. 900 IN SOA a. b. 1 2 3 4 5\n"
        "example.com. 900 IN NS ns.test.\n"
        "*.routed.example.com. 300 IN A 192.0.2.1\n"
        "_acme-challenge.x.example.com. 300 IN TXT t\n"
        "x.example.com. 300 IN LOC 0 0 0 N 0 0 0 E 0 1 1 1\n"
    )
    strict, other = Terms(), Terms(other=frozenset({"*.routed.example.com."}))
    target = Terms(whole_soa=False, apex_ns=False, ignore=Ignored.of(["_acme-challenge.* TXT"]))
    few, kept = Terms(holds=frozenset({1, 6})), Terms(absent=False)
    asked = {
        ("example.com.", "SOA"): target,
        ("example.com.", "NS"): target,
        ("_acme-challenge.x.example.com.", "TXT"): target,
        ("any.routed.example.com.", "A"): other,
        ("x.example.com.", "LOC"): few,
        ("x.example.com.", "A"): kept,
        ("none.example.com.", "A"): kept,
    }
    for (name, rdtype), terms in asked.items():
        assert left_out(terms, name, rdtype, served), (name, rdtype)
        assert not left_out(strict, name, rdtype, served)
    assert not left_out(target, "x.example.com.", "TXT", served)
    assert not left_out(other, "x.example.com.", "LOC", served)
    assert not left_out(kept, "x.example.com.", "LOC", served)
