"""The examples of docs/translation.md: what they say, and what comes of them."""

import io
import re
import shlex
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from hub_container.nsd_control import nsd_version
from local.servers.client import ask, wait_until
from local.servers.ports import free_port
from local.servers.process import Server
from tests.fakes.memory import MemorySnapshotStore, MemorySource
from zonemesh.cli.display import PLAIN_WIDTH
from zonemesh.cli.report import show_report
from zonemesh.fidelity_report import FidelityReport, read_report
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.record import Recorder
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.translation.question import Outcome, Question, Response
from zonemesh.tree import entries
from zonemesh.zonefile import served_codec

APEX, KEY, HOSTED_ZONE = "example.com.", "route53:main:example.com.", "Z0EXAMPLE"
ADDRESS = "127.0.0.1"
NOW = 1_790_000_000
SOA = "ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
OF_THE_APEX = (  # what Route 53 puts into every hosted zone
    f"{APEX} 900 SOA {SOA}",
    f"{APEX} 172800 NS ns-1.awsdns-00.org.",
    f"{APEX} 172800 NS ns-2.awsdns-01.com.",
)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$|^#+ ([^\n]*)$", re.MULTILINE | re.DOTALL)
_ASKED = re.compile(r"(\S+) (\S+) at (Route 53|a resolver): (.*?)(?: \(TTL (\d+)\))?")
_FIELDS = re.compile(r"""((?:[^";]|"(?:[^"\\]|\\.)*")*)(?:;(.*))?""")


@dataclass
class Example:
    """An example as it is written, the texts of its blocks by language."""

    number: int
    section: str
    blocks: dict[str, str] = field(default_factory=dict)

    def lines(self, language: str) -> list[str]:
        return [" ".join(line.split()) for line in self.blocks.get(language, "").splitlines()]

    @property
    def policy(self) -> Policy:
        document = yaml.safe_load(self.blocks.get("yaml", "policy: {}"))
        assert list(document) == ["policy"]
        return Policy.model_validate(document["policy"])

    @property
    def rrsets(self) -> list[dict[str, Any]]:
        """What Route 53 holds, in the API's form, with an apex as it makes one."""
        lines = [line.strip() for line in self.blocks["route53"].splitlines()]
        has = {rrset["Type"] for rrset in rrsets(lines) if rrset["Name"] == APEX}
        return rrsets([line for line in OF_THE_APEX if line.split()[2] not in has] + lines)

    @property
    def questions(self) -> list[str]:
        """What is asked, each question as it is written."""
        return [line for line in (" ".join(line.split()) for line in self.lines("dig"))
                if line.startswith(";") and not line.startswith(";;")]  # fmt: skip


def examples(document: str) -> list[Example]:
    """Give a document's examples; each begins with a block of what Route 53 holds."""
    found: list[Example] = []
    section = ""
    for language, text, heading in _BLOCK.findall(document):
        if heading:
            section = heading
        elif language == "route53":
            found.append(Example(len(found), section, {language: text}))
        elif language in ("asked", "dig", "report") or (language == "yaml" and "policy:" in text):
            assert language not in found[-1].blocks, f"{section}: two blocks of {language}"
            found[-1].blocks[language] = text
    return found


