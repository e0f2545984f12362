"""What a look at a pulled zone means: how it is, why, and what is to be done. Pure.

waiting ──first transfer──► current ◄──────transfer────── behind
                              │  no primary answers ──► unreachable ──SOA expire──► expired
                              └─ a primary's serial is older than what was taken ──► went back
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hub_container.pulling.probe import Heard
from hub_container.pulling.pulled import Pulled
from zonemesh.serial import MODULUS, is_newer, newest

# A primary may go on changing while the operator writes down the serial that it is to go back to.
_ACCEPTED_AHEAD = 100


class State(StrEnum):
    """How a pulled zone is at this hub."""

    WAITING = "waiting"
    CURRENT = "current"
    BEHIND = "behind"
    UNREACHABLE = "unreachable"
    EXPIRED = "expired"
    WENT_BACK = "went back"


class Act(StrEnum):
    """What the pulling NSD is to be told."""

    NOTHING = "nothing"
    TRANSFER = "transfer"
    FORCE = "force"  # whatever the serial


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a zone: what the pulling NSD holds, what was recorded last, what primaries say.

    `recorded` is the primary's serial in the newest snapshot, held or not. `heard` is by primary.
    `had` is true where the pulling NSD held the zone before.
    """

    pulled: Pulled
    held: int | None
    recorded: int | None
    heard: Mapping[str, Heard]
    had: bool = False

    @property
    def serials(self) -> dict[str, int]:
        """The serials of the primaries that answer."""
        return {name: said.serial for name, said in self.heard.items() if said.serial is not None}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a zone is; `cause` is empty where all is well. `stands_at` names the newest primary."""

    state: State
    cause: str = ""
    act: Act = Act.NOTHING
    stands_at: str = ""


def judge(look: Look) -> Verdict:
    """Say how a zone is, why, and what is to be done."""
    serials = look.serials
    if not serials:
        return _unreachable(look)
    latest = newest([*serials.values()])
    assert latest is not None
    at = next(name for name, serial in serials.items() if serial == latest)
    if look.held is None and look.recorded is None:
        return Verdict(State.WAITING, "the first transfer is under way", Act.TRANSFER, at)
    taken = newest([serial for serial in (look.held, look.recorded) if serial is not None])
    assert taken is not None
    if is_newer(taken, latest):
        return _went_back(look, taken, latest, at)
    if look.held is None or is_newer(latest, look.held):
        cause = f"{at} answers serial {latest}, {_held(look)} here"
        return Verdict(State.BEHIND, cause, Act.TRANSFER, at)
    return Verdict(State.CURRENT, _remarks(look, latest), stands_at=at)


def accepts(pulled: Pulled, serial: int) -> bool:
    """Tell whether the operator lets the zone go back to a serial."""
    accepted = pulled.accept_serial
    return accepted is not None and (serial - accepted) % MODULUS <= _ACCEPTED_AHEAD


def went_back(pulled: Pulled, who: str, serial: int, taken: int) -> str:
    """Say that a primary's serial is older than what was taken, and what to do."""
    written = pulled.accept_serial
    noted = f" (it is {written} now)" if written is not None else ""
    return (
        f"{who} answers serial {serial}, older than {taken}, which was taken before: was it "
        f"restored, or made anew? Raise its serial above {taken}; or, to take what it has now, "
        f"set `accept_serial: {serial}` for {pulled.apex} in mesh.yaml{noted}"
    )


def _unreachable(look: Look) -> Verdict:
    said = "; ".join(heard.error for heard in look.heard.values()) or "it has no primaries"
    if look.held is None and look.had:
        cause = f"no primary confirmed the zone within its SOA expire: {said}; "
        return Verdict(State.EXPIRED, cause + "the last snapshot is served on", Act.TRANSFER)
    return Verdict(State.UNREACHABLE, said)


def _went_back(look: Look, taken: int, latest: int, at: str) -> Verdict:
    if accepts(look.pulled, latest):
        cause = f"going back from {taken} to {latest} at {at}, as `accept_serial` says"
        act = Act.NOTHING if look.held == latest else Act.FORCE
        return Verdict(State.BEHIND, cause, act, at)
    cause = went_back(look.pulled, f"primary {at}", latest, taken)
    return Verdict(State.WENT_BACK, cause, stands_at=at)


def _held(look: Look) -> str:
    return f"{look.held} is" if look.held is not None else "the zone is not"


def _remarks(look: Look, latest: int) -> str:
    """Say what is not as it should be although the newest serial is here."""
    serials, remarks = look.serials, []
    if len(set(serials.values())) > 1:
        listed = ", ".join(f"{name} answers {serial}" for name, serial in serials.items())
        remarks.append(f"the primaries disagree ({listed}): the newest, {latest}, was taken")
        accepted = look.pulled.accept_serial
        if accepted in serials.values() and accepted != latest:
            remarks.append(f"`accept_serial: {accepted}` waits while one of them answers {latest}")
    remarks += [heard.error for heard in look.heard.values() if heard.serial is None]
    return "; ".join(remarks)
