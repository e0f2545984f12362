"""The catalog zone as the schedules keep it."""

import time
from typing import Any

import pytest

from functions import ports as wired
from functions.refresh_aliases import lambda_handler as refresh
from functions.sweep import lambda_handler as sweep
from tests.fakes.answers import MemoryAnswers
from tests.fakes.plane import MESH, Plane
from tests.fakes.watch import Ringer
from tests.functions.conftest import Context
from zonemesh.errors import StoreUnavailable

KEY = "catalog:catalog.example.net."
APEXES = ("a.example.", "b.example.", "c.example.")


@pytest.fixture
def alerts(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Ringer:
    """Hear of what is held; a catalog follows some zones that are served."""
    monkeypatch.setenv("ZONEMESH_SWEEP_EVERY", "600")
    wired.ports.__dict__["alerts"] = rung = Ringer()
    wired.ports.__dict__["answers"] = MemoryAnswers()
    plane.ports.mesh_store.apply(MESH + "catalog: {name: catalog.example.net}\n")
    keys = [plane.create(f"Z-{apex}", apex) for apex in APEXES]
    for hub in ("eu", "us"):
        plane.ports.reports.heartbeat(hub, {"at": time.time()})
        for key in keys:
            plane.ports.reports.zone_status(hub, key, {"serial": 1})
    return rung


def test_a_sweep_finds_members_and_records_the_catalog(
    plane: Plane, alerts: Ringer, context: Context
) -> None:
    sweep({}, context)
    assert len([line for line in plane.served(KEY) if " PTR " in line]) == len(APEXES)
    assert [said.zone for said, _ in plane.ports.announcer.said if said.zone == KEY] == []
    sweep({}, context)  # whoever missed the bell hears it so
    assert [said.zone for said, _ in plane.ports.announcer.said if said.zone == KEY] == [KEY]


def test_every_minute_it_is_kept_and_what_is_held_rings_once(
    plane: Plane, alerts: Ringer, context: Context, metrics: Any
) -> None:
    context.remaining_ms = 60_000
    sweep({}, context)
    for apex in APEXES[:2]:
        plane.ports.register.remove(f"route53:main:{apex}")
    metrics()
    refresh({}, context)
    assert metrics()["Held"] == [1]
    refresh({}, context)
    (said,) = alerts.said
    subject, text = said.subject, said.text
    assert subject == "zonemesh: a change of catalog.example.net. is held"
    assert "2 of 3 zones (66 %)" in text
    held = plane.ports.store.current[KEY].held
    assert f"zonemesh approve {KEY} {held}" in text
    assert "rollback" not in text


def test_a_catalog_that_cannot_be_kept_keeps_nothing_else_from_its_work(
    plane: Plane, alerts: Ringer, context: Context, metrics: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(catalog: str) -> dict[str, int]:
        raise StoreUnavailable("not now")

    monkeypatch.setattr(plane.ports.epochs, "epochs", unavailable)
    context.remaining_ms = 60_000
    sweep({}, context)
    refresh({}, context)
    assert metrics()["AliasQuestions"] == [0]
    assert KEY not in plane.ports.store.current
