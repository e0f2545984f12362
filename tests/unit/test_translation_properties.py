"""Of any source: every rrset is on the wire or in the report, and what is served is a zone."""

import dns.rdatatype
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.source_names import APEX, ZONE_ID, Source
from tests.unit.test_rrsets import VALUES
from zonemesh.names import canonical_text, parse_route53_name
from zonemesh.policy import ByPlace, ExternalAlias, Failover, MultiValue, TargetClass, Weighted
from zonemesh.route53.rrsets import is_alias, owner_of, rrset_from_route53
from zonemesh.translation.needs import copies
from zonemesh.translation.translator import Translator
from zonemesh.zone import RRset

# Few names, so that aliases meet, chain and loop; written as Route 53 writes and takes them.
NAMES = [
    "example.com.",
    "a.example.com.",
    "B.example.com.",
    r"\052.example.com.",
    r"\052.b.example.com",
    "x.y.b.example.com",
    r"l\056\134.example.com.",
    r"\000\377.a.example.com.",
]
UNKNOWN = [*NAMES, "gone.a.example.com", "any.b.example.com.", "y.b.example.com"]
OUTSIDE = ["d1.cloudfront.net", "d2.cloudfront.net.", "x.elb.eu-west-1.amazonaws.com", "a.test."]
TYPES = ["A", "AAAA", "CNAME", "HTTPS", "MX", "TXT", "DS", "CAA"]
TTL = st.integers(0, 2**31 - 1)
IDENTIFIERS = st.sampled_from(["a", "b", "c", "D e", "é"])
ROUTINGS = st.one_of(
    st.integers(0, 255).map(lambda weight: {"Weight": weight}),
    st.just({"MultiValueAnswer": True}),
    st.sampled_from(["PRIMARY", "SECONDARY"]).map(lambda role: {"Failover": role}),
    st.sampled_from(["us-east-1", "eu-west-1"]).map(lambda region: {"Region": region}),
    st.sampled_from(["*", "DE"]).map(lambda code: {"GeoLocation": {"CountryCode": code}}),
    st.just({"GeoLocation": {"ContinentCode": "EU"}}),
    st.just({"GeoProximityLocation": {"AWSRegion": "eu-west-1", "Bias": 1}}),
    st.sampled_from(["*", "hq"]).map(
        lambda name: {"CidrRoutingConfig": {"CollectionId": "c", "LocationName": name}}
    ),
    st.just({"Unheard": "of"}),
)


def values_of(rdtype):
    """One record for a CNAME; some of them unreadable."""
    one = VALUES[rdtype] | st.just("broken (") if rdtype != "TXT" else VALUES[rdtype]
    return st.lists(one, min_size=1, max_size=1 if rdtype == "CNAME" else 4)


def contents(rdtype):
    plain = st.builds(
        lambda ttl, values: {"TTL": ttl, "ResourceRecords": [{"Value": v} for v in values]},
        TTL,
        values_of(rdtype),
    )
    inward = st.sampled_from(UNKNOWN).map(lambda name: (ZONE_ID, name))
    outward = st.sampled_from(OUTSIDE).map(lambda name: ("Z0OUTSIDE", name))
    alias = st.builds(
        lambda target, health: {
            "AliasTarget": {
                "HostedZoneId": target[0],
                "DNSName": target[1],
                "EvaluateTargetHealth": health,
            }
        },
        inward | inward | outward,
        st.booleans(),
    )
    extras = st.fixed_dictionaries(
        {}, optional={"HealthCheckId": st.just("hc-1"), "TrafficPolicyInstanceId": st.just("t-1")}
    )
    return st.builds(
        lambda *parts: {k: v for p in parts for k, v in p.items()}, plain | alias, extras
    )


@st.composite
def group(draw, name, rdtype):
    """All rrsets of one name and type: one, or a routed set of one policy."""
    head = {"Name": name, "Type": rdtype}
    if draw(st.integers(0, 2)):
        return [head | draw(contents(rdtype))]
    identifiers = draw(st.lists(IDENTIFIERS, min_size=1, max_size=4, unique=True))
    first = draw(ROUTINGS)
    same = ROUTINGS.filter(lambda routing: routing.keys() == first.keys())
    return [
        head | draw(contents(rdtype)) | draw(same) | {"SetIdentifier": identifier}
        for identifier in identifiers
    ]


@st.composite
def sources(draw):
    keys = draw(
        st.lists(
            st.tuples(st.sampled_from(NAMES), st.sampled_from(TYPES)),
            max_size=14,
            unique=True,
        )
    )
    return [rrset for name, rdtype in keys for rrset in draw(group(name, rdtype))]


def words(of):
    return st.sampled_from([*map(str, of)])


POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "aliases": st.fixed_dictionaries(
            {},
            optional={
                "external": words(["auto", *ExternalAlias]),
                "targets": st.dictionaries(words(TargetClass), words(ExternalAlias), max_size=3),
            },
        ),
        "routing": st.fixed_dictionaries(
            {},
            optional={
                "weighted": words(Weighted),
                "multivalue": words(MultiValue),
                "failover": words(Failover),
                "latency": words(ByPlace),
                "geolocation": words(ByPlace),
                "geoproximity": words(ByPlace),
                "cidr": words(ByPlace),
                "preferred_region": st.sampled_from(["us-east-1", "eu-west-1"]),
                "max_values": st.integers(1, 5),
            },
        ),
    },
)


