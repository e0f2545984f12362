"""What the hub says of real secondaries: how they follow, and what is in their way."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub_container.hub import Hub
from hub_container.settings import Endpoint, Settings
from local.servers.bind import BindSecondary
from local.servers.client import wait_until
from local.servers.knot import KnotSecondary
from local.servers.nsd import NsdSecondary
from local.servers.ports import free_port, is_free
from local.servers.powerdns_secondary import PowerDnsSecondary
from local.servers.secondary import Secondary
from local.servers.tsig import Tsig
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of

APEX = "example.com."
KEY = "transfer.example"
PATIENCE = 60.0
SERVERS = [BindSecondary, KnotSecondary, NsdSecondary, PowerDnsSecondary]


class SecondariesWorld(HubWorld):
    """A hub whose NOTIFY leaves from given addresses, and which listens where it is told."""

    sources: tuple[str, ...] = ()
    listen: tuple[Endpoint, ...] = ()

    def settings(self) -> Settings:
        settings = super().settings()
        listen = (*settings.dns_listen, *self.listen)
        return replace(settings, notify_sources=self.sources, dns_listen=listen)

    def has(self, *secondaries: Secondary, **others: Mapping[str, object]) -> None:
        """Declare secondaries, each by the name of its program, and `others` as given.

        A label has no underscore, the name of PowerDNS's program has.
        """
        declared = {
            each.program.replace("_", "-"): {"address": ADDRESS, "port": each.port, "tsig_key": KEY}
            for each in secondaries
        }
        self.declare(declared | others)

    def report(self, name: str) -> dict[str, Any]:
        """Give what the hub says of a secondary."""
        assert self.hub is not None
        name = name.replace("_", "-")
        status: dict[str, Any] = self.hub.zone_status(key_of(APEX)) or {"secondaries": {}}
        found: dict[str, Any] = status["secondaries"].get(name, {})
        return found

    def wait_for_state(self, name: str, state: str, words: str = "") -> dict[str, Any]:
        """Wait until the hub calls a secondary so, with these words in the cause."""
        wait_until(
            f"{name} is {state} {words!r}",
            lambda: self.report(name).get("state") == state and words in self.report(name)["cause"],
            PATIENCE,
        )
        return self.report(name)


@pytest.fixture
def world(tmp_path: Path) -> SecondariesWorld:
    world = SecondariesWorld(tmp_path / "hub")
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 5))
    return world


@contextmanager
def started(world: SecondariesWorld, *secondaries: Secondary) -> Iterator[Hub]:
    with world.running() as hub, ExitStack() as stack:
        world.wait_for(APEX, 1)
        for secondary in secondaries:
            stack.enter_context(secondary)
        yield hub


def wait_for_serial(world: SecondariesWorld, name: str, serial: int) -> None:
    wait_until(f"{name} is seen at {serial}", lambda: world.report(name)["follows"] == serial)


def edited(kind: type[Secondary], *changes: tuple[str, str]) -> type[Secondary]:
    """A kind of secondary with pieces of its configuration replaced."""

    class Edited(kind):  # type: ignore[misc, valid-type]
        def _configuration(self) -> str:
            text = str(super()._configuration())
            for old, new in changes:
                assert old in text
                text = text.replace(old, new)
            return text

    return Edited


def crowded(count: int) -> dict[tuple[str, str], str]:
    owner = f"big.{APEX}"
    texts = "".join(f'{owner} 60 IN TXT "{number}"\n' for number in range(count))
    return address_lines(APEX, 5) | {(owner, "TXT"): texts}


def test_a_secondary_is_current_and_then_again(world: SecondariesWorld, tmp_path: Path) -> None:
    servers = [kind(tmp_path / kind.program, world.port, [APEX], world.key) for kind in SERVERS]
    world.has(*servers)
    with started(world, *servers) as hub:
        for server in servers:
            world.wait_for_state(server.program, "current")
        world.publish(APEX, 2, address_lines(APEX, 6))
        for server in servers:
            server.wait_for(APEX, 2)
            wait_for_serial(world, server.program, 2)
            report = world.wait_for_state(server.program, "current")
            assert (report["cause"], report["lacks"], report["since"]) == ("", 0, None)
        counts = hub.heartbeat()["secondaries"]
        assert {name: states["current"] for name, states in counts.items()} == {
            server.program.replace("_", "-"): 1 for server in servers
        }
        assert world.reports.statuses["one", key_of(APEX)]["secondaries"].keys() == counts.keys()


def test_bind_that_stops_at_its_record_limit_is_behind_for_that(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    bind = BindSecondary(tmp_path / "bind", world.port, [APEX], world.key)
    world.has(bind)
    with started(world, bind):
        world.wait_for_state("named", "current")
        world.publish(APEX, 2, crowded(150))
        report = world.wait_for_state("named", "behind", "more than 100 TXT records at big.")
        assert "max-records-per-type" in report["cause"]
        assert (report["serial"], report["follows"], report["lacks"]) == (2, 1, 1)
        world.publish(APEX, 3, crowded(100))
        bind.wait_for(APEX, 3, PATIENCE)
        world.wait_for_state("named", "current")


def test_bind_that_never_had_the_zone_for_its_limits_is_behind_for_that(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    world.publish(APEX, 2, crowded(101))
    bind = BindSecondary(tmp_path / "bind", world.port, [APEX], world.key)
    world.has(bind)
    with world.running(), bind:
        report = world.wait_for_state("named", "behind", "max-records-per-type")
        assert "has nothing of the zone" in report["cause"]
        assert report["follows"] is None


@pytest.mark.parametrize(
    "deaf",
    [
        edited(BindSecondary, ('allow-notify { key "transfer.example."; };', "")),
        edited(
            KnotSecondary,
            ("action: [notify, transfer]", "action: [transfer]"),
            (f"address: {ADDRESS}\n", "address: 127.0.0.0/8\n"),
        ),
        edited(NsdSecondary, (f'allow-notify: {ADDRESS} "', 'allow-notify: 192.0.2.1 "')),
    ],
    ids=["bind", "knot", "nsd"],
)
def test_one_that_is_not_to_take_notify_is_behind_for_that(
    world: SecondariesWorld, tmp_path: Path, deaf: type[Secondary]
) -> None:
    world.sources = ("127.0.0.2",)  # BIND takes NOTIFY from the addresses of its primaries
    server = deaf(tmp_path / "deaf", world.port, [APEX], world.key)
    world.has(server)
    with started(world, server):
        server.wait_for(APEX, 1)
        world.publish(APEX, 2, address_lines(APEX, 6))
        report = world.wait_for_state(server.program, "behind", "allow-notify")
        assert report["result"] in ("answered REFUSED", "answered NOTAUTH", "BADKEY")
        assert (report["follows"], report["lacks"]) == (1, 1)
        assert report["since"] > 0


@pytest.mark.parametrize("kind", SERVERS)
def test_one_that_does_not_have_the_zone_is_no_secondary_for_it(
    world: SecondariesWorld, tmp_path: Path, kind: type[Secondary]
) -> None:
    server = kind(tmp_path / "other", world.port, ["example.org."], world.key)
    world.has(server)
    with started(world, server):
        world.wait_for_state(server.program, "refused", "no secondary for this zone")


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(
    ("name", "words"), [(KEY, "secret of its TSIG key"), ("other.example", "BADKEY")]
)
def test_keys_that_differ_are_told_apart(
    world: SecondariesWorld, tmp_path: Path, kind: type[Secondary], name: str, words: str
) -> None:
    server = kind(tmp_path / "keyed", world.port, [APEX], Tsig(f"{name}."))
    if kind is PowerDnsSecondary:  # tells these two no more apart than from not having the zone
        words = "without a signature"
    world.has(server)
    with started(world, server):
        world.wait_for_state(server.program, "refused", words)


def test_bind_whose_transfers_fail_is_behind_for_that(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    bind = BindSecondary(tmp_path / "bind", free_port(), [APEX], world.key)
    world.has(bind)
    with started(world, bind):
        report = world.wait_for_state("named", "behind", "transfers take long or do not work")
        assert report["result"] == "acknowledged"
        assert report["follows"] is None


def test_knot_that_transfers_with_another_key_is_behind_for_that(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    plain = edited(KnotSecondary, ('    key: "transfer.example"\nacl:', "acl:"))
    knot = plain(tmp_path / "knot", world.port, [APEX], world.key)
    world.has(knot)
    with started(world, knot):
        words = f"transfer to {ADDRESS} was refused here (no acl matches)"
        report = world.wait_for_state("knotd", "behind", words)
        assert "mesh.yaml" in report["cause"]


def test_an_address_where_nobody_is_is_unreachable_until_somebody_is(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    bind = BindSecondary(tmp_path / "bind", world.port, [APEX], world.key)
    world.has(bind)
    with started(world) as hub:
        world.wait_for_state("named", "unreachable", "nothing comes back")
        assert is_free(bind.port)
        assert hub.heartbeat()["secondaries"]["named"]["unreachable"] == 1
        with bind:
            world.wait_for_state("named", "current")


def test_a_secondary_that_another_primary_brought_further_is_ahead(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    bind = BindSecondary(tmp_path / "bind", world.port, [APEX], world.key)
    world.has(bind)
    with bind:
        with world.running():
            world.publish(APEX, 9, address_lines(APEX, 6))
            bind.wait_for(APEX, 9)
        later = SecondariesWorld(tmp_path / "later", world.port, key=world.key)
        later.join(APEX)
        later.publish(APEX, 7, address_lines(APEX, 6))
        later.has(bind)
        with later.running():
            report = later.wait_for_state("named", "ahead", "serves 9, which is newer than 7")
            assert "zonemesh bump" in report["cause"]
            later.publish(APEX, 10, address_lines(APEX, 7))
            later.wait_for_state("named", "current")


def test_a_secondary_that_joins_the_mesh_hears_of_the_zones_that_are_there(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    bind = BindSecondary(tmp_path / "bind", world.port, [APEX], world.key)
    world.has(gone={"address": ADDRESS, "port": free_port(), "tsig_key": KEY})
    with started(world, bind) as hub:
        wait_until("the one before is known", lambda: world.report("gone"))
        world.has(bind)
        world.inbox.put('{"mesh": 2}')
        world.wait_for_state("named", "current")
        assert not world.report("gone")
        assert hub.heartbeat()["secondaries"].keys() == {"named"}


def test_a_secondary_at_an_ipv6_address_is_told_and_transfers_there(
    world: SecondariesWorld, tmp_path: Path
) -> None:
    kind = edited(
        BindSecondary,
        ("listen-on-v6 { none; };", "listen-on-v6 port PORT { ::1; };"),
        (f"primaries {{ {ADDRESS} port", "primaries { ::1 port"),
    )
    port = free_port()
    kind = edited(kind, ("PORT", str(port)))
    bind = kind(tmp_path / "bind", world.port, [APEX], world.key, port)
    world.listen = (Endpoint("::1", world.port),)
    world.sources = (ADDRESS, "::1")
    world.has(six={"address": "::1", "port": port, "tsig_key": KEY})
    with started(world, bind):
        world.wait_for_state("six", "current")
        world.publish(APEX, 2, address_lines(APEX, 6))
        wait_for_serial(world, "six", 2)
        assert "::1#" in bind.server.log()
