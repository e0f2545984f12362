"""docs/mesh.md: its definitions are applied in order, and its commands print what is shown."""

import os
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.test_cli import run
from zonemesh.aws.wiring import TablePorts
from zonemesh.deployment import TABLE

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/mesh.md"
BLOCK = re.compile(r"(<!-- shown -->\n)?^```(\w*)\n(.*?)^```$", re.M | re.S)


def blocks() -> Iterator[tuple[str, str]]:
    """Give the blocks in order: their language, `shown` for an output, and their text."""
    for shown, language, text in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        yield "shown" if shown else language, text


def typed(command: str, folder: Path) -> str:
    program, *words = shlex.split(command)
    assert program == "zonemesh"
    if ">" in words:
        place = words.index(">")
        said = run(*words[:place]).stdout
        (folder / words[place + 1]).write_text(said)
        return said
    result = run(*words)
    return result.stderr + result.stdout if result.exit_code == 1 else result.output


def in_use(ports: TablePorts) -> None:
    """What hub branch says of itself."""
    ports.reports.heartbeat("branch", {"at": time.time(), "ready": True})
    follows = {"secondaries": {"paris": {"state": "current", "follows": 7}}}
    ports.reports.zone_status("branch", "route53:main:example.com.", follows)


def gist(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, by arn:\S+", "THEN, by SOMEBODY", text)
    return re.sub(r"heard of \d+ (s|min) ago", "heard of just now", text)


def test_every_command_prints_what_is_shown(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TABLE, table)
    monkeypatch.chdir(tmp_path)
    in_use(TablePorts(os.environ | {TABLE: table}))
    said, compared = "", 0
    for kind, text in blocks():
        if kind == "yaml":
            name = "broken.yaml" if text.startswith("# broken.yaml") else "mesh.yaml"
            (tmp_path / name).write_text(text)
        elif kind == "sh" and "forget" not in text:
            said = typed(text, tmp_path)
        elif kind == "shown":
            assert gist(said) == gist(text)
            compared += 1
    assert compared == 7
    assert (tmp_path / "mesh.schema.json").read_text().startswith("{")
