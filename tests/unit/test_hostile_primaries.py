"""What a primary may do to who reads it: nothing is unbounded, nothing waits for ever."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import dns.message
import dns.rcode
import pytest

from hub_container.nsd import drop_transfers
from hub_container.nsd_control import check_conf, nsd_version
from hub_container.nsd_text import NsdPaths
from hub_container.pulling.nsd_conf import pulling_conf
from hub_container.pulling.probe import REFUSED, SILENT, TSIG, Probe, _read
from hub_container.pulling.pulled import PrimaryServer, Pulled
from hub_container.pulling.trial import try_transfer
from hub_container.signatures import SignatureClock
from hub_container.tsig import TsigKey
from tests.hub.pulled_world import PulledWorld
from tests.hub.world import key_variable
from tests.unit.test_xfr_reader import APEX, KEY, A, answering, reader, serving, soa
from zonemesh.errors import TransferFailed
from zonemesh.mesh.definition import parse_mesh
from zonemesh.xfr.stream import BYTES_MOST, Server, ask

SECRET = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="  # KEY's
SIGNING = TsigKey("hub.", "hmac-sha256", SECRET)


def read_all(server):
    query = dns.message.make_query(APEX, "AXFR", flags=0)
    return [message.id for message in ask(server, query)]


def without_end(query):
    (message,) = answering([soa(7), A])(query)
    while True:
        yield message


def dripping(query):
    for message in without_end(query):
        yield message
        time.sleep(0.05)


def test_a_transfer_without_an_end_is_given_up_by_its_size():
    with serving(without_end) as port, pytest.raises(TransferFailed, match="more than 100000 byte"):
        read_all(Server("127.0.0.1", port, most=100_000))


def test_a_transfer_that_trickles_in_is_given_up_by_its_time():
    with serving(dripping) as port, pytest.raises(TransferFailed, match=r"longer than 0\.3 second"):
        read_all(Server("127.0.0.1", port, timeout=20.0, within=0.3))


def test_the_pulling_nsd_takes_no_transfer_that_fills_the_disk(tmp_path):
    primary = PrimaryServer("main", "192.0.2.1", 53, SIGNING)
    paths = NsdPaths(tmp_path, tmp_path / "zones")
    text = pulling_conf(paths, nsd_version(), 5300, 5301, [Pulled("axfr:h:z", APEX, (primary,))])
    assert f"size-limit-xfr: {BYTES_MOST}\n" in text
    (tmp_path / "zones").mkdir()
    paths.config.write_text(text)
    check_conf(paths.config)


def torn(query):
    """Sign an answer with something that has no signature's form."""
    (message,) = answering([soa(7), A, soa(7)], key=KEY)(query)
    at = message.rindex(b"\x0bhmac-sha256\0")
    yield message[:at] + b"\x3f" + message[at + 1 :]


def test_a_signature_that_is_none_is_a_failed_transfer():
    with serving(torn) as port, pytest.raises(TransferFailed, match="TSIG hub"):
        reader(port, KEY).spool()


def test_a_tried_transfer_with_a_torn_signature_is_told_in_words_without_the_secret():
    with serving(torn) as port:
        primary = PrimaryServer("main", "127.0.0.1", port, SIGNING)
        said = try_transfer(primary, APEX)
    assert "breaks off" in said
    assert SECRET not in said + repr(primary)


@contextmanager
def hanging_up():
    """A server that says nothing over UDP and closes every TCP connection."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent,
    ):
        silent.bind(listener.getsockname())
        listener.settimeout(30)

        def serve():
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(512)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            thread.join()


def test_a_primary_that_hangs_up_is_said_not_to_answer():
    with hanging_up() as port:
        heard = Probe().ask(PrimaryServer("main", "127.0.0.1", port, None), APEX)
    assert (heard.serial, heard.kind) == (None, SILENT)
    assert "closes the connection" in heard.error


@pytest.mark.parametrize(
    ("rcode", "answer", "kind"),
    [
        ("NOERROR", True, TSIG),
        ("NOERROR", False, TSIG),
        ("REFUSED", True, TSIG),
        ("REFUSED", False, REFUSED),
    ],
)
def test_a_serial_that_nobody_signed_is_not_believed(rcode, answer, kind):
    query = dns.message.make_query(APEX, "SOA", flags=0)
    query.use_tsig(SIGNING.signer())
    lines = f";ANSWER\n{soa(99).replace(' SOA', ' IN SOA', 1)}\n" if answer else ""
    forged = dns.message.from_text(
        f"id {query.id}\nopcode QUERY\nflags QR AA\n;QUESTION\n{APEX} IN SOA\n{lines}"
    )
    forged.set_rcode(dns.rcode.from_text(rcode))
    primary = PrimaryServer("main", "192.0.2.1", 53, SIGNING)
    assert _read(primary, APEX, query, forged).kind == kind


def test_a_zone_that_could_not_be_taken_off_is_tried_again_and_holds_up_no_other(monkeypatch):
    monkeypatch.setattr("hub_container.signatures._LOOK_EVERY", 0.01)
    told, done = [], threading.Event()

    class Files:
        def expires(self, zone):
            return 1

    def on_over(zone):
        told.append(zone)
        if zone == "a" and told.count("a") < 3:
            raise OSError("no process")
        if told.count("a") == 3 and "b" in told:
            done.set()

    clock = SignatureClock(Files(), lambda: ["a", "b"], on_over)
    clock.start()
    assert done.wait(60)
    clock.stop()
    assert told.count("b") == 1


def test_what_a_killed_nsd_left_of_transfers_goes(tmp_path):
    (tmp_path / "nsd-xfr-4711").mkdir()
    (tmp_path / "nsd-xfr-4711" / "xfr.0").write_bytes(b"x" * 100)
    (tmp_path / "xfrd.state").write_text("kept")
    drop_transfers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["xfrd.state"]


def test_a_secret_that_was_broken_leaves_the_last_good_one_in_use(tmp_path):
    world = PulledWorld(tmp_path)
    world.primary("main", 5300)
    world.pull(APEX, "main")
    world.apply()
    (puller,) = world.companions()
    mesh = parse_mesh(world.mesh.newest().text)
    assert puller.configure(mesh, world.register.members()) == []
    variable = f"env:{key_variable(world.pull_key)}"
    world.secrets.by_reference[variable] = broken = "not base64, but secret all the same"
    (note,) = puller.configure(mesh, world.register.members())
    puller.stop()
    assert "the last known secret stays in use" in note
    assert broken not in note
