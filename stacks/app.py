"""From context and mesh definition to the stack."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.control_plane import ControlPlane
from stacks.errors import SynthRefused
from stacks.packaging import Target, build_asset
from stacks.settings import LambdaPlatform, Settings
from zonemesh.deployment import EVENT_REGION
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh, parse_mesh


def new_app() -> cdk.App:
    """Make the app, with CloudFormation's checks of the template unless it stays on this machine.

    They take some seconds, and what they are about is how real resources behave.
    """
    settings = Settings.from_context(cdk.App(auto_synth=False).node)
    real = settings.lambda_platform is LambdaPlatform.AWS
    return cdk.App(builtin_cloud_formation_validation=real)


def build(app: cdk.App, project: Path) -> ControlPlane:
    """Add the control plane to the app; raises SynthRefused."""
    settings = Settings.from_context(app.node)
    mesh = read_mesh(project / settings.mesh)
    asset = build_asset(project, target_of(settings))
    return ControlPlane(
        app,
        settings.stack_name,
        mesh=mesh,
        settings=settings,
        code=lambda_.Code.from_asset(str(asset)),
        # The account is whichever one the CLI has credentials for. A Region in the shell's
        # environment is where its owner works otherwise, not a wish about this stack.
        env=cdk.Environment(region=app.node.try_get_context("region") or EVENT_REGION),
    )


def target_of(settings: Settings) -> Target:
    """What the functions' dependencies are to be installed for."""
    if settings.lambda_platform is LambdaPlatform.LOCAL:
        return Target.local(Path(settings.local_python))
    return Target.aws()


def read_mesh(path: Path) -> Mesh:
    """Read the mesh definition; raises SynthRefused with the file's name and what is wrong."""
    try:
        return parse_mesh(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SynthRefused(
            f"{path}: {error.strerror}. Write the mesh definition there, or name another with "
            f"-c mesh=FILE"
        ) from None
    except UnicodeDecodeError as error:
        raise SynthRefused(f"{path}: is not UTF-8 text (byte {error.start})") from None
    except InvalidMesh as error:
        raise SynthRefused(f"{path}:\n{error}") from None
