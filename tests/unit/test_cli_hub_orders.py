"""`zonemesh hub test|refresh|restart`, `sync` and `plan` as they are typed, with a hub played."""

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import Console

from hub_container.ordered.desk import Desk
from hub_container.ordered.progress import Progress, StepFailed
from tests.unit.test_cli import run
from tests.unit.test_cli_status import Ports as StatusPorts
from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.following import Follower
from zonemesh.cli.plan import show_lines
from zonemesh.deployment import TABLE
from zonemesh.orders.order import HubOrder, OrderKind, OrderResult, Step, StepOutcome
from zonemesh.orders.ordering import Standing
from zonemesh.ports import Member
from zonemesh.status.hubs import HubStatus

KEY = "route53:main:example.com."
MESH = """
integrations: {main: }
zones: [{discover: "*", integration: main, targets: [elsewhere]}]
hubs: {hq: , branch: }
targets: {elsewhere: {type: octodns, hub: hq, provider: octodns_bind.Rfc2136Provider}}
"""


@pytest.fixture
def ports(table: str, monkeypatch: pytest.MonkeyPatch) -> TablePorts:
    monkeypatch.setenv("ZONEMESH_TABLE", table)
    ports = TablePorts({TABLE: table})
    ports.mesh_store.apply(MESH)
    ports.register.put(Member(KEY, "example.com.", "main", "Z1", "discovered", ("*",)))
    ports.store.commit(StatusPorts.snapshot(KEY, 7), None)
    return ports


@contextmanager
def playing(ports: TablePorts, *hubs: str) -> Iterator[None]:
    """Play hubs that find their orders by looking, as no stream rings them here."""
    desks = [Desk(hub, ports.hub_orders, dict.fromkeys(OrderKind, played)) for hub in hubs]
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(0.1):
            for desk in desks:
                desk.look()

    for desk in desks:
        desk.start()
    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        stop.set()
        looking.join()
        for desk in desks:
            desk.stop()


def played(order: HubOrder, progress: Progress) -> None:
    if order.kind is OrderKind.PLAN:
        progress.tried(f"plan at {order.target}", lambda: "2 lines")
        progress.say(["+ www.example.com. 60 IN A 192.0.2.1", "there: 1 to create."])
        return
    progress.tried("DNS over UDP at 127.0.0.1@53", lambda: "1 zone asked for")
    if order.hub == "branch":
        progress.tried("secondary ns over TCP", dead)


def dead() -> str:
    raise StepFailed("192.0.2.53 port 53: no answer")


def test_a_test_tells_its_steps_and_ends_well(ports: TablePorts) -> None:
    with playing(ports, "hq"):
        result = run("hub", "test", "hq", "--wait", "30")
    assert result.exit_code == 0, result.stderr
    told, end = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert told.startswith("hq ok DNS over UDP at 127.0.0.1@53: 1 zone asked for (")
    assert end == "hq: 1 ok"
    (entry,) = ports.audit.order_entries("hq", 10)
    assert entry.detail.startswith("test (") and entry.who


def test_what_fails_at_one_of_many_hubs_is_told_and_ends_with_1(ports: TablePorts) -> None:
    with playing(ports, "hq", "branch"):
        result = run("hub", "test", "*", "--wait", "30")
    assert result.exit_code == 1
    assert "secondary ns over TCP: 192.0.2.53 port 53: no answer" in result.stdout
    assert "branch: 1 ok, 1 failed" in result.stdout
    assert "hq: 1 ok" in result.stdout


def test_a_hub_that_does_not_answer_ends_with_3_and_says_why(ports: TablePorts) -> None:
    result = run("hub", "restart", "hq", "--wait", "0")
    assert result.exit_code == 3
    assert "hq: no answer; it was never heard of" in result.stdout


def test_json_is_one_document_and_nothing_else(ports: TablePorts) -> None:
    with playing(ports, "branch"):
        result = run("hub", "refresh", "branch", "--wait", "30", "--json")
    (document,) = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (document["hub"], document["kind"], document["done"]) == ("branch", "refresh", True)
    assert [step["outcome"] for step in document["steps"]] == ["ok", "failed"]
    assert document["why"] == ""


