"""A pulled zone begins above what its secondaries have from elsewhere, and no higher."""

from contextlib import ExitStack

import pytest

from hub_container.pulling.pulled import pulled_of
from hub_container.pulling.recording import Recording
from hub_container.pulling.status import PullBoard
from hub_container.settings import Endpoint
from local.servers.faulty_primary import Fault, FaultyPrimary
from tests.fakes.memory import MemorySnapshotStore
from zonemesh.mesh.definition import parse_mesh

APEX = "example.org."
NOWHERE = Endpoint("127.0.0.1", 1)


@pytest.mark.parametrize(
    ("primaries", "secondary", "fault", "floor"),
    [
        ((5, 5), 2026112301, Fault.NONE, [2026112301]),  # of another time, or another source
        ((5, 5), 5, Fault.NONE, []),
        ((5, 7), 7, Fault.NONE, []),  # it transfers from the primaries, and is ahead of this hub
        ((5, 7), 6, Fault.NONE, []),
        ((5, 5), 9, Fault.REFUSES, []),
    ],
)
def test_floor(primaries, secondary, fault, floor):
    with ExitStack() as running:
        there = [running.enter_context(FaultyPrimary(APEX, serial)) for serial in primaries]
        behind = running.enter_context(FaultyPrimary(APEX, secondary, fault=fault))
        mesh = parse_mesh(
            f"""
            zones: [{{name: example.org, primaries: [a, b], pulled_by: eu}}]
            primaries:
              a: {{address: 127.0.0.1, port: {there[0].port}, tsig_key: none}}
              b: {{address: 127.0.0.1, port: {there[1].port}, tsig_key: none}}
            secondaries: {{ns: {{address: 127.0.0.1, port: {behind.port}, tsig_key: none}}}}
            hubs: {{eu: {{secondaries: [ns]}}}}
            """
        )
        zones, problems = pulled_of("eu", mesh, lambda name: None)
        assert not problems
        (pulled,) = zones.values()
        recording = Recording(MemorySnapshotStore(), NOWHERE, NOWHERE, PullBoard())
        recording.configure(mesh, ())
        assert recording._held_by_secondaries(pulled) == floor
