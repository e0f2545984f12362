"""What goes wrong around a hub: the last good zone is served on, and it converges afterwards."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub_container.configuration import Configuration
from hub_container.hub import Hub
from hub_container.main import run
from hub_container.status_server import StatusServer
from local.servers.client import serial_at, wait_until
from local.servers.ports import free_port
from tests.hub.standalone import NAMES, STALLED
from tests.hub.world import ADDRESS, HUB, HubWorld, address_lines, key_of
from zonemesh.snapshot import Announcement, Head

APEX = "example.com."
OTHER = "other.example."
ROOT = Path(__file__).parents[2]


def state_of(world: HubWorld, apex: str = APEX) -> dict[str, object]:
    assert world.hub is not None
    return world.hub.zone_status(key_of(apex)) or {}


def processes_with(text: str) -> list[str]:
    """Give the command lines of all live processes that contain some text."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if text in command:
                found.append(f"{entry.name}: {command}")
    return found


@pytest.fixture
def served(world: HubWorld) -> HubWorld:
    """Two zones at serial 1 in the store."""
    for apex in (APEX, OTHER):
        world.join(apex)
        world.publish(apex, 1, address_lines(apex, 10))
    return world


def test_a_zone_that_nsd_refuses_keeps_its_last_good_version(served: HubWorld) -> None:
    with served.running():
        served.wait_for(APEX, 1)
        before = served.axfr(APEX)
        bad = address_lines(APEX, 10) | {("bad." + APEX, "A"): f"bad.{APEX} 60 IN A nonsense\n"}
        served.publish(APEX, 2, bad)
        served.publish(OTHER, 2, address_lines(OTHER, 11))
        served.wait_for(OTHER, 2)
        wait_until("the error is shown", lambda: state_of(served)["error"])
        assert "nsd-checkzone refuses example.com." in str(state_of(served)["error"])
        assert state_of(served)["serial"] == 1
        assert served.axfr(APEX) == before
        served.publish(APEX, 3, address_lines(APEX, 12))
        served.wait_for(APEX, 3)
        wait_until("the error is gone", lambda: state_of(served)["error"] is None)


def test_a_zone_without_a_usable_first_version_does_not_stop_the_others(world: HubWorld) -> None:
    world.join(APEX)
    world.join(OTHER)
    world.join("empty.example.")  # a member that was never recorded
    world.publish(APEX, 1, {("bad." + APEX, "A"): f"bad.{APEX} 60 IN A nonsense\n"})
    world.publish(OTHER, 1, address_lines(OTHER, 3))
    with world.running() as hub:
        world.wait_for(OTHER, 1)
        wait_until("the hub is ready", lambda: hub.ready)
        assert world.serial(APEX) is None
        assert state_of(world, "empty.example.")["state"] == "waiting"
    with world.running():
        world.wait_for(OTHER, 1)


