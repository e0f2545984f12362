"""What `zonemesh verify` shows: a line a server, its differences, and who names which servers."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zonemesh.cli.paragraph import INDENT, put
from zonemesh.failover import Failover, NameServers, Readiness
from zonemesh.serial import is_newer
from zonemesh.verify.places import Role
from zonemesh.verify.run import Verified
from zonemesh.verify.whole import Verification

MOST = 20  # differences of one server that are shown; --json has them all
_STYLES = {Readiness.READY: "green", Readiness.NOT_READY: "red", Readiness.UNKNOWN: "yellow"}


def show_verification(out: Console, found: Verification) -> None:
    """Show it: who answers how, who was not asked, and whether the zone survives its source."""
    snapshot = found.snapshot
    asked = f"{found.questions} questions about {found.names} names"
    out.print(Text.assemble((snapshot.zone, "bold"), f", serial {snapshot.serial}: {asked}"))
    out.print()
    for result in found.results:
        _show_result(out, result, snapshot.serial)
    for each in found.unasked:
        style, sign = ("red", "!") if each.problem else ("dim", "-")
        put(out, Text.assemble((f"{sign} ", style), f"not asked: {each}"))
    out.print()
    _show_failover(out, found.failover)
    out.print()
    put(out, _sum(found))


def _show_result(out: Console, result: Verified, serial: int) -> None:
    sign, style = ("=", "green") if result.good else ("!", "red")
    what = _what(result, serial)
    put(out, Text.assemble((f"{sign} ", style), str(result.server), f": {what}"))
    if _same_to_all(result):
        return
    for each in result.differences[:MOST]:
        put(out, Text(f"{each.query}: {each.wanted}; it answers {each.got}"), INDENT)
    if (more := len(result.differences) - MOST) > 0:
        put(out, Text(f"and {more} more (--json has all)"), INDENT)


def _same_to_all(result: Verified) -> str:
    """Give what a server answers to every question, like REFUSED; empty where it differs."""
    said = {each.got for each in result.differences}
    alike = len(said) == 1 and len(result.differences) == result.asked > 1
    return said.pop() if alike else ""


def _what(result: Verified, serial: int) -> str:
    if result.silent:
        return f"it answers nothing: {result.silent}"
    if same := _same_to_all(result):
        return f"it answers {same} to all of {_count(result.asked, 'question')}"
    many = len(result.differences)
    differs = _count(many, "difference") if many else "no difference"
    parts = [f"{differs} in {_count(result.asked, 'question')}"]
    if result.left_out:
        parts.append(f"{result.left_out} left out, which it answers in its own way")
    if result.server.terms.whole_soa and result.serial not in (None, serial):
        behind = result.serial is not None and is_newer(serial, result.serial)
        parts.append(f"it is {'behind' if behind else 'ahead'}, at serial {result.serial}")
    return "; ".join(parts)


def _show_failover(out: Console, judged: Failover) -> None:
    sets = judged.sets
    columns = {"PARENT": sets.parent, "SOURCE": sets.source, "SERVED": sets.served}
    heads = ("NAME SERVER", *columns)
    shown = Table(*heads, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in sorted(sets.all):
        marked = "*" if name in judged.secondaries else ""
        shown.add_row(name + marked, *(_has(each, name) for each in columns.values()))
    if sets.all:
        out.print(shown)
    if judged.secondaries:
        out.print(Text("* to be asked when the source is gone", style="dim"))
    word = Text(str(judged.readiness), style=_STYLES[judged.readiness])
    out.print(Text.assemble("Failover: ", word))
    for reason in judged.reasons:
        put(out, Text(reason), INDENT)
    for line in judged.advice:
        put(out, Text(line, style="dim"), INDENT)


def _has(found: NameServers, name: str) -> str:
    if found.unknown:
        return "?"
    return "yes" if name in found.names else "-"


def _sum(found: Verification) -> Text:
    if not found.results:
        return Text("Nobody was asked.", style="yellow")
    bad = [result for result in found.results if not result.good]
    if bad:
        servers = _count(len(bad), "server")
        told = f"{servers} of {len(found.results)} do not answer as the zone is."
        if any(result.server.role is Role.SECONDARY for result in bad):
            told += " `zonemesh status` has the likely cause of a secondary's."
        return Text(told, style="red")
    if not found.good:
        return Text("No difference, but not everybody could be asked.", style="red")
    return Text(f"No difference at {_count(len(found.results), 'server')}.", style="green")


def _count(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def verification_document(found: Verification) -> dict[str, Any]:
    """Give it JSON-able, with every difference."""
    return {
        "zone": found.snapshot.zone,
        "serial": found.snapshot.serial,
        "names": found.names,
        "questions": found.questions,
        "good": found.good,
        "servers": [_server_document(result) for result in found.results],
        "not_asked": [
            {"role": each.role.value, "of": each.of, "why": each.why, "problem": each.problem}
            for each in found.unasked
        ],
        "failover": _failover_document(found.failover),
    }


def _server_document(result: Verified) -> dict[str, Any]:
    server = result.server
    return {
        "role": server.role.value,
        "of": server.of,
        "name": server.name,
        "address": server.address,
        "port": server.port,
        "serial": result.serial,
        "asked": result.asked,
        "left_out": result.left_out,
        "silent": result.silent,
        "differences": [
            {
                "name": each.query.name,
                "type": str(each.query).rpartition(" ")[2],
                "about": each.query.about,
                "wanted": each.wanted,
                "got": each.got,
            }
            for each in result.differences
        ],
    }


def _failover_document(judged: Failover) -> dict[str, Any]:
    sets = judged.sets
    return {
        "readiness": judged.readiness.value,
        "secondaries": list(judged.secondaries),
        "reasons": list(judged.reasons),
        "advice": list(judged.advice),
        "name_servers": {
            which: {"names": sorted(each.names), "ttl": each.ttl, "unknown": each.unknown}
            for which, each in (
                ("parent", sets.parent),
                ("source", sets.source),
                ("served", sets.served),
            )
        },
    }
