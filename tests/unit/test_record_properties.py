"""Edits, listings, answers and policies in any order end where one derivation of it all would."""

from dataclasses import replace

import hypothesis.strategies as st
from hypothesis import given, settings

from tests.unit.test_record import APEX, KEY, alias, rrset, soa
from tests.unit.test_record_aliases import ELB, AliasWorld, external
from zonemesh.chunking import build
from zonemesh.mesh_zone import MeshZone
from zonemesh.nodes import Nodes
from zonemesh.policy import Policy
from zonemesh.route53.rrsets import owner_of
from zonemesh.snapshot import Reason
from zonemesh.translation.question import Answer, Outcome, Response, answers_codec
from zonemesh.tree import digests, entries
from zonemesh.views import Derivation, listed_entries

# Few names, so that aliases meet: the apex, deep ones, wildcards and names below them, placeholders
# that the source has itself, and one too long to have one.
LABELS = ["", "a", "b", "x.a", "y.a", "*", "*.a", "b.c", "*.b.c", "deep.er.b.c", "*.x.a", "q.*.a"]
PLACEHOLDERS = ["_zonemesh", "_zonemesh.a", "_zonemesh.*.a", "_zonemesh._zonemesh.a"]
LONG = ".".join(["l" * 63, "m" * 63, "n" * 63, "o" * 45])
OWNERS = [
    f"{labels}.{APEX}".lstrip(".").replace("*", r"\052")
    for labels in [*LABELS, *PLACEHOLDERS, "d", "x.d", LONG]
]
CLOUDFRONT = "d1.cloudfront.net."
OUTSIDE = [ELB, ELB.replace("lb-1", "lb-2"), CLOUDFRONT, "s3-website-us-east-1.amazonaws.com."]
VALUES = {
    "A": ["192.0.2.1", "192.0.2.2", "unreadable"],
    "AAAA": ["2001:db8::1", "2001:db8::2"],
    "CNAME": ["t.example.net.", "u.example.net."],
    "HTTPS": ["1 . alpn=h2", "1 svc.example.com."],
    "MX": ["10 mx.example.com.", "10 MX.example.com."],
    "NS": ["ns.d.example.com.", "ns.example.net."],
    "TXT": ['"v"', '"w"'],
}
ROUTINGS = [
    [{"Weight": weight} for weight in (0, 5, 9, 200)],
    [{"Region": "us-east-1"}],
    [{"GeoLocation": {"CountryCode": "*"}}],
    [{"Failover": "PRIMARY"}],
    [{"MultiValueAnswer": True}],
]
POLICIES = [
    {},
    {"aliases": {"external": "cname"}},
    {"aliases": {"external": "omit"}},
    {"aliases": {"targets": {"elb": "refuse"}}, "serial": {"strategy": "increment"}},
    {"aliases": {"targets": {"elb": "cname"}}, "serial": {"strategy": "increment"}},
    {"routing": {"weighted": "observed"}},
    {"routing": {"weighted": "refuse", "latency": "refuse"}},
    {"routing": {"max_values": 1, "failover": "secondary"}},
    {"apex_ns": "union", "name_servers": ["ns.other.test."], "soa": "source"},
]


def contents(owner, rdtype):
    most = 1 if rdtype == "CNAME" else 2
    values = st.lists(st.sampled_from(VALUES[rdtype]), min_size=1, max_size=most, unique=True)
    ttls = st.sampled_from([0, 60, 2**31 - 1])
    plain = st.builds(lambda values, ttl: rrset(owner, rdtype, *values, ttl=ttl), values, ttls)
    if rdtype == "NS":
        return plain
    inward = st.sampled_from(OWNERS).map(lambda target: alias(owner, target, rdtype))
    outward = st.sampled_from(OUTSIDE).map(lambda target: external(owner, target, rdtype))
    made = st.just({"TrafficPolicyInstanceId": "t"})
    return plain | inward | inward | outward | st.builds(lambda a, b: a | b, inward, made)