@st.composite
def zones(draw):
    """A source, its policy, and answers to some of its questions."""
    rrsets, policy = draw(sources()), draw(POLICIES)
    asks_itself = draw(st.booleans())
    told = {}
    without = Source(*rrsets, asks_itself=asks_itself, **policy)
    for owner in without.owners:
        for asked in without.questions(owner):
            most = 1 if asked.rdtype == "CNAME" else 4
            answer = draw(st.none() | st.lists(ANSWERS[asked.rdtype], max_size=most))
            if answer is not None:
                key = (owner.removesuffix("."), asked.rdtype, asked.set_identifier)
                told[key] = (draw(TTL), *answer)
    return rrsets, {"told": told, "asks_itself": asks_itself, **policy}


def as_text(rdtype):
    """Answers are rdata as dnspython writes it."""

    def text(value):
        read = rrset_from_route53(
            {"Name": ".", "Type": rdtype, "TTL": 1, "ResourceRecords": [{"Value": value}]}
        )
        return next(iter(read.rdatas)).to_text()

    return VALUES[rdtype].map(text)


ANSWERS = {rdtype: as_text(rdtype) for rdtype in TYPES}


def translated(source):
    return {owner: source.translator.owner(owner) for owner in source.owners}


@settings(max_examples=80, deadline=None)
@given(zones())
def test_every_rrset_is_on_the_wire_as_it_is_or_in_the_report(zone):
    rrsets, how = zone
    source = Source(*rrsets, **how)
    made = translated(source)
    for rrset in rrsets:
        owner, rdtype = owner_of(rrset), dns.rdatatype.from_text(rrset["Type"])
        keys = {(line.rdtype, line.set_identifier) for line in made[owner].report}
        if (rrset["Type"], rrset.get("SetIdentifier", "")) in keys:
            continue
        served = {each.rdtype: each for each in made[owner].rrsets}[rdtype]
        if not is_alias(rrset):
            assert served == rrset_from_route53(rrset)
            continue
        (target,) = copies(source.zone, owner, [rrset])
        answering = [target, "*.b.example.com.", "*.example.com."]
        at = next(name for name in answering if source.lookup.rrsets(name))
        copied = {each.rdtype: each for each in source.translator.owner(at).rrsets}[rdtype]
        assert (served.rdatas, served.ttl) == (copied.rdatas, copied.ttl)


@settings(max_examples=80, deadline=None)
@given(zones())
def test_what_is_served_is_a_zone(zone):
    rrsets, how = zone
    for owner, translation in translated(Source(*rrsets, **how)).items():
        at_owner = [each for each in translation.rrsets if each.name.labels[0] != b"_zonemesh"]
        types = [each.rdtype for each in at_owner]
        assert len(set(types)) == len(types)
        if dns.rdatatype.CNAME in types:
            assert types == [dns.rdatatype.CNAME] and owner != APEX
            assert len(at_owner[0].rdatas) == 1
        for each in translation.rrsets:
            assert each.rdatas
            assert RRset.from_lines(each.lines()) == each
        if not at_owner:
            (placeholder,) = translation.rrsets
            assert canonical_text(placeholder.name.parent()) == owner


@settings(max_examples=80, deadline=None)
@given(zones())
def test_a_line_is_about_an_rrset_of_the_source_or_a_whole_set(zone):
    rrsets, how = zone
    keys = {(owner_of(r), r["Type"], r.get("SetIdentifier", "")) for r in rrsets}
    sets = {(owner, rdtype) for owner, rdtype, identifier in keys if identifier}
    for owner, translation in translated(Source(*rrsets, **how)).items():
        about = [(line.owner, line.rdtype, line.set_identifier) for line in translation.report]
        assert len(set(about)) == len(about)
        for line in translation.report:
            key = (line.owner, line.rdtype, line.set_identifier)
            assert line.owner == owner
            assert key in keys or (line.kind == "limit" and key[:2] in sets)
            assert line.why and line.policy


@settings(max_examples=60, deadline=None)
@given(zones(), st.randoms(use_true_random=False))
def test_neither_the_order_of_the_source_nor_of_the_work_matters(zone, random):
    rrsets, how = zone
    expected = translated(Source(*rrsets, **how))
    shuffled = random.sample(rrsets, len(rrsets))
    source = Source(*shuffled, **how)
    owners = random.sample(source.owners, len(source.owners))
    assert {owner: source.translator.owner(owner) for owner in owners} == expected
    alone = {owner: Translator(source.zone, source.lookup).owner(owner) for owner in owners}
    assert alone == expected


@settings(max_examples=60, deadline=None)
@given(zones())
def test_what_is_not_asked_changes_nothing(zone):
    """Without its copies a name's translation needs the answers for itself and no others."""
    rrsets, how = zone
    source = Source(*rrsets, **how)
    for owner in source.owners:
        asked = {(each.rdtype, each.set_identifier) for each in source.questions(owner)}
        assert source.lookup.answers(owner).keys() <= asked
        for each in source.questions(owner):
            assert each.values is None
            assert each.question.rdtype == each.rdtype
            assert each.question.authority in ("", APEX)
            assert parse_route53_name(each.question.name).is_absolute()
