"""Aliases within the zone serve what their target serves: chains, wildcards, loops."""

import time

import pytest

from tests.fakes.source_names import APEX, ZONE_ID, Source, alias, cloudfront, elb, rrset, weighted
from zonemesh.translation.needs import copies, questions


def test_an_alias_serves_the_target_s_records_with_its_ttl_and_needs_no_line():
    source = Source(
        alias("www.example.com", "web.example.com."),
        rrset("web.example.com", "A", "192.0.2.1", "192.0.2.2", ttl=77),
    )
    assert source.served("www.example.com") == ["77 A 192.0.2.1", "77 A 192.0.2.2"]
    assert source.translate("www.example.com").report == ()
    assert (
        questions(source.zone, "www.example.com.", source.lookup.rrsets("www.example.com.")) == []
    )


@pytest.mark.parametrize(
    "target", ["web.example.com", "WEB.Example.com.", r"\167eb.example.com", r"w\145b.example.com."]
)
def test_the_target_may_be_written_in_any_case_with_escapes_and_without_its_dot(target):
    source = Source(alias("www.example.com", target), rrset("web.example.com", "A", "192.0.2.1"))
    assert source.served("www.example.com") == ["300 A 192.0.2.1"]


def test_a_and_aaaa_aliases_at_one_name_copy_each_their_own_type():
    source = Source(
        alias("www.example.com", "a.example.com"),
        alias("www.example.com", "b.example.com", "AAAA"),
        alias("www.example.com", "a.example.com", "TXT"),
        rrset("a.example.com", "A", "192.0.2.1"),
        rrset("a.example.com", "TXT", '"one"', '"two"'),
        rrset("a.example.com", "AAAA", "2001:db8::1"),
        rrset("b.example.com", "AAAA", "2001:db8::2", ttl=5),
    )
    assert source.served("www.example.com") == [
        "300 A 192.0.2.1",
        '300 TXT "one"',
        '300 TXT "two"',
        "5 AAAA 2001:db8::2",
    ]


def test_the_apex_copies_beside_its_own_ns():
    source = Source(
        rrset("example.com", "NS", "ns1.example.net."),
        alias("example.com", "www.example.com"),
        rrset("www.example.com", "A", "192.0.2.1"),
    )
    assert source.served("example.com") == ["300 A 192.0.2.1", "300 NS ns1.example.net."]
    assert source.translate("example.com").report == ()


def test_a_chain_of_three_links_ends_at_the_records():
    source = Source(
        alias("a.example.com", "b.example.com"),
        alias("b.example.com", "c.example.com"),
        alias("c.example.com", "d.example.com"),
        rrset("d.example.com", "A", "192.0.2.1"),
    )
    for name in "abcd":
        assert source.served(f"{name}.example.com") == ["300 A 192.0.2.1"]


@pytest.mark.parametrize("first", [0, 4999])
def test_a_chain_as_long_as_a_zone_is_followed(first):
    links = 5_000
    source = Source(
        *[alias(f"n{i}.example.com", f"n{i + 1}.example.com") for i in range(links)],
        rrset(f"n{links}.example.com", "A", "192.0.2.1"),
    )
    began = time.process_time()
    assert source.served(f"n{first}.example.com") == ["300 A 192.0.2.1"]
    for i in range(links):
        assert source.translate(f"n{i}.example.com").report == ()
    assert time.process_time() - began < 60  # each name walking the chain would take hours


def test_a_chain_of_cloudfront_aliases_as_long_as_a_zone_is_one_cname():
    links = 5_000
    source = Source(
        *[alias(f"n{i}.example.com", f"n{i + 1}.example.com") for i in range(links)],
        cloudfront(f"n{links}.example.com"),
    )
    assert source.served("n0.example.com") == ["300 CNAME d111.cloudfront.net."]


def test_an_alias_of_a_literal_wildcard_copies_the_wildcard():
    source = Source(
        alias("www.example.com", r"\052.dev.example.com."),
        rrset(r"\052.dev.example.com", "A", "192.0.2.1"),
    )
    assert source.served("www.example.com") == ["300 A 192.0.2.1"]


def test_an_alias_at_a_wildcard_serves_there():
    source = Source(
        alias(r"\052.dev.example.com", "web.example.com"),
        rrset("web.example.com", "A", "192.0.2.1"),
    )
    assert source.served("*.dev.example.com") == ["300 A 192.0.2.1"]