def test_nsd_killed_comes_back_with_everything(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        wait_until("NSD runs", lambda: hub.nsd.state == "running")
        assert hub.nsd.pid is not None
        os.kill(hub.nsd.pid, signal.SIGKILL)
        served.publish(APEX, 2, address_lines(APEX, 12))
        served.wait_for(APEX, 2)
        served.wait_for(OTHER, 1)
        assert hub.nsd.starts == 2
        wait_until("no error is left", lambda: state_of(served)["error"] is None)


def test_a_message_that_is_not_json_is_dropped_and_named(
    served: HubWorld, caplog: pytest.LogCaptureFixture
) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        for body in ("not json", "[]", '{"zone": 1, "serial": 2}', '{"serial": 2}', "null"):
            served.inbox.put(body)
        served.publish(APEX, 2, address_lines(APEX, 12))
        served.wait_for(APEX, 2)
        assert hub.listener.unreadable == 5
        wait_until("the queue is empty", lambda: not served.inbox.in_flight)
    dropped = [record for record in caplog.records if "dropped" in record.message]
    assert len(dropped) == 5
    assert "not JSON" in vars(dropped[0])["error"]


def test_an_older_head_is_not_followed(served: HubWorld) -> None:
    served.publish(APEX, 5, address_lines(APEX, 11))
    with served.running() as hub:
        served.wait_for(APEX, 5)
        wait_until("the hub knows it", lambda: state_of(served)["serial"] == 5)
        served.store.current[key_of(APEX)] = Head(key_of(APEX), 1)
        served.inbox.put(Announcement(key_of(APEX), 1).to_json())
        hub.catch_up_soon()
        wait_until("the error is shown", lambda: state_of(served)["error"])
        assert "older than 5" in str(state_of(served)["error"])
        assert served.serial(APEX) == 5


def test_aws_away_for_a_while_costs_time_only(served: HubWorld) -> None:
    def fail(step: str) -> None:
        raise ConnectionError(f"no route to {step}")

    with served.running() as hub:
        served.wait_for(APEX, 1)
        ports = (served.store, served.inbox, served.reports)
        for port in ports:
            port.on_step = fail
        wait_until("the failure is shown", lambda: hub.board.aws_error)
        assert served.serial(APEX) == 1
        for port in ports:
            port.on_step = lambda _: None
        served.publish(APEX, 2, address_lines(APEX, 12))
        served.wait_for(APEX, 2)
        wait_until("AWS is back", lambda: hub.board.aws_error is None)
        wait_until(
            "the status is reported",
            lambda: served.reports.statuses[HUB, key_of(APEX)]["serial"] == 2,
        )


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Have every write beyond a size fail in this process, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_fails_leaves_the_old_file_and_is_tried_again(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        before = served.axfr(APEX)
        with no_file_longer_than(100_000):
            served.publish(APEX, 2, address_lines(APEX, 5000))
            wait_until("the error is shown", lambda: state_of(served)["error"])
            assert "OSError" in str(state_of(served)["error"])
            served.publish(OTHER, 2, address_lines(OTHER, 12))
            served.wait_for(OTHER, 2)
            assert served.axfr(APEX) == before
        served.wait_for(APEX, 2)
        assert not list(hub.files.directory.glob("*.new"))


def test_a_damaged_file_on_disk_is_fetched_again(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        served.wait_for(OTHER, 1)
        path = hub.files.path(key_of(APEX))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], "half a li"]))
    with served.running() as hub:
        wait_until("the zone is whole again", lambda: served.serial(APEX) == 1, within=60)
        assert len(served.axfr(APEX)) == 14
        served.wait_for(OTHER, 1)


