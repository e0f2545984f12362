"""What a guard holds at a hosted zone, from turn to turn of the hub that publishes it."""

from dataclasses import replace

from hub_container.publishing.lanes import Pair, Turn
from hub_container.publishing.pushes import Job, Pushes
from hub_container.publishing.states import States
from tests.aws.published_zone import APEX, Target, a
from tests.fakes.publications import MemoryApprovals, MemoryPublications
from zonemesh.mesh.definition import parse_mesh
from zonemesh.targets.approving import let_through, what_waits
from zonemesh.targets.ports import never

MESH = parse_mesh("integrations: {main: {}}\nzones: []\n")


class Desk:
    """A hub's turns for one zone at one target, called one by one."""

    def __init__(self, **target: object) -> None:
        self.target = Target(**target)
        self.publications, self.approvals = MemoryPublications(), MemoryApprovals()
        self.states = States()
        self.pair = Pair(self.target.member.zone, "copy")
        self.pushes = Pushes(
            self.target.store,
            self.publications,
            self.approvals,
            lambda job: self.target.publisher,
            self.states,
        )
        self.states.keep_only([self.pair])
        job = Job(self.target.member, "copy", self.target.target, "", MESH, ())
        self.pushes.keep_only({self.pair: job})

    def turn(self, *, look: bool = False, again: bool = False) -> str:
        """Have a turn; gives the state after it."""
        self.pushes.turn(self.pair, Turn(0.0, look, again, never))
        state = self.states.of(self.pair)
        assert state.error is None
        return state.state.value

    def approve(self) -> None:
        let_through(
            self.approvals, what_waits(self.publications, self.target.member, "copy"), "", 0
        )


def test_a_repair_of_much_drift_is_held_until_it_is_approved() -> None:
    desk = Desk()
    wanted = [a(f"h{n}") for n in range(20)]
    desk.target.record(*wanted)
    assert desk.turn() == "published"
    strange = [a(f"strange{n}") for n in range(20)]
    desk.target.change("CREATE", *strange)
    assert desk.turn(look=True) == "held"
    for again in (True, False):  # after a pause, and after whatever else asks for a turn
        assert desk.turn(again=again) == "held"
    assert len(desk.target.below()) == 40
    assert what_waits(desk.publications, desk.target.member, "copy").held.deleted == 20
    desk.approve()
    assert desk.turn(again=True) == "published"
    assert len(desk.target.below()) == 20
    assert desk.publications.held(*desk.pair) is None


def test_a_held_repair_ends_where_others_put_it_right() -> None:
    desk = Desk()
    desk.target.record(*(a(f"h{n}") for n in range(20)))
    desk.turn()
    strange = [a(f"strange{n}") for n in range(20)]
    desk.target.change("CREATE", *strange)
    assert desk.turn(look=True) == "held"
    desk.target.change("DELETE", *strange)
    assert desk.turn(look=True) == "published"
    assert desk.publications.held(*desk.pair) is None
    note = desk.publications.published(*desk.pair)
    assert note is not None and note.clean


def test_a_hosted_zone_made_anew_that_is_full_of_other_things_is_held_and_not_done() -> None:
    desk = Desk()
    desk.target.record(a("www"))
    desk.turn()
    desk.target.change("DELETE", a("www"))
    desk.target.client.delete_hosted_zone(Id=desk.target.id)
    desk.target.id = desk.target.world.zone(APEX)
    desk.target.change("CREATE", *(a(f"other{n}") for n in range(20)))
    assert desk.turn(look=True) == "held"
    assert desk.turn() == "held"
    assert len(desk.target.below()) == 20
    desk.approve()
    assert desk.turn(again=True) == "published"
    assert desk.target.below() == [a("www")]
    note = desk.publications.published(*desk.pair)
    assert note == replace(note, place=desk.target.id, clean=True)
