"""NSD reads names of any bytes from our zone files as we mean them."""

import random
import subprocess
from pathlib import Path

import dns.name
import dns.rdata
import dns.rdatatype
import dns.zone

from zonemesh.zone import RRset

APEX = dns.name.from_text("example.")
BYTES = b'ab\\\\\\..."*@;()$ \t\x00\xff#/0129'  # what master files write in a special way, mostly
SOA_AND_NS = "example. 60 IN SOA a. b. 1 1 1 1 1\nexample. 60 IN NS a.\n"


def odd_names(count: int) -> set[dns.name.Name]:
    draw = random.Random(1)
    names: set[dns.name.Name] = set()
    while len(names) < count:
        labels = [
            bytes(draw.choices(BYTES, k=draw.randint(1, 4))) for _ in range(draw.randint(1, 3))
        ]
        names.add(dns.name.Name([*labels, *APEX.labels]).canonicalize())
    return names


def test_owners_and_targets_of_any_bytes_are_read_back_as_they_are(tmp_path: Path) -> None:
    names = odd_names(800)
    rrsets = [
        RRset(name, dns.rdatatype.NS, 60, frozenset({dns.rdata.from_text("IN", "NS", str(name))}))
        for name in names
    ]
    file = tmp_path / "zone"
    file.write_text(SOA_AND_NS + "".join(rrset.lines() for rrset in rrsets))
    printed = subprocess.run(
        ["nsd-checkzone", "-p", "example.", str(file)], capture_output=True, text=True, check=True
    ).stdout
    text = "\n".join(line for line in printed.splitlines() if not line.startswith(";"))
    zone = dns.zone.from_text(text, origin=APEX, relativize=False)
    read = {
        owner.canonicalize(): zone.get_rdataset(owner, "NS")[0].target.canonicalize()
        for owner in zone.nodes
        if owner != APEX
    }
    assert read == {name: name for name in names}
