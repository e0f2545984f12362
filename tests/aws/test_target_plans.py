"""What publishing to a hosted zone would change, said and not done."""

from tests.aws.published_zone import Target, a


def test_a_plan_says_what_would_change_and_changes_nothing() -> None:
    target = Target()
    target.publish(target.record(a("www"), a("old")))
    writes = len(target.writes())
    snapshot = target.record(a("www", "192.0.2.9"), a("new"))
    lines = target.publisher.plan(snapshot, target.base)
    assert [line for line in lines if line[0] in "+-"] == [
        "+ new.example.com. 300 IN A 192.0.2.1",
        "- old.example.com. 300 IN A 192.0.2.1",
        "- www.example.com. 300 IN A 192.0.2.1",
        "+ www.example.com. 300 IN A 192.0.2.9",
    ]
    assert lines[-1] == f"{target.id}: 1 to create, 1 to change, 1 to delete."
    assert any(line.startswith("= example.com. NS") for line in lines)
    assert len(target.writes()) == writes


def test_a_plan_of_what_is_published_has_nothing_to_do() -> None:
    target = Target()
    snapshot = target.record(a("www"))
    target.publish(snapshot)
    lines = target.publisher.plan(snapshot, target.base)
    assert lines[-1] == "Nothing to do: the target holds what serial 1 does."


def test_a_plan_tells_what_others_changed_and_what_the_guard_would_hold() -> None:
    target = Target(guard={"removed": 30, "from_rrsets": 2})
    target.publish(target.record(*(a(f"h{number}") for number in range(10))))
    target.change("DELETE", a("h1"))
    lines = target.publisher.plan(target.record(a("h1"), a("h2")), target.base)
    assert "~ h1.example.com. A: was deleted at the target" in lines
    assert any(line.startswith("held by hubs: ") for line in lines)


def test_a_target_that_can_be_read_says_which_hosted_zone_it_is() -> None:
    target = Target()
    said = target.publisher.reach(target.record(a("www")))
    assert said == f"hosted zone {target.id} of integration spare can be read"
