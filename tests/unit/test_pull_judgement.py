"""What a look at a pulled zone means."""

import pytest

from hub_container.pulling.judgement import Act, Look, State, accepts, judge
from hub_container.pulling.probe import SILENT, Heard
from hub_container.pulling.pulled import PrimaryServer, Pulled

SERVERS = (PrimaryServer("a", "192.0.2.1", 53, None), PrimaryServer("b", "192.0.2.2", 53, None))
DEAD = Heard(None, SILENT, "primary b (192.0.2.2 port 53) does not answer")


def look(
    held: int | None,
    recorded: int | None,
    a: int | None,
    b: int | None = None,
    *,
    accept: int | None = None,
    had: bool = True,
) -> Look:
    pulled = Pulled("axfr:hq:example.org.", "example.org.", SERVERS, accept)
    heard = {
        name: Heard(serial) if serial is not None else DEAD for name, serial in (("a", a), ("b", b))
    }
    return Look(pulled, held, recorded, heard, had)


@pytest.mark.parametrize(
    ("seen", "state", "act", "cause"),
    [
        (look(None, None, 5, 5, had=False), State.WAITING, Act.TRANSFER, "first transfer"),
        (look(5, 5, 5, 5), State.CURRENT, Act.NOTHING, ""),
        (look(5, None, 5, 5), State.CURRENT, Act.NOTHING, ""),
        (look(5, 5, 5, None), State.CURRENT, Act.NOTHING, "primary b"),
        (look(9, 9, 5, 9), State.CURRENT, Act.NOTHING, "the primaries disagree"),
        (look(5, 5, 6, 5), State.BEHIND, Act.TRANSFER, "a answers serial 6, 5 is here"),
        (look(None, 5, 5, 5), State.BEHIND, Act.TRANSFER, "the zone is not here"),
        (look(5, 5, None, None), State.UNREACHABLE, Act.NOTHING, "does not answer"),
        (look(None, 5, None, None), State.EXPIRED, Act.TRANSFER, "is served on"),
        (look(None, None, None, None, had=False), State.UNREACHABLE, Act.NOTHING, "not answer"),
        (look(12, 12, 5, 5), State.WENT_BACK, Act.NOTHING, "`accept_serial: 5`"),
        (look(5, 12, 5, 5), State.WENT_BACK, Act.NOTHING, "older than 12"),
        (look(12, 12, 5, 5, accept=5), State.BEHIND, Act.FORCE, "as `accept_serial` says"),
        (look(12, 12, 9, 5, accept=5), State.BEHIND, Act.FORCE, "back from 12 to 9"),
        (look(5, 12, 5, 5, accept=5), State.BEHIND, Act.NOTHING, "back from 12 to 5"),
        (look(12, 12, 4, 4, accept=5), State.WENT_BACK, Act.NOTHING, "it is 5 now"),
        (look(12, 12, 12, 5, accept=5), State.CURRENT, Act.NOTHING, "waits while one of them"),
        (look(4294967295, 4294967295, 1, 1), State.BEHIND, Act.TRANSFER, "a answers serial 1"),
    ],
)
def test_what_a_look_means(seen: Look, state: State, act: Act, cause: str) -> None:
    verdict = judge(seen)
    assert (verdict.state, verdict.act) == (state, act)
    assert cause in verdict.cause
    assert bool(cause) == bool(verdict.cause)


@pytest.mark.parametrize(
    ("accepted", "serial", "taken"),
    [
        (None, 5, False),
        (5, 5, True),
        (5, 105, True),
        (5, 106, False),
        (5, 4, False),
        (4294967295, 3, True),
    ],
)
def test_a_primary_may_go_on_a_little_from_what_was_accepted(
    accepted: int | None, serial: int, taken: bool
) -> None:
    pulled = Pulled("axfr:hq:example.org.", "example.org.", SERVERS, accepted)
    assert accepts(pulled, serial) is taken
