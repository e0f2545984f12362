"""`zonemesh dashboard` as it is typed, where it does not come to serving anything."""

import pytest

from tests.unit.test_cli import run
from zonemesh.dashboard.server import listening


def test_a_port_that_is_taken_is_said_so(table: str) -> None:
    with listening(0) as other:
        port = other.getsockname()[1]
        result = run("dashboard", "--no-open", "--table", table, "--port", port)
    assert result.exit_code == 2
    assert f"cannot listen on 127.0.0.1 port {port}" in result.stderr
    assert "`--port`" in result.stderr


@pytest.mark.parametrize("option", [("--port", "70000"), ("--host", "0.0.0.0")])
def test_it_listens_nowhere_but_on_a_port_of_loopback(table: str, option: tuple[str, str]) -> None:
    assert run("dashboard", "--no-open", "--table", table, *option).exit_code == 2


def test_a_table_that_is_not_there_is_told_before_anything_is_served(table: str) -> None:
    result = run("dashboard", "--no-open", "--table", "another")
    assert result.exit_code == 3
    assert "http://" not in result.stdout
