"""The keys under which zones are kept in the mesh, by where they come from."""


def zone_key(integration: str, apex: str, view: str | None = None) -> str:
    """Give the key under which a Route 53 zone is kept in the mesh.

    Snapshots and serials belong to the name and view, not to the hosted-zone id, so that a zone
    deleted and made again goes on counting.
    """
    place = integration if view is None else f"{integration}/{view}"
    return f"route53:{place}:{apex}"


def pulled_zone_key(hub: str, apex: str) -> str:
    """Give the key of a zone that a hub pulls from primaries; that hub alone may record it."""
    return f"axfr:{hub}:{apex}"


def catalog_key(apex: str) -> str:
    """Give the key of the mesh's catalog zone."""
    return f"catalog:{apex}"
