"""What can be done from a page: each action says what it did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from zonemesh.dashboard.following import Following
from zonemesh.dashboard.notices import Notice
from zonemesh.dashboard.ports import DashboardPorts
from zonemesh.errors import CommandRefused, ZonemeshError
from zonemesh.noting import Say

Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Means:
    """What actions are carried out with; `say` is told what went wrong besides."""

    ports: DashboardPorts
    following: Following
    say: Say


@dataclass(frozen=True, slots=True)
class Action:
    """What a form asks for, by `name` (the last part of the address that it is sent to).

    `act` carries it out as the form says, and gives a sentence. It may raise CommandRefused and the
    errors of the ports.
    """

    name: str
    act: Callable[[Means, Form], str]


def perform(action: Action, ports: DashboardPorts, following: Following, form: Form) -> Notice:
    """Carry out an action and say what came of it."""
    beside: list[str] = []
    try:
        said = action.act(Means(ports, following, beside.append), form)
    except CommandRefused as problem:
        return Notice((f"Nothing was changed. {problem}",), done=False)
    except ZonemeshError as problem:
        return Notice((f"It is not known to be done: {problem}",), done=False)
    return Notice((said, *beside), done=True)
