"""Workers that take chunks from the deck and have each carried through all its steps.

However sending ends (all settled, paused, `until`, cancelled, an error), calls on the wire are finished and recorded,
and those that wait for a permit are given up.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

import attrs

from mailgun_async.campaigns.backoff import Backoff
from mailgun_async.campaigns.courier import Courier, Flight
from mailgun_async.campaigns.deck import Deck
from mailgun_async.campaigns.reconcile import Reconciler
from mailgun_async.transport.clock import Clock
from mailgun_async.transport.outcome import Unknown, Unsent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Sender"]

_log = logging.getLogger("mailgun_async.campaigns")


@attrs.define(kw_only=True, eq=False)
class Sender:
    """One run of `Campaign.send`."""

    courier: Courier
    deck: Deck
    reconciler: Reconciler
    backoff: Backoff
    clock: Clock
    _workers: list[asyncio.Task[None]] = attrs.field(init=False, factory=list)
    _closing: bool = attrs.field(init=False, default=False)
    """Nothing more is begun."""
    _failure: BaseException | None = attrs.field(init=False, default=None)
    _trying: asyncio.Lock = attrs.field(init=False, factory=asyncio.Lock)
    """Held by the one who tries while calls fail."""

    async def run(self, *, max_in_flight: int = 8, until: float | None = None) -> None:
        """Send until every chunk is settled or nothing more may be begun; once.

        Args:
            max_in_flight: Most calls at the same time.
            until: Nothing is begun after it; seconds since 1970.

        Raises:
            CancelledError: It was cancelled.
            Exception: What `Campaign.send` says.
        """
        left_s = None if until is None else until - self.clock.wall()
        if left_s is not None and left_s <= 0:
            return
        timer = None if left_s is None else self.clock.call_at(self.clock.now() + left_s, partial(self._close, None))
        try:
            async with asyncio.TaskGroup() as group:
                beside = [group.create_task(self._guarded(work)) for work in (self.reconciler.run, self._watch)]
                self._workers = [group.create_task(self._guarded(self._work)) for _ in range(max_in_flight)]
                await asyncio.wait(self._workers)
                for task in beside:
                    task.cancel()
        except asyncio.CancelledError:
            if self._failure is not None:
                _log.error("sending was cancelled, and had ended with an error: %s", self._failure)
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if self._failure is not None:
            raise self._failure

    async def _work(self) -> None:
        while not self._closing and (candidate := await self.deck.deal()) is not None:
            await self._send(Flight(candidate))
        self._close(None)

    async def _watch(self) -> None:
        """See a pause that another process asks for, also while all wait for the rate limiter, which may take hours."""
        while not self.deck.closed:
            await self.clock.sleep(self.deck.alarm.poll_s)
            await self.deck.look()
        self._close(None)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do some work; its error ends the sending, and is raised when all workers have ended."""
        try:
            await work()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._close(error)  # not asked of this task: raised by on_chunk
        except Exception as error:  # noqa: BLE001 -- see above
            self._close(error)

    async def _send(self, flight: Flight) -> None:
        """Have a chunk carried; while calls fail one worker alone tries, and that after a wait."""
        if self.backoff.failing:
            async with self._trying:
                while (wait_s := self.backoff.until - self.clock.now()) > 0:
                    await self.clock.sleep(wait_s)
                if self.backoff.failing:
                    await self._finish(flight)
                    return
        await self._finish(flight)

    async def _finish(self, flight: Flight) -> None:
        """Have a chunk carried. Cancelled once it has its permit, it is finished all the same, and nothing follows."""
        task = asyncio.ensure_future(self.courier.carry(flight))
        given_up = False
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                self._closing = self.deck.closed = True
                if not flight.begun:
                    given_up = task.cancel()
        if not (given_up and task.cancelled()):
            task.result()
        self._learn(flight)

    def _learn(self, flight: Flight) -> None:
        """Wait longer, or end, when that is what an attempt calls for."""
        if flight.attempt is None or flight.fate is None:
            return
        now, outcome = self.clock.now(), flight.attempt.outcome
        if isinstance(outcome, (Unsent, Unknown)):
            self.backoff.failed(flight.began_at, now, sent=isinstance(outcome, Unknown))
        else:
            self.backoff.answered()
        if flight.fate.ends or self.backoff.exhausted(now):
            self._close(flight.fate.error)

    def _close(self, failure: BaseException | None) -> None:
        """Have the workers finish what is on the wire, and end."""
        # A worker that raises would end its group as well, but leave the mark of a cancellation on the caller's task.
        if self._failure is None:
            self._failure = failure
        elif failure is not None and type(failure) is not type(self._failure):
            self._failure.add_note(f"Then there was {type(failure).__name__}: {failure}")
        if self._closing:
            return
        self._closing = self.deck.closed = True
        for worker in self._workers:
            if worker is not asyncio.current_task():
                worker.cancel()
