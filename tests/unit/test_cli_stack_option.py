"""`--stack` beside a table that the environment names."""

import os

import pytest
import typer

from zonemesh.cli.command import with_stack
from zonemesh.deployment import STACK, TABLE


@with_stack
def command(table: str) -> tuple[str, str | None]:
    return table, os.environ.get(STACK)


def test_a_stack_that_is_typed_counts_more_than_the_table_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TABLE, "production")
    monkeypatch.setenv(STACK, "")
    assert command(table="production", stack="Staging") == ("", "Staging")


def test_a_stack_of_the_environment_leaves_the_table_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(STACK, "Staging")
    assert command(table="one", stack="Staging") == ("one", "Staging")


def test_a_table_and_a_stack_that_are_both_typed_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(STACK, "")
    with pytest.raises(typer.BadParameter, match="choose one"):
        command(table="one", stack="Staging")
