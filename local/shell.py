"""A file for the operator's shell: with it `zonemesh` and the aws CLI find the local world."""

import shlex
from pathlib import Path

from local.embedded.process import PROJECT
from local.embedded.settings import REGION
from zonemesh import deployment


def write_shell_file(folder: Path, endpoint: str, table: str) -> Path:
    """Write what is to be sourced, such as `. FOLDER/env`; gives its path.

    The keys are the embedded AWS's own root keys, which open nothing else.
    """
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        deployment.TABLE: table,
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines += ["unset AWS_PROFILE AWS_SESSION_TOKEN"]
    lines += [f'export PATH={shlex.quote(str(PROJECT / ".venv" / "bin"))}:"$PATH"']
    path = folder / "env"
    path.write_text("\n".join(lines) + "\n")
    return path
