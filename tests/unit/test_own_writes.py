"""What hubs write to targets comes back as change events: recognised, and never trusted."""

from typing import Any

import pytest

from tests.fakes.plane import Plane, rrset
from zonemesh.enrol import enrol
from zonemesh.observe import observe, passes
from zonemesh.route53.events import OWN_WRITES, ChangeEvent, change_event

WWW = "www.example.com."


@pytest.fixture
def plane() -> Plane:
    plane = Plane()
    plane.create("Z1", "example.com.", rrset(WWW))
    enrol(plane.control)
    plane.list_ordered()
    plane.now += 60
    return plane


def event(plane: Plane, comment: Any, hosted_zone: str = "Z1") -> ChangeEvent:
    detail = plane.detail(hosted_zone, WWW)
    detail["requestParameters"]["changeBatch"]["comment"] = comment
    found = change_event(detail)
    assert found is not None
    return found


@pytest.mark.parametrize("comment", ["", "zonemesh rollback example.com. to 7", None, 7, {}])
def test_other_comments_are_not_our_own(plane: Plane, comment: Any) -> None:
    assert event(plane, comment).published == ""


def test_our_own_write_says_what_it_publishes(plane: Plane) -> None:
    own = event(plane, f"{OWN_WRITES}example.com. 7")
    assert own.published == "example.com. 7"
    [work] = passes([own])
    assert work.published == "example.com. 7"
    [mixed] = passes([own, event(plane, "by hand")])
    assert mixed.published == ""


def test_a_write_to_a_hosted_zone_that_is_no_source_ends_there(plane: Plane) -> None:
    [work] = passes([event(plane, f"{OWN_WRITES}example.com. 7", "ZCOPY")])
    assert observe(plane.control, work) == []


def test_a_write_of_what_the_zone_holds_already_makes_no_serial(plane: Plane) -> None:
    [zone] = [member.zone for member in plane.ports.register.members()]
    serial = plane.serial(zone)
    [work] = passes([event(plane, f"{OWN_WRITES}example.com. 7")])
    [outcome] = observe(plane.control, work)
    assert outcome.recorded and not outcome.recorded.changed
    assert plane.serial(zone) == serial


def test_a_comment_hides_no_change(plane: Plane) -> None:
    plane.put("Z1", rrset(WWW, "A", "192.0.2.66"))
    [work] = passes([event(plane, f"{OWN_WRITES}example.com. 7")])
    [outcome] = observe(plane.control, work)
    assert outcome.recorded and outcome.recorded.changed