@st.composite
def groups(draw, owner, rdtype):
    if draw(st.integers(0, 3)):
        return [draw(contents(owner, rdtype))]
    routing = draw(st.sampled_from(ROUTINGS))
    return [
        draw(contents(owner, rdtype)) | {"SetIdentifier": f"m{n}"} | draw(st.sampled_from(routing))
        for n in range(draw(st.integers(1, 3)))
    ]


@st.composite
def edits(draw):
    owner = draw(st.sampled_from(OWNERS))
    known = ["A", "A", "AAAA", "CNAME", "HTTPS", "MX", "TXT"]
    known += ["NS"] if owner in (f"a.{APEX}", f"d.{APEX}") else []
    types = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
    found = [each for rdtype in types for each in draw(groups(owner, rdtype))]
    if owner == APEX:
        found += [soa(draw(st.sampled_from([1, 5]))), rrset(owner, "NS", "ns-1.awsdns-00.org.")]
    return owner, found


EDITS = st.lists(edits(), min_size=1, max_size=4, unique_by=lambda edit: edit[0])
ANSWERED = st.lists(st.tuples(st.integers(0, 20), st.sampled_from([(), (0,), (0, 1)])), max_size=5)
STEPS = st.one_of(
    *[st.tuples(st.just("edit"), EDITS)] * 4,
    st.tuples(st.just("listing"), EDITS),
    st.tuples(st.just("answers"), ANSWERED),
    st.tuples(st.just("policy"), st.sampled_from(POLICIES)),
)


class AnyWorld(AliasWorld):
    """A world in which some questions are answered, some by nothing and some not at all."""

    def ask(self, questions):
        return {question: self._response(question) for question in questions}

    def _response(self, question):
        if question.target in (CLOUDFRONT, ""):
            return Response(Outcome.FAILED, why="timeout")
        if question.rdtype == "HTTPS":
            return Response(Outcome.NONE)
        return Response(Outcome.FOUND, (VALUES[question.rdtype][0],), 60)

    def newest(self):
        head = self.store.head(KEY)
        return self.store.snapshot(KEY, head.serial if head.held is None else head.held)

    def edit(self, changes):
        for owner, rrsets in changes:
            for key in [key for key in self.source.rrsets if key[0] == owner]:
                del self.source.rrsets[key]
            self.source.put(*rrsets)

    def answer(self, told):
        view = entries(self.newest().answers, self.load, answers_codec)
        known = [Answer.from_entry(entry.text) for entry in view]
        settled = {}
        for number, values in told if known else []:
            asked = known[number % len(known)]
            texts = tuple(VALUES[asked.rdtype][value] for value in values)
            settled[asked.key] = replace(asked, values=texts, ttl=60)
        self.recorder.record_answers(self.zone, [*settled.values()], Reason("answers"))

    def take(self, kind, what):
        if kind in ("edit", "listing"):
            self.edit(what)
        if kind == "edit":
            self.owners(*(owner_of({"Name": owner}) for owner, _ in what))
        elif kind == "listing":
            self.listing()
        elif kind == "answers":
            self.answer(what)
        else:
            self.zone = MeshZone(KEY, APEX, Policy.model_validate(what), "Z1")
            self.owners()

    def assert_derived(self):
        newest, nodes = self.newest(), Nodes(self.store, KEY)

        def nothing_to_ask(questions):
            raise AssertionError(f"not asked before: {questions}")

        made = Derivation(self.zone, nodes, nothing_to_ask).whole(newest.source, newest.answers)
        assert newest.source == build(listed_entries(self.source.rrsets.values()), {})
        assert (newest.tops, newest.soa) == (made.tops, made.soa)
        assert (newest.losses, newest.refused) == (made.losses, made.refused)
        assert newest.is_withheld == (self.store.head(KEY).held is not None)
        stored = {digest for _, digest in self.store.nodes}
        assert all(digests(view, nodes.load) <= stored for view in newest.tops)


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=12))
def test_steps_in_any_order_end_where_one_derivation_would(steps):
    world = AnyWorld()
    world.listing()
    before = world.snapshot()
    for kind, what in steps:
        world.take(kind, what)
        world.assert_derived()
        after = world.snapshot()
        assert (after.serial > before.serial) == (not after.same_content(before))
        assert (after.serial == before.serial) == after.same_content(before)
        before = after
