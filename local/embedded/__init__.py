"""The embedded AWS: MiniStack in a process of its own, made as strict as the mesh needs.

`EmbeddedAws` starts and stops that process; everything else here runs inside it.
"""

from local.embedded.process import EmbeddedAws, EmbeddedAwsFailed
from local.embedded.settings import Settings

__all__ = ["EmbeddedAws", "EmbeddedAwsFailed", "Settings"]
