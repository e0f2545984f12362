"""The commands. The help lists them in the order in which their modules are imported here.

Exit codes are in `app`, and at the end of the help.
"""

# ruff: isort: skip_file
from zonemesh.cli import definition
from zonemesh.cli import mesh_versions
from zonemesh.cli import state
from zonemesh.cli import syncs
from zonemesh.cli import dashboard
from zonemesh.cli import history
from zonemesh.cli import approval
from zonemesh.cli import rollback
from zonemesh.cli import publish
from zonemesh.cli import lineage
from zonemesh.cli import catalog
from zonemesh.cli import verify
from zonemesh.cli import nameservers
from zonemesh.cli.app import app

__all__ = [
    "app",
    "approval",
    "catalog",
    "dashboard",
    "definition",
    "history",
    "lineage",
    "mesh_versions",
    "nameservers",
    "publish",
    "rollback",
    "state",
    "syncs",
    "verify",
]
