"""Which hubs of the mesh somebody means by names and shell-style patterns."""

from collections.abc import Collection, Sequence

from zonemesh.chosen_zones import fits, is_pattern
from zonemesh.errors import UnknownHub


def hubs_chosen(wanted: Sequence[str], hubs: Collection[str]) -> list[str]:
    """Give the hubs that names or patterns mean, each once, sorted.

    Raises UnknownHub for a name that is no hub's and for a pattern that nothing fits.
    """
    found: set[str] = set()
    for text in wanted:
        meant = {hub for hub in hubs if hub == text or (is_pattern(text) and fits(text, hub))}
        if not meant:
            known = ", ".join(sorted(hubs)) or "none yet"
            raise UnknownHub(f"no hub `{text}`; known: {known}")
        found |= meant
    return sorted(found)
