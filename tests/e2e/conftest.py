"""One deployment for all of these tests; each module starts a world of its own from it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.embedded.settings import Settings
from local.world import World
from tests.e2e.hosted_zone import Zone


@dataclass(frozen=True)
class Account:
    """A deployed account on disk, from which worlds are started."""

    saved: Path
    code: Path
    scratch: Path

    @contextmanager
    def world(self, name: str, **options: Any) -> Iterator[World]:
        """Run a world on a copy of the account, deleted afterwards."""
        copy = self.scratch / name
        shutil.copytree(self.saved, copy)
        try:
            settings = Settings(unpacked_code=str(self.code))
            with World(saved=copy, settings=settings, **options) as world:
                yield world
        finally:
            shutil.rmtree(copy, ignore_errors=True)


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Deploy once, save, stop."""
    folder = tmp_path_factory.mktemp("account")
    account = Account(folder / "saved", folder / "code", folder)
    with World(saved=account.saved, settings=Settings(unpacked_code=str(account.code))):
        pass
    return account


@pytest.fixture(scope="module")
def start_world(account: Account, request: pytest.FixtureRequest) -> Iterator[Callable[..., World]]:
    """Start a world on a copy of the deployed account; it runs until the module's tests end."""
    with ExitStack() as stack:
        started: list[World] = []

        def start(**options: Any) -> World:
            name = f"{request.module.__name__.rpartition('.')[2]}-{len(started)}"
            started.append(stack.enter_context(account.world(name, **options)))
            return started[-1]

        yield start


@pytest.fixture(scope="module")
def world(start_world: Callable[..., World]) -> World:
    """Two hubs that serve every public hosted zone, shared by the tests of one module."""
    return start_world()


@pytest.fixture
def zone(world: World, request: pytest.FixtureRequest) -> Zone:
    """A hosted zone of the test's own, served by all hubs."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:50].strip("-").lower()
    zone = Zone(world, f"{name}.example.")
    assert zone.id
    zone.await_served()
    return zone
