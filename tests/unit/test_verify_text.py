"""What `zonemesh verify` shows of servers, on a terminal and in a pipe."""

import io
import re

import dns.rdatatype
from rich.console import Console

from zonemesh.cli.verify_text import show_verification
from zonemesh.failover import Failover, NameServers, Readiness, Sets
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.verify.compare import Difference
from zonemesh.verify.places import Role, Server
from zonemesh.verify.questions import Query
from zonemesh.verify.run import Verified
from zonemesh.verify.whole import Verification

ZONE = "route53:main:example.com."
SOA = "example.com. 900 IN SOA ns. host. {serial} 900 300 2419200 900"
SNAPSHOT = Snapshot(ZONE, "example.com.", 7, None, 0, Reason("first"), SOA, None, None, None)
NOBODY = Failover(Sets(NameServers(), NameServers(), NameServers()), (), Readiness.UNKNOWN)
PARIS = Server(Role.SECONDARY, "paris", "192.0.2.53", 53)
HUB = Server(Role.HUB, "hq", "192.0.2.1", 53)


def differences(*answers: str) -> list[Difference]:
    return [
        Difference(Query(f"w{n}.example.com.", dns.rdatatype.A), f"300 A 192.0.2.{n}", answer)
        for n, answer in enumerate(answers)
    ]


def shown(*results: Verified, width: int = 80, terminal: bool = True) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=terminal, color_system=None)
    show_verification(console, Verification(SNAPSHOT, 9, 9, results, (), NOBODY))
    return out.getvalue()


def test_a_server_that_answers_all_alike_has_one_line() -> None:
    text = shown(Verified(PARIS, None, 3, 0, differences(*["REFUSED"] * 3)), width=160)
    assert "! secondary paris (192.0.2.53@53): it answers REFUSED to all of 3 questions" in text
    assert "w0.example.com." not in text
    assert "`zonemesh status` has the likely cause" in text


def test_answers_that_differ_from_each_other_are_told_one_by_one() -> None:
    text = shown(Verified(HUB, 7, 3, 0, differences("NXDOMAIN", "REFUSED")), width=160)
    assert "w0.example.com. A: 300 A 192.0.2.0; it answers NXDOMAIN" in text
    assert "w1.example.com. A: 300 A 192.0.2.1; it answers REFUSED" in text
    assert "likely cause" not in text


def test_a_long_difference_is_folded_on_a_terminal_and_one_line_in_a_pipe() -> None:
    answer = " | ".join(f"300 A 198.51.100.{n}" for n in range(20))
    result = Verified(HUB, 7, 3, 0, differences(answer))
    folded, piped = shown(result), shown(result, terminal=False)
    assert max(map(len, folded.splitlines())) <= 80
    assert answer in re.sub(r"\s+", " ", folded)
    assert answer in piped
