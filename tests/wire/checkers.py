"""What BIND's and Knot's checkers say of a zone that Route 53 has and NSD serves.

NSD's checker decides, since NSD reads the file; the others read it by transfer, which is another
matter: test_secondaries. Where they complain of the file, it is for one of these reasons.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

APEX = "example.com."


@dataclass(frozen=True, slots=True)
class Accepted:
    """A complaint that stands: the checker, how its line reads, why, and rrsets that cause it.

    `rrsets` are lines of `owner type value`, the owner below the apex. `refused` tells whether the
    checker refuses the zone for it.
    """

    checker: str
    line: str
    reason: str
    rrsets: tuple[str, ...]
    refused: bool = False


BIND, KNOT = "named-checkzone", "kzonecheck"
NO_CHANGE = "; the zone is served as its owner has it"
ACCEPTED = [
    Accepted(
        BIND,
        r".*: bad owner name \(check-names\)",
        "host names by RFC 952; DNS has no such rule (RFC 2181 11)",
        ("a_b A 192.0.2.1",),
    ),
    Accepted(
        BIND,
        r".*: warning: .*: bad name \(check-names\)",
        "targets that are no host names by RFC 952; DNS has no such rule (RFC 2181 11)",
        ("mx MX 10 a_b.example.net.",),
    ),
    Accepted(
        BIND,
        r".*: warning: ownername '.*' contains an non-terminal wildcard",
        "an asterisk within a name is legal (RFC 4592 2.1.3), and Route 53 takes it",
        ("x.*.deep TXT \"x\"",),
    ),
    Accepted(
        BIND,
        r".*: warning: '.*': MX is an address",
        "a name that looks like an address is a legal name" + NO_CHANGE,
        ("mx MX 10 192.0.2.1.",),
    ),
    Accepted(
        BIND,
        r"zone .*: .*/(MX|SRV|NS) '.*' has no address records \(A or AAAA\)",
        "a target in the zone that Route 53 has no address for" + NO_CHANGE,
        ("mx MX 10 none.example.com.", "srv SRV 1 1 1 none.example.com."),
    ),
    Accepted(
        BIND,
        r"zone .*: NS '.*' has no address records \(A or AAAA\)",
        "an apex NS in the zone without an address: Route 53 takes it, and resolvers go to the "
        "other name servers; secondaries take it by transfer",
        ("@ NS ns.example.com.",),
        refused=True,
    ),
    Accepted(
        BIND,
        r"zone .*: .*/(MX|SRV|NS) '.*' is a CNAME \(illegal\)",
        "RFC 2181 10.3 forbids it, Route 53 does not" + NO_CHANGE,
        ("mx MX 10 www.example.com.", "www CNAME example.net."),
    ),
    Accepted(
        BIND,
        r"zone .*: '.*' found type SPF record but no SPF TXT record found.*",
        "SPF records are historic (RFC 7208 3.1), and Route 53 has them still",
        ('spf SPF "v=spf1 -all"',),
    ),
    Accepted(
        BIND,
        r"zone .*: .*/NS '.*' has no REQUIRED GLUE address records \(A or AAAA\)",
        "Route 53 takes a delegation without its glue" + NO_CHANGE,
        ("sub NS ns.sub.example.com.",),
    ),
    Accepted(
        BIND,
        r"zone .*/DS deprecated digest type 1 \(SHA-1\)",
        "the parent's business and the child's key; Route 53 takes any digest" + NO_CHANGE,
        ("sub NS ns.example.net.", "sub DS 1 13 1 " + "ab" * 20),
    ),
    Accepted(
        KNOT,
        r"\[.*\] missing glue record",
        "name servers in the zone without an address, at the apex or of a delegation: Route 53 "
        "takes them, and Knot's own transfer takes them too",
        ("sub NS ns.sub.example.com.",),
        refused=True,
    ),
]  # fmt: skip
_SAID_ANYWAY = {
    BIND: r"zone .*: (loaded serial \d+|not loaded due to errors\.)|OK|",
    KNOT: r"Error summary:|\s*\d+\t.*|No semantic error found|",
}
_COMMAND = {
    # `-i local`: the checker is not to ask the machine's resolver for other zones' names.
    BIND: ["named-checkzone", "-i", "local"],
    KNOT: ["kzonecheck", "-o"],
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a checker said of a zone file, but for what it says of every one."""

    refused: bool
    lines: list[str]

    def unaccepted(self, checker: str) -> list[str]:
        patterns = [accepted.line for accepted in ACCEPTED if accepted.checker == checker]
        return [
            line
            for line in self.lines
            if not any(re.fullmatch(pattern, line) for pattern in patterns)
        ]


def check(checker: str, apex: str, path: Path) -> Said:
    """Have a checker read a zone file."""
    done = subprocess.run(
        [*_COMMAND[checker], apex, str(path)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=60,
        check=False,
    )
    lines = (done.stdout + done.stderr).splitlines()
    said = [line for line in lines if not re.fullmatch(_SAID_ANYWAY[checker], line)]
    return Said(done.returncode != 0, said)
