"""`zonemesh history`, `show`, `diff`, `export` and `blame` as they are typed."""

import io
import json
import os
import re

import boto3
import pytest
from rich.console import Console

from tests.unit.story import ALICE, BOB, HOSTS, START, Story
from tests.unit.test_cli import run
from tests.unit.test_record import APEX, KEY, alias, rrset
from zonemesh.approve import approve
from zonemesh.audit import APPLY, APPROVE, AuditEntry
from zonemesh.aws.wiring import TablePorts
from zonemesh.blame import blame
from zonemesh.cli.diff_text import show_blame
from zonemesh.cli.history_text import show_history, show_recording
from zonemesh.cli.noting import note
from zonemesh.deployment import TABLE
from zonemesh.errors import StoreUnavailable
from zonemesh.history import head_of, read_history, read_recording, snapshot_called
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.ports import Member
from zonemesh.snapshot import Change, Reason

WWW = f"www.{APEX}"
AGENT = "[aws-cli/2.15.30 Python/3.11.8 Linux/5.10 exe/x86_64 command/route53.change-tags]"
MESH = "integrations: {main: }\nzones: [{discover: '*', integration: main}]\nhubs: {hq: }\n"


@pytest.fixture
def told(table: str, monkeypatch: pytest.MonkeyPatch) -> Story:
    """A zone of the mesh in the table that the commands read, with three changes and an action."""
    monkeypatch.setenv("ZONEMESH_TABLE", table)
    ports = TablePorts({TABLE: table})
    ports.register.put(Member(KEY, APEX, "main", "Z1", "discovered", ("*",)))
    return tell(Story(*HOSTS, alias(f"api.{APEX}", WWW), store=ports.store, audit=ports.audit))


# An alias that points nowhere yet has a placeholder, which goes when its target comes.


def tell(story: Story) -> Story:
    story.put(rrset(WWW, "A", "192.0.2.1"), by=ALICE, agent=AGENT, events=5)
    story.put(rrset(WWW, "A", "192.0.2.2"), by=BOB, found_by="lookup")
    story.act(APPLY, zone=None, detail="version 2: ~ zones * of main")
    story.source.drop(HOSTS[0]["Name"], "A")
    story.list()
    return story


def lines(*arguments: object) -> list[str]:
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def on_terminal(width: int, show, *arguments) -> list[str]:
    out = io.StringIO()
    show(Console(file=out, width=width, force_terminal=True, no_color=True), *arguments)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())
    assert "\x1b" not in plain
    return plain.splitlines()


def test_the_history_is_told_with_names(told: Story):
    first, second, third = START + 60, START + 120, START + 181
    assert lines("history", APEX) == [
        f"{third}  2026-09-21 14:16:21 UTC  1 removed  served",
        "    found by listing: no event told of it",
        f"apply of the mesh definition  2026-09-21 14:15:21 UTC  by {BOB}",
        "    version 2: ~ zones * of main",
        f"{second}  2026-09-21 14:15:20 UTC  2 changed",
        "    found by LookupEvents: the event itself did not arrive",
        f"    ChangeResourceRecordSets by {BOB}",
        "      from 203.0.113.77 with aws-cli/2.15.30",
        f"      event e-{second}-0 of 2026-09-21 14:15:15 UTC",
        f"{first}  2026-09-21 14:14:20 UTC  2 added, 1 removed",
        f"    ChangeResourceRecordSets by {ALICE}",
        "      from 203.0.113.77 with [aws-cli/2.15.30 Python/3.11.8 Linux/5.10 exe/x…",
        "      5 events, 2026-09-21 14:14:15 UTC to 2026-09-21 14:14:19 UTC: "
        f"e-{first}-0, e-{first}-1 and 3 more",
        f"{START}  2026-09-21 14:13:20 UTC  22 rrsets",
        "    the zone's first listing",
    ]


