"""Two hundred random edits through the API, followed by a BIND secondary by IXFR alone."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.mesh_text import CLIENT_KEY
from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.ports import free_port
from local.world import DEFAULT_HUBS, World
from tests.e2e.conftest import MESH
from tests.e2e.hosted_zone import ADDRESS, Change, Zone, await_true, client_key
from tests.e2e.records import lines_of_listing, rrset

APEX = "edits.example."
EDITS = 200
QUARTERS = 4  # after each of which everybody must be equal
SEED = 20_261
OWNERS = (
    *("www", "mail", "WWW.Upper", "a.b.c", "_sip._tcp", "\\052", "*.apps", "x\\056y", "\\040blank"),
    *(
        "\\377",
        "apps",
        "deep.under.nothing",
        "under.nothing",
        "1",
        "0",
        "-",
        "\\134",
        "\\042q\\042",
    ),
)


class Edits:
    """Draws edits that Route 53 accepts; `present` is what the zone holds of its making."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self.present: dict[tuple[str, str], dict[str, Any]] = {}
        self.kinds: set[str] = set()

    def batch(self, size: int) -> list[Change]:
        """Draw so many edits, of different names, for one batch."""
        changes: list[Change] = []
        touched: set[str] = set()
        while len(changes) < size:
            kind = self._draw.choice(
                ("create", "create", "change", "delete", "name", "delegation", "ttl")
            )
            made = getattr(self, f"_{kind}")(touched)
            if made:
                self.kinds.add(kind)
                touched |= {change[1]["Name"] for change in made}
                changes += made
        return changes

    def _create(self, touched: set[str]) -> list[Change]:
        owner = f"{self._draw.choice(OWNERS)}.{self._draw.choice(('', 's1.', 's2.'))}{APEX}"
        types = {rdtype for name, rdtype in self.present if name == owner}
        rdtype = self._draw.choice(("A", "AAAA", "TXT", "MX", "CAA", "SRV", "CNAME"))
        taken = rdtype in types or "CNAME" in types or (rdtype == "CNAME" and types)
        if owner in touched or taken:
            return []
        return [self._put("CREATE", owner, rdtype)]

    def _change(self, touched: set[str]) -> list[Change]:
        if not (key := self._known(touched)):
            return []
        return [self._put("UPSERT", *key)]

    def _ttl(self, touched: set[str]) -> list[Change]:
        if not (key := self._known(touched)):
            return []
        self.present[key] = self.present[key] | {"TTL": self._draw.randint(0, 2**31 - 1)}
        return [("UPSERT", self.present[key])]

    def _delete(self, touched: set[str]) -> list[Change]:
        if not (key := self._known(touched)):
            return []
        return [("DELETE", self.present.pop(key))]

    def _name(self, touched: set[str]) -> list[Change]:
        """Delete all that a name has."""
        if not (key := self._known(touched)):
            return []
        keys = [other for other in self.present if other[0] == key[0]]
        return [("DELETE", self.present.pop(other)) for other in keys]

    def _delegation(self, touched: set[str]) -> list[Change]:
        child = f"child-{self._draw.randint(0, 30)}.{APEX}"
        if (child, "NS") in self.present or child in touched:
            return []
        made = [
            rrset(child, "NS", f"ns1.{child}", "ns.example.net."),
            rrset(f"ns1.{child}", "A", self._address()),
            rrset(child, "DS", f"{self._draw.randint(1, 65535)} 13 2 {self._hex(64)}"),
        ]
        self.present |= {(each["Name"], each["Type"]): each for each in made}
        return [("UPSERT", each) for each in made]

    def _known(self, touched: set[str]) -> tuple[str, str] | None:
        known = [key for key in self.present if key[0] not in touched]
        return self._draw.choice(known) if known else None

    def _put(self, action: str, owner: str, rdtype: str) -> Change:
        made = rrset(owner, rdtype, *self._values(rdtype), ttl=self._draw.choice((0, 60, 86400)))
        self.present[owner, rdtype] = made
        return action, made

    def _values(self, rdtype: str) -> list[str]:
        draw = self._draw
        one = {
            "A": self._address,
            "AAAA": lambda: f"2001:db8::{draw.randint(0, 65535):x}",
            "TXT": self._text,
            "MX": lambda: f"{draw.randint(0, 99)} mx{draw.randint(0, 9999)}.example.net.",
            "CAA": lambda: f'0 issue "ca{draw.randint(0, 9999)}.example"',
            "SRV": lambda: f"1 {draw.randint(0, 9999)} 5060 sip.example.net",
            "CNAME": lambda: f"Target{draw.randint(0, 9999)}.example.org",
            "NS": lambda: f"ns{draw.randint(0, 9999)}.example.net.",
            "DS": lambda: f"{draw.randint(1, 65535)} 13 2 {self._hex(64)}",
        }[rdtype]
        count = 1 if rdtype == "CNAME" else draw.randint(1, 4)
        return sorted({one() for _ in range(count)})

    def _address(self) -> str:
        return f"198.51.{self._draw.randint(0, 255)}.{self._draw.randint(1, 254)}"

    def _hex(self, digits: int) -> str:
        return f"{self._draw.getrandbits(4 * digits):0{digits}x}"

    def _text(self) -> str:
        """Draw strings with quotes, backslashes, blanks, and bytes in octal."""
        pieces = (
            "plain",
            "two  blanks",
            '\\"',
            "\\\\",
            ";",
            "\\000",
            "\\377",
            "\\303\\244",
            "=",
            "@",
        )
        strings = [
            "".join(self._draw.choices(pieces, k=self._draw.randint(0, 8)))
            for _ in range(self._draw.randint(1, 3))
        ]
        return " ".join(f'"{string}"' for string in strings)


