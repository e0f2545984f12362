"""One deployment for all of these tests; each module starts a world of its own from it."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.embedded.settings import Settings
from local.mesh_text import default_mesh
from local.world import DEFAULT_HUBS, REFRESH, SWEEP, WATCH, World
from tests.e2e.copies import INTEGRATION, make_role
from tests.e2e.faults import control, faults, set_schedule
from tests.e2e.hosted_zone import Zone
from tests.e2e.records import rrset

# Listings at Route 53's whole rate: nobody else needs it here.
_DEFAULT = yaml.safe_load(default_mesh(DEFAULT_HUBS))
MAIN = {"main": {"requests_per_second": 5}}
MESH = yaml.safe_dump(_DEFAULT | {"integrations": MAIN})

# Roles are as deployed, whatever mesh a world has: hub west may publish, to the account itself and
# to the other one; hub east may not.
DEPLOYED = yaml.safe_dump(
    _DEFAULT
    | {
        "integrations": MAIN | INTEGRATION,
        "targets": {
            name: {"type": "route53", "hub": "west", "integration": name}
            for name in (*MAIN, *INTEGRATION)
        },
    }
)

LOST = "lost.example."  # a zone in the account, with an edit whose event never came


@dataclass(frozen=True)
class Account:
    """A deployed account on disk, from which worlds are started.

    Its schedules run when a test says so, not by the clock. Its roles are those of `DEPLOYED`, and
    the role of the other account is there. `lost_at` is when, in monotonic seconds, the edit of
    the zone `LOST` was made: long enough ago it counts as missed.
    """

    saved: Path
    code: Path
    scratch: Path
    lost_at: float

    @contextmanager
    def world(self, name: str, **options: Any) -> Iterator[World]:
        """Run a world on a copy of the account, deleted afterwards."""
        copy = self.scratch / name
        shutil.copytree(self.saved, copy)
        try:
            settings = Settings(unpacked_code=str(self.code))
            with World(saved=copy, settings=settings, **{"mesh": MESH, **options}) as world:
                yield world
        finally:
            shutil.rmtree(copy, ignore_errors=True)


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Deploy once, save, stop."""
    folder = tmp_path_factory.mktemp("account")
    saved, code = folder / "saved", folder / "code"
    with World(mesh=DEPLOYED, saved=saved, settings=Settings(unpacked_code=str(code))) as world:
        for function in (SWEEP, REFRESH, WATCH):
            set_schedule(world, function, State="DISABLED")
        make_role(world)
        world.apply(MESH)
        zone = Zone(world, LOST)
        assert zone.id
        zone.await_served()
        with faults(world, events={"lose_next": 1}):
            zone.put(rrset(f"www.{LOST}", "A", "192.0.2.1"))
            assert control(world, "GET", "status")["events"]["lost"] == 1
        return Account(saved, code, folder, time.monotonic())


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