def test_a_limit_says_that_there_is_more(told: Story):
    shown = lines("history", APEX, "--limit", 2)
    assert len([line for line in shown if not line.startswith(" ")]) == 3
    assert shown[-1] == "There is more: `--limit` says how much is shown."


def test_json_has_every_event_a_line(told: Story):
    events = [json.loads(line) for line in lines("history", APEX, "--json")]
    assert [event["kind"] for event in events] == [
        "snapshot", "action", "snapshot", "snapshot", "snapshot",
    ]  # fmt: skip
    newest, action, _, edited, first = events
    assert newest["standing"] == "served"
    assert action | {"time": 0} == {
        "kind": "action", "time": 0, "action": "apply", "zone": None, "serial": None, "who": BOB,
        "hub": "", "detail": "version 2: ~ zones * of main",
    }  # fmt: skip
    assert [change["event_id"] for change in edited["reason"]["changes"]] == [
        f"e-{START + 60}-{number}" for number in range(5)
    ]
    assert edited["served"] == {
        "added": 2, "removed": 1, "changed": 0, "about": False,
    }  # fmt: skip
    assert (first["parent"], first["against"]) == (None, None)


def test_one_snapshot_is_shown_whole(told: Story):
    shown = lines("show", APEX, START + 60)
    assert shown[0] == f"{KEY}, serial {START + 60}, accepted"
    assert f"parent    {START}" in shown
    assert f"source    24 rrsets; 1 added since {START}" in shown
    assert f"served    23 rrsets; 2 added, 1 removed since {START}" in shown
    assert "losses    none" in shown
    assert f"    ChangeResourceRecordSets by {ALICE}" in shown
    assert f"      from 203.0.113.77 with {AGENT}" in shown
    assert [line.split()[1] for line in shown if line.startswith("      event ")] == [
        f"e-{START + 60}-{number}" for number in range(5)
    ]
    assert any(line.startswith("losses    1 alias") for line in lines("show", APEX, START))
    document = json.loads(run("show", APEX, START + 60, "--json").stdout)
    assert (document["source_rrsets"], document["served_rrsets"], document["losses"]) == (
        24,
        23,
        {},
    )
    assert document["soa"].split()[6] == str(START + 60)


def test_what_holds_a_snapshot_is_said_and_that_it_was_approved(told: Story):
    held = told.drop(*[(each["Name"], "A") for each in HOSTS[1:18]], by=BOB)
    reason = held.concerns[0]
    listed = lines("history", APEX)
    assert listed[0].endswith("  17 removed  held")
    assert f"    {reason}" in listed
    shown = lines("show", APEX, "held")
    assert shown[-2:] == ["Held, because", f"    {reason}"]
    assert json.loads(lines("history", APEX, "--json")[0])["held_because"] == [reason]

    approve(told.store, KEY, held.serial)
    told.act(APPROVE, held.serial, detail=reason)
    listed = lines("history", APEX)
    assert listed[0] == f"approve {held.serial}  2026-09-21 14:17:22 UTC  by {BOB}"
    assert listed[2].endswith("  17 removed  served")
    assert lines("show", APEX, held.serial)[-2] == "Held until it was approved, because"


def test_a_listing_that_decides_anew_missed_no_event():
    story = Story(rrset(WWW, "A", "192.0.2.1"))
    story.zone = MeshZone(KEY, APEX, Policy.model_validate({"soa": {"refresh": 600}}), "Z1")
    story.list()
    found = read_history(story.store, story.audit, KEY, 9)
    assert on_terminal(160, show_history, found)[:3] == [
        f"{START + 60}  2026-09-21 14:14:20 UTC  no rrset differs  served",
        "    made by a listing; the source is as it was",
        "    the zone's policy, or zonemesh's translation, is another one than before",
    ]


