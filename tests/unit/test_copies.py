"""Which names an edit concerns beside its own: those that copy them, and no others."""

import pytest

from tests.unit.test_record import alias, rrset
from tests.unit.test_record_aliases import AliasWorld
from zonemesh.copies import newly_placed
from zonemesh.names import order_of
from zonemesh.translation.translator import Translator

APEX = "example.com."


class Names:
    """Some names, and the empty non-terminals above them."""

    def __init__(self, *names):
        self.orders = [order_of(f"{name}.{APEX}") for name in names]

    def is_name(self, owner):
        return any(order.startswith(order_of(owner)) for order in self.orders)


@pytest.mark.parametrize(
    ("before", "after", "moved", "expected"),
    [
        ([], ["a"], ["a"], ["a"]),
        ([], ["c.b.a"], ["c.b.a"], ["a"]),
        (["a"], ["a", "c.b.a"], ["c.b.a"], ["b.a"]),
        (["x.b.a"], ["x.b.a", "c.b.a"], ["c.b.a"], ["c.b.a"]),
        (["x.b.a"], ["x.b.a", "b.a"], ["b.a"], []),  # it was an empty non-terminal
        (["x.b.a", "b.a"], ["x.b.a"], ["b.a"], []),
        (["c.b.a"], ["d.b.a"], ["c.b.a", "d.b.a"], ["c.b.a", "d.b.a"]),
        (["c.b.a"], [], ["c.b.a"], ["a"]),
        (["x.a"], ["x.a", "*.a"], ["*.a"], ["*.a"]),
    ],
)
def test_the_tree_of_names_grows_and_shrinks_at_few_places(before, after, moved, expected):
    moved = [f"{name}.{APEX}" for name in moved]
    found = newly_placed(moved, APEX, Names(*before), Names(*after))
    assert found == {f"{name}.{APEX}" for name in expected}


def test_a_new_name_beside_the_targets_of_many_aliases_derives_none_of_them(monkeypatch):
    names = range(300)
    world = AliasWorld(
        *(rrset(f"t{n:03}.svc.example.com.", "A", "192.0.2.1") for n in names),
        *(alias(f"a{n:03}.example.com.", f"t{n:03}.svc.example.com.") for n in names),
    )
    world.listing()
    derived = []
    owner = Translator.owner
    monkeypatch.setattr(
        Translator, "owner", lambda self, name: derived.append(name) or owner(self, name)
    )
    world.source.put(rrset("new.svc.example.com.", "A", "192.0.2.2"))
    world.owners("new.svc.example.com.")
    assert derived == ["new.svc.example.com."]
    world.assert_as_from_scratch()
