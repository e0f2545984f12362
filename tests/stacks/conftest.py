"""The control plane synthesized from a mesh with everything in it."""

from pathlib import Path
from typing import Any

import pytest

import stacks  # noqa: F401  (before aws_cdk: it says which Node to run)

# isort: split
import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.app import read_mesh
from stacks.control_plane import ControlPlane
from stacks.settings import Settings
from tests.stacks.example import MESH
from tests.stacks.template import Template


class Synthesis:
    """Synthesizes the stack from a mesh and context, as the app does, with a code stub."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "code").mkdir()
        (folder / "code" / "index.py").write_text("")

    def __call__(
        self, mesh: str = MESH, region: str | None = "us-east-1", **context: Any
    ) -> Template:
        path = self._folder / "mesh.yaml"
        path.write_text(mesh)
        app = cdk.App(context=context, builtin_cloud_formation_validation=False)
        stack = ControlPlane(
            app,
            "Zonemesh",
            mesh=read_mesh(path),
            settings=Settings.from_context(app.node),
            code=lambda_.Code.from_asset(str(self._folder / "code")),
            env=cdk.Environment(region=region),
        )
        assembly = app.synth()
        return Template(assembly.get_stack_by_name(stack.stack_name).template)


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return Synthesis(tmp_path_factory.mktemp("stacks"))


@pytest.fixture(scope="session")
def template(synthesize: Synthesis) -> Template:
    return synthesize()
