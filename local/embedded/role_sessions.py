"""Assumed roles that survive a restart.

MiniStack forgets them, so that whoever holds temporary credentials is refused until they would
have been renewed: up to an hour later.
"""

from __future__ import annotations

import json
import zlib

from ministack.core.persistence import _json_default, _json_object_hook
from ministack.services import sts

STATE_VERSION = 1


class RoleSessions:
    """The sessions of temporary credentials, as a part of the saved state."""

    def dump(self) -> bytes:
        """All sessions that have not expired, for `load`."""
        sts._evict_expired_sessions()
        state = {"version": STATE_VERSION, "sessions": sts._sessions}
        return zlib.compress(json.dumps(state, default=_json_default).encode())

    def load(self, dumped: bytes) -> None:
        """Add the sessions that `dump` returned; ValueError for anything else."""
        try:
            state = json.loads(zlib.decompress(dumped), object_hook=_json_object_hook)
        except zlib.error as error:
            raise ValueError(f"not the role sessions: {error}") from None
        if state.get("version") != STATE_VERSION:
            raise ValueError(
                f"role sessions of version {state.get('version')}, this code reads {STATE_VERSION}"
            )
        sts._sessions.update(state["sessions"])
