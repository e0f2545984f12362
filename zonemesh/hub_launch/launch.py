"""What a hub's container is started with: variables, files, ports, and whose credentials."""

from collections.abc import Sequence
from dataclasses import dataclass

from zonemesh import deployment
from zonemesh.deployed import HubDeployment
from zonemesh.hub_launch.credentials import Credentials

STATE_DIR = "/var/lib/zonemesh"
USER = "10053:10053"  # the hub's own in the image, who has to be able to read what is mounted
HTTP_PORT = 8053
_LOOPBACK_HTTP = f"127.0.0.1:{HTTP_PORT}"
_UNPRIVILEGED = 1024  # ports from here on anybody may listen at


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the host answers: an address, empty for all of them, and a port."""

    address: str = ""
    port: int = 53

    def __str__(self) -> str:
        return f"{self.address}@{self.port}"

    @property
    def published(self) -> str:
        """The address and port as container engines write them."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port}" if address else str(self.port)


@dataclass(frozen=True, slots=True)
class Tls:
    """Transfers over TLS: paths on the host of the certificate with its chain, and of its key."""

    certificate: str
    key: str
    port: int = 853


@dataclass(frozen=True, slots=True)
class Launch:
    """A hub, and how an operator wants it to run.

    `variables` and `files` are what the mesh's `env:` and `file:` references for this hub name:
    the host must have them. With `host_network` the container has the host's own addresses, else
    its ports are published at `listen`. `http` is where the host shows its status, empty for
    nowhere. `notify_sources` are addresses that NOTIFY leaves from, `notify_listen` where
    primaries send theirs.
    """

    hub: HubDeployment
    credentials: Credentials
    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    image: str = "zonemesh-hub"
    engine: str = "docker"
    listen: tuple[Listen, ...] = (Listen(),)
    host_network: bool = False
    notify_sources: tuple[str, ...] = ()
    notify_listen: tuple[Listen, ...] = ()
    tls: Tls | None = None
    http: str = ""
    endpoint_url: str | None = None

    @property
    def name(self) -> str:
        """The container's name."""
        return f"zonemesh-{self.hub.hub}"

    @property
    def new_privileges(self) -> bool:
        """Whether NSD gets the right to listen below port 1024 from its own file.

        On a network of the container's own that port is open to everybody instead.
        """
        ports = [each.port for each in (*self.listen, *self.notify_listen)]
        ports += [self.tls.port] if self.tls else []
        return self.host_network and min(ports) < _UNPRIVILEGED

    @property
    def mounts(self) -> dict[str, str]:
        """What the container sees of the host, to read: path on the host → path inside."""
        found = {path: path for path in self.files}
        if directory := self.credentials.directory:
            found[directory] = self.credentials.inside
        if self.tls:
            found |= {path: path for path in (self.tls.certificate, self.tls.key)}
        return found


def environment(launch: Launch, *, inside: bool) -> dict[str, str]:
    """Give the variables that are set; `inside` of a container, or for a process on the host."""
    found = launch.hub.environment | launch.credentials.environment(inside=inside)
    if launch.endpoint_url:
        found["AWS_ENDPOINT_URL"] = launch.endpoint_url
    own_addresses = launch.host_network or not inside
    if own_addresses and launch.listen != (Listen(),):
        found[deployment.HUB_DNS_LISTEN] = _listens(launch.listen)
    if own_addresses:
        found[deployment.HUB_HTTP_LISTEN] = launch.http or _LOOPBACK_HTTP
    if launch.notify_sources:
        found[deployment.HUB_NOTIFY_SOURCE] = ",".join(launch.notify_sources)
    if launch.notify_listen:
        inner = [each if own_addresses else Listen("", each.port) for each in launch.notify_listen]
        found[deployment.HUB_NOTIFY_LISTEN] = _listens(inner)
    return found | _tls(launch.tls, launch.listen if own_addresses else ())


def published(launch: Launch) -> list[str]:
    """Give the ports that are published, as container engines write them."""
    if launch.host_network:
        return []
    both = ("udp", "tcp")
    found = [f"{each.published}:53/{kind}" for each in launch.listen for kind in both]
    found += [
        f"{each.published}:{each.port}/{kind}" for each in launch.notify_listen for kind in both
    ]
    if launch.tls:
        found += [
            f"{Listen(each.address, launch.tls.port).published}:{launch.tls.port}/tcp"
            for each in launch.listen
        ]
    return [*found, f"{launch.http}:{HTTP_PORT}/tcp"] if launch.http else found


def references(secrets: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give, of a hub's references to secrets, the variables and the files that it needs."""
    named: dict[str, list[str]] = {"env": [], "file": []}
    for reference in secrets:
        kind, _, rest = reference.partition(":")
        if kind in named:
            named[kind].append(rest)
    return tuple(named["env"]), tuple(named["file"])


def _listens(places: Sequence[Listen]) -> str:
    shown = [
        str(each) for place in places for each in ([place] if place.address else _anywhere([place]))
    ]
    return ",".join(dict.fromkeys(shown))


def _anywhere(places: Sequence[Listen]) -> list[Listen]:
    ports = dict.fromkeys(each.port for each in places)
    return [Listen(address, port) for port in ports for address in ("0.0.0.0", "::")]


def _tls(tls: Tls | None, own_addresses: Sequence[Listen]) -> dict[str, str]:
    if tls is None:
        return {}
    places = [Listen(each.address, tls.port) for each in own_addresses] or [Listen("", tls.port)]
    return {
        deployment.HUB_TLS_LISTEN: _listens(places),
        deployment.HUB_TLS_CERTIFICATE: tls.certificate,
        deployment.HUB_TLS_KEY: tls.key,
    }
