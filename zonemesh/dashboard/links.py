"""Where each thing has its page."""

from urllib.parse import quote, urlencode


def zone_url(key: str) -> str:
    """Give the page of a zone, by its key."""
    return f"/zone/{quote(key, safe=':.')}"


def hub_url(name: str) -> str:
    """Give the page of a hub."""
    return f"/hub/{quote(name, safe='')}"


def target_url(name: str) -> str:
    """Give the page of a target."""
    return f"/target/{quote(name, safe='')}"


def secondary_url(name: str) -> str:
    """Give the page of a secondary."""
    return f"/secondary/{quote(name, safe='')}"


def diff_path(key: str) -> str:
    """Give where two snapshots of a zone are compared, which a query names."""
    return f"/diff/{quote(key, safe=':.')}"


def diff_url(key: str, before: int | str, after: int | str, view: str = "served") -> str:
    """Give the page that compares two snapshots of a zone."""
    query = {"from": before, "to": after} | ({} if view == "served" else {"view": view})
    return f"{diff_path(key)}?{urlencode(query)}"
