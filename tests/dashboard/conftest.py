"""One Chromium for all of these tests; each page has a profile of its own."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.dashboard.serving import Served

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 30_000  # milliseconds

# Servers and pages that are gone are what some of these tests are about.
EXPECTED = ("ERR_", "Failed to fetch", "status of 404")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start the browser. It ends with this folder: until then it has the thread's event loop."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: scripts/setup test installs it"
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)  # bounded, for a machine that is busy
        launched = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page of a dashboard in a browser that was let in; what the console says fails it."""
    with ExitStack() as stack:
        complaints: list[str] = []

        def opened(run: Served, path: str = "/", *, width: int = 1280, **options: Any) -> Page:
            context = browser.new_context(viewport={"width": width, "height": 800}, **options)
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            page.on("pageerror", lambda problem: complaints.append(str(problem)))
            page.on(
                "console",
                lambda said: complaints.append(said.text) if said.type == "error" else None,
            )
            page.goto(run.session.address())
            page.wait_for_url(f"{run.root}/")
            if path != "/":
                page.goto(run.root + path)
            page.wait_for_selector("#pulse[data-state=live]")
            return page

        yield opened
        assert [each for each in complaints if not any(word in each for word in EXPECTED)] == []
