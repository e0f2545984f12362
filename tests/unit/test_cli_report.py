"""`zonemesh report`: what is lost, line by line, of which snapshot, and that the counts add up."""

import io
import json
from dataclasses import asdict, fields

import pytest
from rich.console import Console

from tests.fakes.memory import MemorySnapshotStore, MemorySource
from tests.unit.test_cli import run
from tests.unit.test_record import APEX, KEY, alias, hosted_zone, rrset
from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.report import line_text, show_report
from zonemesh.deployment import TABLE
from zonemesh.errors import NothingRecorded, UnknownZone
from zonemesh.fidelity import FidelityLine
from zonemesh.fidelity_report import read_report
from zonemesh.mesh_zone import MeshZone
from zonemesh.named_zone import member_named
from zonemesh.policy import Policy
from zonemesh.ports import Member
from zonemesh.record import Recorder
from zonemesh.snapshot import Reason

WWW, API, LOST = "www.example.com.", "api.example.com.", "lost.example.com."
REFUSING = Policy.model_validate({"routing": {"weighted": "refuse"}})


def weighted(identifier, weight, *values, name=API):
    return rrset(name, "A", *values, SetIdentifier=identifier, Weight=weight)


def lossy():
    """A zone of eight rrsets, five of which have a line; a cut set has a sixth."""
    return hosted_zone(
        rrset(WWW, "A", "192.0.2.1"),
        weighted("blue", 2, *[f"192.0.2.{n}" for n in range(1, 61)]),
        weighted('a "green" one', 1, *[f"198.51.100.{n}" for n in range(1, 61)]),
        alias(LOST, "nowhere.example.com."),
        rrset(
            "mail.example.com.", "A", "192.0.2.25", SetIdentifier="1", MultiValueAnswer=True,
            HealthCheckId="abc",
        ),
        rrset("bad.example.com.", "DS", f"1 13 6 {'ab' * 32}"),
    )  # fmt: skip


class Recorded:
    """A zone recorded into a store; `policy` may change from one recording to the next."""

    def __init__(self, store, source: MemorySource):
        self.store, self.source, self.now = store, source, 1_790_000_000
        self.listing()

    def listing(self, policy=None):
        self.now += 60
        zone = MeshZone(KEY, APEX, policy or Policy(), "Z1")
        recorder = Recorder(self.store, lambda: self.now)
        return recorder.record_listing(zone, self.source, Reason("listing")).snapshot.serial


def read(**which):
    return read_report(which.pop("store"), KEY, **which)


