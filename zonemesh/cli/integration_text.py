"""What is known of integrations: their zones, and whether the sweep could read them."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from zonemesh.cli.cells import BAD, GOOD, filled, none, or_none
from zonemesh.duration import duration
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member, SweepMemory


@dataclass(frozen=True, slots=True)
class IntegrationState:
    """An integration, its zones by key, the targets in it, and up to when it was read.

    `read_until` is the time up to which its event history was read (epoch seconds), None before the
    first sweep; `readable` is False where the last sweep could not read it.
    """

    name: str
    role_arn: str | None
    zones: tuple[str, ...]
    targets: tuple[str, ...]
    read_until: int | None
    readable: bool | None

    def document(self, now: float) -> dict[str, Any]:
        """Give it JSON-able."""
        age = None if self.read_until is None else max(0.0, now - self.read_until)
        return asdict(self) | {"read_age": age}


def integration_states(
    mesh: Mesh, members: Iterable[Member], memory: SweepMemory | None
) -> list[IntegrationState]:
    """Give each integration of the mesh, from its members and what the last sweep left."""
    known = list(members)
    found = []
    for name, declared in mesh.integrations.items():
        behind = memory.behind.get(name) if memory else None
        until = behind if behind is not None else memory.looked_until if memory else None
        found.append(
            IntegrationState(
                name,
                declared.role_arn,
                tuple(sorted(each.zone for each in known if each.integration == name)),
                tuple(t for t, each in mesh.targets.items() if _is_in(each, name)),
                until,
                None if memory is None else behind is None,
            )
        )
    return found


def _is_in(target: object, integration: str) -> bool:
    return getattr(target, "integration", None) == integration


def integration_table(found: Sequence[IntegrationState], now: float) -> Table:
    """Make the table of integrations."""
    return filled(
        {
            "INTEGRATION": [each.name for each in found],
            "READ": [_read(each, now) for each in found],
            "ZONES": [str(len(each.zones)) for each in found],
            "TARGETS": [", ".join(each.targets) or none() for each in found],
            "ROLE": [or_none(each.role_arn) for each in found],
        },
        folding=("TARGETS", "ROLE"),
    )


def _read(each: IntegrationState, now: float) -> Text:
    if each.readable is None or each.read_until is None:
        return none()
    ago = duration(max(0.0, now - each.read_until))
    if each.readable:
        return Text(f"{ago} ago", style=GOOD)
    return Text(f"not since {ago}", style=BAD)
