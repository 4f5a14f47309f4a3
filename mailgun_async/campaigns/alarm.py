"""Waiting for whichever comes first: an instant, a ring, or the time to look what other processes have done."""

from __future__ import annotations

import asyncio
from heapq import heappop, heappush

import attrs

from mailgun_async.transport.clock import Clock

__all__ = ["Alarm"]


@attrs.define(eq=False)
class Alarm:
    """One task waits for it; anybody may set it off."""

    clock: Clock
    poll_s: float
    """The longest wait, in seconds: other processes on the journal ring nobody here."""
    _dues: list[float] = attrs.field(init=False, factory=list)
    _rung: asyncio.Event = attrs.field(init=False, factory=asyncio.Event)

    def ring(self) -> None:
        """End the wait that is under way, or the next."""
        self._rung.set()

    def due(self, at: float) -> None:
        """See to it that the wait has ended at an instant, in seconds since 1970."""
        heappush(self._dues, at)

    async def wait(self) -> None:
        """Wait."""
        now = self.clock.wall()
        while self._dues and self._dues[0] <= now:
            heappop(self._dues)
        seconds = min(self.poll_s, self._dues[0] - now) if self._dues else self.poll_s
        timer = self.clock.call_at(self.clock.now() + seconds, self._rung.set)
        try:
            await self._rung.wait()
        finally:
            timer.cancel()
            self._rung.clear()
