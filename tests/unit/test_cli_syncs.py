"""`zonemesh syncs` as it is typed, and what it prints."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from rich.console import Console

from tests.fakes.syncs import MemorySyncs
from tests.unit.test_cli import run
from tests.unit.test_sync_reading import NOW, published, sync
from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.since import since
from zonemesh.cli.sync_text import SyncLines, show_found, took
from zonemesh.deployment import TABLE
from zonemesh.syncs.reading import FoundSyncs, Wanted, summary
from zonemesh.syncs.sync import Sync, SyncOutcome
from zonemesh.syncs.tail import SyncTail

MESH = "integrations: {main: }\nzones: [{discover: '*', integration: main}]\nhubs: {eu: , us: }\n"
FAILED = SyncOutcome.FAILED
ERROR = "TargetFailed: copy: the hosted zone Z1 does not answer" + ", and again" * 10
DAYS_FROM_NOW = 36_500  # of keeping: the table forgets by the real clock


def some() -> list[Sync]:
    failing = published(60, "copy", outcome=FAILED, error=ERROR, seconds=3.0, serial=8)
    return [
        sync(0, "us", serial=8, seconds=0.84),
        replace(failing, count=12, last_at=NOW - 1),
        published(90, "copy", seconds=4.2, changes=3),
        sync(86_400, serial=7, seconds=None),
    ]


@pytest.fixture
def told(table: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ZONEMESH_TABLE", table)
    ports = TablePorts({TABLE: table})
    ports.mesh_store.apply(MESH)
    for each in some():
        ports.syncs.keep(each, DAYS_FROM_NOW)
    return table


def lines(*arguments: object) -> list[str]:
    result = run("syncs", *arguments)
    assert result.exit_code == 0, result.stderr
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def on_terminal(width: int, syncs: list[Sync]) -> list[str]:
    out = io.StringIO()
    found = FoundSyncs(tuple(syncs))
    terminal = Console(file=out, width=width, force_terminal=True, highlight=False)
    show_found(terminal, found, summary(found.syncs))
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()


def test_syncs_are_told_a_line_each_with_errors_below_and_a_summary(told: str) -> None:
    assert lines() == [
        "WHEN HUB ZONE PLACE SERIAL OUTCOME TOOK CHANGES",
        "2026-09-21 14:13:20 us example.com. dns 8 served 0.84 s -",
        "2026-09-21 14:12:20 eu example.com. copy 8 failed 12 times 3.00 s -",
        f"{ERROR}, last at 2026-09-21 14:13:19",
        "2026-09-21 14:11:50 eu example.com. copy 7 published 4.20 s 3",
        "2026-09-20 14:13:20 eu example.com. dns 7 served - -",
        "",
        "15 syncs: 2 served, 1 published, 12 failed. Took 2.52 s at the median, 4.20 s at most.",
    ]


@pytest.mark.parametrize(
    ("options", "serials"),
    [
        (["--hub", "u*"], [8]),
        (["--target", "copy"], [8, 7]),
        (["--outcome", "failed"], [8]),
        (["--outcome", "failed", "--outcome", "published"], [8, 7]),
        (["--since", "2026-09-21T14:12:00"], [8, 8]),
        (["--zone", "example.*", "-n", "2"], [8, 8]),
        (["--zone", "other.*"], []),
    ],
)
def test_what_is_asked_for_is_shown_as_json(
    told: str, options: list[str], serials: list[int]
) -> None:
    found = [json.loads(line) for line in lines("--json", *options)]
    assert [each["serial"] for each in found] == serials


def test_a_document_says_all_there_is_to_know(told: str) -> None:
    (line,) = lines("--json", "--outcome", "failed")
    assert json.loads(line) == {
        "hub": "eu",
        "zone": "route53:main:example.com.",
        "apex": "example.com.",
        "kind": "publish",
        "place": "copy",
        "target": "copy",
        "serial": 8,
        "began_at": NOW - 63,
        "ended_at": NOW - 60,
        "seconds": 3.0,
        "outcome": "failed",
        "changes": None,
        "error": ERROR,
        "count": 12,
        "last_at": NOW - 1,
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--hub", "ap"], "no hub fits `ap`; there are: eu, us"),
        (["--since", "yesterday"], "'yesterday' is no time; write `2h` or `3d`"),
        (["--outcome", "lost"], "'lost' is not one of"),
    ],
)
def test_what_is_wrong_is_said(told: str, options: list[str], says: str) -> None:
    result = run("syncs", *options)
    assert result.exit_code == 2
    assert says in " ".join(result.stderr.replace("│", " ").split())


def test_more_than_is_shown_and_nothing_at_all_are_said(told: str) -> None:
    assert lines("-n", "1")[-1] == "There are more: `-n` says how many are shown."
    assert lines("--zone", "other.*") == ["No sync fits."]


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_terminal_of_any_width_gets_it_all_and_no_line_is_too_long(width: int) -> None:
    shown = on_terminal(width, some())
    assert max(map(len, shown)) <= width
    text = " ".join(" ".join(shown).split())
    for word in ("us", "copy", "failed 12 times", "0.84 s", "at the median", ERROR):
        assert word in text
    if width >= 80:
        assert len([line for line in shown if "example.com." in line]) == len(some())


def test_the_document_shows_what_is_printed() -> None:
    page = (Path(__file__).parents[2] / "docs/monitoring.md").read_text()
    shown = page.split("zonemesh syncs --since 2h\n```\n\n```\n")[1].split("```")[0]
    at = 1_796_026_443.0
    new = {"serial": 1_796_026_441, "changes": 1}
    error = "TargetMissing: copy: there is no hosted zone example.net. there; make it"
    old = {"outcome": FAILED, "serial": 1_796_023_890, "error": error, "count": 12}
    syncs = [
        published(NOW - at, "copy", seconds=2.31, **new),
        sync(NOW - at + 1, "us", serial=new["serial"], seconds=0.52),
        sync(NOW - at + 2, serial=new["serial"], seconds=0.38),
        published(NOW - at + 2543, "copy", apex="example.net.", seconds=3.02, **old),
    ]
    syncs[-1] = replace(syncs[-1], last_at=at - 68)
    out = io.StringIO()
    show_found(Console(file=out, width=200), FoundSyncs(tuple(syncs)), summary(syncs))
    assert out.getvalue() == shown


def test_what_a_terminal_might_obey_is_escaped() -> None:
    failing = sync(outcome=FAILED, error="no \x1b[31m route")
    assert any(r"no \u001b[31m route" in line for line in on_terminal(120, [failing]))


@pytest.mark.parametrize(
    ("text", "ago"),
    [("90s", 90), ("30m", 1800), ("1.5 h", 5400), ("3d", 259_200), ("1W", 604_800)],
)
def test_times_may_be_typed_as_so_long_ago(text: str, ago: float) -> None:
    assert since(text, NOW) == NOW - ago


def test_times_may_be_typed_as_they_are_written() -> None:
    assert since("2026-09-21T14:13:20", 0) == NOW
    assert since("2026-09-21T16:13:20+02:00", 0) == NOW
    assert since("2026-09-21", 0) == NOW - NOW % 86_400
    with pytest.raises(typer.BadParameter):
        since("2 fortnights", 0)


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "-"), (0.1234, "0.12 s"), (34.56, "34.6 s"), (200.0, "3 min")]
)
def test_how_long_it_took(seconds: float | None, text: str) -> None:
    assert took(seconds) == text


def test_who_looks_on_sees_each_sync_once_late_ones_too() -> None:
    history = MemorySyncs(clock=lambda: NOW)
    shown = sync(5)
    history.keep(shown, 30)
    tail = SyncTail(history, ["eu", "us"], Wanted(zone="example.com"), NOW - 1, [shown])
    assert tail.newer() == []
    new = [sync(10, "us"), sync(-1), sync(-2, "us")]
    for each in (new[2], new[0], new[1], sync(-1, apex="example.net.")):
        history.keep(each, 30)
    assert tail.newer() == new
    assert tail.newer() == []
    history.keep(replace(new[1], count=2), 30)
    history.keep(sync(-300), 30)
    assert tail.newer() == [sync(-300)]
    assert tail.newer() == []


def test_lines_of_later_syncs_keep_to_the_columns_of_the_first() -> None:
    out = io.StringIO()
    lines = SyncLines(Console(file=out, width=200), some())
    lines.heading()
    lines.show([sync(0, "us")])
    lines.show([sync(0, "eu-central-1", apex="a-longer-name.example.com.")])
    assert out.getvalue().count("\n") == 3
