"""What the pages say, asked over HTTP of the server as it runs."""

import html
import re
import time
from collections.abc import Iterator

import pytest

from tests.dashboard.asking import act, ask
from tests.dashboard.played import PlayedMesh, following, held, realistic, rrset, small
from tests.dashboard.serving import Served, served
from tests.fakes.memory import MemoryMeshStore
from zonemesh.dashboard.links import diff_url, zone_url

CORP = "route53:main:corp.example."
HOSTILE = '"<script>alert(1)</script><b hx-get=/>"'


@pytest.fixture(scope="module")
def run() -> Iterator[Served]:
    with served(realistic()) as run:
        yield run


def words(page: str) -> str:
    """The text of a page's main part, with single spaces."""
    main = page.partition("<main")[2]
    text = re.sub(r"<wbr>", "", main)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_the_overview_says_first_what_needs_somebody(run: Served) -> None:
    text = words(ask(run, "/").text)
    for phrase in (
        "5 /8 zones current",
        "2 /3 hubs online",
        "held shop.example.",
        "hub offline office not heard of for 21 min",
        "target corp.example. to standby AccessDenied",
        "secondary ns-tokyo of frankfurt corp.example. behind",
    ):
        assert phrase in text
    assert text.index("Needs you") < text.index("Zones")


def test_the_overview_is_filtered_and_keeps_what_is_not_well(run: Served) -> None:
    def zones(query: str) -> list[str]:
        return re.findall(r'<tr id="row-route53:main:([^"]+)"', ask(run, f"/?{query}").text)

    assert len(zones("")) == 8
    assert zones("q=CORP") == ["corp.example."]
    assert zones("q=held") == ["shop.example."]
    assert zones("q=corp+held") == []
    assert zones("only=amiss") == ["corp.example.", "new.example.", "shop.example."]
    assert "No zone of 8 is like that" in words(ask(run, "/?q=nothing").text)


def test_five_hundred_zones_are_shown_by_the_hundred() -> None:
    mesh = small()
    for number in range(500):
        key = mesh.zone(f"zone{number:03}.example.")
        mesh.everywhere(key)
    with served(mesh, every=2.0) as run:
        ask(run, "/")
        began = time.monotonic()
        page = ask(run, "/?page=2").text
        assert time.monotonic() - began < 2
        rows = re.findall(r'<tr id="row-route53:main:([^"]+)"', page)
        assert len(rows) == 100
        assert rows[0] == "zone098.example."
        assert len(page) < 250_000
        found = ask(run, "/?q=zone4&page=9").text
        assert "100 of 502 zones" in words(found)


def test_a_zone_s_page_tells_where_it_is_and_what_happened(run: Served) -> None:
    text = words(ask(run, zone_url(CORP)).text)
    for phrase in (
        "corp.example. ▲ lagging",
        "it asks for the SOA and does not transfer; its log tells why",
        "failed 3 times in a row; tried again in 1 min",
        "nobody asks ns-paris.example.net",
        "9 rrsets at the source: 7 served as they are, 2 with a loss.",
        "alice ChangeResourceRecordSets",
        "terraform-ci",
        "publish olga standby: 1 change",
        "the zone's first listing",
        "✕ failed standby",
        "3 times",
    ):
        assert phrase in text


def test_a_difference_is_shown_with_its_signs(run: Served) -> None:
    head = run.mesh.store.current[CORP].serial
    page = ask(run, diff_url(CORP, "", head)).text
    assert '<del><span class="mark">-</span> www.corp.example. 300 IN A 192.0.2.10</del>' in page
    assert '<ins><span class="mark">+</span> www.corp.example. 300 IN A 203.0.113.80</ins>' in page
    source = words(ask(run, diff_url(CORP, "", head, "source")).text)
    assert '"Value":"203.0.113.80"' in source


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("from=7&to=newest", "has no snapshot 7"),
        ("from=&to=held", "nothing is held"),
        ("from=&to=x'><script>", "is no serial"),
        ("from=&to=newest&view=x", "there is no view"),
    ],
)
def test_a_difference_of_what_is_not_there_says_so(run: Served, query: str, why: str) -> None:
    answer = ask(run, f"/diff/{CORP}?{query.replace('<', '%3C').replace('>', '%3E')}")
    assert answer.status == 200
    assert why in words(answer.text)
    assert "<script>" not in answer.text


