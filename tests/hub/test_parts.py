"""The hub's parts by themselves: settings, rings, configuration, workers, NSD's configuration."""

import os
import threading
import time
from pathlib import Path

import pytest

from hub_container.configuration import Configuration, Secondary, zones_of
from hub_container.mesh_view import MeshView
from hub_container.nsd import is_nsd_of
from hub_container.nsd_config import ZoneEntry, nsd_conf
from hub_container.nsd_control import NsdRefused, check_conf
from hub_container.nsd_text import NsdPaths
from hub_container.rings import MeshApplied, UnreadableRing, read_ring
from hub_container.settings import Endpoint, InvalidSettings, Settings
from hub_container.tsig import TsigKey
from hub_container.workers import ZoneWorkers
from hub_container.zonefiles import ZoneFiles
from local.servers.client import wait_until
from tests.fakes.memory import MemorySnapshotStore
from tests.hub.world import HUB, HubWorld, address_lines, key_of, publish
from zonemesh.errors import InvalidSecret
from zonemesh.ports import Member
from zonemesh.snapshot import Announcement

APEX = "example.com."
ENVIRONMENT = {"ZONEMESH_HUB": "one", "ZONEMESH_TABLE": "t", "ZONEMESH_QUEUE_URL": "http://q"}


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_environment(
        ENVIRONMENT
        | {
            "ZONEMESH_DNS_LISTEN": "192.0.2.1@53, ::@5353",
            "ZONEMESH_HTTP_LISTEN": "[::1]:8080",
            "ZONEMESH_CATCH_UP_EVERY": "30",
            "ZONEMESH_NOTIFY_SOURCE": "192.0.2.7, 2001:db8::7",
        }
    )
    assert settings.dns_listen == (Endpoint("192.0.2.1", 53), Endpoint("::", 5353))
    assert settings.dns_listen[1].reachable == Endpoint("::1", 5353)
    assert settings.http_listen == Endpoint("::1", 8080)
    assert settings.catch_up_every == 30
    assert settings.notify_sources == ("192.0.2.7", "2001:db8::7")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZONEMESH_DNS_LISTEN", "192.0.2.1"),
        ("ZONEMESH_DNS_LISTEN", "host@53"),
        ("ZONEMESH_HTTP_LISTEN", "127.0.0.1:x"),
        ("ZONEMESH_CATCH_UP_EVERY", "0"),
        ("ZONEMESH_CATCH_UP_EVERY", "often"),
        ("ZONEMESH_NOTIFY_SOURCE", "eth0"),
        ("ZONEMESH_NOTIFY_SOURCE", "192.0.2.7,192.0.2.8"),
        ("ZONEMESH_TABLE", ""),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        Settings.from_environment(ENVIRONMENT | {name: value})


def test_rings_are_read() -> None:
    assert read_ring('{"zone": "z", "serial": 7}') == Announcement("z", 7)
    assert read_ring('{"mesh": 3}') == MeshApplied(3)
    for body in ("", "7", "{}", '{"zone": "z"}', '{"zone": "z", "serial": "7"}', "\ud800"):
        with pytest.raises(UnreadableRing):
            read_ring(body)


def member(zone: str, apex: str, **fields: object) -> Member:
    defaults = {"origin": "discovered", "hubs": ("*",), "state": "active"} | fields
    return Member(zone, apex, "main", "Z", **defaults)  # type: ignore[arg-type]


def test_a_hub_serves_its_own_members_that_are_to_be_served() -> None:
    members = [
        member("a", "a.example."),
        member("b", "b.example.", hubs=("other",)),
        member("c", "c.example.", hubs=("other", "one"), state="gone"),
        member("d", "d.example.", state="overlap"),
        member("e", "e.example.", state="conflict"),
    ]
    zones, problems = zones_of("one", members, [])
    assert (list(zones), problems) == (["a", "c"], [])


@pytest.mark.parametrize(
    ("members", "serving", "winner"),
    [
        ([member("a", "x."), member("b", "x.", origin="listed")], [], "b"),
        ([member("a", "x."), member("b", "x.", origin="listed")], ["a"], "a"),
        ([member("b", "x."), member("a", "x.")], [], "a"),
    ],
)
def test_a_name_has_one_zone(members: list[Member], serving: list[str], winner: str) -> None:
    zones, problems = zones_of("one", members, serving)
    assert list(zones) == [winner]
    assert len(problems) == 1
    assert f"{winner} has the name x." in problems[0]


