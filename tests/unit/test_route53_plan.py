"""What a plan changes, what it leaves alone, what it cannot do, and how it is shown."""

from typing import Any

from tests.unit.route53_zones import APEX, alias, rrset
from zonemesh.route53.batches import Batches, batches
from zonemesh.route53.plan import Place, Plan, make_plan
from zonemesh.route53.words import change_lines, counts, remark_line

HERE = "ZHERE"
RRset = dict[str, Any]
WWW = rrset(f"www.{APEX}", "A", "192.0.2.1", "192.0.2.2")
SOA = rrset(APEX, "SOA", "ns-1.awsdns-01.org. hostmaster. 1 7200 900 1209600 86400", ttl=900)
NS = rrset(APEX, "NS", "ns-1.awsdns-01.org.", ttl=172800)


def planned(current: list[RRset], wanted: list[RRset], **place: Any) -> Plan:
    return make_plan(current, wanted, Place(HERE, APEX, **place))


def steps(plan: Plan) -> list[list[tuple[str, str, str]]]:
    """Give action, first label and set identifier or type of each change, batch by batch."""
    return [
        [
            (
                str(change.action),
                change.rrset["Name"].split(".")[0],
                change.rrset.get("SetIdentifier", change.rrset["Type"]),
            )
            for change in batch.changes
        ]
        for batch in batches(plan).batches
    ]


def weighted(name: str, identifier: str, address: str = "192.0.2.1", **more: Any) -> RRset:
    return rrset(name, "A", address, SetIdentifier=identifier, **{"Weight": 1, **more})


def many(name: str, values: int, first: int = 0, **more: Any) -> RRset:
    addresses = (f"10.{(n + first) // 256}.{(n + first) % 256}.1" for n in range(values))
    return rrset(name, "A", *addresses, **more)


def test_the_same_needs_nothing_in_whatever_order_its_values_are():
    turned = rrset(f"WWW.{APEX}", "A", "192.0.2.2", "192.0.2.1")
    star = rrset(f"*.{APEX}", "A", "192.0.2.1")
    listed = rrset(f"\\052.{APEX}", "A", "192.0.2.1")
    assert planned([WWW, listed], [turned, star]).changes == ()


def test_created_changed_and_deleted_are_told_apart():
    gone, new = rrset(f"gone.{APEX}", "TXT", '"a"'), rrset(f"new.{APEX}", "A", "192.0.2.9")
    plan = planned([WWW, gone], [WWW | {"TTL": 60}, new])
    assert (plan.created, plan.changed, plan.deleted) == (1, 1, 1)
    assert counts(plan) == "1 to create, 1 to change, 1 to delete"
    assert steps(plan) == [
        [("CREATE", "new", "A"), ("UPSERT", "www", "A"), ("DELETE", "gone", "TXT")]
    ]


def test_a_zone_without_room_is_emptied_first():
    old = [rrset(f"old{n}.{APEX}", "A", "192.0.2.1") for n in range(9_000)]
    new = [rrset(f"new{n}.{APEX}", "A", "192.0.2.1") for n in range(2_000)]
    actions = [step[0] for batch in steps(planned(old, new)) for step in batch]
    assert actions == ["DELETE"] * 9_000 + ["CREATE"] * 2_000


def test_the_soa_and_the_name_servers_at_the_apex_stay():
    other = NS | {"ResourceRecords": [{"Value": "ns.example.net."}]}
    plan = planned([SOA, NS], [SOA | {"TTL": 60}, other])
    assert plan.changes == ()
    assert [remark.rrset["Type"] for remark in plan.left] == ["SOA", "NS"]
    assert "stays as it is" in remark_line(plan.left[0])
    assert planned([SOA, NS], [SOA, NS]).left == ()


def test_the_name_servers_at_the_apex_are_written_where_that_is_asked_for():
    other = NS | {"ResourceRecords": [{"Value": "ns.example.net."}]}
    plan = planned([SOA, NS], [SOA, other], apex_ns=True)
    assert steps(plan) == [[("UPSERT", "example", "NS")]]


def test_a_delegation_is_no_apex():
    child = rrset(f"child.{APEX}", "NS", "ns.example.net.")
    assert steps(planned([], [child])) == [[("CREATE", "child", "NS")]]


def test_a_simple_rrset_becomes_a_set_by_deletion_and_creation_in_one_batch():
    name = f"www.{APEX}"
    plan = planned([WWW], [weighted(name, "one"), weighted(name, "two")])
    assert steps(plan) == [
        [("DELETE", "www", "A"), ("CREATE", "www", "one"), ("CREATE", "www", "two")]
    ]


def test_a_set_of_another_policy_is_deleted_and_created():
    name = f"www.{APEX}"
    answer = rrset(name, "A", "192.0.2.1", SetIdentifier="one", MultiValueAnswer=True)
    plan = planned([weighted(name, "one")], [answer])
    assert steps(plan) == [[("DELETE", "www", "one"), ("CREATE", "www", "one")]]


