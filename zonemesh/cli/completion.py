"""What a shell may complete: names of zones, hubs, targets and secondaries, as the table has them.

A completion says nothing but names. Where the table is not to be found, or not in time, it is none.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts

PATIENCE = 3.0  # seconds, imports and all; who waits longer types the name

Names = list[tuple[str, str]]
"""What a word may be completed to, each with a few words about it."""


def zone_names(context: typer.Context, words: list[str], incomplete: str) -> Names:
    """Complete a zone's name; its key where several bear the name, or it is begun."""
    return _from_table(context, _zones)


def hub_names(context: typer.Context, words: list[str], incomplete: str) -> Names:
    """Complete the name of a hub in the mesh definition."""
    return _from_table(context, _hubs)


def target_names(context: typer.Context, words: list[str], incomplete: str) -> Names:
    """Complete the name of a target in the mesh definition."""
    return _from_table(context, _targets)


def secondary_names(context: typer.Context, words: list[str], incomplete: str) -> Names:
    """Complete the name of a secondary in the mesh definition."""
    return _from_table(context, _secondaries)


def integration_names(context: typer.Context, words: list[str], incomplete: str) -> Names:
    """Complete the name of an integration in the mesh definition."""
    return _from_table(context, _integrations)


def _zones(ports: "TablePorts") -> Iterable[tuple[str, str]]:
    members = ports.register.members()
    names = [member.apex for member in members]
    for member in members:
        if names.count(member.apex) == 1:
            yield member.apex.removesuffix("."), member.state
        yield member.zone, member.state


def _hubs(ports: "TablePorts") -> Iterable[tuple[str, str]]:
    return [(name, "") for name in _mesh(ports).hubs]


def _targets(ports: "TablePorts") -> Iterable[tuple[str, str]]:
    return [(name, each.type) for name, each in _mesh(ports).targets.items()]


def _secondaries(ports: "TablePorts") -> Iterable[tuple[str, str]]:
    return [(name, str(each.address or "")) for name, each in _mesh(ports).secondaries.items()]


def _integrations(ports: "TablePorts") -> Iterable[tuple[str, str]]:
    return [(name, "") for name in _mesh(ports).integrations]


def _mesh(ports: "TablePorts"):  # type: ignore[no-untyped-def]
    from zonemesh.cli.app import mesh_in

    return mesh_in(ports.mesh_store)


def _from_table(
    context: typer.Context, read: Callable[["TablePorts"], Iterable[tuple[str, str]]]
) -> Names:
    """Read names in a thread that is left behind where it takes too long."""
    found: Names = []

    def look() -> None:
        try:
            found.extend(read(_ports(context)))
        except Exception:  # whatever it is, a shell's prompt is no place to tell it
            found.clear()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return [] if thread.is_alive() else found


def _ports(context: typer.Context) -> "TablePorts":
    from zonemesh.cli.access import table_ports

    said = context.params
    return table_ports(
        said.get("table") or "", said.get("region"), said.get("endpoint_url"), said.get("profile")
    )
