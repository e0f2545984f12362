"""What browsers are given besides the pages: small, complete, and as its makers published it."""

import json
import tomllib
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
DASHBOARD = PROJECT / "zonemesh" / "dashboard"
STATIC = DASHBOARD / "static"


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        ("htmx.min.js", "dist/htmx.min.js"),
        ("hx-sse.min.js", "dist/ext/hx-sse.min.js"),
        ("htmx.LICENSE", "LICENSE"),
    ],
)
def test_the_copies_of_htmx_are_those_of_the_package_that_is_pinned(
    copy: str, original: str
) -> None:
    package = PROJECT / "node_modules" / "htmx.org"
    pinned = json.loads((PROJECT / "package.json").read_text())["devDependencies"]["htmx.org"]
    assert json.loads((package / "package.json").read_text())["version"] == pinned
    assert (STATIC / copy).read_bytes() == (package / original).read_bytes()


def test_all_of_it_together_is_small() -> None:
    assert sum(file.stat().st_size for file in STATIC.iterdir()) < 120_000


def test_each_file_beside_the_code_is_in_the_package() -> None:
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    patterns = settings["tool"]["setuptools"]["package-data"]["zonemesh.dashboard"]
    packaged = {file for pattern in patterns for file in DASHBOARD.glob(pattern)}
    beside = {
        file
        for file in DASHBOARD.rglob("*")
        if file.is_file() and file.suffix not in (".py", ".pyc")
    }
    assert beside <= packaged


def test_the_core_knows_nothing_of_the_dashboard() -> None:
    for file in (PROJECT / "zonemesh").rglob("*.py"):
        within = file.relative_to(PROJECT / "zonemesh").parts[0]
        if within not in ("dashboard", "cli"):
            assert "zonemesh.dashboard" not in file.read_text(), file
