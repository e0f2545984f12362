"""The commands. The help lists them in the order in which their modules are imported here.

Exit codes are in `app`, and at the end of the help.
"""

# ruff: isort: skip_file
from zonemesh.cli import definition
from zonemesh.cli import mesh_versions
from zonemesh.cli import state
from zonemesh.cli import syncs
from zonemesh.cli import dashboard
from zonemesh.cli import lists
from zonemesh.cli import zone_show
from zonemesh.cli import forgetting
from zonemesh.cli import hub_show
from zonemesh.cli import place_show
from zonemesh.cli import alerts
from zonemesh.cli import sync
from zonemesh.cli import hub_orders
from zonemesh.cli import history
from zonemesh.cli import approval
from zonemesh.cli import rollback
from zonemesh.cli import plan
from zonemesh.cli import publish
from zonemesh.cli import lineage
from zonemesh.cli import catalog
from zonemesh.cli import verify
from zonemesh.cli import nameservers
from zonemesh.cli import secondary_config
from zonemesh.cli import hub_run
from zonemesh.cli import tsig
from zonemesh.cli.app import app

__all__ = [
    "alerts",
    "app",
    "approval",
    "catalog",
    "dashboard",
    "definition",
    "forgetting",
    "history",
    "hub_orders",
    "hub_run",
    "hub_show",
    "lineage",
    "lists",
    "mesh_versions",
    "nameservers",
    "place_show",
    "plan",
    "publish",
    "rollback",
    "secondary_config",
    "state",
    "sync",
    "syncs",
    "tsig",
    "verify",
    "zone_show",
]