def test_a_diff_goes_from_the_parent_to_the_newest_unless_it_is_told_otherwise(told: Story):
    before, newest = START + 120, START + 181
    expected = [
        f"; - {KEY} {before}, 2026-09-21 14:15:20 UTC",
        f"; + {KEY} {newest}, 2026-09-21 14:16:21 UTC",
        "- host00.example.com. 300 IN A 192.0.2.7",
        "; rrsets: 1 removed",
    ]
    assert lines("diff", APEX) == expected
    assert lines("diff", APEX, before) == expected
    assert lines("diff", APEX, before, newest) == expected
    assert lines("diff", APEX, "parent", START + 120)[2:] == [
        "- api.example.com. 300 IN A 192.0.2.1",
        "+ api.example.com. 300 IN A 192.0.2.2",
        "- www.example.com. 300 IN A 192.0.2.1",
        "+ www.example.com. 300 IN A 192.0.2.2",
        "; rrsets: 2 changed",
    ]
    assert lines("diff", APEX, newest, newest)[-1] == "; nothing differs but the serial"


def test_a_diff_of_the_source_and_one_for_programs(told: Story):
    shown = lines("diff", APEX, "parent", START + 120, "--source")
    assert [json.loads(line[2:])["ResourceRecords"] for line in shown[2:4]] == [
        [{"Value": "192.0.2.1"}], [{"Value": "192.0.2.2"}],
    ]  # fmt: skip
    served = json.loads(run("diff", APEX, "parent", START + 120, "--json").stdout)
    assert (served["from"], served["to"], served["soa"]) == (START + 60, START + 120, None)
    assert served["changes"][1] == {
        "owner": WWW,
        "type": "A",
        "before": {"ttl": 300, "records": ["192.0.2.1"]},
        "after": {"ttl": 300, "records": ["192.0.2.2"]},
    }
    source = json.loads(run("diff", APEX, "--source", "--json").stdout)
    assert [(each["before"], each["after"]) for each in source["changes"]] == [(HOSTS[0], None)]


def test_a_zone_is_written_out_as_it_was(told: Story):
    older = lines("export", APEX, "--serial", START + 60)
    assert f"{WWW} 300 IN A 192.0.2.1" in older
    assert [line.split()[6] for line in older if " IN SOA " in line] == [str(START + 60)]
    assert f"{WWW} 300 IN A 192.0.2.2" in lines("export", APEX)
    rrsets = [json.loads(line) for line in lines("export", APEX, "--format", "json")]
    assert alias(f"api.{APEX}", WWW) in rrsets and len(rrsets) == 23


def test_blame_names_who_it_was(told: Story):
    assert lines("blame", APEX, "www", "A") == [
        f"{WWW} A: last changed in serial {START + 120} (2026-09-21 14:15:20 UTC)",
        "    - www.example.com. 300 IN A 192.0.2.1",
        "    + www.example.com. 300 IN A 192.0.2.2",
        "    found by LookupEvents: the event itself did not arrive",
        f"    ChangeResourceRecordSets by {BOB}",
        "      from 203.0.113.77 with aws-cli/2.15.30",
        f"      event e-{START + 120}-0 of 2026-09-21 14:15:15 UTC",
    ]
    copied = lines("blame", APEX, f"api.{APEX}")
    assert copied[0].startswith(f"api.{APEX}: what is served last changed in serial {START + 120}")
    assert any(
        line.startswith(f"api.{APEX}: the source's rrset is as it was in the zone's first snapshot")
        for line in copied
    )
    assert lines("blame", APEX, HOSTS[0]["Name"])[0].startswith(
        f"host00.example.com.: was removed in serial {START + 181} "
    )
    document = json.loads(run("blame", APEX, "www", "--json").stdout)
    assert document["source"]["reason"]["changes"][0]["principal"] == BOB
    assert (document["served"]["serial"], document["served"]["before"]) == (START + 120, START + 60)


