"""Ctrl-C and SIGTERM, as commands that send or serve need them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

__all__ = ["finished", "undisturbed"]

T = TypeVar("T")


async def finished(work: Coroutine[Any, Any, T], on_stop: Callable[[], None]) -> tuple[asyncio.Task[T], bool]:
    """Run `work` to its end, however it ends.

    Ctrl-C or SIGTERM cancels it, and what it still does then is waited for; a second Ctrl-C ends the loop.

    Args:
        work: What is run.
        on_stop: Called once, when it is told to stop.

    Returns:
        The task, done; and whether it was told to stop.
    """
    task, stopped = asyncio.create_task(work), False
    with _terminable():
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                if not stopped:
                    on_stop()
                stopped = True
                task.cancel()
    return task, stopped


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C and SIGTERM for a moment in which nothing must be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM cancel the running task, as Ctrl-C does within `asyncio.run`, where the platform can."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    try:
        loop.add_signal_handler(signal.SIGTERM, task.cancel if task else loop.stop)
    except (NotImplementedError, RuntimeError, ValueError):  # Windows; not the main thread
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
