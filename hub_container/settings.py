"""The hub's settings, from its environment."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from zonemesh import deployment
from zonemesh.errors import ZonemeshError

STATE_DIR = "/var/lib/zonemesh"
DNS_LISTEN = "0.0.0.0@53,::@53"
HTTP_LISTEN = "127.0.0.1:8053"
CATCH_UP_EVERY = 600.0  # seconds; a lost ring costs at most this


class InvalidSettings(ZonemeshError, ValueError):
    """The hub's environment says something that cannot be done; one line a problem."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An IP address and a port."""

    address: str
    port: int

    @property
    def reachable(self) -> "Endpoint":
        """Where this machine itself finds what listens here."""
        parsed = ipaddress.ip_address(self.address)
        if not parsed.is_unspecified:
            return self
        return Endpoint("127.0.0.1" if parsed.version == 4 else "::1", self.port)

    def __str__(self) -> str:
        return f"{self.address}@{self.port}"


@dataclass(frozen=True, slots=True)
class TlsService:
    """Where transfers over TLS (RFC 9103) are offered, all at one port, and with what."""

    listen: tuple[Endpoint, ...]
    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What a hub is told at its start; `catch_up_every` is in seconds.

    NOTIFY leaves from `notify_sources`, one address of each family at most. Primaries may send
    theirs to `notify_listen`; without it changes are found by the zones' own SOA timers.
    """

    hub: str
    state_dir: Path
    dns_listen: tuple[Endpoint, ...]
    http_listen: Endpoint
    catch_up_every: float = CATCH_UP_EVERY
    notify_sources: tuple[str, ...] = ()
    notify_listen: tuple[Endpoint, ...] = ()
    tls: TlsService | None = None
    table: str = ""
    queue_url: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the variables that `zonemesh.deployment` names; raises InvalidSettings."""
        reader = _Reader(environment)
        settings = cls(
            hub=reader.required(deployment.HUB, "the hub's name in mesh.yaml"),
            table=reader.required(deployment.TABLE, "the name of the DynamoDB table"),
            queue_url=reader.required(deployment.HUB_QUEUE_URL, "the URL of the hub's SQS queue"),
            state_dir=Path(environment.get(deployment.HUB_STATE_DIR) or STATE_DIR).absolute(),
            dns_listen=reader.endpoints(deployment.HUB_DNS_LISTEN, DNS_LISTEN, "@"),
            http_listen=reader.endpoints(deployment.HUB_HTTP_LISTEN, HTTP_LISTEN, ":")[0],
            catch_up_every=reader.seconds(deployment.HUB_CATCH_UP_EVERY, CATCH_UP_EVERY),
            tls=reader.tls(),
            notify_sources=reader.addresses(deployment.HUB_NOTIFY_SOURCE),
            notify_listen=(
                reader.endpoints(deployment.HUB_NOTIFY_LISTEN, "", "@")
                if environment.get(deployment.HUB_NOTIFY_LISTEN)
                else ()
            ),
        )
        if reader.problems:
            raise InvalidSettings("\n".join(reader.problems))
        return settings


_NOWHERE = Endpoint("127.0.0.1", 0)


class _Reader:
    """Reads variables and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def required(self, name: str, meaning: str) -> str:
        if not (value := self._environment.get(name, "")):
            self.problems.append(f"{name} is not set; set it to {meaning}")
        return value

    def endpoints(self, name: str, default: str, mark: str) -> tuple[Endpoint, ...]:
        text = self._environment.get(name) or default
        try:
            return tuple(_endpoint(part.strip(), mark) for part in text.split(","))
        except ValueError as problem:
            self.problems.append(f"{name}={text!r}: {problem}; write ADDRESS{mark}PORT")
            return (_NOWHERE,)

    def tls(self) -> TlsService | None:
        """Read the three variables; all or none of them are set."""
        names = (deployment.HUB_TLS_LISTEN, deployment.HUB_TLS_CERTIFICATE, deployment.HUB_TLS_KEY)
        if not any(self._environment.get(name) for name in names):
            return None
        listen = self.endpoints(names[0], "", "@")
        if len({endpoint.port for endpoint in listen}) > 1:
            self.problems.append(f"{names[0]}: NSD has one port for TLS; write the same everywhere")
        certificate, key = (self._file(name) for name in names[1:])
        return TlsService(listen, certificate, key)

    def _file(self, name: str) -> Path:
        path = Path(self.required(name, "the path of a PEM file")).absolute()
        try:
            path.open("rb").close()
        except OSError as problem:
            self.problems.append(f"{name}={str(path)!r}: {problem.strerror}; it must be readable")
        if '"' in str(path) or "\n" in str(path):
            self.problems.append(f"{name}={str(path)!r}: choose a path without quotes")
        return path

    def seconds(self, name: str, default: float) -> float:
        text = self._environment.get(name) or str(default)
        try:
            if (value := float(text)) > 0:
                return value
        except ValueError:
            pass
        self.problems.append(f"{name}={text!r}: write a number of seconds above 0")
        return default

    def addresses(self, name: str) -> tuple[str, ...]:
        if not (text := self._environment.get(name)):
            return ()
        try:
            found = [ipaddress.ip_address(part.strip()) for part in text.split(",")]
            if len({address.version for address in found}) == len(found):
                return tuple(str(address) for address in found)
        except ValueError:
            pass
        self.problems.append(
            f"{name}={text!r}: write an IP address of this machine, or an IPv4 and an IPv6 one "
            "with a comma"
        )
        return ()


def _endpoint(text: str, mark: str) -> Endpoint:
    address, found, port = text.rpartition(mark)
    if not found or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise ValueError(f"{text!r} has no port")
    return Endpoint(str(ipaddress.ip_address(address.strip("[]"))), int(port))


def http_endpoint(text: str) -> Endpoint:
    """Read ADDRESS:PORT; raises ValueError."""
    return _endpoint(text, ":")
