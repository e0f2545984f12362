"""`python -m local up`: what it prints, its options, and that nothing is left when it ends."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from local.embedded.process import PROJECT
from local.servers.client import serial_at
from local.servers.ports import free_port
from local.servers.tsig import Tsig
from local.world import World
from tests.e2e.hosted_zone import ADDRESS, await_true, transfer

GONE_WITHIN = 40.0
MESH = {
    "integrations": {"main": {}},
    "zones": [{"discover": "*.served.example", "integration": "main"}],
    "hubs": {"solo": {}},
}


@dataclass
class Up:
    """One run of the command, with a temp folder of its own."""

    folder: Path
    child: subprocess.Popen[str]
    options: dict[str, Any] = field(default_factory=dict)

    def printed(self) -> dict[str, Any]:
        """Wait for the line on standard output."""
        assert self.child.stdout is not None
        line = self.child.stdout.readline()
        assert line, (self.folder / "stderr").read_text()
        document: dict[str, Any] = json.loads(line)
        return document


@dataclass(frozen=True)
class Traces:
    """What a world might leave: processes by id, listening ports, files."""

    folder: Path
    pids: frozenset[int]
    ports: frozenset[int]

    def left(self) -> list[str]:
        running = [f"process {pid} {command(pid)}" for pid in self.pids if runs(pid)]
        listening = [f"port {port}" for port in self.ports if listens(port)]
        files = [str(path) for path in self.folder.iterdir() if path.name != "stderr"]
        return running + listening + files


def start(*options: str) -> Up:
    folder = Path(tempfile.mkdtemp(prefix="zm-up-"))  # short: NSD's socket is below it
    with (folder / "stderr").open("wb") as stderr:
        child = subprocess.Popen(
            [sys.executable, "-m", "local", "up", "--json", *options],
            cwd=PROJECT,
            env={**os.environ, "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    return Up(folder, child)


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Up]]:
    """Start the command with options; ended, with all that it started, at the module's end."""
    runs: list[Up] = []

    def up(*options: str) -> Up:
        runs.append(start(*options))
        return runs[-1]

    yield up
    for each in runs:
        each.child.terminate()
        each.child.communicate(timeout=60)
        shutil.rmtree(each.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def both(run: Callable[..., Up], tmp_path_factory: pytest.TempPathFactory) -> tuple[Up, Up]:
    """One run with nothing given and one with everything, deployed side by side."""
    mesh = tmp_path_factory.mktemp("mesh") / "mesh.yaml"
    mesh.write_text(yaml.safe_dump(MESH))
    port, dns_port = free_port(), free_port()
    plain = run()
    given = run("--mesh", str(mesh), "--port", str(port), "--dns-port", str(dns_port))
    given.options = {"port": port, "dns_port": dns_port}
    return plain, given


@pytest.fixture(scope="module")
def where(both: tuple[Up, Up]) -> tuple[dict[str, Any], dict[str, Any]]:
    plain, given = both
    return plain.printed(), given.printed()


def test_one_line_says_where_everything_is(where: tuple[dict[str, Any], dict[str, Any]]) -> None:
    document = where[0]
    assert set(document) == {"endpoint", "region", "shell", "hubs", "tsig"}
    assert document["endpoint"].startswith("http://127.0.0.1:")
    assert document["region"] == "us-east-1"
    assert set(document["hubs"]) == {"east", "west"}
    for hub in document["hubs"].values():
        assert set(hub) == {"dns", "status"}
        assert hub["dns"].startswith("127.0.0.1:")
        assert hub["status"].startswith("http://127.0.0.1:")
    assert set(document["tsig"]) == {"name", "algorithm", "secret"}
    assert document["tsig"]["algorithm"] == "hmac-sha256"


def test_whoever_reads_the_line_can_make_a_zone_and_transfer_it(
    where: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    for document, apex in zip(where, ("any.example.", "a.served.example."), strict=True):
        route53 = boto3.client(
            "route53",
            endpoint_url=document["endpoint"],
            region_name=document["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        route53.create_hosted_zone(Name=apex, CallerReference="one")
        key = Tsig(**document["tsig"])
        for hub in document["hubs"].values():
            port = port_of(hub["dns"])
            await_true("it is served", lambda p=port, a=apex: serial_at(ADDRESS, p, a))
            assert any(" NS " in record for record in transfer(port, apex, key).records)


def test_a_shell_that_sources_the_file_works_with_the_world(
    where: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    for document in where:
        typed = subprocess.run(
            ["bash", "-c", f". {document['shell']} && zonemesh status --json"],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert typed.returncode == 0, typed.stderr
        hubs = json.loads(typed.stdout)["hubs"]
        assert {hub["hub"] for hub in hubs} == set(document["hubs"])


def test_mesh_file_and_ports_are_taken_as_given(
    both: tuple[Up, Up], where: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    options, document = both[1].options, where[1]
    assert document["endpoint"] == f"http://127.0.0.1:{options['port']}"
    assert set(document["hubs"]) == {"solo"}
    assert document["hubs"]["solo"]["dns"] == f"127.0.0.1:{options['dns_port']}"


def test_sigterm_ends_it_with_0_and_nothing_is_left(
    both: tuple[Up, Up], where: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    up, traces = both[0], traces_of(both[0], where[0])
    up.child.send_signal(signal.SIGTERM)
    rest, _ = up.child.communicate(timeout=60)
    assert up.child.returncode == 0
    assert rest == "", "one line is all that goes to standard output"
    assert traces.left() == []
    assert "nothing left behind" in (up.folder / "stderr").read_text()


def test_after_sigkill_nothing_is_left_either(
    both: tuple[Up, Up], where: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    up, traces = both[1], traces_of(both[1], where[1])
    up.child.kill()
    up.child.wait(10)
    await_true("all is gone", lambda: not traces.left(), GONE_WITHIN, lambda: str(traces.left()))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hubs: [", "mesh.yaml"),
        ("hubs: {one: {}}\nzones: [{discover: '*', integration: nowhere}]\n", "nowhere"),
        ("hubs: {\udcff: {}}", "not UTF-8"),
        (None, "No such file"),
    ],
)
def test_a_mesh_that_cannot_be_is_refused_at_once(
    tmp_path: Path, text: str | None, said: str
) -> None:
    mesh = tmp_path / "mesh.yaml"
    if text is not None:
        mesh.write_bytes(text.encode(errors="surrogateescape"))
    answer = subprocess.run(
        [sys.executable, "-m", "local", "up", "--json", "--mesh", str(mesh)],
        cwd=PROJECT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (1, "")
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == ([] if text is None else ["mesh.yaml"])


def test_a_world_that_stops_leaves_nothing(start_world: Callable[..., World]) -> None:
    others = descendants(os.getpid())  # what other tests of this process keep running
    world = start_world()
    folder = world.folder
    ports = {world.aws.port, *(p for h in world.hubs.values() for p in (h.dns_port, h.http_port))}
    pids = descendants(os.getpid()) - others
    assert world.aws.pid in pids
    world.stop()
    left = [f"{pid} {command(pid)}" for pid in pids if runs(pid)]
    assert left == []
    assert not folder.exists()
    assert not [port for port in ports if listens(port)]


def traces_of(up: Up, document: dict[str, Any]) -> Traces:
    ports = {port_of(document["endpoint"])}
    for hub in document["hubs"].values():
        ports |= {port_of(hub["dns"]), port_of(hub["status"])}
    pids = descendants(up.child.pid)
    assert sum(command(pid).startswith("nsd") for pid in pids) >= len(document["hubs"])
    assert all(map(listens, ports))
    return Traces(up.folder, frozenset(pids), frozenset(ports))


def descendants(pid: int) -> set[int]:
    """Give a process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in filter(lambda entry: entry.name.isdecimal(), Path("/proc").iterdir()):
        if fields := stat(int(entry.name)):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = set(), [pid]
    while waiting:
        found.add(parent := waiting.pop())
        waiting += children.get(parent, [])
    return found


def stat(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat from the state on; none where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def runs(pid: int) -> bool:
    fields = stat(pid)
    return bool(fields) and fields[0] != "Z"


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])
