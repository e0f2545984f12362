"""Transfers over TLS (RFC 9103) to real secondaries that check the hub's certificate."""

import ssl
from dataclasses import dataclass, replace
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest

from hub_container.nsd_control import nsd_version
from hub_container.settings import Endpoint, InvalidSettings, Settings, TlsService
from local.servers.bind import BindSecondary
from local.servers.client import wait_until
from local.servers.nsd import NsdSecondary
from local.servers.ports import free_port
from local.servers.secondary import Secondary
from tests.hub.certificates import NAME, write_certificates
from tests.hub.test_secondaries import SecondariesWorld, edited
from tests.hub.world import ADDRESS, address_lines, key_of

APEX = "example.com."
KEY = "transfer.example."
# RFC 9103 7.1 wants the ALPN token "dot" selected, which BIND insists on.
SELECTS_ALPN = (4, 11, 1)  # NSD's release notes: "XoT interoperability with BIND and Knot"
ENVIRONMENT = {"ZONEMESH_HUB": "one", "ZONEMESH_TABLE": "t", "ZONEMESH_QUEUE_URL": "http://q"}


@dataclass
class TlsWorld(SecondariesWorld):
    """A hub that offers transfers over TLS, too; who signed its certificate is in `authority`."""

    tls: TlsService | None = None
    authority: Path = Path()

    def settings(self) -> Settings:
        return replace(super().settings(), tls=self.tls)

    @property
    def tls_port(self) -> int:
        assert self.tls is not None
        return self.tls.listen[0].port


@pytest.fixture
def world(tmp_path: Path) -> TlsWorld:
    authority, certificate, key = write_certificates(tmp_path / "pki", ADDRESS)
    tls = TlsService((Endpoint(ADDRESS, free_port()),), certificate, key)
    world = TlsWorld(tmp_path / "hub", tls=tls, authority=authority)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 5))
    return world


def over_tls(kind: type[Secondary], authority: Path) -> type[Secondary]:
    """A secondary that transfers over TLS only, from whom the authority vouches for."""
    if kind is BindSecondary:
        checked = f'tls hub {{ ca-file "{authority}"; remote-hostname "{NAME}"; }};'
        key = f'key "{KEY}"; }};\n  allow-notify'
        return edited(
            kind,
            ("controls { };", f"controls {{ }};\n{checked}"),
            (key, key.replace(";", " tls hub;", 1)),
        )
    request = f'"{KEY}"\n  allow-notify'
    return edited(
        kind,
        ("server:\n", f'server:\n  tls-cert-bundle: "{authority}"\n'),
        ("key:\n", f'tls-auth:\n  name: "hub"\n  auth-domain-name: "{NAME}"\nkey:\n'),
        (request, f'"{KEY}" "hub"\n  allow-notify'),
    )


@pytest.mark.parametrize("kind", [BindSecondary, NsdSecondary])
def test_a_secondary_transfers_over_tls(
    world: TlsWorld, tmp_path: Path, kind: type[Secondary]
) -> None:
    server = over_tls(kind, world.authority)(
        tmp_path / "secondary", world.tls_port, [APEX], world.key
    )
    world.has(server)
    with world.running():
        world.wait_for(APEX, 1)
        with server:
            if kind is BindSecondary and nsd_version() < SELECTS_ALPN:
                world.wait_for_state("named", "behind", "do not work")
                assert "ALPN for DoT failed" in server.server.log()
                return
            server.wait_for(APEX, 1)
            world.publish(APEX, 2, address_lines(APEX, 6))
            server.wait_for(APEX, 2)
            world.wait_for_state(server.program, "current")


@pytest.mark.parametrize("kind", [BindSecondary, NsdSecondary])
def test_a_secondary_that_trusts_another_authority_takes_nothing(
    world: TlsWorld, tmp_path: Path, kind: type[Secondary]
) -> None:
    stranger, _, _ = write_certificates(tmp_path / "stranger", ADDRESS)
    server = over_tls(kind, stranger)(tmp_path / "secondary", world.tls_port, [APEX], world.key)
    world.has(server)
    with world.running():
        world.wait_for(APEX, 1)
        with server:
            world.wait_for_state(server.program, "behind", "do not work")
            assert server.serial(APEX) is None


def test_the_port_for_tls_answers_with_the_certificate_and_nothing_in_the_clear(
    world: TlsWorld,
) -> None:
    trusting = ssl.create_default_context(cafile=str(world.authority))
    query = dns.message.make_query(APEX, "SOA")
    with world.running():
        world.wait_for(APEX, 1)
        response = dns.query.tls(
            query,
            ADDRESS,
            port=world.tls_port,
            timeout=10,
            ssl_context=trusting,
            server_hostname=NAME,
        )
        assert response.answer[0][0].serial == 1
        with pytest.raises((dns.exception.DNSException, OSError, EOFError)):
            dns.query.tcp(query, ADDRESS, port=world.tls_port, timeout=5)
        secret = world.key.secret
        assert secret not in repr(world.reports.statuses)
        wait_until("it is reported", lambda: (world.name, key_of(APEX)) in world.reports.statuses)


def tls_environment(tmp_path: Path, **changes: str) -> dict[str, str]:
    _, certificate, key = write_certificates(tmp_path, ADDRESS)
    return (
        ENVIRONMENT
        | {
            "ZONEMESH_TLS_LISTEN": "0.0.0.0@853,::@853",
            "ZONEMESH_TLS_CERTIFICATE": str(certificate),
            "ZONEMESH_TLS_KEY": str(key),
        }
        | changes
    )


def test_tls_comes_from_the_environment(tmp_path: Path) -> None:
    settings = Settings.from_environment(tls_environment(tmp_path))
    assert settings.tls == TlsService(
        (Endpoint("0.0.0.0", 853), Endpoint("::", 853)),
        tmp_path / "certificate.pem",
        tmp_path / "key.pem",
    )
    assert Settings.from_environment(ENVIRONMENT).tls is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ZONEMESH_TLS_LISTEN": ""}, "ZONEMESH_TLS_LISTEN"),
        ({"ZONEMESH_TLS_LISTEN": "192.0.2.1@853,192.0.2.2@854"}, "one port for TLS"),
        ({"ZONEMESH_TLS_KEY": ""}, "ZONEMESH_TLS_KEY is not set"),
        ({"ZONEMESH_TLS_KEY": "/nowhere/key.pem"}, "No such file"),
    ],
)
def test_wrong_settings_for_tls_are_named(
    tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    with pytest.raises(InvalidSettings, match=words):
        Settings.from_environment(tls_environment(tmp_path, **changes))
