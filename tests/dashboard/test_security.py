"""Who may use the dashboard, and who may not: asked over HTTP of the server as it runs."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.dashboard.asking import act, ask
from tests.dashboard.played import OPERATOR, PlayedMesh, held, small
from tests.dashboard.serving import Served, served
from zonemesh.audit import APPROVE, REJECT
from zonemesh.dashboard.links import zone_url
from zonemesh.dashboard.server import PortTaken, listening


@pytest.fixture(scope="module")
def run() -> Iterator[Served]:
    with served(small()) as run:
        yield run


@pytest.fixture
def waiting() -> Iterator[tuple[Served, PlayedMesh, str, int]]:
    """A dashboard of a mesh with a held zone: also the mesh, the zone's key and the serial."""
    mesh, key = held()
    serial = mesh.store.current[key].held
    assert serial
    with served(mesh) as run:
        yield run, mesh, key, serial


@pytest.mark.parametrize("path", ["/", "/zone/route53:main:example.com.", "/live", "/hub/office"])
def test_without_the_cookie_nothing_is_told(run: Served, path: str) -> None:
    answer = ask(run, path, cookie=False)
    assert answer.status == 403
    assert "example" not in answer.text
    assert ask(run, path, cookie=False, Cookie=f"{run.session.cookie_name}=guess").status == 403


def test_the_address_that_is_printed_lets_in_and_sets_a_strict_cookie(run: Served) -> None:
    path = run.session.address().removeprefix(run.root)
    answer = ask(run, path, cookie=False)
    assert answer.status == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    name_and_value = cookie.split(";")[0]
    assert ask(run, "/", cookie=False, Cookie=name_and_value).status == 200


def test_the_address_that_a_browser_is_started_with_lets_in_once(run: Served) -> None:
    path = run.session.address_for_once().removeprefix(run.root)
    assert ask(run, path, cookie=False).status == 200
    again = ask(run, path, cookie=False)
    assert again.status == 403
    assert "set-cookie" not in again.headers
    assert ask(run, "/enter?token=", cookie=False).status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "10.0.0.1:{port}"]
)
def test_another_name_of_the_server_is_refused(run: Served, host: str) -> None:
    answer = ask(run, "/", Host=host.format(port=run.session.port))
    assert answer.status == 403
    assert "another name" in answer.text


def test_localhost_is_a_name_of_it(run: Served) -> None:
    assert ask(run, "/", Host=f"localhost:{run.session.port}").status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost:{port}"]
)
def test_a_page_of_another_origin_is_refused(run: Served, origin: str) -> None:
    there = origin.format(port=run.session.port)
    assert ask(run, "/", Origin=there).status == 403
    form = {"csrf": run.session.csrf}
    assert ask(run, "/do/approve", method="POST", form=form, Origin=there).status == 403


def test_each_answer_forbids_frames_inline_scripts_and_keeping(run: Served) -> None:
    for path, cookie in (("/", True), ("/", False), ("/nowhere", True)):
        headers = ask(run, path, cookie=cookie).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_no_page_has_a_script_style_or_handler_of_its_own_or_content_from_elsewhere(
    waiting: tuple[Served, PlayedMesh, str, int],
) -> None:
    run, _, key, _ = waiting
    for path in ("/", zone_url(key), "/hub/office", "/secondary/ns-paris", "/target/standby"):
        text = ask(run, path).text
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>|javascript:", text)
        assert re.findall(r'(?:src|href)="(?:https?:)?//', text) == []


def test_what_is_held_is_served_once_it_is_approved_and_the_audit_tells_who(
    waiting: tuple[Served, PlayedMesh, str, int],
) -> None:
    run, mesh, key, serial = waiting
    answer = act(run, "approve", zone=key, serial=serial)
    assert answer.status == 303
    assert mesh.store.current[key].serial == serial
    (entry,) = mesh.audit.entries(key, 10)
    assert (entry.action, entry.serial, entry.who) == (APPROVE, serial, OPERATOR)
    shown = ask(run, answer.headers["location"].partition("#")[0])
    assert f"Serial {serial} is served from now on" in shown.text
    again = act(run, "approve", zone=key, serial=serial)
    refused = ask(run, again.headers["location"].partition("#")[0])
    assert "Nothing was changed." in refused.text
    assert len(mesh.audit.entries(key, 10)) == 1


