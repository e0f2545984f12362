"""What a target ignores and holds back, what is drift there, and what is remembered of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.route53_zones import APEX, rrset
from zonemesh.mesh.places import Route53Target, TargetGuard
from zonemesh.route53.plan import Place, Plan, Terms, make_plan
from zonemesh.targets.drift import parted
from zonemesh.targets.guard import Extent, held_back
from zonemesh.targets.ignore import Ignored
from zonemesh.targets.ports import (
    REMARKS_TOLD,
    TRIED_MOST,
    Approval,
    HeldBack,
    Outcome,
    Published,
    terms_of,
)
from zonemesh.zone import RRsetKey

WWW, MAIL = rrset(f"www.{APEX}", "A", "192.0.2.1"), rrset(f"mail.{APEX}", "A", "192.0.2.2")


@pytest.mark.parametrize(
    ("pattern", "owner", "rdtype", "matches"),
    [
        ("_acme-challenge.* TXT", "_acme-challenge.www.example.com.", "TXT", True),
        ("_acme-challenge.* TXT", "_acme-challenge.www.example.com.", "CNAME", False),
        ("_acme-challenge.* TXT", "www.example.com.", "TXT", False),
        ("*.example.com", "a.b.example.com.", "MX", True),
        ("*.example.com", "example.com.", "MX", False),
        ("example.com NS,MX", "example.com.", "MX", True),
        ("Example.COM. ns, mx", "example.com.", "MX", True),
        ("cname-?.example.com TXT", "cname-a.example.com.", "TXT", True),
    ],
)
def test_a_pattern_names_owners_and_types(
    pattern: str, owner: str, rdtype: str, matches: bool
) -> None:
    assert Ignored.of([pattern]).match(owner, rdtype) is matches
    assert Ignored.of(["other.example.org", pattern]).match(owner, rdtype) is matches
    assert not Ignored.of([]).match(owner, rdtype)


@pytest.mark.parametrize(
    ("extent", "held"),
    [
        (Extent(100, 0, 0, 30), False),
        (Extent(100, 0, 0, 31), True),
        (Extent(100, 500, 50, 0), False),
        (Extent(100, 0, 51, 0), True),
        (Extent(100, 0, 30, 21), True),
        (Extent(9, 0, 0, 9), False),
        (Extent(0, 5000, 0, 0), False),
    ],
)
def test_shares_are_held_in_targets_of_some_size(extent: Extent, held: bool) -> None:
    found = held_back(TargetGuard(), "target copy", 7, extent)
    assert (found is not None) is held
    if found:
        assert found.reasons[0].startswith("target copy: ") and "(`guard." in found.reasons[0]
        enough = Approval(7, extent.changed, extent.deleted)
        assert held_back(TargetGuard(), "target copy", 7, extent, enough) is None
        assert held_back(TargetGuard(), "target copy", 8, extent, enough) is not None
        less = Approval(7, extent.changed - 1, extent.deleted)
        assert held_back(TargetGuard(), "target copy", 7, extent, less) is not None


def planned(current: list, wanted: list, terms: Terms | None = None) -> Plan:
    return make_plan(current, wanted, Place("ZHERE", APEX), *([terms] if terms else []))


def test_what_the_source_changed_is_no_drift() -> None:
    plan = planned([WWW | {"TTL": 60}, rrset(f"x.{APEX}", "A", "192.0.2.3")], [WWW, MAIL])
    www, mail, strange = (
        next(each.key for each in plan.changes if each.rrset["Name"].startswith(label))
        for label in ("www", "mail", "x")
    )
    found = parted(plan, {mail}, ())
    assert [change.key for change in found.drift] == sorted([www, strange])
    assert [change.key for change in found.without_drift.changes] == [mail]
    assert (www.order, www.rdtype) in found.without_drift.stands
    assert parted(plan, {mail, www, strange}, ()).drift == ()
    assert [c.key for c in parted(plan, set(), (f"www.{APEX}", f"mail.{APEX}")).drift] == [strange]


def test_an_alias_may_point_at_what_the_difference_does_not_show() -> None:
    target = {"HostedZoneId": "ZHERE", "DNSName": f"www.{APEX}", "EvaluateTargetHealth": False}
    alias = {"Name": f"a.{APEX}", "Type": "A", "AliasTarget": target}
    assert planned([], [alias]).lost != ()
    key = RRsetKey(next(iter(planned([], [WWW]).changes)).key.order, 1)
    stands = Terms(standing=frozenset({(key.order, key.rdtype)}))
    plan = planned([], [alias], stands)
    assert plan.lost == () and plan.created == 1


def weighted(identifier: str, **more: object) -> dict:
    return rrset(f"w.{APEX}", "A", "192.0.2.1", SetIdentifier=identifier, **more)


def test_members_of_a_set_stay_beside_each_other_where_nothing_is_deleted() -> None:
    keep = Terms(deletes=False)
    plan = planned([weighted("a", Weight=1)], [weighted("b", Weight=1)], keep)
    assert (plan.created, plan.deleted, plan.lost) == (1, 0, ())
    plan = planned([weighted("a", Weight=1)], [weighted("b", Failover="PRIMARY")], keep)
    assert plan.changes == () and "upsert-only" in plan.lost[0].why
    plan = planned([weighted("a", Failover="PRIMARY")], [weighted("b", Failover="PRIMARY")], keep)
    assert plan.changes == () and len(plan.lost) == 1
    plan = planned([weighted("a", Weight=1)], [rrset(f"w.{APEX}", "A", "192.0.2.9")], keep)
    assert plan.changes == () and len(plan.lost) == 1


def test_an_ignored_record_is_not_counted_among_those_that_stand() -> None:
    ignores = Terms(ignored=lambda owner, _: owner.startswith("www."))
    plan = planned([WWW, MAIL], [], ignores)
    assert (plan.standing, plan.deleted) == (1, 1)


texts = st.text(max_size=20)
counts = st.integers(0, 2**31)


@given(
    st.builds(
        Published,
        counts,
        texts,
        texts,
        st.booleans(),
        st.lists(texts, max_size=4).map(tuple),
        st.lists(counts, max_size=4, unique=True).map(tuple),
    )
)
def test_what_is_kept_of_a_publication_is_read_back(published: Published) -> None:
    assert Published.from_json(published.to_json()) == published
    begun = published.begun(7)
    assert not begun.clean and begun.begun(7) == begun == Published.from_json(begun.to_json())
    assert begun.serials_since(9) in ((*begun.tried, 9), None)


def test_a_note_of_before_there_were_tries_is_read() -> None:
    text = '{"serial":7,"place":"there","terms":"x","clean":true,"lost":[]}'
    assert Published.from_json(text) == Published(7, "there", "x")


def test_after_too_many_tries_nothing_is_called_drift() -> None:
    published = Published(1, "there", "x")
    for serial in range(2, TRIED_MOST + 2):
        published = published.begun(serial)
    assert published.serials_since(99) is not None
    assert published.begun(98).serials_since(99) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"serial": 1}', '{"lost": 7}'])
def test_another_versions_note_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Published.from_json(text)


def test_other_terms_have_another_digest() -> None:
    one = Route53Target(type="route53", hub="hq", integration="main")
    other = one.model_copy(update={"ignore": ("*.example.com",)})
    assert terms_of(one) == terms_of(one.model_copy()) != terms_of(other)


def test_a_report_counts_all_remarks_and_tells_the_first() -> None:
    plan = planned(
        [rrset(f"h{n}.{APEX}", "A", "192.0.2.1") for n in range(50)], [], Terms(deletes=False)
    )
    held = HeldBack(("much",), 0, 0, 7)
    report = Outcome(7, "there", left=plan.left, held=held).to_report()
    assert report["left"] == 50 and len(report["left_lines"]) == REMARKS_TOLD
    assert report["held"] == {"reasons": ("much",), "created": 0, "changed": 0, "deleted": 7}