def test_an_alias_of_a_name_that_only_a_wildcard_matches_copies_the_wildcard():
    source = Source(
        alias("www.example.com", "any.thing.dev.example.com"),
        rrset(r"\052.dev.example.com", "A", "192.0.2.1"),
        rrset(r"\052.example.com", "A", "192.0.2.99"),
    )
    assert source.served("www.example.com") == ["300 A 192.0.2.1"]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("ent.example.com", "an empty non-terminal"),
        ("real.example.com", "a name without that type"),
        ("below.real.example.com", "its closest encloser has no wildcard"),
    ],
)
def test_no_wildcard_answers_for_a_name_that_is_there(target, why):
    source = Source(
        alias("www.example.com", target),
        rrset(r"\052.example.com", "A", "192.0.2.99"),
        rrset("real.example.com", "TXT", '"x"'),
        rrset("x.ent.example.com", "A", "192.0.2.2"),
    )
    assert source.served("www.example.com") == [], why
    line = source.line("www.example.com")
    assert (line.kind, line.served) == ("alias", "nothing")
    assert line.why == f"its target {target}. A is not in the zone"


def test_an_alias_whose_target_is_not_there_is_reported_and_keeps_its_name():
    source = Source(alias("www.example.com", "gone.example.com"))
    (placeholder,) = source.translate("www.example.com").rrsets
    assert placeholder.lines() == ('_zonemesh.www.example.com. 300 IN TXT "withheld: A (alias)"\n')
    assert source.line("www.example.com").policy == "aliases in the zone: copy"


def test_the_placeholder_is_left_out_where_the_source_has_a_name_of_its_own_there():
    source = Source(
        alias("www.example.com", "gone.example.com"),
        rrset("_zonemesh.www.example.com", "TXT", '"mine"'),
    )
    assert source.translate("www.example.com").rrsets == ()


def test_a_copy_of_a_routed_set_serves_the_same_and_says_what_it_copies():
    source = Source(
        alias("www.example.com", "web.example.com"),
        weighted("web.example.com", "a", 10, "192.0.2.1"),
        weighted("web.example.com", "b", 20, "192.0.2.2", ttl=60),
    )
    assert source.served("www.example.com") == source.served("web.example.com")
    line = source.line("www.example.com")
    assert (line.kind, line.served) == ("alias", "2 records, TTL 60")
    assert line.why == "a copy of web.example.com. A, which has a line of its own (weighted)"


def test_a_copy_of_an_external_alias_serves_what_that_resolves_to():
    source = Source(
        alias("www.example.com", "lb.example.com"),
        alias("web.example.com", "www.example.com"),
        elb("lb.example.com"),
        told={("lb.example.com", "A", ""): (60, "192.0.2.7")},
    )
    for name in ("lb", "www", "web"):
        assert source.served(f"{name}.example.com") == ["60 A 192.0.2.7"]
        assert source.line(f"{name}.example.com").kind == "alias"
    assert "lb.example.com. A" in source.line("www.example.com").why


@pytest.mark.parametrize("names", ["a", "ab", "abcdefg"])
def test_every_name_of_a_loop_has_its_line_and_serves_nothing(names):
    ring = [f"{name}.example.com" for name in names]
    onward = [*ring[1:], ring[0]]
    source = Source(
        *[alias(name, target) for name, target in zip(ring, onward, strict=True)],
        alias("outside.example.com", ring[0]),
    )
    for name, target in zip(ring, onward, strict=True):
        assert source.served(name) == []
        line = source.line(name)
        assert (line.kind, line.served) == ("loop", "nothing")
        assert line.why == f"an alias of {target}. A, which leads back to {name}."
        assert source.translate(name).rrsets[0].name.labels[0] == b"_zonemesh"
    outside = source.line("outside.example.com")
    assert (outside.kind, outside.served) == ("alias", "nothing")
    assert "(loop)" in outside.why


@pytest.mark.parametrize("first", ["a", "b", "c"])
def test_a_loop_is_told_alike_whichever_name_is_translated_first(first):
    def ring():
        return Source(
            alias("a.example.com", "b.example.com"),
            alias("b.example.com", "c.example.com"),
            alias("c.example.com", "a.example.com"),
        )

    source = ring()
    source.translate(f"{first}.example.com")
    for name in "abc":
        assert source.line(f"{name}.example.com") == ring().line(f"{name}.example.com")


def test_a_long_loop_does_not_end_in_an_error():
    links = 5_000
    names = [f"n{i}.example.com" for i in range(links)]
    source = Source(*[alias(name, names[(i + 1) % links]) for i, name in enumerate(names)])
    assert {source.line(name).kind for name in names} == {"loop"}


def test_two_types_that_cross_are_no_loop():
    source = Source(
        alias("a.example.com", "b.example.com", "A"),
        alias("b.example.com", "a.example.com", "AAAA"),
        rrset("a.example.com", "AAAA", "2001:db8::1"),
        rrset("b.example.com", "A", "192.0.2.1"),
    )
    assert source.served("a.example.com") == ["300 A 192.0.2.1", "300 AAAA 2001:db8::1"]
    assert source.served("b.example.com") == ["300 A 192.0.2.1", "300 AAAA 2001:db8::1"]


