from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from mailgun_async.transport.deadlines import Deadlines


class Timer(asyncio.TimerHandle):
    """A timer that was set, and whether it was taken back."""

    def __init__(self, at: float, callback: Callable[[], object], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(at, callback, (), loop)
        self.callback = callback


class Loop:
    """The running loop, with a clock that stands until it is moved."""

    def __init__(self) -> None:
        self._real = asyncio.get_running_loop()
        self.now = 100.0
        self.timers: list[Timer] = []

    def time(self) -> float:
        return self.now

    def call_at(self, at: float, callback: Callable[[], object]) -> Timer:
        timer = Timer(at, callback, self._real)
        self.timers.append(timer)
        return timer

    @property
    def live(self) -> list[float]:
        """When the timers are due that were not taken back, nor have rung."""
        return [timer.when() for timer in self.timers if not timer.cancelled()]

    def move(self, seconds: float) -> None:
        """Move the clock, and ring what is due."""
        self.now += seconds
        for timer in [one for one in self.timers if not one.cancelled() and one.when() <= self.now]:
            self.timers.remove(timer)
            timer.callback()


@pytest.fixture
async def loop() -> Loop:
    """A clock moved by hand."""
    return Loop()


@pytest.fixture
def deadlines(loop: Loop) -> Deadlines:
    """Deadlines on that clock."""
    return Deadlines(loop)  # type: ignore[arg-type]


async def forever(deadlines: Deadlines, seconds: float) -> None:
    """Wait for ever under a deadline."""
    with deadlines.after(seconds):
        await asyncio.Event().wait()


async def begun(*tasks: asyncio.Task[None]) -> None:
    """Let tasks run."""
    for _ in range(3 * len(tasks)):
        await asyncio.sleep(0)


async def test_what_takes_too_long_is_a_timeout(loop: Loop, deadlines: Deadlines) -> None:
    """At its moment and not before; and the task bears no mark of a cancellation."""
    task = asyncio.create_task(forever(deadlines, 0.5))
    await begun(task)
    loop.move(0.49)
    await begun(task)
    assert not task.done()
    loop.move(0.01)
    with pytest.raises(TimeoutError, match="no answer in time"):
        await task
    assert task.cancelling() == 0


async def test_many_calls_have_one_timer(loop: Loop, deadlines: Deadlines) -> None:
    """Set for the first of them, at most a second ahead."""
    tasks = [asyncio.create_task(forever(deadlines, seconds)) for seconds in (30.0, 0.7, 20.0)]
    await begun(*tasks)
    assert loop.live == [100.7]
    loop.move(0.7)
    await begun(*tasks)
    assert [task.done() for task in tasks] == [False, True, False]
    assert loop.live == [101.7]
    for _ in range(40):
        loop.move(1.0)
        await begun(*tasks)
    assert [type(task.exception()) for task in tasks] == [TimeoutError] * 3
    assert loop.live == []


async def test_what_is_over_in_time_leaves_nothing(loop: Loop, deadlines: Deadlines) -> None:
    """No timer stays behind for long, and nobody is cancelled later."""
    with deadlines.after(0.2):
        await asyncio.sleep(0)
    assert deadlines.running == set()
    loop.move(5.0)
    assert loop.live == []


async def test_a_cancellation_stays_one(loop: Loop, deadlines: Deadlines) -> None:
    """Before the deadline, and together with it."""
    task = asyncio.create_task(forever(deadlines, 0.5))
    await begun(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    both = asyncio.create_task(forever(deadlines, 0.5))
    await begun(both)
    both.cancel()
    loop.move(0.5)
    with pytest.raises(asyncio.CancelledError):
        await both


async def test_an_error_at_the_last_moment_is_told(loop: Loop, deadlines: Deadlines) -> None:
    """It says more than that time ran out."""

    async def broken() -> None:
        with deadlines.after(0.5):
            loop.move(0.5)
            raise ConnectionResetError

    task = asyncio.create_task(broken())
    with pytest.raises(ConnectionResetError):
        await task
    assert task.cancelling() == 0