def terminal(report, width):
    """What a terminal of some width shows, without colours."""
    out = io.StringIO()
    show_report(Console(file=out, width=width, force_terminal=True, no_color=True), report,
                report.lines)  # fmt: skip
    plain = out.getvalue()
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[2m"):
        plain = plain.replace(code, "")
    assert "\x1b" not in plain
    return plain.splitlines()


@pytest.fixture
def recorded() -> Recorded:
    return Recorded(MemorySnapshotStore(), lossy())


@pytest.fixture
def in_table(table: str, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """The same zone in the table that the command reads, as a member of the mesh."""
    monkeypatch.setenv("ZONEMESH_TABLE", table)
    ports = TablePorts({TABLE: table})
    ports.register.put(Member(KEY, APEX, "main", "Z1", "discovered", ("*",)))
    return Recorded(ports.store, lossy())


def test_the_source_s_rrsets_are_carried_or_reported(recorded: Recorded):
    report = read(store=recorded.store)
    assert (report.source_rrsets, report.carried, report.reported) == (8, 3, 5)
    assert len(report.lines) == 6  # that of the cut set is about no rrset of its own
    assert len({line.key for line in report.lines}) == 6


def test_every_loss_is_a_line_in_canonical_order(in_table: Recorded):
    result = run("report", "example.com")
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    serial = in_table.store.head(KEY).serial
    assert lines[0] == f"{KEY}, serial {serial}, recorded 2026-09-21 14:14:20 UTC"
    assert [line.split(",")[0] for line in lines[2:8]] == [
        "api.example.com. A: limit",
        'api.example.com. A "a \\"green\\" one": weighted',
        'api.example.com. A "blue": weighted',
        "bad.example.com. DS: limit",
        "lost.example.com. A: alias",
        'mail.example.com. A "1": multivalue',
    ]
    assert lines[6] == (
        "lost.example.com. A: alias, served nothing; its target nowhere.example.com. A is not in "
        "the zone [aliases in the zone: copy]"
    )
    assert lines[8:] == [
        "",
        "6 losses: 2 limit, 2 weighted, 1 alias, 1 multivalue",
        "8 source rrsets = 3 carried + 5 reported (1 line about whole sets besides)",
    ]


def test_a_kind_is_picked_out_and_the_account_stays(in_table: Recorded):
    lines = run("report", KEY, "--kind", "alias", "--kind", "limit").stdout.splitlines()
    assert [line.split(",")[0] for line in lines[2:5]] == [
        "api.example.com. A: limit", "bad.example.com. DS: limit", "lost.example.com. A: alias",
    ]  # fmt: skip
    assert lines[6] == "3 losses of 6 shown: 2 limit, 2 weighted, 1 alias, 1 multivalue"
    none = run("report", KEY, "--kind", "loop").stdout.splitlines()
    assert none[2].startswith("0 losses of 6 shown")
    assert none[3] == lines[7]


def test_json_lines_are_the_report_s_own_and_can_be_compared(in_table: Recorded):
    before = run("report", "example.com.", "--json").stdout.splitlines()
    names = {"zone"} | {field.name for field in fields(FidelityLine)}
    assert all(json.loads(line).keys() == names for line in before)
    assert [
        {"zone": "route53:main:example.com."} | asdict(each)
        for each in read(store=in_table.store).lines
    ] == [json.loads(line) for line in before]
    first = in_table.store.head(KEY).serial
    in_table.source.drop(LOST, "A")
    in_table.listing()
    after = run("report", "example.com", "--json").stdout.splitlines()
    (gone,) = set(before) - set(after)
    assert json.loads(gone)["owner"] == LOST
    assert after == [line for line in before if line != gone]
    assert run("report", APEX, "--json", "--serial", first).stdout.splitlines() == before


def test_an_older_snapshot_says_so(in_table: Recorded):
    first = in_table.store.head(KEY).serial
    in_table.source.drop(LOST, "A")
    newest = in_table.listing()
    lines = run("report", APEX, "--serial", first).stdout.splitlines()
    assert lines[1] == f"Not the newest: serial {newest} is served."


def test_what_is_held_is_marked_and_the_newest_points_to_it(in_table: Recorded):
    served = in_table.store.head(KEY).serial
    waiting = in_table.listing(REFUSING)
    newest = run("report", APEX).stdout.splitlines()
    assert newest[1] == f"Serial {waiting} is held: `--held` shows why."
    held = run("report", APEX, "--held").stdout.splitlines()
    assert held[0].startswith(f"{KEY}, serial {waiting}, recorded ")
    assert held[1] == f"HELD: the policy refuses 2 rrsets; serial {served} is served on."
    refused = [line for line in held if line.endswith("[routing.weighted: refuse]")]
    assert len(refused) == 2
    assert run("report", APEX, "--serial", waiting).stdout.splitlines() == held

    in_table.source.drop(LOST, "A")
    in_table.listing()
    never = run("report", APEX, "--serial", waiting).stdout.splitlines()
    assert never[1] == "Held once and never served: the policy refused 2 rrsets."


def test_without_losses_it_says_that(recorded: Recorded):
    plain = Recorded(MemorySnapshotStore(), hosted_zone(rrset(WWW, "A", "192.0.2.1")))
    assert terminal(read(store=plain.store), 80)[1:] == [
        "",
        "No losses.",
        "3 source rrsets = 3 carried + 0 reported",
    ]


@pytest.mark.parametrize("width", [80, 160])
def test_on_a_terminal_reasons_are_indented_and_nothing_is_cut(recorded: Recorded, width: int):
    report = read(store=recorded.store)
    lines = terminal(report, width)
    assert all(len(line.rstrip()) <= width for line in lines)
    shown = " ".join(" ".join(lines).split())
    for line in report.lines:
        assert " ".join(line_text(line).split()).replace("; ", " ", 1) in shown
    heads = [line for line in lines[2:-3] if not line.startswith("    ")]
    assert [line.split(",")[0] for line in heads] == [
        line_text(line).split(",")[0] for line in report.lines
    ]


def test_a_set_identifier_s_control_characters_are_not_passed_to_the_terminal():
    line = FidelityLine(APEX, "A", 1, "a\x9b31m\n", "weighted", "{}", "nothing", "why", "w: auto")
    assert line_text(line) == (
        'example.com. A "a\\u009b31m\\n": weighted, served nothing; why [w: auto]'
    )


def test_names_are_not_read_as_pictures():
    source = hosted_zone(weighted(":us:", 1, "192.0.2.1"))
    report = read(store=Recorded(MemorySnapshotStore(), source).store)
    out = io.StringIO()
    show_report(Console(file=out, markup=False), report, report.lines)
    assert 'A ":us:": weighted' in out.getvalue()


# Which zone, which snapshot


def member(zone: str) -> Member:
    return Member(zone, zone.rpartition(":")[2], "main", "Z1", "discovered", ("*",))


MEMBERS = [
    member(f"route53:{place}")
    for place in ("main:example.com.", "main/in:example.com.", "main:example.net.")
]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("example.net", "route53:main:example.net."),
        ("Example.NET.", "route53:main:example.net."),
        ("route53:main/in:example.com.", "route53:main/in:example.com."),
    ],
)
def test_a_zone_goes_by_its_name_or_its_key(text: str, key: str):
    assert member_named(text, MEMBERS).zone == key