def test_a_loop_through_one_member_leaves_the_others():
    source = Source(
        weighted("www.example.com", "plain", 10, "192.0.2.1"),
        alias("www.example.com", "back.example.com", SetIdentifier="round", Weight=10),
        alias("back.example.com", "www.example.com"),
    )
    assert source.served("www.example.com") == ["300 A 192.0.2.1"]
    kinds = {key: line.kind for key, line in source.report("www.example.com").items()}
    assert kinds == {"plain": "weighted", "round": "loop"}
    assert source.line("back.example.com").kind == "loop"
    assert source.served("back.example.com") == []


def test_another_hosted_zone_of_a_name_below_the_apex_is_not_this_zone():
    rrsets = [
        alias("www.example.com", "web.sub.example.com", zone="Z0OTHER"),
        rrset("web.sub.example.com", "A", "192.0.2.1"),
    ]
    source = Source(*rrsets)
    assert source.served("www.example.com") == []
    assert "is not yet answered" in source.line("www.example.com").why
    assert copies(source.zone, "www.example.com.", rrsets[:1]) == set()


def test_the_names_that_are_copied_are_those_of_all_aliases_into_the_zone():
    rrsets = [
        alias("www.example.com", "Web.Example.com"),
        alias("www.example.com", r"\052.dev.example.com.", "AAAA"),
        alias("www.example.com", "txt.example.com", "TXT", SetIdentifier="a", Weight=0),
        elb("www.example.com", "HTTPS"),
        alias("www.example.com", "bad..name", "MX"),
    ]
    zone = Source().zone
    assert copies(zone, "www.example.com.", rrsets) == {
        "web.example.com.",
        "*.dev.example.com.",
        "txt.example.com.",
    }


@pytest.mark.parametrize("zone", [ZONE_ID, f"/hostedzone/{ZONE_ID}"])
def test_the_hosted_zone_s_id_may_have_its_prefix(zone):
    source = Source(
        alias("www.example.com", "web.example.com", zone=zone),
        rrset("web.example.com", "A", "192.0.2.1"),
    )
    assert source.served("www.example.com") == ["300 A 192.0.2.1"]


@pytest.mark.parametrize(
    ("aliases", "asked"),
    [
        ({}, 1),
        ({"external": "resolve"}, 0),
        ({"external": "omit", "targets": {"elb": "cname"}}, 1),
    ],
)
def test_the_apex_asks_for_what_it_copies_only_where_that_may_be_a_cname(aliases, asked):
    source = Source(
        alias("example.com", "www.example.com"),
        alias("example.com", "www.example.com", "MX"),
        alias("other.example.com", "www.example.com"),
        rrset("www.example.com", "A", "192.0.2.1"),
        aliases=aliases,
    )
    assert len(source.questions(APEX)) == asked
    assert source.questions("other.example.com.") == []
    assert source.served("example.com") == ["300 A 192.0.2.1"]


def test_a_dot_inside_a_label_does_not_put_a_name_into_the_zone():
    dotted = alias("www.example.com", r"a\056example.com.")
    assert copies(Source().zone, "www.example.com.", [dotted]) == set()


def test_an_alias_that_names_no_name_is_reported():
    source = Source(alias("www.example.com", "bad..name"))
    line = source.line("www.example.com")
    assert line.kind == "unreadable"
    assert "bad..name" in line.why


def test_the_apex_resolves_what_a_name_below_it_serves_as_a_cname():
    source = Source(
        alias("example.com", "www.example.com"),
        cloudfront("www.example.com"),
        told={("example.com", "A", ""): (60, "192.0.2.7")},
    )
    assert source.served("www.example.com") == ["300 CNAME d111.cloudfront.net."]
    assert source.served("example.com") == ["60 A 192.0.2.7"]
    line = source.line("example.com")
    assert line.kind == "alias"
    assert "no CNAME can stand at the apex" in line.why
    (asked,) = source.questions(APEX)
    assert (asked.question.name, asked.question.authority) == (APEX, APEX)
    assert asked.question.target == "www.example.com."


def test_a_copy_of_a_cname_beside_other_data_is_reported_with_the_way_out():
    rrsets = [
        alias("www.example.com", "cdn.example.com"),
        rrset("www.example.com", "TXT", '"x"'),
        cloudfront("cdn.example.com"),
    ]
    source = Source(*rrsets)
    assert source.served("www.example.com") == ['300 TXT "x"']
    line = source.line("www.example.com")
    assert line.kind == "conflict"
    assert "`aliases.targets.cloudfront: resolve`" in line.why
    resolving = Source(
        *rrsets,
        told={("cdn.example.com", "A", ""): (60, "192.0.2.7")},
        aliases={"targets": {"cloudfront": "resolve"}},
    )
    assert resolving.served("www.example.com") == ["60 A 192.0.2.7", '300 TXT "x"']
