"""The names that a source answers in its own way, where the mesh serves a settled answer."""

from zonemesh.copies import copiers
from zonemesh.fidelity import report_codec
from zonemesh.names import text_of
from zonemesh.route53.rrsets import source_codec
from zonemesh.snapshot import Snapshot
from zonemesh.translation.placeholder import placeholder_owner
from zonemesh.translation.question import answers_codec
from zonemesh.tree import Load, entries

_ROUTED = '"SetIdentifier":'  # of canonical JSON: inside a string its quotes were escaped


def answered_otherwise(snapshot: Snapshot, load: Load) -> frozenset[str]:
    """Give the names (canonical text) of which the source's answer need not be the served one.

    Routed sets, of which Route 53 picks a member for each asker; aliases out of the zone; all else
    that the fidelity report has; and what copies those. Raises the errors of the store.
    """
    orders = {entry.key.order for entry in entries(snapshot.report, load, report_codec)}
    orders |= {entry.key.order for entry in entries(snapshot.answers, load, answers_codec)}
    source = entries(snapshot.source, load, source_codec)
    orders |= {entry.key.order for entry in source if _ROUTED in entry.text}
    owners = {text_of(order) for order in orders}
    owners |= copiers(snapshot.aliases, owners, (), load)
    return frozenset(owners).union(filter(None, map(placeholder_owner, owners)))