def test_members_that_swap_their_regions_make_room_for_each_other():
    name = f"www.{APEX}"

    def member(identifier: str, region: str) -> RRset:
        return rrset(name, "A", "192.0.2.1", SetIdentifier=identifier, Region=region)

    plan = planned(
        [member("a", "eu-west-1"), member("b", "us-east-1")],
        [member("a", "us-east-1"), member("b", "eu-west-1")],
    )
    (batch,) = steps(plan)
    assert [action for action, *_ in batch] == ["DELETE", "DELETE", "CREATE", "CREATE"]


def test_a_cname_gives_way_to_what_takes_its_place_in_one_batch():
    cname = rrset(f"www.{APEX}", "CNAME", "example.net.")
    text = rrset(f"www.{APEX}", "TXT", '"a"')
    assert steps(planned([cname], [WWW, text])) == [
        [("DELETE", "www", "CNAME"), ("CREATE", "www", "A"), ("CREATE", "www", "TXT")]
    ]


def test_a_chain_of_aliases_is_made_from_its_end_and_deleted_from_its_start():
    chain = [
        alias(f"a.{APEX}", "A", HERE, f"b.{APEX}"),
        alias(f"b.{APEX}", "A", HERE, f"www.{APEX}"),
        WWW,
    ]
    assert [name for _, name, _ in steps(planned([], chain))[0]] == ["www", "b", "a"]
    assert [name for _, name, _ in steps(planned(chain, []))[0]] == ["a", "b", "www"]


def test_a_chain_over_many_batches_keeps_its_order():
    links = [rrset(f"n0.{APEX}", "A", "192.0.2.1")] + [
        alias(f"n{n}.{APEX}", "A", HERE, f"n{n - 1}.{APEX}") for n in range(1, 2_500)
    ]
    made = [name for batch in steps(planned([], links[::-1])) for _, name, _ in batch]
    assert made == [f"n{n}" for n in range(2_500)]
    assert len(batches(planned([], links)).batches) == 3


def test_two_names_that_wait_for_each_other_change_in_one_batch():
    plain = rrset(f"t.{APEX}", "A", "192.0.2.1")
    before = [plain, alias(f"x.{APEX}", "A", HERE, f"t.{APEX}")]
    cname = rrset(f"t.{APEX}", "CNAME", "example.net.")
    after = [cname, alias(f"x.{APEX}", "CNAME", HERE, f"t.{APEX}")]
    assert [name for _, name, _ in steps(planned(before, after))[0]] == ["x", "t", "t", "x"]


def test_names_that_copy_each_other_are_made_on_what_stands_already():
    """`a` has a member of its own: `c` can be its alias, and then `a` have one that copies `c`."""
    first = rrset(f"a.{APEX}", "A", "192.0.2.1", SetIdentifier="own", Weight=1)
    second = alias(f"a.{APEX}", "A", HERE, f"c.{APEX}", SetIdentifier="copy", Weight=1)
    copy = alias(f"c.{APEX}", "A", HERE, f"a.{APEX}")
    assert steps(planned([first], [first, second, copy])) == [
        [("CREATE", "c", "A"), ("CREATE", "a", "copy")]
    ]
    assert steps(planned([], [first, second, copy])) == [
        [("CREATE", "a", "own"), ("CREATE", "c", "A"), ("CREATE", "a", "copy")]
    ]


def test_an_alias_within_the_zone_is_pointed_to_the_hosted_zone_that_is_written():
    former = alias(f"a.{APEX}", "A", "ZFORMER", f"www.{APEX}")
    plan = planned([], [WWW, former], own_ids=frozenset({"ZFORMER"}))
    made = {change.rrset["Name"]: change.rrset for change in plan.changes}
    assert made[f"a.{APEX}"]["AliasTarget"]["HostedZoneId"] == HERE
    assert not plan.lost


def test_an_alias_into_another_hosted_zone_of_the_account_stays_what_it_is():
    twin = alias(f"a.{APEX}", "A", "ZTWIN", f"www.{APEX}")
    plan = planned([], [WWW, twin], other_zones=frozenset({"ZTWIN"}))
    assert twin in [change.after for change in plan.changes]


def test_an_alias_without_a_target_is_left_out_and_those_that_hang_on_it():
    lone = alias(f"lone.{APEX}", "A", HERE, f"gone.{APEX}")
    next_one = alias(f"next.{APEX}", "A", HERE, f"lone.{APEX}")
    plan = planned([], [WWW, lone, next_one])
    assert [change.after for change in plan.changes] == [WWW]
    told = [remark_line(remark) for remark in plan.lost]
    assert f"lone.{APEX} A: left out: its alias target gone.{APEX} has no A record then" in told
    assert len(told) == 2


def test_a_loop_of_aliases_is_left_out():
    loop = [
        alias(f"a.{APEX}", "A", HERE, f"b.{APEX}"),
        alias(f"b.{APEX}", "A", HERE, f"a.{APEX}"),
    ]
    assert len(planned([], loop).lost) == 2
    assert planned(loop, loop).lost == ()  # as it stands, nobody has to make it