def test_a_hub_that_is_none_is_wrong_usage_and_nothing_is_ordered(ports: TablePorts) -> None:
    result = run("hub", "test", "hqq")
    assert result.exit_code == 2
    assert "no hub `hqq`; known: branch, hq" in result.stderr
    assert ports.audit.order_entries("hq", 10) == []


def test_a_sync_of_what_nothing_carries_out_says_what_it_waits_for(ports: TablePorts) -> None:
    result = run("sync", "example.com", "--wait", "0")
    assert result.exit_code == 3
    assert "! example.com.: source main: the order is not passed on yet" in result.stdout
    assert "! hub hq did not answer: it was never heard of" in result.stdout
    assert "0 of 1 zone up to date everywhere" in result.stdout


def test_a_sync_that_comes_to_its_end(ports: TablePorts) -> None:
    for hub in ("hq", "branch"):
        ports.reports.zone_status(hub, KEY, {"state": "served", "serial": 7, "error": None})
    published = {"elsewhere": {"state": "published", "serial": 7}}
    ports.reports.zone_status("hq", KEY, {"state": "served", "serial": 7, "targets": published})
    with playing(ports, "hq"):
        result = run("sync", "--hub", "hq", "--wait", "30")
    assert result.exit_code == 0, result.stdout
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0].startswith("example.com. serial 7 at 1 hub, 1 target (")
    assert lines[1].startswith("1 zone up to date everywhere (")


def test_a_sync_may_be_ordered_and_left_alone(ports: TablePorts) -> None:
    result = run("sync", "--no-wait")
    assert result.exit_code == 0
    assert "1 zone to be read at the source; hubs to compare: branch, hq" in result.stdout
    document = json.loads(run("sync", "example.com", "--no-wait", "--json").stdout)
    assert document["zones"] == [KEY]
    (id,) = document["listings"].values()
    assert ports.zone_orders.passed_on(id) is None
    order = ports.hub_orders.order("hq", document["hub_orders"]["hq"])
    assert order is not None and order.zones == (KEY,)


def test_zones_and_a_hub_are_not_wished_for_at_once(ports: TablePorts) -> None:
    result = run("sync", "example.com", "--hub", "hq")
    assert result.exit_code == 2
    assert "choose zones, or `--hub`" in result.stderr


def test_a_plan_is_made_by_the_hub_that_has_what_it_needs(ports: TablePorts) -> None:
    with playing(ports, "hq"):
        result = run("plan", "example.com", "elsewhere", "--wait", "30")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [
        "+ www.example.com. 60 IN A 192.0.2.1",
        "there: 1 to create.",
    ]
    assert ports.audit.order_entries("hq", 10) == []


def test_a_plan_of_a_hub_that_is_away(ports: TablePorts) -> None:
    result = run("plan", "example.com", "elsewhere", "--wait", "0", "--json")
    assert result.exit_code == 3
    assert "hub hq gives no plan: it was never heard of" in result.stderr


def test_steps_are_told_once_and_in_line() -> None:
    follower = Follower(6)
    order = HubOrder("1-a", "hq", OrderKind.TEST, 1.0)
    steps = tuple(Step(name, StepOutcome.OK, 0.04) for name in ("clock", "state directory"))
    told = []
    for count in (1, 1, 2):
        result = OrderResult("1-a", 1.0, 1.0, steps[:count])
        told += follower.news([Standing(order, result, HubStatus("hq", None))])
    assert [line.plain for line in told] == [
        "hq      ok      clock  (0.0 s)",
        "hq      ok      state directory  (0.0 s)",
    ]


def test_a_plan_is_coloured_by_its_signs() -> None:
    out = io.StringIO()
    terminal = Console(file=out, force_terminal=True, color_system="standard")
    show_lines(terminal, ["- a", "+ b", "done."])
    assert out.getvalue().splitlines() == ["\x1b[31m- a\x1b[0m", "\x1b[32m+ b\x1b[0m", "done."]
