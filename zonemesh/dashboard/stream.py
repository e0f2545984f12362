"""What an open page is told: server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator

from zonemesh.dashboard.live import Reader

KEEP_ALIVE = 15.0  # seconds; a browser that is gone is noticed by writing to it


async def events(reader: Reader, seen: str) -> AsyncIterator[str]:
    """Tell of each reading (`mesh-read`, its time), and when a page is out of date.

    `seen` is the mark of what the page shows; `mesh-changed` comes with the mark of what it should.
    Ends when the reader does.
    """
    yield ": zonemesh\n\n"
    told_of: float | None = None
    with reader.watched(), reader.bell.heard() as rung:
        while not reader.ended:
            rung.clear()
            reading = reader.reading
            if reading.read_at is not None and reading.read_at != told_of:
                told_of = reading.read_at
                yield f"event: mesh-read\ndata: {told_of:.3f}\n\n"
            if reading.mark != seen:
                seen = reading.mark
                yield f"id: {seen}\nevent: mesh-changed\ndata: {seen}\n\n"
            try:
                await asyncio.wait_for(rung.wait(), KEEP_ALIVE)
            except TimeoutError:
                yield ": still here\n\n"