def rrsets(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Read `NAME TTL TYPE VALUE; FIELD=… …` and `NAME TYPE ALIAS TARGET; …`, a record a line."""
    made = []
    for head, group in groupby(map(_record, lines), key=lambda record: record[0]):
        members = list(group)
        name, rdtype, ttl, fields = head
        rrset: dict[str, Any] = {"Name": name, "Type": rdtype, **_tree(shlex.split(fields))}
        if ttl is None:
            (target,) = (value for _, value in members)
            rrset["AliasTarget"] = _alias_target(target, rrset)
        else:
            rrset["TTL"] = ttl
            rrset["ResourceRecords"] = [{"Value": value} for _, value in members]
        made.append(rrset)
    return made


def _record(line: str) -> tuple[tuple[str, str, int | None, str], str]:
    found = _FIELDS.fullmatch(line)
    assert found, line
    name, second, third, value = found[1].strip().split(None, 3)
    fields = (found[2] or "").strip()
    if third == "ALIAS":
        return (name, second, None, fields), value
    return (name, third, int(second), fields), value


def _tree(words: Iterable[str]) -> dict[str, Any]:
    """Read `A=1 B.C=x` into fields of the API's types."""
    tree: dict[str, Any] = {}
    for word in words:
        path, _, text = word.partition("=")
        *above, name = path.split(".")
        inner = tree
        for step in above:
            inner = inner.setdefault(step, {})
        value: Any = {"true": True, "false": False}.get(text, text)
        inner[name] = int(text) if name in ("Weight", "Bias") else value
    return tree


def _alias_target(target: str, rrset: dict[str, Any]) -> dict[str, Any]:
    hosted_zone = HOSTED_ZONE if target.endswith(APEX) else "Z0ELSEWHERE"
    return {
        "DNSName": target,
        "HostedZoneId": rrset.pop("HostedZoneId", hosted_zone),
        "EvaluateTargetHealth": rrset.pop("EvaluateTargetHealth", False),
    }


@dataclass
class Recording:
    """An example recorded: the snapshot that is served, and what is reported of the newest."""

    example: Example
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.store, self.now = MemorySnapshotStore(), NOW
        if self._record(self.example.policy):  # refused: what was served before is served on
            self._record(Policy())
            self.asked.clear()
            self._record(self.example.policy)

    def _record(self, policy: Policy) -> bool:
        self.now += 60
        zone = MeshZone(KEY, APEX, policy, HOSTED_ZONE)
        source = MemorySource(APEX, self.example.rrsets)
        recorder = Recorder(self.store, lambda: self.now, self._answer)
        return recorder.record_listing(zone, source, Reason("listing")).held

    def _answer(self, questions: Collection[Question]) -> dict[Question, Response]:
        told = {text: response for text, response in map(_told, self.example.lines("asked"))}
        self.asked |= {_question(question) for question in questions}
        return {
            question: told[_question(question)]
            for question in questions
            if _question(question) in told
        }

    @property
    def unexpected(self) -> set[str]:
        """Questions that the example says and nobody asks, or that it does not say."""
        return self.asked ^ {text for text, _ in map(_told, self.example.lines("asked"))}

    @property
    def report(self) -> FidelityReport:
        head = self.store.head(KEY)
        assert head
        return read_report(self.store, KEY, held=head.held is not None)

    @property
    def report_lines(self) -> list[str]:
        """What the command prints, less which snapshot it is and the counts."""
        report, out = self.report, io.StringIO()
        plain = Console(file=out, width=PLAIN_WIDTH, highlight=False, markup=False)
        show_report(plain, report, report.lines)
        _, *lines, _, _ = out.getvalue().splitlines()
        return [line for line in lines if line]

    def zone_file(self) -> str:
        """The zone as hubs serve it."""
        head = self.store.head(KEY)
        assert head
        snapshot: Snapshot = self.store.snapshot(KEY, head.serial)

        def load(digests: Iterable[str]) -> dict[str, str]:
            return self.store.load(KEY, digests)

        served = entries(snapshot.served, load, served_codec)
        return snapshot.soa_line() + "\n" + "".join(entry.text for entry in served)


def _question(question: Question) -> str:
    where = "Route 53" if question.authority else "a resolver"
    return f"{question.name} {question.rdtype} at {where}"


def _told(line: str) -> tuple[str, Response]:
    found = _ASKED.fullmatch(line)
    assert found, f"not of the form `NAME TYPE at WHERE: VALUE, … (TTL 60)`: {line}"
    name, rdtype, where, values, ttl = found.groups()
    text = f"{name} {rdtype} at {where}"
    if values == "no answer":
        return text, Response(Outcome.FAILED, why="timeout")
    if values == "nothing":
        return text, Response(Outcome.NONE)
    return text, Response(Outcome.FOUND, tuple(sorted(values.split(", "))), int(ttl))


class Served:
    """All examples in one NSD, each zone under a name of its own that is as long as its apex."""

    def __init__(self, recordings: Sequence[Recording], directory: Path) -> None:
        self._recordings, self._directory, self._port = recordings, directory, free_port()
        self._shown: dict[int, list[str]] = {}

    def dig(self, number: int) -> list[str]:
        """What dig shows for an example's questions."""
        return self._shown[number]

    def ask_all(self) -> None:
        with self._running():
            questions = [(r.example, q) for r in self._recordings for q in r.example.questions]
            asked = [_renamed(q, e).lstrip(";").split() for e, q in questions]
            answers = self._answers([f"{name} {rdtype}" for name, _, rdtype in asked])
            for (example, _), answer in zip(questions, answers, strict=True):
                shown = self._shown.setdefault(example.number, [])
                shown += [line.replace(_apex(example), APEX) for line in answer]

    @contextmanager
    def _running(self) -> Iterator[None]:
        zones = []
        for recording in self._recordings:
            apex = _apex(recording.example)
            text = recording.zone_file().replace(APEX, apex)
            (self._directory / f"{apex}zone").write_text(text)
            zones.append(f'zone:\n  name: "{apex}"\n  zonefile: "{apex}zone"\n')
        configuration = self._directory / "nsd.conf"
        configuration.write_text(self._configuration() + "".join(zones))
        server = Server(["nsd", "-d", "-c", str(configuration)], self._directory / "nsd.log")
        server.start()
        try:
            wait_until(
                f"NSD answers (see {self._directory}/nsd.log)",
                lambda: not server.running or ask(ADDRESS, self._port, ".", "SOA"),
            )
            assert server.running, server.log()
            yield
        finally:
            server.stop()

    def _configuration(self) -> str:
        # Before 4.8 NSD keeps a database that all NSDs of a machine would share.
        database = '  database: ""\n' if nsd_version() < (4, 8) else ""
        return f"""server:
  ip-address: {ADDRESS}@{self._port}
  username: ""
  server-count: 1
  zonesdir: "{self._directory}"
  zonelistfile: "{self._directory}/zone.list"
  xfrdfile: "{self._directory}/xfrd.state"
  pidfile: "{self._directory}/nsd.pid"
{database}remote-control:
  control-enable: no
"""

    def _answers(self, questions: Sequence[str]) -> list[list[str]]:
        batch = self._directory / "questions"
        batch.write_text("".join(f"{question}\n" for question in questions))
        command = (
            f"dig @{ADDRESS} -p {self._port} -r +noall +comments +question +answer +nocmd "
            f"+norecurse +tcp -f {batch}"
        )
        shown = subprocess.run(
            command.split(), capture_output=True, text=True, check=True, timeout=60
        ).stdout
        return [_answer(part) for part in shown.split(";; Got answer:")[1:]]


def _answer(shown: str) -> list[str]:
    """Give question and records; where there are none the status, and their number."""
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    status = re.search(r"status: \w+", shown)
    assert status, shown
    (question,) = (line for line in lines if line.startswith(";") and line[1:2] not in "; ")
    records = [line for line in lines if line and not line.startswith(";")]
    return [question, *(records or [f";; {status[0]}, ANSWER: 0"])]


def _apex(example: Example) -> str:
    return f"x{example.number:02d}.example."


def _renamed(text: str, example: Example) -> str:
    return text.replace(APEX, _apex(example))
