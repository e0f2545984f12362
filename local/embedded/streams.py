"""Table streams that survive a restart.

MiniStack saves how far each event source mapping has read a stream but not the stream:
after a restore as many new records would be skipped as had been read before.
"""

from __future__ import annotations

import json
import zlib

from ministack.core.persistence import _json_default, _json_object_hook
from ministack.services import dynamodb

STATE_VERSION = 1


class TableStreams:
    """The records of all table streams, as a part of the saved state."""

    def dump(self) -> bytes:
        """All records, for `load`."""
        state = {
            "version": STATE_VERSION,
            "records": dynamodb._stream_records,
            "trimmed": dynamodb._stream_trimmed,
            "sequence": dynamodb._stream_seq_counter,
        }
        return zlib.compress(json.dumps(state, default=_json_default).encode(), level=1)

    def load(self, dumped: bytes) -> None:
        """Replace all records by what `dump` returned; ValueError for anything else."""
        try:
            state = json.loads(zlib.decompress(dumped), object_hook=_json_object_hook)
        except zlib.error as error:
            raise ValueError(f"not the table streams: {error}") from None
        if state.get("version") != STATE_VERSION:
            raise ValueError(
                f"table streams of version {state.get('version')}, this code reads {STATE_VERSION}"
            )
        dynamodb._stream_records.update(state["records"])
        dynamodb._stream_trimmed.update(state["trimmed"])
        dynamodb._stream_seq_counter = state["sequence"]