def test_what_is_rejected_waits_on(waiting: tuple[Served, PlayedMesh, str, int]) -> None:
    run, mesh, key, serial = waiting
    assert act(run, "reject", zone=key, serial=serial).status == 303
    head = mesh.store.current[key]
    assert (head.held, head.rejected) == (serial, True)
    assert [entry.action for entry in mesh.audit.entries(key, 10)] == [REJECT]
    text = ask(run, zone_url(key)).text
    assert "was rejected" in text
    assert "/do/reject" not in text


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        ({"csrf": ""}, {}, 403),
        ({"csrf": "guess"}, {}, 403),
        ({}, {"Cookie": ""}, 403),
        ({}, {"Origin": ""}, 403),
        ({}, {"Origin": "http://evil.example"}, 403),
        ({}, {"Host": "evil.example"}, 403),
    ],
)
def test_an_action_needs_the_page_s_token_the_cookie_and_the_page_s_origin(
    waiting: tuple[Served, PlayedMesh, str, int],
    form: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    run, mesh, key, serial = waiting
    sent = {"csrf": run.session.csrf, "zone": key, "serial": serial} | form
    answer = ask(run, "/do/approve", method="POST", form=sent, **headers)
    assert answer.status == status
    assert mesh.store.current[key].held == serial
    assert mesh.audit.noted == []


def test_an_action_is_no_address_to_be_followed(
    waiting: tuple[Served, PlayedMesh, str, int],
) -> None:
    run, mesh, key, serial = waiting
    path = f"/do/approve?zone={key}&serial={serial}&csrf={run.session.csrf}"
    assert ask(run, path).status == 405
    assert mesh.store.current[key].held == serial


def test_a_form_that_is_much_too_long_is_not_read_to_its_end(run: Served) -> None:
    assert act(run, "approve", zone="x" * 20_000).status == 413


def test_read_only_shows_no_buttons_and_refuses_actions() -> None:
    mesh, key = held()
    serial = mesh.store.current[key].held
    with served(mesh, read_only=True) as run:
        text = ask(run, zone_url(key)).text
        assert "/do/" not in text
        assert f"zonemesh approve {key} {serial}" in text
        answer = act(run, "approve", zone=key, serial=serial)
        assert answer.status == 403
        assert "--read-only" in answer.text
    assert mesh.store.current[key].held == serial


def test_it_listens_on_loopback_only_and_says_which_port_is_taken() -> None:
    with listening(0) as first:
        address, port = first.getsockname()
        assert address == "127.0.0.1"
        with pytest.raises(PortTaken, match=rf"port {port}: .*`--port`"):
            listening(port)


def test_a_neighbour_on_the_network_cannot_connect(run: Served) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; it tells this machine's own address
        except OSError:
            pytest.skip("this machine has no address but loopback")
        own = probe.getsockname()[0]
    with pytest.raises(OSError):
        socket.create_connection((own, run.session.port), timeout=5).close()


@pytest.mark.parametrize(
    ("name", "form", "why"),
    [
        ("order", {"hub": "nowhere", "kind": "test"}, "No hub `nowhere`"),
        ("order", {"hub": "office", "kind": "plan"}, "There is no order `plan`"),
        ("sync", {"zone": "nowhere.example"}, "no zone `nowhere.example`"),
    ],
)
def test_an_order_that_makes_no_sense_is_not_given(
    run: Served, name: str, form: dict[str, str], why: str
) -> None:
    answer = act(run, name, **form)
    assert answer.status == 303
    page = ask(run, answer.headers["location"].partition("#")[0])
    assert "Nothing was changed." in page.text
    assert why in page.text.replace("<code>", "`").replace("</code>", "`")
    assert run.mesh.hub_orders.placed == {}
    assert run.mesh.zone_orders.asked == {}