def test_hubs_targets_and_secondaries_have_pages(run: Served) -> None:
    hub = words(ask(run, "/hub/office").text)
    assert "office ✕ offline" in hub
    assert hub.index("corp.example.") < hub.index("blog.example.")  # what is behind comes first
    target = words(ask(run, "/target/standby").text)
    assert "standby ✕ error" in target
    assert "AccessDenied" in target
    assert "ns-tokyo ▲ partial" in words(ask(run, "/secondary/ns-tokyo").text)


@pytest.mark.parametrize(
    "path", ["/zone/nowhere", "/hub/nowhere", "/target/x", "/secondary/x", "/diff/x"]
)
def test_what_is_not_in_the_mesh_is_said_and_may_come(run: Served, path: str) -> None:
    answer = ask(run, path)
    assert answer.status == 404
    assert "Not in the mesh" in answer.text
    assert 'id="view"' in answer.text


def test_records_and_reports_that_hold_markup_are_shown_as_text() -> None:
    mesh, apex = small(), "hostile.example."
    key = mesh.zone(apex, rrset(f"x.{apex}", "TXT", '"quiet"'))
    mesh.everywhere(key)
    mesh.edit(
        key, rrset(f"x.{apex}", "TXT", HOSTILE), by="<img src=x>", agent='"><script>2</script>'
    )
    evil = "`<script>3</script>` <b>bold</b>"
    mesh.serve(key, "office", error=evil, state="failing")
    lost = following(1, state="refused", cause="<script>4</script>")
    mesh.serve(key, "virginia", secondaries={"ns-paris": lost})
    head = mesh.store.current[key].serial
    with served(mesh) as run:
        diff = diff_url(key, "", head)
        for path in ("/", zone_url(key), diff, "/hub/office", "/secondary/ns-paris"):
            page = ask(run, path).text
            assert "<script>" not in page
            assert "<img src=x" not in page
            assert "<b" not in page.partition("<main")[2].replace("<button", "")
        assert "<code>&lt;script&gt;3&lt;/script&gt;</code>" in ask(run, "/hub/office").text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in ask(run, diff).text


def test_before_a_mesh_is_applied_the_page_says_what_to_do() -> None:
    mesh = PlayedMesh(mesh_store=MemoryMeshStore())
    with served(mesh) as run:
        assert "zonemesh apply" in words(ask(run, "/").text)


def test_while_aws_is_away_the_last_reading_stays_and_says_so() -> None:
    mesh, _ = held()
    with served(mesh) as run:
        assert "shop.example." in ask(run, "/").text
        mesh.away = "the table does not answer: <timeout>"
        run.reader.anew()
        page = ask(run, "/")
        assert page.status == 200
        assert "the table does not answer: <timeout>" in words(page.text)
        assert "shop.example." in page.text
        mesh.away = ""
        run.reader.anew()
        assert "does not answer" not in ask(run, "/").text


def test_an_action_that_aws_refuses_is_not_called_done() -> None:
    mesh, key = held()
    serial = mesh.store.current[key].held
    with served(mesh) as run:
        ask(run, "/")
        mesh.away = "AccessDenied"
        answer = act(run, "approve", zone=key, serial=serial)
        mesh.away = ""
        text = words(ask(run, answer.headers["location"].partition("#")[0]).text)
        assert "It is not known to be done: AccessDenied" in text
    assert mesh.store.current[key].held == serial


def test_a_part_that_is_damaged_hides_no_other_part() -> None:
    mesh, key = held()
    for digest in list(mesh.store.nodes):
        del mesh.store.nodes[digest]
    with served(mesh) as run:
        page = ask(run, zone_url(key))
        text = words(page.text)
        assert page.status == 200
        assert "cannot be read" in text
        assert "On hubs" in text
        assert "waits for you" in text
