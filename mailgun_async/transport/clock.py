"""Time as a parameter: what the transport asks of a clock, and the system's."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Clock", "SystemClock", "Timer"]


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget it; harmless when it has run."""


class Clock(Protocol):
    """Durations come from `now`, dates from `wall`."""

    def now(self) -> float:
        """Seconds on a clock that never steps back; only differences mean anything."""

    def wall(self) -> float:
        """Seconds since 1970 UTC."""

    async def sleep(self, seconds: float, /) -> None:
        """Return once `seconds` have passed."""

    def call_at(self, at: float, callback: Callable[[], None], /) -> Timer:
        """Run `callback` on the running loop when `now()` reaches `at`."""


class SystemClock:
    """The running event loop's clock, and the system's wall clock."""

    __slots__ = ()

    now = staticmethod(time.monotonic)
    wall = staticmethod(time.time)

    async def sleep(self, seconds: float, /) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)

    def call_at(self, at: float, callback: Callable[[], None], /) -> Timer:
        """Schedule on the running loop, whose clock may have another zero (uvloop's has)."""
        return asyncio.get_running_loop().call_later(max(0.0, at - time.monotonic()), callback)
