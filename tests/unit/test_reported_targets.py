"""Which targets the sweep tells of: those that failed too often, and those whose guard holds."""

from typing import Any

from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import HubReport, Member
from zonemesh.reported import failing

MESH = parse_mesh("""
integrations: {main: , copies: }
zones: [{discover: "*", integration: main, hubs: [eu], targets: [copy]}]
hubs: {eu: , us: }
targets: {copy: {type: route53, hub: us, integration: copies, retries: 3}}
""")
ZONE = "route53:main:example.com."
MEMBER = Member(ZONE, "example.com.", "main", "Z1", "discovered", ("eu",))


def told(**state: Any) -> list[str]:
    report = HubReport(None, {ZONE: {"targets": {"copy": state}}})
    return failing({"us": report}, MESH, [MEMBER])


def test_a_target_that_is_well_or_still_tried_again_is_not_told() -> None:
    assert told(state="published", failures=0, error=None, held=None) == []
    assert told(state="failing", failures=3, error="TargetFailed: no answer") == []
    assert failing({}, MESH, [MEMBER]) == []
    assert failing({"us": HubReport(None, {})}, MESH, [MEMBER]) == []


def test_a_target_that_failed_more_often_than_its_retries_is_told() -> None:
    error = "TargetFailed: no answer"
    assert told(state="failing", failures=4, error=error) == [f"{ZONE} to copy: {error}"]


def test_what_a_target_s_guard_holds_is_told() -> None:
    held = {"serial": 7, "reasons": ["9 of 10 rrsets would be deleted"]}
    assert told(state="held", failures=0, held=held) == [
        f"{ZONE} to copy: held: 9 of 10 rrsets would be deleted"
    ]
