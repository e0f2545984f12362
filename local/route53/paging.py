"""MaxItems and Marker, as the List operations use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .account import Json
from .errors import invalid_input


def page_size(params: Json, most: int) -> int:
    """MaxItems, capped at what the operation returns at most."""
    text = params.get("MaxItems", str(most))
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise invalid_input(f"MaxItems is '{text}', must be a positive integer")
    return min(int(text), most)


def page_by_id(items: Mapping[str, Any], params: Json, most: int) -> tuple[list[Any], Json]:
    """(the page from Marker on, in order of the ids; the listing's own paging members)."""
    size, marker = page_size(params, most), params.get("Marker", "")
    ids = sorted(item_id for item_id in items if item_id >= marker)
    paging: Json = {
        "Marker": marker,
        "IsTruncated": len(ids) > size,
        "MaxItems": str(size),
        "NextMarker": ids[size] if len(ids) > size else None,
    }
    return [items[item_id] for item_id in ids[:size]], paging
