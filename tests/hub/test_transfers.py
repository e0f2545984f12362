"""Who may transfer, who is told, and that nobody waits for the dead."""

import socket
from pathlib import Path

import dns.exception
import dns.tsig
import dns.xfr
import pytest

from local.servers.bind import BindSecondary
from local.servers.client import axfr, wait_until
from local.servers.nsd import NsdSecondary
from local.servers.tsig import Tsig
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of

APEX = "example.com."
ANYWHERE = ["127.0.0.0/8"]


@pytest.fixture
def served(world: HubWorld) -> HubWorld:
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 5))
    return world


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "hmac-sha512", "hmac-sha1", "hmac-md5"])
def test_a_declared_key_transfers(served: HubWorld, algorithm: str) -> None:
    served.key = Tsig("peer.example.", algorithm)
    served.declare()
    with served.running():
        served.wait_for(APEX, 1)
        assert len(served.axfr(APEX)) == 9


def test_whoever_has_no_declared_key_is_refused(served: HubWorld) -> None:
    with served.running():
        served.wait_for(APEX, 1)
        with pytest.raises(dns.xfr.TransferError):
            axfr(ADDRESS, served.port, APEX)
        with pytest.raises((dns.tsig.PeerError, dns.xfr.TransferError)):
            axfr(ADDRESS, served.port, APEX, Tsig("stranger.").client_key())
        wrong_secret = Tsig(served.key.name).client_key()
        with pytest.raises((dns.tsig.PeerError, dns.xfr.TransferError)):
            axfr(ADDRESS, served.port, APEX, wrong_secret)


def test_a_declared_key_from_another_address_is_refused(served: HubWorld) -> None:
    served.declare({"far": {"transfer_from": ["192.0.2.0/24"], "tsig_key": "transfer.example"}})
    with served.running():
        served.wait_for(APEX, 1)
        with pytest.raises(dns.xfr.TransferError):
            served.axfr(APEX)


def test_a_secondary_declared_without_key_transfers_unsigned(served: HubWorld) -> None:
    served.declare({"open": {"transfer_from": ANYWHERE, "tsig_key": "none"}})
    with served.running():
        served.wait_for(APEX, 1)
        assert len(axfr(ADDRESS, served.port, APEX)) == 9


def test_a_new_mesh_version_is_taken_up_live(served: HubWorld) -> None:
    other = Tsig("other.example.", "hmac-sha512")
    with served.running() as hub:
        served.wait_for(APEX, 1)
        served.declare({"other": {"transfer_from": ANYWHERE, "tsig_key": "other.example"}}, [other])
        served.inbox.put('{"mesh": 2}')

        def takes_the_new_key() -> bool:
            try:
                return len(axfr(ADDRESS, served.port, APEX, other.client_key())) == 9
            except (dns.exception.DNSException, OSError):
                return False

        wait_until("the new key is taken", takes_the_new_key)
        assert hub.nsd.starts == 1
        with pytest.raises((dns.tsig.PeerError, dns.xfr.TransferError)):
            served.axfr(APEX)


def test_an_unusable_mesh_version_or_secret_leaves_everybody_as_they_were(
    served: HubWorld,
) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        served.mesh.apply("hubs: [")
        served.inbox.put('{"mesh": 2}')
        wait_until("the problem is shown", lambda: hub.heartbeat()["problems"])
        assert served.axfr(APEX)
        served.secrets.by_reference.clear()
        served.mesh.apply(served.mesh.kept[0].text)
        hub.catch_up_soon()
        wait_until(
            "the last secret is kept",
            lambda: any("last known secret" in text for text in hub.heartbeat()["problems"]),
        )
        assert served.axfr(APEX)


def test_a_secret_that_is_not_base64_is_named_and_not_shown(
    served: HubWorld, caplog: pytest.LogCaptureFixture
) -> None:
    good = Tsig("good.example.")
    served.declare(
        {
            "good": {"transfer_from": ANYWHERE, "tsig_key": "good.example"},
            "bad": {"transfer_from": ANYWHERE, "tsig_key": "bad.example"},
        },
        [good, Tsig("bad.example.", secret="hush-hush!")],
    )
    with served.running() as hub:
        served.wait_for(APEX, 1)
        assert len(axfr(ADDRESS, served.port, APEX, good.client_key())) == 9
        assert "secondary bad may not transfer" in hub.heartbeat()["problems"][0]
        assert "hush" not in repr(hub.heartbeat())
    assert all("hush" not in repr(vars(record)) for record in caplog.records)


def test_a_dead_secondary_delays_nobody(served: HubWorld, tmp_path: Path) -> None:
    bind = BindSecondary(tmp_path / "bind", served.port, [APEX], served.key)
    nsd = NsdSecondary(tmp_path / "nsd", served.port, [APEX], served.key)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as dead:
        dead.bind((ADDRESS, 0))
        key = "transfer.example"
        served.declare(
            {
                "dead": {"address": ADDRESS, "port": dead.getsockname()[1], "tsig_key": key},
                "bind": {"address": ADDRESS, "port": bind.port, "tsig_key": key},
                "nsd": {"address": ADDRESS, "port": nsd.port, "tsig_key": key},
            }
        )
        with served.running() as hub, bind, nsd:
            bind.wait_for(APEX, 1)
            nsd.wait_for(APEX, 1)
            served.publish(APEX, 2, address_lines(APEX, 6))
            bind.wait_for(APEX, 2)
            nsd.wait_for(APEX, 2)

            def results() -> dict[str, str]:
                told = hub.board.secondaries_of(key_of(APEX))
                return {name: entry["result"] for name, entry in told.items()}

            expected = {"dead": "no answer", "bind": "acknowledged", "nsd": "acknowledged"}
            wait_until("each one's result is shown", lambda: results() == expected)


def test_no_secret_in_logs_status_reports_or_command_lines(
    served: HubWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with served.running() as hub:
        served.wait_for(APEX, 1)
        assert served.axfr(APEX)
        secret = served.key.secret
        assert secret not in repr(hub.configuration)
        assert secret not in repr(hub.heartbeat())
        assert secret not in repr(served.reports.statuses)
        assert hub.nsd.pid is not None
        assert secret not in Path(f"/proc/{hub.nsd.pid}/cmdline").read_text()
    assert all(secret not in repr(vars(record)) for record in caplog.records)
