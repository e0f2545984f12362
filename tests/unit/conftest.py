"""What several of these suites use."""

from collections.abc import Iterator

import pytest

from tests.fakes.mesh_table import mesh_table


@pytest.fixture
def table() -> Iterator[str]:
    """A table by this name, and an environment that is put back afterwards."""
    with mesh_table() as name:
        yield name
