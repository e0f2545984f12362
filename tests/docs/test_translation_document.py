"""docs/translation.md: every example is translated, served by NSD, asked by dig, and reported."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
from pydantic import BaseModel

from local.servers.nsd import nsd_is_missing
from tests.docs.contract import Example, Recording, Served, examples
from tests.docs.made_by_route53 import why_not_made
from zonemesh.dnssec import is_withdrawn, signed_state, signing_note
from zonemesh.fidelity import Kind
from zonemesh.policy import Dnssec, Policy, SoaTimers
from zonemesh.ports import Member
from zonemesh.refresh_aliases import FRESH_FOR
from zonemesh.serial import SerialStrategy, next_serial
from zonemesh.settle import Asking, Settled, settle
from zonemesh.translation.limits import BIND_RECORDS, DS_DIGESTS, WIRE_MOST
from zonemesh.translation.question import Outcome, Response
from zonemesh.translation.routing import FACTOR
from zonemesh.translation.translator import CNAME_TTL

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs/translation.md").read_text()
EXAMPLES = examples(DOCUMENT)


def block(language: str) -> list[str]:
    (text,) = re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
    return text.splitlines()


def table(section: str) -> list[list[str]]:
    """The rows of a section's table, without its heading."""
    text = DOCUMENT.split(f"\n## {section}\n")[1].split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def anchor(heading: str) -> str:
    """A heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


# The examples


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return [Recording(example) for example in EXAMPLES]


@pytest.fixture(scope="module")
def served(recordings: list[Recording], tmp_path_factory: pytest.TempPathFactory) -> Served:
    if missing := nsd_is_missing():
        pytest.fail(missing)
    if not shutil.which("dig"):
        pytest.fail("dig is not installed: install the package bind9-dnsutils")
    served = Served(recordings, tmp_path_factory.mktemp("nsd"))
    served.ask_all()
    return served


every_example = pytest.mark.parametrize(
    "example", EXAMPLES, ids=[f"{each.number} {each.section}" for each in EXAMPLES]
)


@every_example
def test_dig_shows_what_the_document_says(example: Example, served: Served) -> None:
    assert served.dig(example.number) == example.lines("dig")


@every_example
def test_the_report_says_what_the_document_says(
    example: Example, recordings: list[Recording]
) -> None:
    assert recordings[example.number].report_lines == example.lines("report")


@every_example
def test_dns_is_asked_what_the_document_says(example: Example, recordings: list[Recording]) -> None:
    assert not recordings[example.number].unexpected


@every_example
def test_every_rrset_is_carried_or_reported(example: Example, recordings: list[Recording]) -> None:
    report = recordings[example.number].report
    assert report.source_rrsets == len(example.rrsets)
    assert report.carried + report.reported == report.source_rrsets
    assert bool(report.lines) == bool(example.lines("report"))


# Route 53 makes the records of a traffic policy by itself, and lets nobody write them.
written_by_hand = [each for each in EXAMPLES if "TrafficPolicy" not in each.blocks["route53"]]


@pytest.mark.parametrize(
    "example", written_by_hand, ids=[f"{each.number} {each.section}" for each in written_by_hand]
)
def test_route_53_holds_what_the_document_says(example: Example) -> None:
    assert not why_not_made(example.rrsets)


# The tables


def test_every_row_of_the_contract_leads_to_an_example() -> None:
    rows = table("The contract")
    leads = [re.findall(r"\(#([\w-]+)\)", row[1]) for row in rows]
    assert all(len(lead) == 1 for lead in leads), leads
    shown = {anchor(example.section) for example in EXAMPLES} | {"dnssec"}  # a table of its own
    assert {lead for (lead,) in leads} == shown


def settings(model: type[BaseModel] = Policy, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Every setting of a policy: where it stands, its words where it has any, its default."""
    for name, info in model.model_fields.items():
        if isinstance(info.default, BaseModel):
            if name == "soa":
                yield "soa", "`source`", "its timers"
            yield from settings(type(info.default), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", words(info.annotation), shown(info.default)


def words(kind: Any) -> str:
    if get_origin(kind) is dict:
        keys, values = get_args(kind)
        return f"of {words(keys)}: {words(values)}"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{word}`" for word in kind)
    return ""


def shown(default: Any) -> str:
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return "none" if default in (None, (), {}) else f"`{default}`"


def policy_row(setting: tuple[str, str, str]) -> str:
    name, said, default = setting
    return f"| `{name}` | {said} | {default} |"


def test_the_policy_s_words_and_defaults_are_those_of_the_models() -> None:
    written = [f"| {' | '.join(row)} |" for row in table("The policy's words")]
    assert written == [policy_row(setting) for setting in settings()]


def test_every_kind_of_loss_is_in_the_report_s_table() -> None:
    assert [row[0] for row in table("The report")] == [f"`{kind}`" for kind in Kind]


def test_kinds_are_shown_in_examples_but_for_what_route_53_never_holds() -> None:
    reported = "\n".join(line for example in EXAMPLES for line in example.lines("report"))
    never = {Kind.ROUTED, Kind.UNREADABLE, Kind.HEALTH}
    assert {kind for kind in Kind if f": {kind}, served" not in reported} == never


def test_limits_are_those_of_the_code() -> None:
    first = [row[0] for row in table("Limits")]
    assert first == [
        f"{Policy().routing.max_values} records (`routing.max_values`)",
        f"{BIND_RECORDS} records",
        f"{WIRE_MOST:,} bytes",
        f"DS digest types {min(DS_DIGESTS)} to {max(DS_DIGESTS)}",
        "substitution expressions (RFC 3402 3.2)",
        "templates like `/dns-query{?dns}` (RFC 9461 5)",
        "the length of a hash",
        "one CNAME",
    ]
    assert frozenset(range(min(DS_DIGESTS), max(DS_DIGESTS) + 1)) == DS_DIGESTS


def test_defaults_in_the_contract_s_table_are_the_defaults() -> None:
    written = {
        name: default
        for row in table("The contract")
        for name, default in re.findall(r"`([\w.]+)`: \*\*`?([^`*]+)`?\*\*", row[2])
    }
    defaults = {name: default.strip("`") for name, _, default in settings()}
    timers = SoaTimers()
    assert written.pop("soa") == f"{timers.refresh}, {timers.retry}, {timers.expire}"
    assert written == {name: defaults[name] for name in written}
    routed = {f"routing.{name}" for name in Policy().routing.model_dump()}
    assert written.keys() >= routed - {"routing.preferred_region"}


# What happens over time


def test_answers_settle_as_the_document_says() -> None:
    forget_after, watched = Policy().aliases.forget_after, 0
    memory, answered = Settled(1_000_000), Response(Outcome.FAILED)
    for line in block("settled"):
        found = re.fullmatch(r"(\d+) min: (.*) → (.*)", line)
        assert found, line
        now = 1_000_000 + 60 * int(found[1])
        # It is asked every minute in between, with what was answered before.
        for minute in range(watched or now, now, 60):
            memory = settle(memory, answered, Asking(minute, forget_after))
        answered = response(found[2])
        memory = settle(memory, answered, Asking(now, forget_after))
        watched = now + 60
        assert (", ".join(memory.values or ()) or "nothing") == found[3], line


def response(text: str) -> Response:
    if text == "no answer":
        return Response(Outcome.FAILED, why="timeout")
    if text == "nothing":
        return Response(Outcome.NONE)
    return Response(Outcome.FOUND, tuple(sorted(text.split(", "))), 60)


@pytest.mark.parametrize("line", block("serial"))
def test_serials_are_minted_as_the_document_says(line: str) -> None:
    found = re.fullmatch(r"(\w+) after (\w+)(?: with floor (\d+))? at (.*): (\d+)", line)
    assert found, line
    strategy, before, floor, at, after = found.groups()
    now = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
    minted = next_serial(
        None if before == "none" else int(before),
        now=now,
        floor=None if floor is None else int(floor),
        strategy=SerialStrategy(strategy),
    )
    assert minted == int(after)


@pytest.mark.parametrize("row", table("DNSSEC"), ids=" ".join)
def test_signed_zones_are_served_as_the_document_says(row: list[str]) -> None:
    signing, has_ds, *served = row
    parent = Response(Outcome.FOUND if has_ds == "yes" else Outcome.NONE)
    state = signed_state(signing == "yes", "", parent)
    member = Member("route53:main:a.", "a.", "main", "Z1", "listed", ("*",), signed=state)
    for word, said in zip((Dnssec.WITHDRAW, Dnssec.UNSIGNED_OK), served, strict=True):
        policy = Policy(dnssec=word)
        does = "withdrawn" if is_withdrawn(member, policy) else "served"
        warning = ", with a warning" if signing_note(member, policy) else ""
        assert does + warning == said


def test_what_is_known_of_a_ds_stays_where_the_parent_does_not_answer() -> None:
    assert signed_state(True, "chained", Response(Outcome.FAILED)) == "chained"
    assert signed_state(True, "signed", None) == "signed"


def test_figures_in_the_text_are_those_of_the_code() -> None:
    assert "by its target's name for two minutes" in " ".join(DOCUMENT.split())
    assert FRESH_FOR == 120
    assert f"within a factor of {FACTOR} of each other" in DOCUMENT
    assert f"with a TTL of {CNAME_TTL} seconds" in DOCUMENT
