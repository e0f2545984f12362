"""One embedded AWS for all of these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.embedded import EmbeddedAws
from tests.local.embedded_cloud import Cloud, assumed


@pytest.fixture(scope="session")
def embedded_aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as aws:
        yield aws


@pytest.fixture
def cloud(embedded_aws: EmbeddedAws) -> Iterator[Cloud]:
    """Root in the default account; the knobs are put back afterwards."""
    cloud = Cloud(embedded_aws)
    yield cloud
    cloud.control("DELETE", "faults")


@pytest.fixture
def assume(cloud: Cloud) -> Callable[[str, list[dict[str, Any]]], Cloud]:
    """A new role with these policy statements, and clients that have assumed it."""

    def make(name: str, statements: list[dict[str, Any]]) -> Cloud:
        return assumed(cloud, name, statements)

    return make
