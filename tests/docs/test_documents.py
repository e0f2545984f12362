"""What the documents show is what happens."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from botocore import xform_name
from botocore.loaders import Loader

from local.embedded.faults import CallFault, EventFaults
from local.servers.bind import bind_is_missing
from stacks.settings import Settings
from zonemesh import deployment
from zonemesh.cli.main import app
from zonemesh.mesh.definition import parse_mesh

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([PROJECT / "README.md", *(PROJECT / "docs").glob("*.md")])
ROOT: Any = typer.main.get_command(app)
TELLS_ITS_COMMANDS = {"rndc": "-h", "knotc": "--help", "nsd-control": "-h"}
TYPER_OPTIONS = re.compile(r"(--[a-z-]+)")


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL)


def commands() -> list[tuple[str, str]]:
    found = []
    for path in DOCUMENTS:
        for block in blocks(path, "sh"):
            joined = block.replace("\\\n", " ")
            found += [(path.name, line.strip()) for line in joined.splitlines() if line.strip()]
    return found


def anchors(text: str) -> set[str]:
    """Give what a document's headings are linked by, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", [*DOCUMENTS, PROJECT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_every_link_within_the_project_leads_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        there = path.parent / place if place else path
        assert there.exists(), link
        assert not anchor or anchor in anchors(there.read_text()), link


def test_the_contents_of_the_architecture_are_its_sections() -> None:
    text = (PROJECT / "docs/architecture.md").read_text()
    listed = re.findall(r"^- \[.*\]\(#(.*)\)$", text.split("\n## ")[0], re.M)
    sections = re.findall(r"^## (.*)$", text, re.M)
    assert [{anchor} for anchor in listed] == [anchors(f"## {each}") for each in sections]


@pytest.mark.parametrize(("document", "command"), commands())
def test_every_command_names_what_there_is(document: str, command: str) -> None:
    words = command.split()
    if words[0] == "make":
        verbs = re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE)
        assert words[1] in verbs
    elif words[0] in {"zonemesh", ".venv/bin/zonemesh"}:
        check_zonemesh(words[1:], command)
    elif words[:3] == [".venv/bin/python", "-m", "local"]:
        check_options([sys.executable, "-m", "local", words[3], "--help"], command)
    elif words[0] == ".":
        assert words[1:] == [".venv/bin/activate"]
    elif words[0] == "scripts/cdk":
        assert (PROJECT / words[0]).exists()
    elif words[0] == "docker":
        check_docker(words)
    elif words[0] == "pdnsutil":
        said = subprocess.run(["pdnsutil", "--help"], capture_output=True, text=True, timeout=60)
        assert re.search(rf"^{re.escape(words[1])} ", said.stdout + said.stderr, re.MULTILINE)
    elif words[0] in TELLS_ITS_COMMANDS:
        said = subprocess.run(
            [words[0], TELLS_ITS_COMMANDS[words[0]]], capture_output=True, text=True, timeout=60
        )
        assert re.search(rf"\b{re.escape(words[1])}\b", said.stdout + said.stderr)
    else:
        tools = {"aws", "curl", "dig", "named-checkconf", "nsd-checkconf", "pdns_control"}
        assert words[0] in tools, f"{document}: nothing tests `{command}`"


def check_zonemesh(words: list[str], command: str) -> None:
    """Hold a command of zonemesh against the help of the command, or group, that it begins with."""
    shown = ROOT
    path = []
    for word in words:
        if word not in getattr(shown, "commands", {}):
            break
        shown = shown.commands[word]
        path.append(word)
    assert path or words[0].startswith("-"), command
    known = {option for each in shown.params for option in each.opts} | {"--help"}
    assert set(TYPER_OPTIONS.findall(command.split("|")[0])) <= known, command