def test_of_several_zones_of_a_name_the_keys_are_listed():
    with pytest.raises(
        UnknownZone, match=r"2 zones are called example\.com\.; name one by its key"
    ):
        member_named("example.com", MEMBERS)


def test_an_unknown_zone_is_wrong_usage_and_names_those_there_are(in_table: Recorded):
    result = run("report", "exmple.com")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "zonemesh: no zone `exmple.com`; known: example.com.\n"


def test_of_many_zones_the_ones_with_names_like_it_come_first():
    many = [member(f"route53:main:zone-{number}.test.") for number in range(50)]
    with pytest.raises(UnknownZone) as refused:
        member_named("zonemesh.example", [*many, member("route53:main:zonemash.example.")])
    assert str(refused.value).startswith("no zone `zonemesh.example`; known: zonemash.example., ")
    assert str(refused.value).endswith(" and 31 more")


def test_text_that_is_no_name_is_an_unknown_zone():
    with pytest.raises(UnknownZone, match=r"known: example\.com\., example\.net\."):
        member_named("a..b", MEMBERS)
    with pytest.raises(UnknownZone, match="there is none yet"):
        member_named("example.com", [])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--serial", "5"], "has no snapshot 5; the newest is 17"),
        (["--held"], "nothing is held; serial 17"),
        (["--held", "--serial", "5"], "choose one of"),
        (["--kind", "lost"], "'lost' is not one of"),
    ],
)
def test_what_is_not_there_is_wrong_usage(in_table: Recorded, options: list[str], sentence: str):
    result = run("report", APEX, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in " ".join(result.stderr.split())


def test_a_zone_without_a_snapshot_says_how_it_gets_one():
    with pytest.raises(NothingRecorded, match="has no snapshot yet; its first listing makes one"):
        read_report(MemorySnapshotStore(), KEY)


def test_a_table_that_is_not_there_is_unavailable(in_table: Recorded):
    result = run("report", APEX, "--table", "another")
    assert result.exit_code == 3
    assert "another" in result.stderr