class HubProcess:
    """A hub in a process of its own."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory, self.port = directory, port
        self.log = directory.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=os.environ | (environment or {}),
                stdout=log,
                stderr=log,
            )

    def start_standalone(self, serial: int, *stall: str) -> None:
        self.start("tests.hub.standalone", str(self.directory), str(self.port), str(serial), *stall)

    def end(self, sign: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(sign)
        return self.process.wait(30)

    def wait_for(self, serial: int) -> None:
        wait_until(
            f"serial {serial}: see {self.log}",
            lambda: serial_at(ADDRESS, self.port, APEX) == serial,
            within=60,
        )

    def half_written(self) -> list[Path]:
        files = self.directory.glob("zones/*.new")
        return [path for path in files if path.stat().st_size > 100_000]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[HubProcess]:
    process = HubProcess(tmp_path / "hub", free_port())
    yield process
    if process.process and process.process.poll() is None:
        process.end(signal.SIGKILL)
    wait_until("nothing is left", lambda: not processes_with(str(process.directory)))


def test_a_hub_killed_while_it_writes_serves_the_last_good_zone(process: HubProcess) -> None:
    process.start_standalone(1)
    process.wait_for(1)
    assert process.end(signal.SIGTERM) == 0
    assert not processes_with(str(process.directory))

    process.start_standalone(2, "stall")
    wait_until("the store stalls", lambda: STALLED in process.log.read_text(), within=60)
    assert process.half_written()
    process.wait_for(1)
    process.end(signal.SIGKILL)
    wait_until("NSD went with it", lambda: not processes_with(str(process.directory)))
    assert process.half_written()

    process.start_standalone(2)
    process.wait_for(2)
    assert not process.half_written()
    assert process.end(signal.SIGTERM) == 0


def test_a_leftover_nsd_on_the_port_is_ended(served: HubWorld) -> None:
    with served.running():
        served.wait_for(APEX, 1)
    config = served.directory / "nsd" / "nsd.conf"
    leftover = subprocess.Popen(["nsd", "-d", "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        served.wait_for(APEX, 1)
        with served.running() as hub:
            served.publish(APEX, 2, address_lines(APEX, 11))
            served.wait_for(APEX, 2)
            assert leftover.wait(10) is not None
            assert hub.nsd.starts == 1
    finally:
        leftover.kill()
        leftover.wait()


def test_a_hub_started_while_aws_is_unreachable_serves_the_last_good_zones(
    served: HubWorld, process: HubProcess
) -> None:
    served.directory, served.port = process.directory, process.port
    with served.running():
        served.wait_for(APEX, 1)
        served.wait_for(OTHER, 1)
    http = free_port()
    process.start(
        "hub_container",
        environment={
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1",
            "ZONEMESH_TABLE": "mesh",
            "ZONEMESH_HUB": HUB,
            "ZONEMESH_QUEUE_URL": "http://127.0.0.1/queue",
            "ZONEMESH_STATE_DIR": str(process.directory),
            "ZONEMESH_DNS_LISTEN": f"{ADDRESS}@{process.port}",
            "ZONEMESH_HTTP_LISTEN": f"{ADDRESS}:{http}",
        },
    )
    process.wait_for(1)
    assert served.axfr(OTHER)
    wait_until("the failure is logged", lambda: "cannot catch up" in process.log.read_text())
    for line in process.log.read_text().splitlines():
        assert json.loads(line)["message"]
    assert served.key.secret not in process.log.read_text()
    assert process.end(signal.SIGTERM) == 0


def test_wrong_settings_are_all_named_and_nothing_starts(process: HubProcess) -> None:
    process.start("hub_container", environment={"ZONEMESH_DNS_LISTEN": "here"})
    assert process.process is not None
    assert process.process.wait(30) == 2
    log = process.log.read_text()
    for name in ("ZONEMESH_HUB", "ZONEMESH_TABLE", "ZONEMESH_QUEUE_URL", "ZONEMESH_DNS_LISTEN"):
        assert name in log


def test_the_saved_configuration_reads_back(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        saved = (served.directory / "configuration.json").read_text()
        assert Configuration.from_json(saved) == hub.configuration
        for path in (served.directory / "configuration.json", served.directory / "nsd/nsd.conf"):
            assert path.stat().st_mode & 0o077 == 0


def test_zone_files_are_many_loads_long() -> None:
    """The stalled hub must have begun to write when its store stops."""
    assert NAMES // 128 > 2 * 64


def test_files_of_a_zone_that_left_before_a_restart_are_removed_in_time(
    served: HubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        served.wait_for(OTHER, 1)
        left, kept = (hub.files.path(key_of(apex)) for apex in (OTHER, APEX))
        served.register.remove(key_of(OTHER))
        hub.catch_up_soon()
        wait_until("it left", lambda: served.serial(OTHER) is None)
    with served.running() as hub:
        served.wait_for(APEX, 1)
        wait_until("the hub caught up", lambda: hub.board.caught_up)
        assert left.exists()  # it might come back
        monkeypatch.setattr("hub_container.left._KEEP_FILES", 0.0)
        hub.catch_up_soon()
        wait_until("its files are gone", lambda: not list(left.parent.glob(f"{left.stem}.*")))
        assert kept.exists()
        assert served.serial(APEX) == 1


def test_a_part_that_cannot_be_stopped_leaves_no_other_running(
    served: HubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("stuck")

    hub = Hub(served.settings(), served.ports())
    http = StatusServer(hub.settings.http_listen, hub)
    stop = threading.Event()
    for part in (hub.secondaries, hub.reporter):
        end = part.stop
        monkeypatch.setattr(part, "stop", lambda end=end: (end(), fail()))
    starts = threading.Timer(2.0, stop.set)
    starts.start()
    with pytest.raises(RuntimeError, match="stuck"):
        run(hub, http, stop)
    starts.join()
    assert hub.nsd.starts == 1
    assert hub.nsd.pid is None
    assert not processes_with(str(served.directory))
    with pytest.raises(OSError), socket.create_connection((ADDRESS, http.port), timeout=2):
        pass
