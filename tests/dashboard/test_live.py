"""In a real browser: what changes in the mesh is on the page, and nothing is moved by it."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.conftest import OpenPage
from tests.dashboard.played import CI, OPERATOR, PlayedMesh, held, realistic, rrset, small
from tests.dashboard.serving import Served, served
from zonemesh.dashboard.links import zone_url
from zonemesh.orders.order import OrderKind, OrderResult, Step, StepOutcome

EXAMPLE = "route53:main:example.com."
WWW = "www.example.com."


@pytest.fixture
def mesh() -> PlayedMesh:
    return small()


@pytest.fixture
def run(mesh: PlayedMesh) -> Iterator[Served]:
    with served(mesh) as run:
        yield run


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_a_change_shows_up_without_reload_while_focus_and_typing_stay(
    mesh: PlayedMesh, run: Served, open_page: OpenPage
) -> None:
    page = open_page(run)
    page.evaluate("window.sameDocument = true")
    page.locator("#q").press_sequentially("example")
    page.wait_for_url(f"{run.root}/?q=example")
    serial = mesh.edit(EXAMPLE, rrset(WWW, "A", "192.0.2.9"), by=CI).serial
    row = page.locator(f'[id="row-{EXAMPLE}"]')
    expect(row).to_contain_text(str(serial))
    expect(row).to_contain_text("lagging")
    mesh.everywhere(EXAMPLE)
    expect(row).to_contain_text("current")
    assert focused(page) == "q"
    page.keyboard.type(".com")
    expect(page.locator("tr[id^='row-']")).to_have_count(1)
    assert page.locator("#q").input_value() == "example.com"
    assert page.evaluate("window.sameDocument") is True


def test_news_is_told_to_those_who_do_not_see_it(
    mesh: PlayedMesh, run: Served, open_page: OpenPage
) -> None:
    page = open_page(run)
    said = page.locator("#said")
    expect(page.locator(".calm")).to_contain_text("Nothing needs you.")
    mesh.heartbeat("office", problems=["secret [paris] is missing"])
    expect(said).to_have_text("1 thing needs you now.")
    expect(page.locator(".need")).to_contain_text("secret [paris] is missing")
    assert said.get_attribute("role") == "status"
    mesh.heartbeat("office")
    expect(said).to_have_text("Nothing needs you any more.")


def test_opened_parts_scrolling_and_chosen_serials_survive_a_change(open_page: OpenPage) -> None:
    mesh = realistic()
    corp = "route53:main:corp.example."
    with served(mesh) as run:
        page = open_page(run, zone_url(corp))
        page.locator("#losses-details summary").click()
        expect(page.locator("#losses-details")).not_to_have_attribute("open", "")
        oldest = page.locator("input[name=from]").last
        oldest.check()
        page.evaluate("window.scrollTo(0, 300)")
        serial = mesh.edit(corp, rrset("more.corp.example.", "A", "192.0.2.1")).serial
        expect(page.locator(f"#snapshot-{serial}")).to_be_visible()
        expect(page.locator("#losses-details")).not_to_have_attribute("open", "")
        expect(page.locator("input[name=from]").last).to_be_checked()
        assert page.evaluate("window.scrollY") == 300


def test_many_pages_share_one_reader(mesh: PlayedMesh, run: Served, open_page: OpenPage) -> None:
    pages = [open_page(run) for _ in range(4)]
    reads = 0

    def count(step: str) -> None:
        nonlocal reads
        reads += step == "heads"

    mesh.store.on_step = count
    began = time.monotonic()
    mesh.edit(EXAMPLE, rrset(WWW, "A", "192.0.2.9"))
    for page in pages:
        expect(page.locator(f'[id="row-{EXAMPLE}"]')).to_contain_text("lagging")
    elapsed = time.monotonic() - began
    assert 1 <= reads <= elapsed / 0.2 + 2  # as for one page, which is a look each 0.2 s


def test_a_page_in_the_background_does_not_count_and_catches_up(
    mesh: PlayedMesh, run: Served, open_page: OpenPage
) -> None:
    page = open_page(run)
    hide = (
        "on => { Object.defineProperty(document, 'hidden', {value: on, configurable: true});"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    page.evaluate(hide, True)
    until = time.monotonic() + 20
    while run.reader.watchers and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert run.reader.watchers == 0
    serial = mesh.edit(EXAMPLE, rrset(WWW, "A", "192.0.2.9")).serial
    page.evaluate(hide, False)
    expect(page.locator(f'[id="row-{EXAMPLE}"]')).to_contain_text(str(serial))


def test_aws_being_away_is_said_and_goes_by(
    mesh: PlayedMesh, run: Served, open_page: OpenPage
) -> None:
    page = open_page(run)
    mesh.away = "reading 3 items from table mesh: connection refused"
    expect(page.locator("#view .banner.bad")).to_contain_text("connection refused")
    expect(page.locator("#pulse")).to_have_attribute("data-state", "trouble")
    expect(page.locator(f'[id="row-{EXAMPLE}"]')).to_contain_text("current")
    mesh.away = ""
    expect(page.locator("#view .banner.bad")).to_have_count(0)
    expect(page.locator("#pulse")).to_have_attribute("data-state", "live")


def test_a_dashboard_that_has_ended_is_said_so_and_ends_at_once(open_page: OpenPage) -> None:
    with served(small()) as run:
        page = open_page(run)
        began = time.monotonic()
    assert time.monotonic() - began < 10  # an open page does not hold it up
    expect(page.locator("#away")).to_contain_text("Is it still running?")
    expect(page.locator("#pulse")).to_have_attribute("data-state", "away")
    expect(page.locator(f'[id="row-{EXAMPLE}"]')).to_contain_text("current")


def test_what_is_held_is_approved_by_keyboard_alone(open_page: OpenPage) -> None:
    mesh, key = held()
    serial = mesh.store.current[key].held
    with served(mesh) as run:
        page = open_page(run)
        reach(page, "shop.example.")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{run.root}{zone_url(key)}")
        expect(page.locator(".held del")).to_have_count(9)
        reach(page, f"Serve serial {serial}")
        page.keyboard.press("Enter")
        expect(page.locator("#notice")).to_contain_text(f"Serial {serial} is served from now on")
        assert focused(page) == "notice"
        expect(page.locator(".held")).to_have_count(0)
    assert mesh.store.current[key].serial == serial
    assert [entry.serial for entry in mesh.audit.entries(key, 5)] == [serial]


def reach(page: Page, text: str) -> None:
    """Press Tab until the focus, which must be visible, is on what has this text."""
    for _ in range(80):
        page.keyboard.press("Tab")
        active = page.locator(":focus")
        if active.count() and active.inner_text().strip() == text:
            outline = active.evaluate("each => getComputedStyle(each).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError(f"Tab does not lead to {text!r}")


def test_the_first_press_of_tab_offers_to_skip_to_the_content(
    run: Served, open_page: OpenPage
) -> None:
    page = open_page(run)
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    assert focused(page) == "main"


def test_a_held_change_that_was_replaced_is_not_served_unseen(open_page: OpenPage) -> None:
    mesh, key = held()
    before = mesh.store.current[key]
    with served(mesh, every=30.0) as run:  # the page is not told in time
        page = open_page(run, zone_url(key))
        apex = "shop.example."
        mesh.edit(key, drop=((f"host19.{apex}", "A"),))
        page.get_by_role("button", name=f"Serve serial {before.held}").click()
        expect(page.locator("#notice")).to_contain_text("Nothing was changed.")
        expect(page.locator("#notice")).to_contain_text(f"serial {before.held} does not wait")
    assert mesh.store.current[key].serial == before.serial
    assert mesh.audit.noted == []


def test_two_serials_are_chosen_from_the_history_and_compared(open_page: OpenPage) -> None:
    mesh = realistic()
    corp = "route53:main:corp.example."
    serials = [snapshot.serial for snapshot in mesh.store.snapshots(corp)]
    with served(mesh) as run:
        page = open_page(run, zone_url(corp))
        page.locator(f"input[name=from][value='{serials[-1]}']").check()
        page.locator(f"input[name=to][value='{serials[0]}']").check()
        page.get_by_role("button", name="Compare").click()
        expect(page.locator(".diff ins")).to_have_text(
            ["+ new.corp.example. 300 IN CNAME www.corp.example.",
             "+ www.corp.example. 300 IN A 203.0.113.80"]
        )  # fmt: skip
        assert page.locator(".diff del").count() == 3
        page.get_by_role("link", name="Other way round").click()
        expect(page.locator(".diff del")).to_have_count(2)


def test_a_hub_is_tested_and_its_steps_come_in_one_by_one(
    mesh: PlayedMesh, run: Served, open_page: OpenPage
) -> None:
    page = open_page(run, "/hub/frankfurt")
    page.get_by_role("button", name="Test").click()
    steps = page.locator("#ordered ~ .scroll tbody tr:not(.note)")
    expect(page.locator("#ordered")).to_contain_text("waiting")
    ((hub, id),) = mesh.hub_orders.placed
    order = mesh.hub_orders.placed[hub, id]
    assert (hub, order.kind, order.who) == ("frankfurt", OrderKind.TEST, OPERATOR)
    now = time.time()
    result = OrderResult(id, now, now, doing="resolver")
    assert mesh.hub_orders.begin(hub, result)
    expect(steps).to_have_count(1)
    expect(steps.first).to_contain_text("at it")
    answered = Step("resolver", StepOutcome.OK, 0.012, "192.0.2.1 answers")
    mesh.hub_orders.keep(hub, replace(result, steps=(answered,), doing="AWS sqs"))
    expect(steps).to_have_count(2)
    expect(page.locator(".steps .note").first).to_have_text("192.0.2.1 answers")
    refused = Step("AWS sqs", StepOutcome.FAILED, 1.2, "connection refused")
    mesh.hub_orders.keep(hub, replace(result, steps=(answered,)).ended(refused, time.time()))
    expect(page.locator("#ordered")).to_contain_text("failed")
    expect(page.locator(".steps .note").last).to_have_text("connection refused")


def test_a_zone_is_brought_up_to_date_and_each_place_is_shown(
    mesh: PlayedMesh, run: Served, open_page: OpenPage
) -> None:
    page = open_page(run, zone_url(EXAMPLE))
    page.get_by_role("button", name="Sync now").click()
    places = page.locator("#ordered ~ .scroll tbody tr:not(.note)")
    expect(places.filter(has_text="source main")).to_contain_text("waiting")
    secondary = places.filter(has_text="ns-tokyo of frankfurt")
    expect(secondary).to_contain_text("waiting")
    (asked,) = mesh.zone_orders.asked.values()
    assert asked.zones == (EXAMPLE,)
    mesh.zone_orders.note_passed_on(asked.id, int(time.time()))
    mesh.ledger.mark_verified(EXAMPLE, int(time.time()) + 1)
    for hub, id in mesh.hub_orders.placed:
        now = time.time()
        step = Step("zones", StepOutcome.OK, 0.1)
        assert mesh.hub_orders.begin(hub, OrderResult(id, now, now).ended(step, now))
    expect(places.filter(has_text="source main")).to_contain_text("current")
    expect(secondary).to_contain_text("current")
    expect(page.locator("#ordered")).to_contain_text("done")