@pytest.fixture(scope="module")
def bind_port() -> int:
    if missing := bind_is_missing():
        pytest.fail(missing)
    return free_port()


@pytest.fixture(scope="module")
def world(start_world: Callable[..., World], bind_port: int) -> World:
    """Two hubs; BIND is told of changes by both and transfers from the first."""
    mesh = yaml.safe_load(MESH)
    mesh["secondaries"] = {
        "bind": {"address": ADDRESS, "port": bind_port, "tsig_key": CLIENT_KEY},
    }
    mesh["hubs"] = {name: {"secondaries": ["bind"]} for name in DEFAULT_HUBS}
    return start_world(mesh=yaml.safe_dump(mesh))


@pytest.fixture
def bind(world: World, bind_port: int, tmp_path: Path) -> Iterator[BindSecondary]:
    hub = world.hubs[DEFAULT_HUBS[0]]
    with BindSecondary(tmp_path, hub.dns_port, [APEX], client_key(world), port=bind_port) as bind:
        yield bind


def test_hubs_and_an_ixfr_fed_bind_end_equal_to_the_listing(
    world: World, bind: BindSecondary
) -> None:
    zone = Zone(world, APEX)
    zone.fill([rrset(f"host-{number}.{APEX}", "A", "192.0.2.1") for number in range(200)])
    await_followed(world, bind, zone.await_served())
    edits = Edits(SEED)
    draw = random.Random(SEED)
    serials = []
    for _ in range(QUARTERS):
        made = 0
        while made < EDITS / QUARTERS:
            size = draw.choice((1, 1, 1, 2, 3, 7))
            zone.change(*edits.batch(size))
            made += size
        serials.append(zone.await_served())
        await_followed(world, bind, serials[-1])
        assert zone.served(bind.port).records == lines_of_listing(zone.listing())
    assert serials == sorted(set(serials))
    assert edits.kinds == {"create", "change", "delete", "name", "delegation", "ttl"}
    first, *others = bind.transfers(APEX)
    assert first == "AXFR"
    assert len(others) >= QUARTERS
    assert set(others) == {"IXFR"}


def await_followed(world: World, bind: BindSecondary, serial: int) -> None:
    def explain() -> str:
        hubs = (hub.log_tail(10) for hub in world.hubs.values())
        return "\n".join([*hubs, *bind.server.log().splitlines()[-20:]])

    await_true(f"BIND serves {serial}", lambda: bind.serial(APEX) == serial, explain=explain)
