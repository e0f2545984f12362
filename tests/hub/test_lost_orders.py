"""What NSD was told and did not hear, and what could not be written, is made up for."""

import os
import shutil
import signal
import time
from pathlib import Path

import dns.query
import dns.xfr
import pytest

from hub_container.configuration import Configuration
from local.servers.client import axfr, wait_until
from local.servers.tsig import Tsig
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of

APEX = "example.com."
NEW = "new.example."


class DeafControl:
    """An nsd-control, first on the PATH, that does not pass on the commands it is told to lose."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        directory.mkdir()
        self._losing, self._lost = directory / "losing", directory / "lost"
        script = directory / "nsd-control"
        script.write_text(
            "#!/bin/sh\n"
            f'if grep -qxF -- "$3" {self._losing} 2>/dev/null; then\n'
            f'  echo "$3" >> {self._lost}\n'
            f"  . {self._losing}.answer\n"
            "fi\n"
            f'exec {shutil.which("nsd-control")} "$@"\n'
        )
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(directory), prepend=":")

    def lose(self, *commands: str, answer: str) -> None:
        """Lose commands from now on; `answer` is the shell that ends a call."""
        self._losing.with_name("losing.answer").write_text(answer + "\n")
        self._losing.write_text("\n".join(commands) + "\n")

    def hear(self) -> None:
        self._losing.unlink()

    @property
    def lost(self) -> list[str]:
        return self._lost.read_text().split() if self._lost.exists() else []


REFUSES = 'echo "error: could not connect" >&2; exit 1'
SAYS_OK = "echo ok; exit 0"


@pytest.fixture
def control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeafControl:
    return DeafControl(tmp_path / "bin", monkeypatch)


def refused(world: HubWorld, key: Tsig) -> bool:
    try:
        axfr(ADDRESS, world.port, APEX, key.client_key())
    except (dns.xfr.TransferError, dns.exception.DNSException, OSError):
        return True
    return False


def rest(world: HubWorld) -> None:
    hub = world.hub
    assert hub is not None
    wait_until("the hub is at rest", lambda: hub.workers.idle and hub.reloads.idle)


def test_a_configuration_that_nsd_did_not_hear_of_is_told_again(
    world: HubWorld, control: DeafControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.orders._TELL_AGAIN", 1.0)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        rest(world)
        revoked, world.key = world.key, Tsig("other.example.")
        control.lose("reconfig", answer=REFUSES)
        world.declare()
        hub.catch_up_soon()
        wait_until("it is lost", lambda: len(control.lost) >= 2)
        assert not refused(world, revoked)
        world.join(NEW)
        world.publish(NEW, 1, address_lines(NEW, 3))
        control.hear()
        wait_until("the old key is refused", lambda: refused(world, revoked))
        assert len(world.axfr(APEX)) == 7
        world.wait_for(NEW, 1)
        wait_until("no error is left", lambda: hub.board.zone(key_of(NEW)).error is None)


def test_a_configuration_that_could_not_be_written_is_written_later(
    world: HubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.orders._TELL_AGAIN", 0.5)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        rest(world)
        revoked, world.key = world.key, Tsig("other.example.")
        blocker = world.directory / "nsd" / "nsd.conf.new"
        blocker.mkdir()  # as a full disk, nothing can be written beside nsd.conf
        world.declare()
        hub.catch_up_soon()
        wait_until("it is taken up", lambda: hub.configuration.mesh == 2)
        rest(world)
        assert not refused(world, revoked)
        blocker.rmdir()
        wait_until("the old key is refused", lambda: refused(world, revoked))
        assert len(world.axfr(APEX)) == 7


def test_a_configuration_that_cannot_be_saved_is_in_use_and_saved_later(world: HubWorld) -> None:
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        rest(world)
        blocker = world.directory / "configuration.json.new"
        blocker.mkdir()  # as a full disk, nothing can be written beside configuration.json
        revoked, world.key = world.key, Tsig("other.example.")
        world.declare()
        world.join(NEW)
        world.publish(NEW, 1, address_lines(NEW, 3))
        hub.catch_up_soon()
        wait_until("the old key is refused", lambda: refused(world, revoked))
        world.wait_for(NEW, 1)
        wait_until("it is told", lambda: "not saved" in str(hub.heartbeat()["problems"]))
        blocker.rmdir()
        hub.catch_up_soon()
        wait_until("nothing is left to tell", lambda: not hub.heartbeat()["problems"])
        saved = (world.directory / "configuration.json").read_text()
        assert Configuration.from_json(saved) == hub.configuration
        assert NEW in saved


def test_a_reload_that_nsd_did_not_hear_is_repeated(
    world: HubWorld, control: DeafControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.reloads._LATE", 2.5)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        rest(world)
        control.lose("reload", answer=SAYS_OK)
        world.publish(APEX, 2, address_lines(APEX, 4))
        wait_until("it is lost, and its repetition", lambda: len(control.lost) == 2)
        wait_until("it is shown", lambda: hub.board.zone(key_of(APEX)).error)
        assert world.serial(APEX) == 1
        time.sleep(4)
        assert len(control.lost) == 2  # repeated once, then by the schedule
        control.hear()
        hub.catch_up_soon()
        world.wait_for(APEX, 2)
        wait_until("no error is left", lambda: hub.board.zone(key_of(APEX)).error is None)
        assert len(world.axfr(APEX)) == 8


def test_a_reload_that_nsd_refuses_is_told_again_until_it_is_heard(
    world: HubWorld, control: DeafControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.orders._TELL_AGAIN", 0.5)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        rest(world)
        control.lose("reload", answer=REFUSES)
        world.publish(APEX, 2, address_lines(APEX, 4))
        wait_until("it is lost, and its repetitions", lambda: len(control.lost) >= 4)
        assert world.serial(APEX) == 1
        control.hear()
        world.wait_for(APEX, 2)
        wait_until("no error is left", lambda: hub.board.zone(key_of(APEX)).error is None)
        lost = len(control.lost)
        control.lose("reload", answer=REFUSES)
        time.sleep(2)
        assert len(control.lost) == lost  # heard is heard


def test_an_nsd_that_hears_nothing_at_first_serves_soon_after(
    world: HubWorld, control: DeafControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.orders._TELL_AGAIN", 0.5)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    control.lose("reconfig", "reload", answer=REFUSES)
    with world.running() as hub:
        wait_until("both are lost", lambda: set(control.lost) == {"reconfig", "reload"})
        wait_until("NSD runs", lambda: hub.nsd.state == "running")
        lost = len(control.lost)
        wait_until("both are lost again", lambda: len(control.lost) >= lost + 4)
        control.hear()
        world.wait_for(APEX, 1)
        wait_until("no error is left", lambda: hub.board.zone(key_of(APEX)).error is None)


def test_a_zone_of_an_nsd_that_answers_nothing_for_a_while_is_not_given_up(
    world: HubWorld, control: DeafControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.reloads._LATE", 1.0)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        rest(world)
        assert hub.nsd.pid is not None
        control.lose("reload", answer=SAYS_OK)
        os.killpg(hub.nsd.pid, signal.SIGSTOP)
        try:
            world.publish(APEX, 2, address_lines(APEX, 4))
            wait_until(
                "it is shown",
                lambda: "answers nothing" in str(hub.board.zone(key_of(APEX)).error),
            )
            control.hear()
        finally:
            os.killpg(hub.nsd.pid, signal.SIGCONT)
        world.wait_for(APEX, 2)
        wait_until("no error is left", lambda: hub.board.zone(key_of(APEX)).error is None)
