"""What a zone's readiness is judged by: whose servers are which, and which of them answer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rrset

from zonemesh.errors import SourceRefused
from zonemesh.failover import NameServers, Readiness
from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import Member
from zonemesh.translation.question import Outcome, Question, Response
from zonemesh.verify.answers import ServedZone
from zonemesh.verify.asking import Answered
from zonemesh.verify.places import Server
from zonemesh.verify.questions import Query
from zonemesh.verify.readiness import Judge, Network, addresses_by
from zonemesh.verify.servers import Accounts, Zone
from zonemesh.zonefile import served_codec

APEX = "example.com."
MESH = """
integrations: {main: }
zones:
  - {name: example.com, integration: main, hubs: [hq]}
  - {name: example.com, primaries: [one], pulled_by: branch, hubs: [branch]}
  - {name: private.test, integration: main, private: true, hubs: [hq]}
primaries: {one: {address: 192.0.2.1, tsig_key: none}}
hubs: {hq: , branch: }
"""
ROUTE53 = Member(f"route53:main:{APEX}", APEX, "main", "Z1", "listed", ("hq",))
PULLED = Member(f"axfr:branch:{APEX}", APEX, "", "", "listed", ("branch",), pulled_by="branch")


@dataclass
class Names:
    """A Resolver that knows some addresses; all else is not there, or fails with `why`."""

    known: dict[str, str]
    why: str = ""
    asked: list[str] = field(default_factory=list)

    def ask(
        self,
        questions: Collection[Question],
        name_servers: Sequence[str] = (),
        *,
        targets: bool = False,
    ) -> dict[Question, Response]:
        return {question: self._response(question) for question in questions}

    def _response(self, question: Question) -> Response:
        self.asked.append(question.name)
        if question.rdtype == "A" and question.name in self.known:
            return Response(Outcome.FOUND, (self.known[question.name],), 60)
        return Response(Outcome.FAILED, why=self.why) if self.why else Response(Outcome.NONE)


@dataclass
class Listening:
    """An Asker of servers that answer at some addresses, and say nothing at others."""

    addresses: tuple[str, ...]
    authoritative: bool = True

    def ask(
        self,
        questions: Mapping[Server, Sequence[Query]],
        answered: Answered,
        *,
        signatures: bool = False,
    ) -> dict[Server, dict[Query, str]]:
        silent: dict[Server, dict[Query, str]] = {}
        for server, queries in questions.items():
            for query in queries:
                if server.address in self.addresses:
                    answered(server, query, self._answer(query))
                else:
                    silent.setdefault(server, {})[query] = "no answer"
        return silent

    def _answer(self, query: Query) -> dns.message.Message:
        message = dns.message.make_response(dns.message.make_query(query.name, query.rdtype))
        if self.authoritative:
            message.flags |= dns.flags.AA
            soa = dns.rrset.from_text(query.name, 60, "IN", "SOA", "a. b. 1 2 3 4 5")
            message.answer.append(soa)
        return message


def judge(
    member: Member, resolver: Names, asker: Listening, own: tuple[str, ...] | None = ()
) -> Judge:
    def of_source() -> tuple[str, ...]:
        if own is None:
            raise SourceRefused("no credentials")
        return own

    accounts = Accounts(of_source, lambda target: (), addresses_by(resolver))
    served = ServedZone(
        member.apex,
        served_codec(
            f"{member.apex} 900 IN SOA a. b. 1 2 3 4 5\nns.{member.apex} 300 IN A 192.0.2.9\n"
        ),
    )
    zone = Zone(parse_mesh(MESH), member, {})
    return Judge(zone, served, Network(accounts, asker, resolver, lambda: None))


def source(*names: str) -> NameServers:
    return NameServers(frozenset(names), 300)


def test_route53_s_names_are_known_even_where_it_cannot_be_asked() -> None:
    found = judge(ROUTE53, Names({"ns.b.test.": "192.0.2.5"}), Listening(("192.0.2.5",)), None)
    judged = found.judge(source("ns-7.awsdns-00.com.", "ns.b.test."), ())
    assert judged.secondaries == ("ns.b.test.",)


def test_a_primary_s_own_name_is_no_secondary() -> None:
    names = Names({"ns.a.test.": "192.0.2.1", "ns.b.test.": "192.0.2.5"})
    judged = judge(PULLED, names, Listening(("192.0.2.5",))).judge(
        source("ns.a.test.", "ns.b.test."), ()
    )
    assert judged.secondaries == ("ns.b.test.",)


def test_a_server_in_the_zone_has_the_address_that_the_zone_gives() -> None:
    resolver = Names({})
    judged = judge(ROUTE53, resolver, Listening(("192.0.2.9",))).judge(source(f"ns.{APEX}"), ())
    assert not any("does not answer" in reason for reason in judged.reasons)
    assert f"ns.{APEX}" not in resolver.asked


def test_servers_that_do_not_answer_for_the_zone_are_told() -> None:
    names = Names({"ns.b.test.": "192.0.2.5"})
    dumb = judge(ROUTE53, names, Listening(())).judge(source("ns.b.test."), ())
    assert "ns.b.test. does not answer: 192.0.2.5@53: no answer" in dumb.reasons
    other = Listening(("192.0.2.5",), authoritative=False)
    lame = judge(ROUTE53, names, other).judge(source("ns.b.test."), ())
    assert "ns.b.test. does not answer: 192.0.2.5@53: not its zone" in lame.reasons
    lost = judge(ROUTE53, Names({}), other).judge(source("ns.b.test."), ())
    assert "ns.b.test. does not answer: no address of it was found" in lost.reasons


def test_a_parent_that_nobody_finds_is_unknown() -> None:
    judged = judge(ROUTE53, Names({}, "no answer"), Listening(())).judge(source(), ())
    assert judged.sets.parent.unknown == "who serves com. was not answered: no answer"
    assert judge(ROUTE53, Names({}), Listening(())).judge(source(), ()).sets.parent.unknown


def test_zones_that_no_parent_leads_to_are_not_judged() -> None:
    private = Member("route53:main:private.test.", "private.test.", "main", "Z", "listed", ("hq",))
    catalog = Member("catalog:catalog.test.", "catalog.test.", "", "", "catalog", ("*",))
    for member in (private, catalog):
        resolver = Names({})
        judged = judge(member, resolver, Listening(())).judge(source(), ())
        assert judged.readiness is Readiness.UNKNOWN
        assert resolver.asked == []
