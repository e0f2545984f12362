"""What `zonemesh status` shows of targets and of zones that are pulled from primaries."""

from typing import Any

from tests.fakes.memory import MemoryMeshStore
from tests.unit.test_cli_status import NOW, Ports, shown
from zonemesh.ports import Member
from zonemesh.status.mesh_status import read_status, status_document

MESH = """
integrations: {main: , copies: }
zones:
  - {discover: "*", integration: main, hubs: [eu], targets: [copy, power]}
  - {name: pulled.example, primaries: [hidden], pulled_by: eu, hubs: [eu]}
hubs: {eu: , us: }
primaries: {hidden: {address: 192.0.2.1, tsig_key: none}}
targets:
  copy: {type: route53, hub: us, integration: copies}
  power: {type: octodns, hub: eu, provider: octodns_powerdns.PowerDnsProvider}
"""
ZONE = "route53:main:example.com."
PULLED = "axfr:eu:pulled.example."


def ports() -> Ports:
    found = Ports(mesh_store=MemoryMeshStore(MESH))
    found.register.put(Member(ZONE, "example.com.", "main", "Z1", "discovered", ("eu",)))
    found.head(ZONE, 9)
    return found


def said(**state: Any) -> dict[str, Any]:
    return {"state": "published", "serial": 9, "error": None, "failures": 0} | state


def report(found: Ports, **targets: dict[str, Any]) -> None:
    """Have the hub of each target report it; hub eu serves the zone as well."""
    power, copy = targets.get("power"), targets.get("copy")
    served = {"state": "served", "serial": 9, "error": None}
    found.reports.zone_status("eu", ZONE, served | {"targets": {"power": power} if power else {}})
    if copy:
        found.reports.zone_status("us", ZONE, {"zone": ZONE, "targets": {"copy": copy}})


def row(found: Ports) -> str:
    (line,) = [line for line in shown(read_status(found, NOW)) if line.startswith("example.com.")]
    return line


def needs(found: Ports) -> list[str]:
    return [line[2:] for line in shown(read_status(found, NOW), 400) if line.startswith("! ")]


def test_targets_that_are_current_are_named_and_need_nobody() -> None:
    found = ports()
    report(found, copy=said(), power=said())
    assert row(found).endswith("eu copy, power")
    assert not needs(found)


def test_a_target_that_lags_or_was_never_heard_of_says_so() -> None:
    found = ports()
    report(found, copy=said(serial=7))
    assert row(found).endswith("eu copy at 7, power unheard")


def test_a_failing_target_tells_its_error_the_count_and_the_next_attempt() -> None:
    found = ports()
    failing = {"state": "failing", "serial": 7, "error": "TargetFailed: no answer", "failures": 4}
    report(found, copy=said(**failing, next_attempt=NOW + 30), power=said(**failing))
    assert row(found).endswith("eu copy failing, power failing")
    assert needs(found) == [
        f"{ZONE} to copy: TargetFailed: no answer (failed 4 times, tried again in 30 s)",
        f"{ZONE} to power: TargetFailed: no answer (failed 4 times, tried again on the schedule or "
        "at the next change)",
    ]


def test_a_held_publication_says_why_and_what_to_type() -> None:
    found = ports()
    held = {"serial": 9, "reasons": ["target copy: 9 of 10 rrsets would be deleted"]}
    report(found, copy=said(state="held", serial=8, held=held), power=said())
    assert row(found).endswith("copy held, power")
    (need,) = needs(found)
    assert need.startswith(f"{ZONE} to copy: serial 9 waits: target copy: 9 of 10 rrsets would be")
    assert f"`zonemesh publish {ZONE} copy --approve`" in need


def test_drift_and_losses_are_told() -> None:
    found = ports()
    drift = ["www.example.com. A: was deleted there"]
    lost = ["a.example.com. DS", "b.example.com. DS"]
    report(found, copy=said(state="drifted", drift=drift), power=said(lost=lost, lost_count=2))
    assert row(found).endswith("copy drifted, power (2 lost)")
    (need,) = needs(found)
    assert need.endswith("www.example.com. A: was deleted there")


def test_the_document_has_all_of_it() -> None:
    found = ports()
    report(found, copy=said(seconds=1.5, wrote={"insync": 0.7}))
    (zone,) = status_document(read_status(found, NOW))["zones"]
    assert zone["targets"]["copy"]["hub"] == "us"
    assert zone["targets"]["copy"]["insync"] == 0.7
    assert zone["targets"]["power"]["state"] == "unheard"
    assert zone["pulled"] is None


def pulled(**state: Any) -> Ports:
    found = Ports(mesh_store=MemoryMeshStore(MESH))
    member = Member(PULLED, "pulled.example.", "", "", "listed", ("eu",), pulled_by="eu")
    found.register.put(member)
    found.head(PULLED, 5)
    zone = {"state": "current", "cause": "", "error": "", "serial": 5, "age": 60.0} | state
    zone["primaries"] = {"hidden": {"serial": 5, "error": None}}
    found.reports.heartbeat("eu", {"at": NOW - 5, "pulling": {"zones": {PULLED: zone}}})
    return found


def test_a_pulled_zone_is_verified_when_a_primary_answers_what_the_hub_has() -> None:
    found = pulled()
    assert "pulled.example. active 5 23 d no 1 min eu unheard" in shown(read_status(found, NOW))
    assert not needs(found)
    (zone,) = status_document(read_status(found, NOW))["zones"]
    assert zone["pulled"]["primaries"] == {"hidden": 5}


def test_a_pulled_zone_in_trouble_says_why() -> None:
    cause = "primary hidden answers serial 4, older than 5"
    assert needs(pulled(state="went back", cause=cause, age=None, error="the table is away")) == [
        f"{PULLED} pulled by eu: went back: {cause}",
        f"{PULLED} pulled by eu: the table is away",
    ]


def test_what_the_guard_holds_of_a_pulled_zone_is_told_once() -> None:
    found = pulled(error="too much is gone")
    found.hold(PULLED, 6, concerns=("too much is gone",))
    (need,) = [each for each in needs(found) if "too much is gone" in each]
    assert f"zonemesh approve {PULLED} 6" in need
