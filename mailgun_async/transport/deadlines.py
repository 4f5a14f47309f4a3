"""Ends what takes too long, with one timer for all calls.

A timer of its own for each call costs a tenth of the call: nearly every one is cancelled, and the loop keeps them in
order until it finds out. Here the loop has one, which looks at all calls under way when the first of them is due, and
at least once a second; there are no more of them than connections.

As with `asyncio.timeout`, the task is cancelled, and what stood under the deadline makes a TimeoutError of it. If
somebody else cancelled it too, it stays a cancellation.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Deadline", "Deadlines"]

_TURN_S: Final = 1.0


class Deadlines:
    """All deadlines of one event loop."""

    __slots__ = ("_loop", "_timer", "look_at", "running")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self.look_at = math.inf
        """When the timer is due."""
        self.running: set[Deadline] = set()

    def after(self, seconds: float) -> Deadline:
        """Return a deadline for one `with` block, or for several one after the other."""
        return Deadline(self, self._loop.time() + seconds)

    def look(self) -> None:
        """End what is due, and see to it that the next is ended in time."""
        now = self._loop.time()
        for deadline in [one for one in self.running if one.at <= now]:
            self.running.discard(deadline)
            deadline.end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self.look_at = None, math.inf
        if self.running:
            self.look_at = min(now + _TURN_S, *(one.at for one in self.running))
            self._timer = self._loop.call_at(self.look_at, self.look)


class Deadline:
    """A moment by which what stands in the `with` block has to be over; else it ends in a TimeoutError."""

    __slots__ = ("_cancelled", "_deadlines", "_passed", "_task", "at")

    _task: asyncio.Task[object]
    _cancelled: int
    """How often the task had been cancelled before."""

    def __init__(self, deadlines: Deadlines, at: float) -> None:
        self._deadlines, self.at, self._passed = deadlines, at, False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("calls are made by tasks: run this in a coroutine")
        self._task, self._cancelled = task, task.cancelling()
        self._deadlines.running.add(self)
        if self.at < self._deadlines.look_at:
            self._deadlines.look()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._deadlines.running.discard(self)
        if self._passed and self._task.uncancel() <= self._cancelled and kind is asyncio.CancelledError:
            raise TimeoutError("no answer in time") from error

    def end(self) -> None:
        """Cancel the task."""
        self._passed = True
        self._task.cancel()
