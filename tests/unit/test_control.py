"""What the use cases share: the mesh as it is defined now."""

import pytest

from tests.fakes.plane import MESH, Plane
from zonemesh.errors import InvalidMesh


def test_a_definition_is_parsed_once_and_a_new_one_at_once() -> None:
    plane = Plane()
    first = plane.control.mesh
    assert plane.control.mesh is first
    plane.ports.mesh_store.apply(MESH.replace("us: ", "ap: "))
    assert set(plane.control.mesh.hubs) == {"eu", "ap"}
    plane.ports.mesh_store.apply(MESH)
    assert plane.control.mesh == first


def test_a_definition_that_cannot_be_read_is_refused_each_time() -> None:
    plane = Plane("zones: 5")
    for _ in range(2):
        with pytest.raises(InvalidMesh):
            _ = plane.control
