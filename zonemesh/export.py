"""A snapshot as text: the zone file that is served, or the source's rrsets as they were."""

from collections.abc import Iterator
from enum import StrEnum

from zonemesh.converge import LOADED_AT_ONCE, with_soa
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Snapshot
from zonemesh.tree import Load, View, leaves


class Format(StrEnum):
    """What a snapshot is written as."""

    ZONEFILE = "zonefile"
    JSON = "json"


def export(store: SnapshotStore, snapshot: Snapshot, form: Format) -> Iterator[str]:
    """Give a snapshot's text in pieces, each of whole lines.

    A zone file (RFC 1035 5.1) has the SOA with the snapshot's serial, absolute names and no
    directive; as JSON each of the source's rrsets is a line, a ResourceRecordSet as the Route 53
    API gave it, in canonical order of the names. Memory stays flat. Raises the errors of the store.
    """
    load = Nodes(store, snapshot.zone).load
    if form is Format.JSON:
        yield from _texts(snapshot.source, load)
        return
    texts = _texts(snapshot.served, load)
    yield with_soa(snapshot, next(texts, ""))
    yield from texts


def _texts(view: View | None, load: Load) -> Iterator[str]:
    chunks = leaves(view, load)
    for start in range(0, len(chunks), LOADED_AT_ONCE):
        digests = [node.digest for node in chunks[start : start + LOADED_AT_ONCE]]
        texts = load(digests)
        yield from (texts[digest] for digest in digests)
