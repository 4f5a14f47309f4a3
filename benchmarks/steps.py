"""The longest time for which one step keeps the event loop from all others."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the system counts for each thread, the loop's thread is the one to look at.
_WHO: Final = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)


@attrs.define
class Steps:
    """What the steps of an event loop took."""

    longest_s: float = 0.0
    count: int = 0

    def note(self, wall_s: float, cpu_s: float, *, preempted: bool) -> None:
        """Take in one step.

        One that the system interrupted for another process counts with its CPU time: the wait is not the step's doing.
        """
        self.count += 1
        self.longest_s = max(self.longest_s, cpu_s if preempted else wall_s)


@contextlib.contextmanager
def watched() -> Iterator[Steps]:
    """Time every step that any asyncio loop takes inside the `with` block."""
    steps = Steps()
    step = asyncio.Handle._run  # noqa: SLF001 -- the one place through which every step goes

    def timed(handle: asyncio.Handle) -> None:
        interrupted = resource.getrusage(_WHO).ru_nivcsw
        cpu_at, wall_at = time.thread_time(), time.perf_counter()
        step(handle)
        wall_s, cpu_s = time.perf_counter() - wall_at, time.thread_time() - cpu_at
        steps.note(wall_s, cpu_s, preempted=resource.getrusage(_WHO).ru_nivcsw != interrupted)

    asyncio.Handle._run = timed  # type: ignore[assignment, method-assign]  # noqa: SLF001 -- the same
    try:
        yield steps
    finally:
        asyncio.Handle._run = step  # type: ignore[method-assign]  # noqa: SLF001 -- the same
