"""The catalog zone kept as the mesh wants it, by every function that runs on a schedule."""

from functions.ports import control, logger, ports
from functions.recorded import tell_recorded
from zonemesh.errors import ZonemeshError
from zonemesh.record_catalog import keep_catalog
from zonemesh.secondaries import served_serials


def keep(*, listed_all: bool = False) -> None:
    """Record the catalog where it is not up to date, and tell of it.

    Whatever fails is told and left for the next run: nothing else is to wait for it.
    """
    mesh = control().mesh
    if mesh.catalog is None:
        return
    try:
        kept = keep_catalog(
            ports,
            mesh,
            control().now,
            listed_all=listed_all,
            floor=lambda catalog: served_serials(mesh, catalog),
        )
    except ZonemeshError as problem:
        logger.error("the catalog zone is not kept", problem=str(problem))
        return
    if kept.problem:
        logger.warning("the catalog zone is not kept", problem=kept.problem)
    for zone in kept.waiting:
        logger.info("not in the catalog yet", zone=zone.zone, why=zone.why)
    if kept.recorded is not None:
        tell_recorded(kept.recorded.snapshot.zone, kept.recorded)