def test_a_damaged_chunk_is_named_and_the_rest_is_told():
    story = tell(Story(*HOSTS))
    newest = story.store.snapshot(KEY, story.store.head(KEY).serial)
    del story.store.nodes[KEY, newest.served.digest]
    shown = on_terminal(200, show_history, read_history(story.store, story.audit, KEY, 9))
    assert shown[0].endswith("  cannot be counted  served")
    assert shown[2] == f"    {KEY}: chunk {newest.served.digest} is missing"
    assert any(line.endswith("  1 changed") for line in shown)


@pytest.mark.parametrize("width", [80, 160])
def test_on_a_terminal_it_is_folded_and_nothing_is_lost(width: int):
    story = tell(Story(*HOSTS))
    story.drop(*[(each["Name"], "A") for each in HOSTS[1:18]], by=ALICE, agent=AGENT)
    head = head_of(story.store, KEY)
    held = snapshot_called(story.store, head, "held")
    newest = snapshot_called(story.store, head, "newest")
    for show, found in (
        (show_history, read_history(story.store, story.audit, KEY, 20)),
        (show_recording, read_recording(story.store, story.audit, head, held)),
        (show_blame, blame(story.store, newest, "www")),
    ):
        shown = on_terminal(width, show, found)
        assert all(len(line.rstrip()) <= width for line in shown)
        wide = on_terminal(10_000, show, found)
        assert "".join("".join(shown).split()) == "".join("".join(wide).split())


def test_nothing_in_an_event_reaches_the_terminal_as_a_control():
    evil = Change("e\x1b[31m", "Op", START, "arn:\x9b31m", "192.0.2.1\n", "curl\x07 [bold]:us:")
    story = Story(*HOSTS)
    story.source.put(rrset(WWW, "A", "192.0.2.1"))
    story.list(Reason("event", (evil,)))
    story.audit.note(AuditEntry(story.now, "apply\x1b", None, None, "who\x07", "what\r"))
    shown = on_terminal(200, show_history, read_history(story.store, story.audit, KEY, 9))
    text = "\n".join(shown)
    assert "curl\\u0007 [bold]:us:" in text
    assert all(character.isprintable() for line in shown for character in line)


REFUSED = [
    (["show", APEX, "held"], "nothing is held; serial"),
    (["show", APEX, "7"], "has no snapshot 7, or keeps it no longer"),
    (["show", APEX, "last"], "`last` is no serial; write one, or `newest`, or `held`"),
    (["diff", APEX, "old"], "`old` is no serial; write one, or `newest`, or `held`, or `parent`"),
    (["diff", APEX, "newest", "parent"], "`parent` is no serial"),
    (["export", APEX, "--serial", "-1"], "`-1` is no serial"),
    (["export", APEX, "--format", "xml"], "'xml' is not one of"),
    (["blame", APEX, "none"], "has no none.example.com., nor had it since serial"),
    (["blame", APEX, "www", "AAAAA"], "'AAAAA' is no record type"),
    (["history", "example.net"], "no zone `example.net`; known: example.com."),
    (["history", APEX, "--limit", "0"], "--limit"),
]


def test_what_is_not_there_is_wrong_usage(told: Story):
    for words, sentence in REFUSED:
        result = run(*words)
        assert (words, result.exit_code, result.stdout) == (words, 2, "")
        assert sentence in " ".join(result.stderr.split())


def test_a_table_that_is_not_there_is_unavailable(table: str):
    for words in (["history"], ["show", "newest"], ["diff"], ["export"], ["blame", "www"]):
        result = run(words[0], APEX, *words[1:], "--table", "another")
        assert (words, result.exit_code, result.stdout) == (words, 3, "")
        assert "another" in result.stderr


# What the commands themselves note


@pytest.fixture
def ports(table: str, monkeypatch: pytest.MonkeyPatch) -> TablePorts:
    monkeypatch.setenv("ZONEMESH_TABLE", table)
    return TablePorts(os.environ | {TABLE: table})


