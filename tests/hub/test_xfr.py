"""Zones as BIND, Knot and NSD give them, recorded and served to the byte."""

import subprocess
from pathlib import Path

import dns.tsig
import pytest

from local.servers.bind_primary import BindPrimary
from local.servers.knot_primary import KnotPrimary
from local.servers.nsd_primary import NsdPrimary
from local.servers.primary import zone_text
from local.servers.program import ADDRESS
from local.servers.tsig import Tsig
from tests.fakes.memory import MemorySnapshotStore
from zonemesh.errors import TransferFailed
from zonemesh.export import Format, export
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.record_pulled import PULLED, record_pulled
from zonemesh.snapshot import Reason
from zonemesh.xfr.reader import XfrReader

APEX = "example.com."
KEY = Tsig("hub.", "hmac-sha256", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=")
PRIMARIES = [BindPrimary, KnotPrimary, NsdPrimary]
RECORDS = [
    *(f"h{number}.example.com. 300 A 192.0.2.{number % 250}" for number in range(600)),
    'txt.example.com. 300 TXT "a\\228\\"b" "c;d"',
    "odd.example.com. 300 TYPE65280 \\# 2 abcd",
    "svc.example.com. 300 HTTPS 1 . alpn=h2",
    "caa.example.com. 300 CAA 0 issue \"ca.example.net\"",
    "*.wild.example.com. 300 MX 10 mail.example.com.",
    "sub.example.com. 300 NS ns1.sub.example.com.",
    "ns1.sub.example.com. 300 A 192.0.2.53",
]  # fmt: skip
MEANS_WELL = Policy.model_validate({"soa": "source"})
ZONE = MeshZone("axfr:lon:example.com.", APEX, MEANS_WELL, pulled=True)


def reader(primary, key: Tsig | None = None) -> XfrReader:
    secret = dns.tsig.Key(key.name, key.secret, key.algorithm) if key else None
    return XfrReader(ADDRESS, primary.port, APEX, secret)


def record(store, source, **how):
    return record_pulled(store, ZONE, source, Reason(PULLED), lambda: 1_790_000_000, **how)


def text_of(store, snapshot) -> str:
    return "".join(export(store, snapshot, Format.ZONEFILE))


@pytest.mark.parametrize("program", PRIMARIES)
def test_zone_is_read_whole_and_by_what_changed(program, tmp_path: Path):
    store = MemorySnapshotStore()
    with program(tmp_path, {APEX: zone_text(APEX, 5, RECORDS)}, KEY) as primary:
        source = reader(primary, KEY)
        assert source.serial() == 5
        first = record(store, source).snapshot
        assert first.serial == 5
        primary.put(APEX, zone_text(APEX, 6, [*RECORDS[1:], "new.example.com. 60 A 192.0.2.9"]), 6)
        assert record(store, source).snapshot.serial == 6
        assert not record(store, source, whole=True).changed  # a transfer tells the same
        with pytest.raises(TransferFailed, match=r"REFUSED|NOTAUTH"):
            reader(primary).spool()
    changed = text_of(store, store.snapshot(ZONE.key, 6))
    assert "h0.example.com." not in changed
    assert "new.example.com. 60 IN A 192.0.2.9\n" in changed
    assert 'txt.example.com. 300 IN TXT "a\\228\\"b" "c;d"\n' in changed
    assert "odd.example.com. 300 IN TYPE65280 \\# 2 abcd\n" in changed
    assert first.losses == {}


def sign(directory: Path, text: str, *more: str) -> str:
    """Sign a zone with BIND's tools; the keys are made once."""
    directory.mkdir(exist_ok=True)
    if not list(directory.glob("K*")):
        make = ["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-K", str(directory)]
        _run(*make, APEX)
        _run(*make, "-f", "KSK", APEX)
    plain, signed = directory / "plain.zone", directory / "signed.zone"
    plain.write_text(text)
    places = ["-K", str(directory), "-d", str(directory), "-f", str(signed)]
    _run("dnssec-signzone", "-q", "-S", *places, "-o", APEX, *more, str(plain))
    return signed.read_text()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("denial", [(), ("-3", "aabb")], ids=["nsec", "nsec3"])
def test_signed_zone_verifies_as_it_is_served(denial, tmp_path: Path):
    store, keys = MemorySnapshotStore(), tmp_path / "keys"
    served = tmp_path / "served.zone"
    records = [*RECORDS[:50], *RECORDS[600:], "mixed.example.com. 60 CNAME H1.Example.COM."]
    signed = sign(keys, zone_text(APEX, 5, records), *denial)
    with BindPrimary(tmp_path / "bind", {APEX: signed}, None) as primary:
        source = reader(primary)
        for serial, lines in ((5, records), (6, records[1:]), (7, records)):
            if serial > 5:
                primary.put(APEX, sign(keys, zone_text(APEX, serial, lines), *denial), serial)
            recorded = record(store, source)
            assert (recorded.held, recorded.snapshot.serial) == (False, serial)
            assert recorded.snapshot.expires is not None
            served.write_text(text_of(store, recorded.snapshot))
            _run("dnssec-verify", "-q", "-o", APEX, str(served))
            _run("nsd-checkzone", APEX, str(served))
        assert not record(store, source, whole=True).changed