def test_nsd_accepts_what_is_generated_for_it(tmp_path: Path) -> None:
    key = TsigKey.read("a\\032key.example", "hmac-md5", "c2VjcmV0LXNlY3JldA==")
    secondaries = [
        Secondary("v4", "192.0.2.1", 53, (), key),
        Secondary("v6", "2001:db8::1", 5353, ("2001:db8:1::/48",), key),
        Secondary("open", None, 53, ("198.51.100.0/24",), None),
    ]
    zones = [ZoneEntry(apex, "x.zone") for apex in (".", "0/26.example.", 'q\\".example.')]
    (tmp_path / "zones").mkdir()
    config = tmp_path / "nsd.conf"
    paths = NsdPaths(tmp_path, tmp_path / "zones")
    config.write_text(nsd_conf(paths, [Endpoint("::1", 5300)], (4, 6, 1), zones, secondaries))
    check_conf(config)
    assert "database" not in nsd_conf(paths, [], (4, 12, 0), [], [])


def test_a_refused_configuration_is_told_without_its_secrets(tmp_path: Path) -> None:
    config = tmp_path / "nsd.conf"
    config.write_text('key:\n  name: "k"\n  algorithm: hmac-sha256\n  secret: "hush" hush\n')
    with pytest.raises(NsdRefused) as refused:
        check_conf(config)
    assert "hush" not in str(refused.value)


def test_a_secret_shows_nowhere() -> None:
    key = TsigKey.read("k.example", "hmac-sha256", " c2Vj\ncmV0 ")
    assert key.secret == "c2VjcmV0"
    assert "c2Vj" not in repr(key)
    with pytest.raises(InvalidSecret) as refused:
        TsigKey.read("k.example", "hmac-sha256", "hush!")
    assert "hush" not in str(refused.value)
    assert refused.value.__context__ is None


def accept(apex: str, path: Path) -> None:
    """Check nothing."""


@pytest.fixture
def files(tmp_path: Path) -> ZoneFiles:
    files = ZoneFiles(tmp_path / "zones", accept)
    files.open()
    return files


def install(files: ZoneFiles, store: MemorySnapshotStore, serial: int) -> int:
    """Have a serial in place; gives how many chunks and pages were loaded for it."""
    prepared = files.prepare(store.snapshot(key_of(APEX), serial), store, 0.0)
    files.install(prepared)
    return prepared.loaded


def test_a_zone_file_loads_only_what_is_not_on_disk(files: ZoneFiles) -> None:
    store = MemorySnapshotStore()
    publish(store, APEX, 1, address_lines(APEX, 5000))
    publish(store, APEX, 2, address_lines(APEX, 5000, first="192.0.2.2"))
    everything = install(files, store, 1)
    assert everything > 40
    mtime = files.path(key_of(APEX)).stat().st_mtime_ns
    assert install(files, store, 2) <= 3
    assert files.path(key_of(APEX)).stat().st_mtime_ns > mtime
    lines = files.path(key_of(APEX)).read_text().splitlines()
    assert files.serial(key_of(APEX)) == 2
    assert sorted(line for line in lines if " SOA " not in line) == sorted(
        line
        for text in address_lines(APEX, 5000, first="192.0.2.2").values()
        for line in text.splitlines()
    )


def test_what_is_damaged_on_disk_is_loaded_again(files: ZoneFiles) -> None:
    store = MemorySnapshotStore()
    publish(store, APEX, 1, address_lines(APEX, 5000))
    publish(store, APEX, 2, address_lines(APEX, 5000, first="192.0.2.2"))
    install(files, store, 1)
    path = files.path(key_of(APEX))
    whole = path.read_bytes()
    path.write_bytes(whole[:50_000] + b"\xff" + whole[50_001:-100])
    assert 3 < install(files, store, 2) < 10
    path.with_suffix(".index").write_text("{")
    damaged = path.read_bytes()
    assert install(files, store, 2) > 40
    assert path.read_bytes() == damaged


def test_the_mtime_rises_although_the_clock_went_back(files: ZoneFiles) -> None:
    store = MemorySnapshotStore()
    publish(store, APEX, 1, address_lines(APEX, 5))
    publish(store, APEX, 2, address_lines(APEX, 6))
    install(files, store, 1)
    path = files.path(key_of(APEX))
    future = time.time_ns() + 3600 * 10**9
    os.utime(path, ns=(future, future))
    install(files, store, 2)
    assert path.stat().st_mtime_ns > future


def test_workers_take_each_zone_one_at_a_time_and_again_if_asked_meanwhile() -> None:
    entered, leave = threading.Event(), threading.Event()
    seen: list[str] = []

    def work(zone: str, heard: float) -> None:
        seen.append(zone)
        if zone == "slow":
            entered.set()
            assert leave.wait(10)

    workers = ZoneWorkers(work, lambda zone, problem: None, threads=2)
    workers.start()
    workers.ask("slow")
    assert entered.wait(10)
    for _ in range(3):
        workers.ask("slow")
    workers.ask("quick")
    wait_until("the other zone is done", lambda: "quick" in seen)
    assert seen.count("slow") == 1
    leave.set()
    wait_until("all is done", lambda: workers.idle)
    assert seen.count("slow") == 2
    workers.stop()


