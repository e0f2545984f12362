"""NOTIFY against secondaries that are played here, message by message."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import dns.opcode
import dns.rcode
import pytest

from hub_container.configuration import Secondary
from hub_container.notify import Notifier
from hub_container.verdicts import Seen, State, Told, after, verdict
from local.servers.client import wait_until
from tests.hub.played import APEX, Played

OLD, NEW = 1, 2


class Witness:
    """Takes down every step, and what is known of each secondary after it."""

    def __init__(self) -> None:
        self.steps: list[Told] = []
        self.seen: dict[tuple[str, str], Seen] = {}
        self.states: list[State] = []

    def __call__(self, told: Told) -> None:
        self.steps.append(told)
        key = (told.zone, told.secondary)
        self.seen[key] = after(self.seen.get(key), told, time.time())
        self.states.append(verdict(self.seen[key]).state)

    def state(self, name: str = "played", zone: str = "z") -> State | None:
        seen = self.seen.get((zone, name))
        return verdict(seen).state if seen else None

    def answers(self) -> list[Told]:
        """Steps that ended a try."""
        return [told for told in self.steps if told.answered]


@contextmanager
def notifier(
    witness: Witness,
    sources: tuple[str, ...] = ("127.0.0.1",),
    too_much: Callable[[str], str] = lambda zone: "",
) -> Iterator[Notifier]:
    notifier = Notifier(sources, witness, too_much)
    notifier.start()
    try:
        yield notifier
    finally:
        notifier.stop()


def test_a_secondary_that_follows_is_told_once() -> None:
    played, witness = Played(), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("it follows", lambda: witness.state() is State.CURRENT)
    assert played.notified[APEX] == 1
    assert [told.tries for told in witness.steps] == [0, 1, 1]


def test_a_secondary_that_acknowledges_and_stays_behind_is_told_again() -> None:
    played, witness = Played(takes_it_up_at=2), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("it follows", lambda: witness.state() is State.CURRENT)
    assert State.BEHIND in witness.states
    assert played.notified[APEX] == 2


def test_a_refusal_is_named_and_tried_again() -> None:
    played, witness = Played(takes_it_up_at=99, notify_rcode=dns.rcode.REFUSED), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("a second try", lambda: len(witness.answers()) == 2)
    assert [(told.tries, str(told.notified)) for told in witness.answers()] == [
        (1, "answered REFUSED"),
        (2, "answered REFUSED"),
    ]
    assert "allow-notify" in verdict(witness.seen["z", "played"]).cause


def test_one_that_refuses_notify_and_follows_by_itself_is_left_alone() -> None:
    played, witness = Played(serial=NEW, notify_rcode=dns.rcode.REFUSED), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("it follows", lambda: witness.state() is State.CURRENT)
        sender.tell("y", APEX, NEW, (secondary,))
        wait_until("so it does again", lambda: witness.state(zone="y") is State.CURRENT)
    assert played.notified[APEX] == 2
    assert "allow-notify" in verdict(witness.seen["z", "played"]).cause


def test_a_newer_serial_ends_the_older_ones_tries() -> None:
    played, witness = Played(takes_it_up_at=99), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("the first is told", lambda: played.notified[APEX])
        sender.tell("z", APEX, NEW + 1, (secondary,))
        wait_until(
            "the second is told again",
            lambda: (witness.steps[-1].serial, witness.steps[-1].tries) == (NEW + 1, 2),
        )
    serials = [told.serial for told in witness.steps]
    assert serials == sorted(serials)


def test_what_the_zone_has_too_much_of_is_looked_for_where_it_stays_behind() -> None:
    played, witness = Played(takes_it_up_at=99), Witness()
    looked_at: list[str] = []

    def too_much(zone: str) -> str:
        looked_at.append(zone)
        return "101 TXT records"

    with played.playing() as secondary, notifier(witness, too_much=too_much) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("it is found", lambda: any(told.too_much for told in witness.steps))
    assert looked_at == ["z"]
    assert witness.seen["z", "played"].too_much == "101 TXT records"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"serial": NEW + 1}, State.AHEAD),
        ({"authoritative": False}, State.REFUSED),
        ({"soa_rcode": dns.rcode.REFUSED, "notify_rcode": dns.rcode.NOTAUTH}, State.REFUSED),
        ({"soa_rcode": dns.rcode.SERVFAIL}, State.BEHIND),
        ({"soa_rcode": dns.rcode.REFUSED}, State.UNKNOWN),
        ({"silent": True}, State.UNREACHABLE),
    ],
)
def test_what_is_answered_makes_the_state(changes: dict[str, object], state: State) -> None:
    played, witness = Played(), Witness()
    for name, value in changes.items():
        setattr(played, name, value)
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("the answer is in", witness.answers)
        assert witness.state() is state


def test_a_check_asks_and_tells_only_who_is_behind() -> None:
    behind, current = Played(name="behind"), Played(name="current", serial=NEW)
    witness = Witness()
    with ExitStack() as stack:
        secondaries = tuple(stack.enter_context(played.playing()) for played in (behind, current))
        sender = stack.enter_context(notifier(witness))
        sender.check("z", APEX, NEW, secondaries)
        wait_until("one is current", lambda: witness.state("current") is State.CURRENT)
        wait_until("the other is made so", lambda: witness.state("behind") is State.CURRENT)
    assert (behind.notified[APEX], current.notified[APEX]) == (1, 0)
    assert [told.tries for told in witness.steps if told.secondary == "current"] == [0]


def test_a_check_of_one_that_is_being_told_leaves_that_to_go_on() -> None:
    played, witness = Played(takes_it_up_at=3), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("it was told", lambda: played.notified[APEX])
        sender.check("z", APEX, NEW, (secondary,))
        wait_until("it follows", lambda: witness.state() is State.CURRENT)
    tries = [told.tries for told in witness.steps]
    assert tries == sorted(tries)
    assert played.notified[APEX] == 3


def test_one_that_comes_back_is_current_after_the_next_check() -> None:
    played, witness = Played(silent=True), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.check("z", APEX, NEW, (secondary,))
        wait_until("it is unreachable", lambda: witness.state() is State.UNREACHABLE)
        played.silent = False

        def checked() -> bool:
            sender.check("z", APEX, NEW, (secondary,))
            return witness.state() is State.CURRENT

        wait_until("it is current", checked)


def test_a_secondary_that_leaves_the_mesh_is_told_no_more() -> None:
    played, witness = Played(takes_it_up_at=99), Witness()
    with played.playing() as secondary, notifier(witness) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        sender.tell("y", APEX, NEW, (secondary,))
        wait_until("it was told", lambda: played.notified[APEX] >= 2)
        sender.keep_only({"z"}, {"played"})
        until = len(witness.answers())
        wait_until("z goes on", lambda: len(witness.answers()) >= until + 2)
        sender.keep_only({"z"}, {"another"})
        sender.tell("x", APEX, NEW, (secondary,))  # in the same thread, after the one above
        wait_until("it was done", lambda: witness.state(zone="x") is not None)
        steps = [told for told in witness.steps if told.zone == "z"]
        wait_until("x is told twice", lambda: len(told_of(witness, "x")) >= 3)
    assert told_of(witness, "z") == steps


def told_of(witness: Witness, zone: str) -> list[Told]:
    return [told for told in witness.steps if told.zone == zone]


@contextmanager
def dead(address: str = "127.0.0.1") -> Iterator[Secondary]:
    """One that takes everything and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((address, 0))
        yield Secondary("dead", address, silent.getsockname()[1], (), None)


