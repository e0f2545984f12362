"""A zone published to a hosted zone of the strict Route 53."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.aws.published_zone import APEX, NS, PULLED, SOURCE_ID, Target, a
from tests.unit.route53_zones import alias, rrset
from zonemesh.errors import SourceError
from zonemesh.targets.ports import Approval, Order, TargetFailed, TargetMissing
from zonemesh.targets.writing import IN_A_ROW

LOOK = Order(listed=True)


def many(count: int, first: int = 0) -> list[dict[str, Any]]:
    return [a(f"h{n}") for n in range(first, first + count)]


def long(count: int) -> list[dict[str, Any]]:
    """Give rrsets of which eight fill a batch (32,000 characters)."""
    value = " ".join(['"' + "x" * 250 + '"'] * 15)
    return [rrset(f"t{n}.{APEX}", "TXT", value) for n in range(count)]


def without_order(rrsets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rrsets, key=lambda each: (each["Name"], each["Type"]))


def test_an_empty_hosted_zone_becomes_what_the_source_is() -> None:
    target = Target()
    outcome = target.publish(target.record(a("www"), a("mail")))
    assert (outcome.created, outcome.changed, outcome.deleted) == (2, 0, 0)
    assert outcome.listed and outcome.insync is not None and outcome.insync >= 1
    assert target.below() == [a("mail"), a("www")]
    assert target.writes()[-1]["comment"] == f"zonemesh publish {APEX} 1"


def test_the_next_snapshot_is_published_without_a_listing() -> None:
    target = Target()
    target.publish(target.record(a("www"), a("old")))
    listings = target.listings
    outcome = target.publish(target.record(a("www", "192.0.2.9"), a("new")))
    assert target.listings == listings and not outcome.listed
    assert (outcome.created, outcome.changed, outcome.deleted) == (1, 1, 1)
    assert target.below() == [a("new"), a("www", "192.0.2.9")]


def test_the_same_serial_again_asks_nothing_of_the_target() -> None:
    target = Target()
    snapshot = target.record(a("www"))
    target.publish(snapshot)
    writes, listings = len(target.writes()), target.listings
    outcome = target.publish(snapshot)
    assert (outcome.written, target.listings, len(target.writes())) == (0, listings, writes)
    assert outcome.published == target.base


def test_the_name_servers_and_soa_of_the_target_are_its_own() -> None:
    target = Target()
    before = [each for each in target.listing() if each["Name"] == APEX]
    outcome = target.publish(target.record(a("www")))
    assert [each for each in target.listing() if each["Name"] == APEX] == before
    assert "NS" in {each.rrset["Type"] for each in outcome.left}
    assert {each.rrset["Name"] for each in outcome.left} == {APEX}


def test_name_servers_at_the_apex_are_the_served_ones_where_that_is_wanted() -> None:
    target = Target(apex_ns=True)
    served = f"{APEX} 3600 IN NS ns1.example.net.\n{APEX} 3600 IN NS ns2.example.net.\n"
    target.publish(target.serve(served, a("www")))
    wanted = rrset(APEX, "NS", "ns1.example.net.", "ns2.example.net.", ttl=3600)
    assert wanted in target.listing()
    served = f"{APEX} 3600 IN NS ns3.example.net.\n"
    outcome = target.publish(target.serve(served, a("www")))
    assert not outcome.listed and outcome.changed == 1
    assert rrset(APEX, "NS", "ns3.example.net.", ttl=3600) in target.listing()


def test_aliases_are_pointed_at_the_targets_own_names_and_routing_is_kept() -> None:
    target = Target()
    weighted = [a("w", f"192.0.2.{n}", SetIdentifier=f"m{n}", Weight=n) for n in (1, 2)]
    inner = alias(f"alias.{APEX}", "A", SOURCE_ID, f"www.{APEX}")
    outcome = target.publish(target.record(a("www"), inner, *weighted))
    assert outcome.lost == ()
    assert alias(f"alias.{APEX}", "A", target.id, f"www.{APEX}") in target.below()
    assert [each["Weight"] for each in target.below() if "Weight" in each] == [1, 2]
    later = alias(f"later.{APEX}", "A", SOURCE_ID, f"alias.{APEX}")
    outcome = target.publish(target.record(a("www"), inner, later, *weighted))
    assert not outcome.listed and outcome.created == 1 and outcome.lost == ()


def test_health_checks_are_mapped_or_dropped_with_a_line() -> None:
    target = Target()
    made = target.client.create_health_check(
        CallerReference="here",
        HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80},
    )["HealthCheck"]["Id"]
    target.define(health_checks={"there": made})
    answers = [
        a("m", f"192.0.2.{n}", SetIdentifier=id, HealthCheckId=id, MultiValueAnswer=True)
        for n, id in enumerate(("there", "elsewhere"), start=1)
    ]
    outcome = target.publish(target.record(*answers))
    found = {each["SetIdentifier"]: each.get("HealthCheckId") for each in target.below()}
    assert found == {"there": made, "elsewhere": None}
    assert "without health check elsewhere" in outcome.lost[0].why


def test_a_zone_from_elsewhere_is_published_as_it_is_served() -> None:
    target = Target(PULLED)
    served = (
        f"www.{APEX} 60 IN A 192.0.2.1\n"
        f"www.{APEX} 60 IN A 192.0.2.2\n"
        f'txt.{APEX} 60 IN TXT "a\\228b"\n'
        f"caa.{APEX} 60 IN TYPE257 \\# 19 00056973737565656c652e6578616d706c6500\n"
        f"\\033q.{APEX} 60 IN A 192.0.2.3\n"
        f"odd.{APEX} 60 IN TYPE65280 \\# 2 0102\n"
    )
    outcome = target.publish(target.serve(served))
    types = {(each["Name"].split(".")[0], each["Type"]) for each in target.below()}
    assert types == {("www", "A"), ("txt", "TXT"), ("caa", "CAA"), (r"\041q", "A")}
    assert [each.why for each in outcome.lost] == [
        "left out: Route 53 has no records of type TYPE65280"
    ]
    again = target.publish(target.serve(served), LOOK)
    assert again.written == 0 and again.drift == ()


def test_a_zone_served_with_signatures_is_refused() -> None:
    target = Target(PULLED)
    served = f"www.{APEX} 60 IN A 192.0.2.1\n"
    target.publish(target.serve(served))
    key = f"{APEX} 60 IN TYPE48 \\# 6 0101030d0102\n"
    with pytest.raises(TargetFailed, match="is signed, and Route 53 takes no signatures"):
        target.publish(target.serve(key + served))
    with pytest.raises(TargetFailed, match="Take the target from this zone"):
        target.publish(target.serve(key + served), LOOK)
    assert [each["Name"] for each in target.below()] == [f"www.{APEX}"]


def test_records_of_other_tools_are_neither_made_nor_changed_nor_deleted() -> None:
    target = Target(ignore=("_acme-challenge.* TXT", "owned.*"))
    acme = rrset(f"_acme-challenge.www.{APEX}", "TXT", '"token"')
    owned = a("owned", "192.0.2.77")
    target.change("CREATE", acme, owned)
    source_acme = rrset(f"_acme-challenge.{APEX}", "TXT", '"of the source"')
    first = target.publish(target.record(a("www"), a("owned"), source_acme))
    assert without_order(target.below()) == without_order([acme, owned, a("www")])
    assert {each.rrset["Name"] for each in first.left if each.rrset["Name"] != APEX} == {
        f"owned.{APEX}",
        f"_acme-challenge.{APEX}",
    }
    second = target.publish(target.record(a("www", "192.0.2.8")), LOOK)
    assert (second.changed, second.deleted) == (1, 0)
    assert acme in target.below() and owned in target.below()


def test_a_name_in_the_way_of_another_tools_record_is_reported_and_left_out() -> None:
    target = Target(ignore=("*.example.com TXT",))
    target.change("CREATE", rrset(f"www.{APEX}", "TXT", '"owner"'))
    cname = rrset(f"www.{APEX}", "CNAME", "example.net.")
    outcome = target.publish(target.record(cname, a("mail")))
    assert a("mail") in target.below() and cname not in target.below()
    assert "another tool's" in outcome.lost[0].why


def test_upsert_only_deletes_nothing() -> None:
    target = Target(mode="upsert-only")
    target.change("CREATE", a("foreign"))
    target.publish(target.record(a("www"), a("gone")))
    outcome = target.publish(target.record(a("www", "192.0.2.9")))
    assert outcome.deleted == 0
    assert {each["Name"] for each in target.below()} == {
        f"{label}.{APEX}" for label in ("foreign", "www", "gone")
    }
    back = target.publish(target.record(a("www", "192.0.2.9"), a("gone", "192.0.2.5")))
    assert a("gone", "192.0.2.5") in target.below() and back.lost == ()


def test_upsert_only_says_what_stands_in_the_way() -> None:
    target = Target(mode="upsert-only")
    target.change("CREATE", a("www"))
    outcome = target.publish(target.record(rrset(f"www.{APEX}", "CNAME", "example.net.")))
    assert target.below() == [a("www")]
    assert "upsert-only" in outcome.lost[0].why


def bad(label: str) -> dict[str, Any]:
    """Give an rrset that the plan takes and Route 53 refuses."""
    return rrset(f"{label}.{APEX}", "TXT", '"' + "x" * 300 + '"')


def test_a_bad_record_is_named_and_all_others_are_published() -> None:
    target = Target()
    outcome = target.publish(target.record(*many(100), *long(20), bad("bad")))
    assert len(target.below()) == outcome.created == 120
    [lost] = outcome.lost
    assert lost.rrset["Name"] == f"bad.{APEX}" and lost.why.startswith("refused: Invalid")
    assert target.base is not None and target.base.clean and target.base.lost == (f"bad.{APEX}",)
    outcome = target.publish(target.record(*many(101), *long(20), bad("bad")))
    assert not outcome.listed and outcome.created == 1
    outcome = target.publish(target.record(*many(101), *long(20)))
    assert outcome.listed and outcome.written == 0
    assert target.base.lost == ()


def test_what_hangs_on_a_bad_record_is_reported_too() -> None:
    target = Target()
    inner = alias(f"a.{APEX}", "TXT", SOURCE_ID, f"bad.{APEX}")
    outcome = target.publish(target.record(inner, bad("bad"), a("www")))
    assert target.below() == [a("www")]
    assert {each.rrset["Name"] for each in outcome.lost} == {f"a.{APEX}", f"bad.{APEX}"}


def test_aliases_of_a_refused_batch_come_after_what_they_point_at() -> None:
    target = Target()
    aliases = [alias(f"a{n}.{APEX}", "A", SOURCE_ID, f"h{n}.{APEX}") for n in range(20)]
    outcome = target.publish(
        target.record(*many(20), *aliases, *(bad(f"bad{n}") for n in range(7)))
    )
    assert len(target.below()) == 40 and len(outcome.lost) == 7


def test_a_target_that_refuses_everything_is_given_up() -> None:
    target = Target()
    target.publish(target.record(a("www")))
    with pytest.raises(TargetFailed, match="in a row"):
        target.publish(target.record(a("www"), *(bad(f"b{n}") for n in range(IN_A_ROW + 50))))
    assert target.base is not None


def test_a_difference_that_is_refused_is_made_good_from_a_listing() -> None:
    target = Target()
    target.publish(target.record(a("www"), a("gone")))
    target.change("DELETE", a("gone"))
    outcome = target.publish(target.record(a("www"), a("new")))
    assert outcome.listed
    assert target.below() == [a("new"), a("www")]
    assert outcome.drift == () and outcome.lost == ()


def test_a_lost_answer_is_no_refusal() -> None:
    target = Target()
    target.fail(ConnectTimeoutError(endpoint_url="https://route53.amazonaws.com"), after=True)
    outcome = target.publish(target.record(*many(90), bad("bad")))
    assert [each.rrset["Name"] for each in outcome.lost] == [f"bad.{APEX}"]
    assert len(target.below()) == 90


def test_answers_that_are_lost_again_and_again_end_well_all_the_same() -> None:
    target = Target()
    lost = ConnectTimeoutError(endpoint_url="https://route53.amazonaws.com")
    target.fail(lost, lost, lost, lost, after=True)
    outcome = target.publish(target.record(*long(30)))
    assert outcome.lost == () and len(target.below()) == 30


def test_somebody_who_changes_the_target_meanwhile_is_overtaken() -> None:
    target = Target()
    real = target.client.change_resource_record_sets
    strange = iter([a("h5", "192.0.2.66"), a("h6", "192.0.2.67")])

    def disturbed(**request: Any) -> Any:
        if (other := next(strange, None)) is not None:
            target.change("CREATE", other)
        return real(**request)

    target.client.change_resource_record_sets = disturbed
    outcome = target.publish(target.record(*many(20)))
    assert outcome.lost == () and len(target.below()) == 20
    assert all(each["ResourceRecords"] == [{"Value": "192.0.2.1"}] for each in target.below())


def test_a_publication_killed_in_the_middle_goes_on_from_a_listing() -> None:
    target = Target()
    target.publish(target.record(a("www")))
    target.fail(None, KeyboardInterrupt())
    snapshot = target.record(a("www"), *long(20))
    with pytest.raises(KeyboardInterrupt):
        target.publish(snapshot)
    assert target.base is not None and not target.base.clean
    assert 0 < len(target.below()) < 21
    there = len(target.below())
    outcome = target.publish(snapshot)
    assert outcome.listed and outcome.created == 21 - there
    assert len(target.below()) == 21 and target.base.clean


def test_what_was_begun_and_changed_back_before_it_was_done_is_no_drift() -> None:
    target = Target(drift="report", guard={"removed": 100, "changed": 100})
    target.publish(target.record(a("a0")))
    target.fail(None, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        target.publish(target.record(a("a0", "192.0.2.9"), *long(20)))
    assert a("a0", "192.0.2.9") in target.below()
    target.change("CREATE", a("strange"))
    outcome = target.publish(target.record(a("a0")))
    assert target.below() == [a("a0"), a("strange")]
    assert [each.rrset["Name"] for each in outcome.drift] == [f"strange.{APEX}"]
    assert target.base is not None and target.base.clean and target.base.tried == ()


def test_drift_is_found_on_the_schedule_and_repaired() -> None:
    target = Target()
    snapshot = target.record(a("www"), a("mail"))
    target.publish(snapshot)
    target.change("DELETE", a("mail"))
    target.change("CREATE", a("strange"))
    target.change("UPSERT", a("www", "192.0.2.66"))
    assert target.publish(snapshot).written == 0
    outcome = target.publish(snapshot, LOOK)
    assert {each.rrset["Name"].split(".")[0]: each.why for each in outcome.drift} == {
        "mail": "was deleted at the target",
        "strange": "was made at the target",
        "www": "was changed at the target",
    }
    assert outcome.repaired and outcome.written == 3
    assert target.below() == [a("mail"), a("www")]


def test_drift_is_only_reported_where_that_is_wanted() -> None:
    target = Target(drift="report")
    target.publish(target.record(a("www"), a("mail")))
    target.change("UPSERT", a("www", "192.0.2.66"))
    outcome = target.publish(target.record(a("www"), a("mail", "192.0.2.7")), LOOK)
    assert [each.rrset["Name"] for each in outcome.drift] == [f"www.{APEX}"]
    assert not outcome.repaired
    assert target.below() == [a("mail", "192.0.2.7"), a("www", "192.0.2.66")]
    again = target.publish(target.record(a("www"), a("mail")), LOOK)
    assert [each.rrset["Name"] for each in again.drift] == [f"www.{APEX}"]
    settled = target.publish(target.record(a("www", "192.0.2.3"), a("mail")), LOOK)
    assert settled.drift == () and a("www", "192.0.2.3") in target.below()


def test_what_would_delete_much_waits_for_an_approval() -> None:
    target = Target()
    target.publish(target.record(*many(20)))
    snapshot = target.record(*many(5))
    outcome = target.publish(snapshot)
    assert outcome.held is not None and outcome.published is None
    assert "15 of 22 rrsets (68 %) would be deleted" in outcome.held.reasons[0]
    assert len(target.below()) == 20
    too_little = Order(approval=Approval(snapshot.serial, changed=0, deleted=3))
    assert target.publish(snapshot, too_little).held is not None
    other = Order(approval=Approval(snapshot.serial - 1, changed=99, deleted=99))
    assert target.publish(snapshot, other).held is not None
    let_through = Order(approval=Approval(snapshot.serial, changed=0, deleted=15))
    assert target.publish(snapshot, let_through).deleted == 15
    assert len(target.below()) == 5


def test_a_hosted_zone_that_is_full_of_other_things_is_not_emptied() -> None:
    target = Target()
    target.change("CREATE", *many(50, first=1000))
    outcome = target.publish(target.record(*many(10)))
    assert outcome.held is not None and len(target.below()) == 50


def test_nobody_waits_for_insync_while_something_newer_waits() -> None:
    target = Target(settings={"insync_delay": 200.0})
    outcome = target.publish(target.record(a("www")), Order(hurry=lambda: True))
    assert outcome.insync is None and target.below() == [a("www")]


def test_throttling_and_an_unfinished_change_cost_pauses_only() -> None:
    target = Target(settings={"processing_time": 20.0, "throttle_every": 3})
    outcome = target.publish(target.record(*long(30)))
    written = [len(batch["changes"]) for batch in target.writes()]
    assert outcome.created == 30 and written == [8, 8, 8, 6]


def test_the_hosted_zone_is_found_by_name_and_a_missing_one_is_asked_for() -> None:
    target = Target()
    other = target.world.zone(APEX)
    with pytest.raises(TargetMissing, match="several hosted zones"):
        target.publish(target.record(a("www")))
    target.define(hosted_zone_id=other)
    target.publish(target.record(a("www")))
    assert target.below() == []
    target.client.delete_hosted_zone(Id=target.id)
    target.change = lambda *_: None  # type: ignore[method-assign]
    target.define()
    target.why_not = lambda id: "it is the source" if id == other else ""
    with pytest.raises(TargetMissing, match="it is the source"):
        target.publish(target.record(a("www")))


def test_a_hosted_zone_of_another_name_is_not_emptied() -> None:
    target = Target()
    other = target.world.zone("example.net.")
    theirs = rrset("www.example.net.", "A", "192.0.2.1")
    target.world.change(other, {"Action": "CREATE", "ResourceRecordSet": theirs})
    target.define(hosted_zone_id=other)
    with pytest.raises(TargetMissing, match=rf"{other} is of example\.net\.; write the id of one"):
        target.publish(target.record(a("www")))
    assert theirs in target.world.listing(other)


def test_a_target_that_became_the_zones_own_source_is_not_written_any_more() -> None:
    target = Target()
    target.publish(target.record(a("www")))
    target.why_not = lambda id: "it is the source" if id == target.id else ""
    snapshot = target.record(a("www", "192.0.2.2"))
    for order in (Order(), LOOK):
        with pytest.raises(TargetMissing, match="it is the source"):
            target.publish(snapshot, order)
    assert target.below() == [a("www")]


def test_what_others_make_while_it_is_written_is_not_deleted_past_the_guard() -> None:
    target = Target()
    target.publish(target.record(*many(20)))
    real, left = target.client.change_resource_record_sets, [1]

    def disturbed(**request: Any) -> Any:
        if left:
            left.pop()
            target.change("CREATE", a("new"), *many(50, first=1000))
        return real(**request)

    target.client.change_resource_record_sets = disturbed
    snapshot = target.record(*many(20), a("new", "192.0.2.2"))
    with pytest.raises(TargetFailed, match="others write to the hosted zone"):
        target.publish(snapshot, LOOK)
    assert len(target.below()) == 71
    outcome = target.publish(snapshot)
    assert outcome.held is not None and outcome.held.deleted == 50


def test_a_hosted_zone_made_anew_is_found_again() -> None:
    target = Target()
    target.publish(target.record(a("www")))
    target.change("DELETE", a("www"))
    target.client.delete_hosted_zone(Id=target.id)
    with pytest.raises(TargetMissing, match="no public hosted zone"):
        target.publish(target.record(a("www"), a("mail")))
    target.id = target.world.zone(APEX)
    outcome = target.publish(target.record(a("www"), a("mail"), a("new")))
    assert outcome.listed and len(target.below()) == 3


def test_another_definition_of_the_target_has_it_listed() -> None:
    target = Target(ignore=("other.example.com",))
    snapshot = target.record(a("www"), a("other"))
    target.publish(snapshot)
    assert target.below() == [a("www")]
    target.define()
    assert target.publish(snapshot).listed
    assert target.below() == [a("other"), a("www")]


def test_a_snapshot_that_is_no_longer_kept_has_the_target_listed() -> None:
    target = Target()
    first = target.record(a("www"))
    target.publish(first)
    second = target.record(a("www"), a("mail"))
    del target.store.roots[first.zone, first.serial]
    outcome = target.publish(second)
    assert outcome.listed and outcome.created == 1


def test_a_source_error_leaves_the_base_unclean() -> None:
    target = Target()
    target.publish(target.record(a("www")))
    target.fail(*[ConnectTimeoutError(endpoint_url="https://route53")] * 40)
    with pytest.raises(SourceError):
        target.publish(target.record(a("www"), a("mail")))
    assert target.base is not None and not target.base.clean


def test_a_cname_takes_the_place_of_an_address_in_one_batch() -> None:
    target = Target()
    target.publish(target.record(a("www"), a("keep")))
    before = len(target.writes())
    cname = rrset(f"www.{APEX}", "CNAME", "example.net.")
    target.publish(target.record(cname, a("keep")))
    [batch] = target.writes()[before:]
    assert [change["action"] for change in batch["changes"]] == ["DELETE", "CREATE"]
    assert cname in target.below()


def test_ns_of_a_delegation_are_published() -> None:
    target = Target()
    sub = rrset(f"sub.{APEX}", "NS", "ns1.example.net.")
    target.publish(target.record(sub, NS))
    assert target.below() == [sub]
