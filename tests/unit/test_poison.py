"""What somebody broke in the store is named, never served, and replaced by the next listing."""

from collections.abc import Callable

import pytest

from tests.fakes.plane import Plane, rrset
from zonemesh.enrol import enrol
from zonemesh.errors import ChunkDamaged, StoreError
from zonemesh.observe import observe, passes
from zonemesh.snapshot import Snapshot
from zonemesh.tree import digests

WWW = "www.example.com."


class Mesh(Plane):
    def __init__(self) -> None:
        super().__init__()
        names = [rrset(f"h{n}.example.com.") for n in range(300)]
        self.zone = self.create("Z1", "example.com.", *names, rrset(WWW, "A", "192.0.2.1"))
        enrol(self.control)
        self.list_ordered()
        self.now += 60
        self.store = self.ports.store
        self.source = self.ports.sources["Z1"]

    def newest(self) -> Snapshot:
        return self.store.snapshot(self.zone, self.serial(self.zone))

    def list(self) -> str:
        """List the zone; says what was repaired."""
        self.now += 60
        self.control.order_listing(self.member(self.zone), "listing")
        return " ".join(each.recorded.repaired for each in self.list_ordered() if each.recorded)

    def assert_whole(self) -> None:
        def load(wanted):  # type: ignore[no-untyped-def]
            return self.store.load(self.zone, wanted)

        for top in self.newest().tops:
            load(digests(top, load))


@pytest.fixture
def mesh() -> Mesh:
    return Mesh()


def chunk(mesh: Mesh) -> tuple[str, str]:
    """The last chunk of the served view."""
    served = mesh.newest().served
    assert served is not None
    texts = mesh.store.nodes
    return max(
        (key for key in texts if texts[key].startswith("www.example.com. 300 IN A")
         or f"\n{WWW} 300 IN A" in texts[key]),
        key=lambda key: len(texts[key]),
    )  # fmt: skip


def page(mesh: Mesh) -> tuple[str, str]:
    source = mesh.newest().source
    assert source is not None and source.level > 0
    return mesh.zone, source.digest


Place = Callable[[Mesh], tuple[str, str]]


@pytest.mark.parametrize("place", [chunk, page])
@pytest.mark.parametrize("text", [None, "www.example.com. 300 IN A 203.0.113.66\n"])
def test_a_listing_replaces_a_tree_that_cannot_be_read(
    mesh: Mesh, place: Place, text: str | None
) -> None:
    before, (zone, digest) = mesh.newest(), place(mesh)
    if text is None:
        del mesh.store.nodes[zone, digest]
    else:
        mesh.store.nodes[zone, digest] = text
    with pytest.raises(ChunkDamaged, match=digest):
        mesh.assert_whole()
    assert digest in mesh.list()
    mesh.assert_whole()
    assert mesh.newest().serial > before.serial
    assert mesh.newest().same_content(before)
    assert mesh.list() == ""
    assert mesh.store.load(zone, [digest])  # the older snapshot is whole again as well


def test_a_root_that_is_lost_is_replaced_by_what_the_source_has_now(mesh: Mesh) -> None:
    before = mesh.serial(mesh.zone)
    del mesh.store.roots[mesh.zone, before]
    mesh.source.put(rrset(WWW, "A", "192.0.2.2"))
    assert f"no snapshot {before}" in mesh.list()
    assert mesh.serial(mesh.zone) > before
    assert f"{WWW} 300 IN A 192.0.2.2" in mesh.served(mesh.zone)
    mesh.assert_whole()
    mesh.source.put(rrset(WWW, "A", "192.0.2.3"))
    assert mesh.list() == ""
    assert f"{WWW} 300 IN A 192.0.2.3" in mesh.served(mesh.zone)


def test_an_event_that_cannot_be_built_on_what_is_stored_orders_the_listing(mesh: Mesh) -> None:
    del mesh.store.nodes[page(mesh)]
    mesh.source.put(rrset(WWW, "A", "192.0.2.2"))
    (work,) = passes([mesh.event("Z1", WWW)])
    (observed,) = observe(mesh.control, work)
    assert observed.ordered and observed.recorded is None
    assert any(each.recorded and each.recorded.repaired for each in mesh.list_ordered())
    assert f"{WWW} 300 IN A 192.0.2.2" in mesh.served(mesh.zone)


@pytest.mark.parametrize("root_too", [False, True])
def test_a_source_that_is_empty_now_is_not_what_repairs(mesh: Mesh, root_too: bool) -> None:
    before = mesh.newest()
    if root_too:
        mesh.put("Z1", rrset(WWW, "A", "192.0.2.9"))
        mesh.list()
        del mesh.store.roots[mesh.zone, mesh.serial(mesh.zone)]
        mesh.store.nodes.clear()
    else:
        del mesh.store.nodes[page(mesh)]
    serial = mesh.serial(mesh.zone)
    for name, rdtype, identifier in list(mesh.source.rrsets):
        if name != "example.com.":
            mesh.source.drop(name, rdtype, identifier)
    for _ in range(2):
        mesh.list()
        head = mesh.store.current[mesh.zone]
        assert head.serial == serial >= before.serial
        assert head.held is not None
        (why,) = mesh.store.snapshot(mesh.zone, head.held).concerns
        assert "2 rrsets are left of 303" in why or "the source is empty" in why
    assert len(mesh.store.roots) < 5  # and it is said once
    with pytest.raises(StoreError):
        mesh.assert_whole()