def check_options(help_command: list[str], command: str) -> None:
    shown = subprocess.run(
        help_command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    for option in TYPER_OPTIONS.findall(command):
        assert option in shown, command


def check_docker(words: list[str]) -> None:
    if "-f" in words:
        assert (PROJECT / words[words.index("-f") + 1]).exists()
    known = {value for name, value in vars(deployment).items() if name.isupper()}
    for variable in (word.split("=")[0] for word in words if word.startswith("ZONEMESH_")):
        assert variable in known


def test_the_policies_shown_for_another_account_are_what_the_code_calls() -> None:
    policy, trust, _ = map(json.loads, blocks(PROJECT / "docs/aws.md", "json"))
    (allowed,) = policy["Statement"]
    assert set(allowed["Action"]) == called_in("route53.py", "hosted_zones.py", "cloudtrail.py")
    (trusted,) = trust["Statement"]
    assert trusted["Action"] == "sts:AssumeRole"
    assert set(trusted["Condition"]["StringEquals"]) == {"sts:ExternalId"}


def called_in(*names: str) -> set[str]:
    """Give the actions that adapters call, as policies name them."""
    code = "".join((PROJECT / "zonemesh/aws" / name).read_text() for name in names)
    return {
        f"{service}:{operation}"
        for service in ("route53", "cloudtrail")
        for operation in Loader().load_service_model(service, "service-2")["operations"]
        if re.search(rf"\b{xform_name(operation)}\b", code)
    }


def test_the_policy_shown_for_writing_is_what_the_code_calls() -> None:
    *_, policy = map(json.loads, blocks(PROJECT / "docs/aws.md", "json"))
    section = (PROJECT / "docs/aws.md").read_text().split("## Writing to a source")[1]
    actions = {action for each in policy["Statement"] for action in each["Action"]}
    actions |= set(re.findall(r"`(route53:\w+)`", section.split("\n## ")[0]))
    # CreateHostedZone asks for it where the zone is private.
    called = called_in("route53_writer.py") | {"route53:AssociateVPCWithHostedZone"}
    assert actions == called | {"route53:ListHostedZones", "route53:ListResourceRecordSets"}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_mesh_definition_shown_is_valid(path: Path) -> None:
    for block in blocks(path, "yaml"):
        if "hubs" in (yaml.safe_load(block) or {}):
            parse_mesh(block)


def test_every_deployment_setting_is_documented() -> None:
    section = (PROJECT / "docs/aws.md").read_text().split("## Settings of the deployment")[1]
    shown = set(re.findall(r"^\| `(\w+)` \|", section.split("\n## ")[0], re.MULTILINE))
    known = set(re.findall(r"^    `(\w+)` ", Settings.__doc__ or "", re.MULTILINE))
    assert known - shown == {"lambdaPlatform", "localPython"}  # the local world's own
    assert shown <= known


def test_every_metric_named_is_emitted() -> None:
    text = (PROJECT / "docs/aws.md").read_text().split("## What it measures")[1]
    named = set(re.findall(r"`([A-Z][a-z]\w+)`", text))
    code = "".join(path.read_text() for path in (PROJECT / "functions").glob("*.py"))
    emitted = set(re.findall(r'(?:add|single)_metric\(\s*"(\w+)"', code))
    assert named == emitted


def test_every_fault_knob_shown_is_one() -> None:
    shown = re.findall(r"-d '(\{.*\})'", (PROJECT / "docs/local.md").read_text())
    assert shown
    for text in shown:
        knobs = yaml.safe_load(text)
        EventFaults(**knobs.get("events", {}))
        assert all(CallFault(**call) for call in knobs.get("calls", []))


def test_the_demo_prints_what_the_readme_shows() -> None:
    if missing := bind_is_missing():
        pytest.skip(missing)
    shown = re.search(r"<!-- demo -->\n```\n(.*?)```", (PROJECT / "README.md").read_text(), re.S)
    assert shown
    played = subprocess.run(
        [sys.executable, "-m", "local", "demo"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-3000:]
    assert gist(played.stdout) == gist(shown[1])


def gist(output: str) -> tuple[list[str], list[str]]:
    """Give the lines without what differs from run to run, and apart the legs in any order."""
    scenes, _, legs = output.partition("from the edit to the answer")
    text = re.sub(r"\bZ[0-9A-Z]{8,}\b", "ZONE", scenes)
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    text = re.sub(r"\d+-\w{3}-\d+", "DATE", text)
    text = re.sub(r"awsdns-\d+\.[a-z.]+?\. ", "awsdns. ", text)
    lines = [re.sub(r"\d+", "N", line).split() for line in text.splitlines()]
    legs = re.sub(r"\d+", "N", legs)
    return [" ".join(line) for line in lines if line], sorted(
        " ".join(line.split()) for line in legs.splitlines() if line.strip()
    )