def test_work_that_fails_is_tried_again_and_told() -> None:
    told: list[str] = []
    tries: list[str] = []

    def work(zone: str, heard: float) -> None:
        tries.append(zone)
        if len(tries) < 2:
            raise ConnectionError("away")

    workers = ZoneWorkers(work, lambda zone, problem: told.append(str(problem)))
    workers.start()
    workers.ask("a")
    wait_until("the second try", lambda: len(tries) == 2)
    assert told == ["away"]
    workers.stop()


def test_a_zone_that_fails_is_tried_again_once_however_often_it_was_asked_for() -> None:
    tries: list[float] = []

    def work(zone: str, heard: float) -> None:
        tries.append(time.monotonic())
        raise ConnectionError("away")

    workers = ZoneWorkers(work, lambda zone, problem: None)
    workers.start()
    for asked in range(1, 4):
        workers.ask("a")
        wait_until("it was tried", lambda number=asked: len(tries) == number and workers.idle)
    # The pause after the third failure is some 4 s; those after the first two are overtaken.
    time.sleep(2.7)
    assert len(tries) == 3
    wait_until("the next try", lambda: len(tries) == 4)
    time.sleep(0.5)
    assert len(tries) == 4
    workers.stop()


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        (b"nsd\0-d\0-c\0/state/nsd.conf\0", True),
        (b"/usr/sbin/nsd\0-c\0/state/nsd.conf\0-d\0", True),
        (b"nsd\0-d\0-c\0/state/nsd.conf.new\0", False),
        (b"nsd\0-d\0-c\0/other/nsd.conf\0", False),
        (b"nsd\0/state/nsd.conf\0-c\0", False),
        (b"nsd-control\0-c\0/state/nsd.conf\0reload\0", False),
        (b"setpriv\0nsd\0-d\0-c\0/state/nsd.conf\0", False),
        (b"", False),  # a zombie, or a thread of the kernel
    ],
)
def test_an_nsd_is_known_by_its_command_line(command: bytes, ours: bool) -> None:
    assert is_nsd_of(command, Path("/state/nsd.conf")) is ours


def test_a_withdrawn_zone_is_not_served_and_keeps_its_name_from_others() -> None:
    members = [member("a", APEX), member("b", APEX), member("c", "c.example.")]
    zones, problems = zones_of("one", members, ["a", "b"], {"a"})
    assert list(zones) == ["c"]
    assert problems == [
        "b: not served, a has the name example.com. on this hub",
        "a: withdrawn, not served, as it is signed with a DS at its parent: an unsigned copy is "
        "bogus",
    ]


@pytest.mark.parametrize(("word", "served"), [("withdraw", False), ("unsigned-ok", True)])
def test_the_policy_in_the_mesh_withdraws_a_chained_zone(
    tmp_path: Path, word: str, served: bool
) -> None:
    world = HubWorld(tmp_path)
    world.mesh.apply(CHAINED_MESH % word)
    world.register.put(member(key_of(APEX), APEX, signed="chained"))
    view = MeshView(HUB, world.ports(), Path)
    found = view.read(Configuration(), secrets=True)
    assert (list(found.zones) == [key_of(APEX)]) is served
    assert [("withdrawn" in problem) for problem in found.problems] == [True][served:]
    again = view.read(found, secrets=False)
    assert again == found
    world.register.note_signing(key_of(APEX), "signed")
    back = view.read(again, secrets=False)
    assert (list(back.zones), back.problems) == ([key_of(APEX)], ())


def test_a_mesh_that_cannot_be_read_withdraws_nothing_and_brings_nothing_back(
    tmp_path: Path,
) -> None:
    world = HubWorld(tmp_path)
    world.mesh.apply(CHAINED_MESH % "withdraw")
    for apex in (APEX, "example.net."):
        world.register.put(member(key_of(apex), apex))
    world.register.note_signing(key_of(APEX), "chained")
    view = MeshView(HUB, world.ports(), Path)
    known = view.read(Configuration(), secrets=True)
    assert list(known.zones) == [key_of("example.net.")]
    world.mesh.apply("hubs: [")
    world.register.note_signing(key_of("example.net."), "chained")
    assert list(view.read(known, secrets=True).zones) == [key_of("example.net.")]


CHAINED_MESH = """
integrations: {main: }
zones: [{discover: "*", integration: main, policy: {dnssec: %s}}]
hubs: {one: }
"""