def caller() -> str:
    return boto3.client("sts").get_caller_identity()["Arn"]


def test_apply_is_noted_with_the_caller_and_what_changed_by_name(ports: TablePorts, tmp_path):
    file = tmp_path / "mesh.yaml"
    file.write_text(MESH)
    assert run("apply", file, "--yes").exit_code == 0
    (entry,) = ports.audit.entries(None, 10)
    assert (entry.action, entry.who, entry.serial) == (APPLY, caller(), None)
    assert entry.detail == "version 1: + integration main, + zones * of main, + hub hq"
    assert run("apply", file, "--dry-run").exit_code == run("apply", file, "--yes").exit_code == 0
    assert len(ports.audit.entries(None, 10)) == 1  # nothing was done

    file.write_text(f"{MESH}tsig_keys: {{k1: {{secret: 'file:/run/very-private'}}}}\n")
    assert run("apply", file, "--yes").exit_code == 0
    first, second = sorted(ports.audit.entries(None, 10), key=lambda each: each.detail)
    assert (first, second.detail.partition(":")[0]) == (entry, "version 2")
    assert "TSIG key k1" in second.detail and "private" not in second.detail


def test_bump_and_adopt_are_noted_where_they_did_something(ports: TablePorts):
    dev = f"route53:dev:{APEX}"
    ports.mesh_store.apply(
        "integrations: {main: , dev: }\nhubs: {hq: }\n"
        "zones: [{discover: '*', integration: main}, {discover: '*', integration: dev}]\n"
    )
    ports.register.put(Member(KEY, APEX, "main", "Z1", "discovered", ("*",)))
    ports.register.put(Member(dev, APEX, "dev", "Z2", "discovered", ("*",), "conflict"))
    story = Story(*HOSTS, store=ports.store)
    assert run("bump", KEY, "--above", START + 9).exit_code == 0
    after = ports.store.head(KEY).serial
    (entry,) = ports.audit.entries(KEY, 10)
    assert (entry.action, entry.who, entry.serial) == ("bump", caller(), after)
    assert entry.detail == f"from {story.first.serial}, above {START + 9}"
    assert run("bump", KEY, "--above", START + 9).exit_code == 0
    assert len(ports.audit.entries(KEY, 10)) == 1

    assert run("adopt", dev, "--yes").exit_code == 0
    for zone in (KEY, dev):
        newest = next(each for each in ports.audit.entries(zone, 10) if each.action == "adopt")
        assert newest.who == caller()
        assert newest.detail == f"{APEX} from {KEY} to {dev}, hosted zone Z2"


class Silent:
    """An audit, or an identity, that cannot be reached."""

    def note(self, entry: AuditEntry) -> None:
        raise StoreUnavailable("the table does not answer")

    def arn(self) -> str:
        raise StoreUnavailable("STS does not answer")


class Half:
    """Ports of which one works."""

    def __init__(self, audit, identity):
        self.audit, self.identity = audit, identity


def test_what_cannot_be_noted_is_said_and_stands(capsys: pytest.CaptureFixture[str]):
    class Known:
        def arn(self) -> str:
            return BOB

    note(Half(Silent(), Known()), APPLY, None, None)
    said = capsys.readouterr().err
    assert said == (
        "zonemesh: it is done, but the audit does not tell of it: the table does not answer\n"
    )


def test_a_caller_that_sts_does_not_name_is_noted_without(capsys: pytest.CaptureFixture[str]):
    story = Story()
    note(Half(story.audit, Silent()), APPROVE, KEY, 7, "why")
    (entry,) = story.audit.noted
    assert (entry.who, entry.detail) == ("", "why")
    assert "the audit will not tell who it was: STS does not answer" in capsys.readouterr().err
    found = read_history(story.store, story.audit, KEY, 5)
    assert "by somebody whom STS did not name" in on_terminal(120, show_history, found)[0]
