"""Places for calls in flight, given out by priority, some of them out of bulk's reach.

The limiter lets calls go in the order of their priority; a first come, first served queue for connections behind it
would undo that. So whoever wants a connection takes a place here first, and the pool behind is never waited for.

A place is free for a call while more places are free than its priority must leave: none for the better two, `kept`
for bulk. As a place that comes free is handed at once to the best that waits, nobody who may pass ever finds somebody
of the same or a better priority waiting: `try_take` needs only to compare two numbers.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailgun_async.transport.request import Priority

__all__ = ["Slots"]


class Slots:
    """Counts places; belongs to one event loop.

    Args:
        limit: Places in all, 1 or more.
        kept: Places that calls of priority `BULK` leave free; less than `limit`.
    """

    __slots__ = ("_free", "_left", "_queues", "_waiting")

    def __init__(self, limit: int, *, kept: int) -> None:
        self._free = limit
        self._left = (0, 0, kept)
        self._queues: tuple[deque[asyncio.Future[None]], ...] = (deque(), deque(), deque())
        self._waiting = 0

    def try_take(self, priority: Priority) -> bool:
        """Take a place if one is free for this priority now."""
        if self._free > self._left[priority]:
            self._free -= 1
            return True
        return False

    async def take(self, priority: Priority, timeout_s: float) -> bool:
        """Wait in line for a place; False when `timeout_s` seconds brought none."""
        queue = self._queues[priority]
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        self._waiting += 1
        try:
            await asyncio.wait((place,), timeout=timeout_s)
        except asyncio.CancelledError:
            if place.done():
                self.give()
            else:
                self._leave(queue, place)
            raise
        if not place.done():
            self._leave(queue, place)
            return False
        return True

    def give(self) -> None:
        """Give a place back, to the best that waits for one it may have."""
        self._free += 1
        if not self._waiting:
            return
        for queue, left in zip(self._queues, self._left, strict=True):
            if queue and self._free > left:
                self._free -= 1
                self._waiting -= 1
                queue.popleft().set_result(None)
                return

    def _leave(self, queue: deque[asyncio.Future[None]], place: asyncio.Future[None]) -> None:
        queue.remove(place)
        self._waiting -= 1