def test_a_thousand_zones_and_one_dead_secondary_keep_the_live_one_waiting_for_nothing() -> None:
    live, witness = Played(name="live"), Witness()
    zones = [f"z{number:04d}.example." for number in range(1000)]
    with live.playing() as alive, dead() as silent, notifier(witness) as sender:
        for zone in zones:
            sender.tell(zone, zone, NEW, (silent, alive))
        wait_until(
            "all are current on the live one",
            lambda: sum(witness.state("live", zone) is State.CURRENT for zone in zones) == 1000,
            120,
        )
        waiting = [zone for zone in zones if witness.state("dead", zone) is State.UNKNOWN]
        assert waiting, "the dead one was through with all zones, so this shows nothing"
        live.takes_it_up_at = 2
        before = len(witness.answers())
        for zone in zones[:20]:
            sender.tell(zone, zone, NEW, (silent, alive))
            wait_until("it hears of it", lambda zone=zone: live.notified[zone] == 2)
        # What else was answered meanwhile is the dead one's: 64 at once, each for two seconds.
        silences = [told for told in witness.answers()[before:] if told.secondary == "dead"]
        assert len(silences) < 20 * 64


def test_checks_of_many_zones_keep_no_edit_waiting() -> None:
    live, witness = Played(name="live", serial=NEW), Witness()
    zones = [f"z{number:04d}.example." for number in range(1000)]
    with live.playing() as alive, notifier(witness) as sender:
        for zone in zones:
            sender.check(zone, zone, NEW, (alive,))
        sender.tell("z", APEX, NEW, (alive,))
        wait_until("all are checked", lambda: len(witness.answers()) == len(zones) + 1, 120)
    assert live.heard.index((dns.opcode.NOTIFY, APEX)) < len(zones) / 10


def test_a_secondary_over_ipv6_is_told_from_the_address_of_its_family() -> None:
    played, witness = Played(address="::1"), Witness()
    with played.playing() as secondary, notifier(witness, ("127.0.0.1", "::1")) as sender:
        sender.tell("z", APEX, NEW, (secondary,))
        wait_until("it follows", lambda: witness.state() is State.CURRENT)


def test_an_address_without_a_route_is_unreachable_and_says_why() -> None:
    witness = Witness()
    nowhere = Secondary("nowhere", "2001:db8::1", 53, (), None)
    with notifier(witness, ("::1",)) as sender:
        sender.tell("z", APEX, NEW, (nowhere,))
        wait_until("it is known", lambda: witness.state("nowhere") is State.UNREACHABLE)
    assert verdict(witness.seen["z", "nowhere"]).cause


def test_a_notifier_that_was_stopped_takes_calls_and_does_nothing() -> None:
    witness = Witness()
    sender = Notifier((), witness)
    sender.start()
    sender.stop()
    with dead() as silent:
        sender.tell("z", APEX, NEW, (silent,))
        sender.check("z", APEX, NEW, (silent,))
        sender.keep_only((), ())
    assert witness.steps == []
    assert all(thread.name != "notify" for thread in threading.enumerate())
