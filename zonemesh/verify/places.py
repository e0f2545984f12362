"""Who serves a zone, and where: what `verify` asks, and whom it cannot."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from zonemesh.verify.compare import STRICT, Terms


class Role(StrEnum):
    """What somebody is to a zone."""

    SOURCE = "source"
    HUB = "hub"
    SECONDARY = "secondary"
    TARGET = "target"
    FURTHER = "server"  # one that the operator names


@dataclass(frozen=True, slots=True)
class Server:
    """An address and a port that answer for a zone, by what `terms`.

    `of` is who that is (a hub, a target …), `name` which of its servers, where it has several.
    """

    role: Role
    of: str
    address: str
    port: int
    name: str = ""
    terms: Terms = STRICT

    def __str__(self) -> str:
        named = f" {self.name.rstrip('.')}" if self.name else ""
        return f"{self.role} {self.of}{named} ({self.address}@{self.port})"

    @property
    def place(self) -> tuple[str, int]:
        """Where it is asked."""
        return self.address, self.port


@dataclass(frozen=True, slots=True)
class Unasked:
    """Somebody who serves the zone and is not asked: why, and what to do.

    `problem` where they should have been found; else that is how things are.
    """

    role: Role
    of: str
    why: str
    problem: bool = False

    def __str__(self) -> str:
        return f"{self.role} {self.of}: {self.why}"


@dataclass(frozen=True, slots=True)
class Places:
    """All who serve a zone."""

    servers: tuple[Server, ...] = ()
    unasked: tuple[Unasked, ...] = ()

    def __add__(self, other: "Places") -> "Places":
        return Places(self.servers + other.servers, self.unasked + other.unasked)


@dataclass(frozen=True, slots=True)
class Written:
    """A server as an operator writes it: `ADDRESS@PORT`, `NAME=ADDRESS@PORT`; the port may lack."""

    of: str
    address: str
    port: int


def written_server(text: str) -> Written:
    """Read `[NAME=]ADDRESS[@PORT]`; raises ValueError."""
    of, mark, place = text.rpartition("=")
    address, _, port = place.partition("@")
    if mark and not of:
        raise ValueError(f"{text!r} has no name before its `=`")
    if port and not (port.isascii() and port.isdecimal() and 0 < int(port) <= 65535):
        raise ValueError(f"{text!r} has no port between 1 and 65535 after its `@`")
    return Written(of, str(ipaddress.ip_address(address.strip("[]"))), int(port or 53))


def of_hub(hub: str, listens: Collection[str] | None, named: Collection[Written]) -> Places:
    """Give where a hub answers: what the operator says, else the addresses it reports."""
    if own := [each for each in named if each.of == hub]:
        return Places(tuple(Server(Role.HUB, hub, each.address, each.port) for each in own))
    how = f"name one: `--server {hub}=ADDRESS@PORT`"
    if listens is None:
        return Places(unasked=(Unasked(Role.HUB, hub, f"its address is not reported; {how}"),))
    found = [written_server(text) for text in listens]
    reachable = [each for each in found if not ipaddress.ip_address(each.address).is_unspecified]
    if not reachable:
        why = f"it listens at {', '.join(sorted(listens))}, which says no address; {how}"
        return Places(unasked=(Unasked(Role.HUB, hub, why),))
    return Places(tuple(Server(Role.HUB, hub, each.address, each.port) for each in reachable))