def test_what_a_traffic_policy_made_is_left_alone():
    made = rrset(f"t.{APEX}", "A", "192.0.2.1", TrafficPolicyInstanceId="instance-1")
    plan = planned([made, WWW], [WWW])
    assert plan.changes == ()
    assert "instance-1" in remark_line(plan.left[0])
    plan = planned([WWW], [made, WWW])
    assert plan.changes == ()
    assert "instance-1" in remark_line(plan.lost[0])
    plan = planned([made], [rrset(f"t.{APEX}", "CNAME", "example.net.")])
    assert plan.changes == ()
    assert "in the way" in remark_line(plan.lost[0])
    assert planned([made], [made]) == Plan(Place(HERE, APEX), 1)


def test_a_health_check_that_is_not_there_is_dropped_with_a_line():
    checked = WWW | {"HealthCheckId": "check-1"}
    plan = planned([], [checked], health_checks=frozenset())
    assert [change.after for change in plan.changes] == [WWW]
    assert "check-1" in remark_line(plan.lost[0])
    plan = planned([], [checked], health_checks=frozenset({"check-1"}))
    assert [change.after for change in plan.changes] == [checked]
    assert not plan.lost


def test_a_member_by_ip_needs_its_collection():
    config = {"CollectionId": "c-1", "LocationName": "office"}
    member = rrset(f"ip.{APEX}", "A", "192.0.2.1", SetIdentifier="a", CidrRoutingConfig=config)
    assert planned([], [member], cidr_collections=frozenset()).changes == ()
    assert planned([], [member], cidr_collections=frozenset({"c-1"})).created == 1


def test_an_upsert_that_does_not_fit_is_a_deletion_and_a_creation():
    """Twice 600 values are too many, 300 and 600 are not."""
    name = f"big.{APEX}"
    plan = planned([many(name, 300)], [many(name, 600)])
    assert steps(plan) == [[("DELETE", "big", "A"), ("CREATE", "big", "A")]]
    assert batches(plan).apart == ()


def test_what_is_too_large_to_be_replaced_at_once_is_named():
    name = f"big.{APEX}"
    cut = batches(planned([many(name, 600)], [many(name, 600, first=1_000)]))
    assert [len(batch.changes) for batch in cut.batches] == [1, 1]
    assert cut.apart == (name,)


def test_a_large_set_whose_values_change_is_replaced_member_by_member():
    name = f"set.{APEX}"

    def members(first: int, ttl: int = 300) -> list[RRset]:
        return [
            many(name, 20, first=first, SetIdentifier=f"m{n:02d}", Weight=1, ttl=ttl)
            for n in range(60)
        ]

    cut = batches(planned(members(0), members(5)))
    assert cut.apart == ()
    assert [len(batch.changes) for batch in cut.batches] == [25, 25, 10]
    # Members of a weighted set have one TTL: then all go before the first comes.
    assert batches(planned(members(0), members(0, ttl=60))).apart == (name,)


def test_what_is_larger_than_any_batch_is_left_out_and_named():
    plan = planned([], [WWW, many(f"huge.{APEX}", 1_001)])
    assert [change.after for change in plan.changes] == [WWW]
    assert "larger than a change batch" in remark_line(plan.lost[0])


def test_characters_count_as_well():
    texts = [
        rrset(f"t{n}.{APEX}", "TXT", *(f'"{n:03d}{v:03d}{"x" * 240}"' for v in range(20)))
        for n in range(20)
    ]
    cut = batches(planned([], texts))
    assert all(batch.size.characters <= 32_000 for batch in cut.batches)
    assert [len(batch.changes) for batch in cut.batches] == [6, 6, 6, 2]


def test_an_empty_list_of_values_is_not_sent():
    listed = alias(f"a.{APEX}", "A", HERE, f"www.{APEX}") | {"ResourceRecords": []}
    cut: Batches = batches(planned([WWW, listed], [WWW]))
    (change,) = cut.batches[0].to_api("a test")["Changes"]
    assert "ResourceRecords" not in change["ResourceRecordSet"]


def test_a_change_shows_the_records_that_go_and_come():
    name = f"www.{APEX}"
    plan = planned([WWW], [rrset(name, "A", "192.0.2.2", "192.0.2.3")])
    (change,) = plan.changes
    assert list(change_lines(change)) == [
        f"- {name} 300 IN A 192.0.2.1",
        f"+ {name} 300 IN A 192.0.2.3",
    ]


def test_a_change_of_the_rest_shows_the_whole():
    before = alias(f"a.{APEX}", "A", HERE, f"www.{APEX}", SetIdentifier="one", Weight=1)
    plan = planned([WWW, before], [WWW, before | {"Weight": 2}])
    (change,) = plan.changes
    assert list(change_lines(change)) == [
        f'- a.{APEX} A alias of www.{APEX} ({HERE})  ; "one" Weight=1',
        f'+ a.{APEX} A alias of www.{APEX} ({HERE})  ; "one" Weight=2',
    ]
