"""Ctrl-C and SIGTERM, as commands that send or serve need them: they end work in good order, and cut off no report."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["Stops", "run"]

T = TypeVar("T")

_STOPS = (signal.SIGINT, signal.SIGTERM)


class Stops:
    """Takes Ctrl-C and SIGTERM for as long as it is entered. They end what `run` runs, and nothing else."""

    def __init__(self) -> None:
        self.count = 0
        """How many there were."""
        self._on_stop: Callable[[], object] = lambda: None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            # Whoever started it with a signal ignored, as shells do for jobs in the background, means that.
            wanted = [number for number in _STOPS if signal.getsignal(number) is not signal.SIG_IGN]
            self._before = {number: signal.signal(number, self._stop) for number in wanted}
        return self

    def __exit__(self, *_exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, *_signal: object) -> None:
        self.count += 1
        self._on_stop()

    def run(self, work: Coroutine[Any, Any, T], on_stop: Callable[[], object] = lambda: None) -> T:
        """Run `work` in a loop of its own, to its end.

        Args:
            work: The first stop cancels it, and what it still does then is waited for; the next ones cancel that too.
            on_stop: Called at the first stop.

        Raises:
            CancelledError: It was stopped.
        """
        return asyncio.run(self._run(work, on_stop))

    async def _run(self, work: Coroutine[Any, Any, T], on_stop: Callable[[], object]) -> T:
        loop, this, task = asyncio.get_running_loop(), asyncio.current_task(), asyncio.create_task(work)

        def stop() -> None:
            if self.count == 1:
                on_stop()
                task.cancel()
                return
            for other in asyncio.all_tasks() - {this}:
                other.cancel()

        self._on_stop = lambda: loop.call_soon_threadsafe(stop)
        if self.count:
            stop()
        try:
            await asyncio.wait({task})
        finally:
            self._on_stop = lambda: None
        return task.result()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` until it ends or is stopped.

    Raises:
        KeyboardInterrupt: It was stopped, by Ctrl-C or by SIGTERM.
    """
    with Stops() as stops:
        try:
            return stops.run(work)
        except asyncio.CancelledError as error:
            raise KeyboardInterrupt from error
