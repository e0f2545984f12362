"""The messages: what is amiss, since when, who is affected, and what to type."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from typer.main import get_command

from zonemesh.cli.alerts import document, show_alerts, show_past
from zonemesh.cli.main import app
from zonemesh.watch.advice import ADVICE
from zonemesh.watch.alert import Alert, PastAlert, Phase
from zonemesh.watch.kinds import AlertKind
from zonemesh.watch.words import SUBJECT_MOST, Message, commands, message

ROOT = Path(__file__).parents[2]
NOW = 1_790_000_600
ZONE = "route53:main:example.com."


def alert(kind: AlertKind = AlertKind.HELD, subject: str = ZONE, **more: object) -> Alert:
    known = {
        "zones": (ZONE,), "count": 1, "hubs": ("hq",), "place": "standby", "serial": 9, "above": 7,
        "text": "40 of 50 rrsets removed",
    }  # fmt: skip
    return Alert(kind, subject, NOW - 600, NOW - 590, **(known | more))  # type: ignore[arg-type]


def written(*alerts: Alert, ended: bool = False) -> Message:
    return message(alerts, ended=ended, now=NOW, runbook="docs/runbook.md")


def test_a_message_says_what_since_when_who_is_affected_and_what_to_type() -> None:
    said = written(alert())
    assert said.subject == "zonemesh: a change of example.com. is held"
    assert said.text == (
        "A change of example.com. is held.\n"
        "\n"
        "What:   route53:main:example.com.\n"
        "Since:  2026-09-21 14:13:20 UTC (10 min)\n"
        "Why:    40 of 50 rrsets removed\n"
        "\n"
        "Affected:  Hubs, secondaries and targets serve on what they served before the\n"
        "           change. The source has the change already.\n"
        "\n"
        "See it:                 zonemesh diff route53:main:example.com. newest held\n"
        "Serve it:               zonemesh approve route53:main:example.com. 9\n"
        "Leave it:               zonemesh reject route53:main:example.com. 9\n"
        "Undo it at the source:  zonemesh rollback route53:main:example.com. 7\n"
        "\n"
        "More:  docs/runbook.md#change-held\n"
    )
    assert said.about == {
        "kind": ["change-held"],
        "state": ["begun"],
        "zone": ["example.com."],
        "hub": ["hq"],
        "place": ["standby"],
    }


def test_what_is_over_says_how_long_it_lasted() -> None:
    hub = alert(AlertKind.HUB_OFFLINE, "hq", zones=(), count=0, well_since=NOW - 60, place="")
    said = written(hub, ended=True)
    assert said.subject == "zonemesh: resolved: hub hq is offline"
    assert said.text == (
        "Resolved: hub hq is offline.\n"
        "\n"
        "What:   hq\n"
        "From:   2026-09-21 14:13:20 UTC\n"
        "Until:  2026-09-21 14:22:20 UTC (9 min)\n"
        "\n"
        "More:  docs/runbook.md#hub-offline\n"
    )
    assert said.about == {"kind": ["hub-offline"], "state": ["resolved"], "hub": ["hq"]}


def test_many_of_a_kind_are_one_message_that_names_the_first_and_counts_them() -> None:
    alerts = [alert(AlertKind.GONE, f"route53:main:z{n:02d}.example.com.") for n in range(40)]
    said = written(*alerts)
    assert said.subject.startswith("zonemesh: 40 zones are gone at their source: z00.example.com.,")
    assert said.text.count("Since:") == 5
    assert "z39.example.com." in said.text


@pytest.mark.parametrize("kind", AlertKind)
@pytest.mark.parametrize("ended", [False, True])
def test_every_subject_is_what_sns_takes(kind: AlertKind, ended: bool) -> None:
    long = f"route53:main:{'a' * 63}.{'b' * 63}.example.com."
    names = [alert(kind, long, zones=(long,)), alert(kind, "zürich\nx")]
    for alerts in (names[:1], names[1:], names):
        subject = written(*alerts, ended=ended).subject
        assert len(subject) <= SUBJECT_MOST
        assert subject.isascii() and subject.isprintable()
        assert not subject.startswith(" ")


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_points_to_a_section_of_the_runbook(kind: AlertKind) -> None:
    text = (ROOT / "docs/runbook.md").read_text()
    anchors = [each.lower().replace(" ", "-") for each in re.findall(r"^## (.*)$", text, re.M)]
    assert anchors.count(kind) == 1
    section = re.split(r"^## ", text, flags=re.M)[1 + anchors.index(kind)]
    for part in ("**What it means.**", "**Who is affected.**", "**Till morning?**"):
        assert part in section, part
    assert written(alert(kind)).text.endswith(f"docs/runbook.md#{kind}\n")


@pytest.mark.parametrize("kind", AlertKind)
def test_every_command_of_a_message_is_one_that_there_is(kind: AlertKind) -> None:
    known = get_command(app).commands  # type: ignore[attr-defined]
    found = commands(alert(kind))
    assert found
    for command in found:
        words = command.split()
        if words[0] == "zonemesh":
            assert words[1] in known, command
            inner = getattr(known[words[1]], "commands", None)
            assert inner is None or words[2] in inner, command
        else:
            assert words[0] in ("dig", "curl")
        assert "{" not in command


@pytest.mark.parametrize("kind", AlertKind)
def test_what_an_alert_does_not_have_is_in_no_command(kind: AlertKind) -> None:
    bare = alert(kind, "x", zones=(), count=0, hubs=(), place="", serial=None, above=None)
    for command in commands(bare):
        assert "  " not in command and not command.endswith(" ")
    assert set(ADVICE) == set(AlertKind)


def shown(*alerts: Alert, past: bool = False) -> str:
    out = io.StringIO()
    console = Console(file=out, width=200, highlight=False, markup=False)
    if past:
        show_past(console, [PastAlert(each, NOW) for each in alerts])
    else:
        show_alerts(console, [*alerts], NOW)
    return out.getvalue()


def test_open_alerts_are_shown_with_what_to_type_and_pending_ones_counted() -> None:
    text = shown(
        alert(phase=Phase.OPEN, told_at=NOW - 600), alert(AlertKind.HUB_OFFLINE, "hq")
    )  # which is pending
    assert text.splitlines() == [
        "a change of example.com. is held, since 2026-09-21 14:13:20 UTC (10 min)",
        "    40 of 50 rrsets removed",
        "    $ zonemesh diff route53:main:example.com. newest held",
        "    $ zonemesh approve route53:main:example.com. 9",
        "    $ zonemesh reject route53:main:example.com. 9",
        "    $ zonemesh rollback route53:main:example.com. 7",
        "",
        "1 alert open; 1 more thing amiss for too short a time.",
    ]
    assert shown() == "No alert is open.\n"


def test_those_that_are_over_are_a_line_each() -> None:
    text = shown(alert(AlertKind.HUB_OFFLINE, "hq"), past=True)
    assert text == "2026-09-21 14:13:20 UTC, for 10 min: hub hq is offline\n"
    assert shown(past=True) == "No alert has ended.\n"


def test_what_an_alert_says_cannot_command_a_terminal() -> None:
    text = shown(alert(phase=Phase.OPEN, told_at=NOW, text="bad \x1b[2J record"))
    assert "\x1b[2J" not in text


def test_the_document_has_no_inner_state() -> None:
    found = document(alert())
    assert found["kind"] == "change-held" and found["headline"].startswith("a change of")
    assert not {"revision", "claims", "claimed_at"} & set(found)
