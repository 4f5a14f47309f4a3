"""Admits calls by priority, each when none of its limits asks it to wait: the awaiting half of `limits`.

There is no task. Whatever may change an answer (a new call, a ticket given back, the time of the earliest wait) *pumps*
the waiting lines, and a call that may go finds its future set. What changes state does so without awaiting. A call is
booked on all its limits or on none. Every ticket ends in `observe`, exactly once; nothing else gives room back.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from itertools import count
from typing import TYPE_CHECKING, Any

from mailgun_async.config import RatePolicy
from mailgun_async.errors import WaitTooLong
from mailgun_async.transport.answers import ACCEPTED, NOTHING, ServerClock, Verdict, read
from mailgun_async.transport.gate import SOON
from mailgun_async.transport.ledger import Ledger
from mailgun_async.transport.outcome import SUCCESS
from mailgun_async.transport.route import DIMENSIONS, RECIPIENTS
from mailgun_async.transport.waiting import Ticket, Waiter, WaitingRoom

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailgun_async.transport.clock import Clock, Timer
    from mailgun_async.transport.limits import LimitSeen
    from mailgun_async.transport.request import Request, Response
    from mailgun_async.transport.route import Route
    from mailgun_async.transport.waiting import Line

__all__ = ["Limiter", "Ticket"]

_log = logging.getLogger("mailgun_async.transport")


class Limiter:
    """Paces calls so that the server never has to refuse one, or as few as can be.

    Belongs to one event loop once a call has had to wait.
    """

    def __init__(
        self, clock: Clock, policy: RatePolicy | None = None, *, roll: Callable[[], float] = random.random
    ) -> None:
        """Make one that knows nothing but what is declared.

        Args:
            clock: Tells the time and wakes.
            policy: Limits you know, the longest wait, how to spread; default `RatePolicy()`.
            roll: A die in [0, 1).
        """
        self._clock, self._policy, self._roll = clock, policy or RatePolicy(), roll
        self._now = clock.now
        self._server = ServerClock(clock.wall() - clock.now())
        self._ledger = Ledger(self._policy)
        self._routes = self._ledger.routes
        self._waiting = WaitingRoom()
        self._arrivals = count()
        self._timer: Timer | None = None
        self._timer_at = math.inf

    # -- admission ----------------------------------------------------------------------------------------------------

    def try_admit(self, request: Request) -> Ticket | None:
        """Return a ticket when the call may go at once, None when it has to wait its turn in `admit`."""
        route = self._routes.get((request.account, request.template, request.domain)) or self._open(request)
        prio = request.priority
        if self._waiting.lines and any(line.prio <= prio for line in self._waiting.related(route)):
            return None  # somebody was here before
        now = self._now()
        bookings = route.take(now, route.costs(request), prio)
        return None if bookings is None else Ticket(route, bookings, now)

    async def admit(self, request: Request) -> Ticket:
        """Wait until the call may go.

        Raises:
            WaitTooLong: It would have to wait longer than `request.max_wait_s` or the policy allows; at once when that
                is known now, else when the time is over.
        """
        route = self._routes.get((request.account, request.template, request.domain)) or self._open(request)
        now, costs, prio = self._now(), route.costs(request), request.priority
        allowed = request.max_wait_s if request.max_wait_s is not None else self._policy.max_wait_s
        if allowed is not None:
            wait = route.estimate(now, costs, prio, self._waiting.ahead(route, prio, costs))
            if wait > allowed:
                raise _too_long(request, wait, allowed)
        future: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        waiter = Waiter(request, costs, next(self._arrivals), now, future)
        line = self._waiting.join(route, waiter)
        self._pump(now, self._waiting.related(route))
        if allowed is None or future.done():
            return await self._granted(line, waiter)
        timer = self._clock.call_at(now + allowed, lambda: self._expire(line, waiter, allowed))
        try:
            return await self._granted(line, waiter)
        finally:
            timer.cancel()

    async def _granted(self, line: Line, waiter: Waiter) -> Ticket:
        future = waiter.future
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.observe(future.result(), None)  # granted in the very turn in which the caller gave up
            raise
        finally:
            self._waiting.leave(line, waiter)
            if not self._waiting.lines:
                self._arm()

    def observe(self, ticket: Ticket, response: Response | None) -> Verdict:
        """Give a ticket back with the answer to its attempt; every ticket once.

        Args:
            ticket: From `try_admit` or `admit`.
            response: None when the attempt told nothing about limits: it failed, or was cancelled.
        """
        now, route = self._now(), ticket.route
        if response is None:
            verdict = NOTHING
        elif response.status in SUCCESS and route.calm(now):
            verdict = ACCEPTED
        else:
            verdict = read(response, ticket.sent_at, now, self._server)
        if verdict.ok is False:
            self._refused(now, ticket, verdict)
        else:
            route.done(now, ticket.bookings, verdict)
        if self._waiting.lines:
            self._pump(now, self._waiting.related(route))
        if verdict.account_stopped and route.content is None:
            return NOTHING  # what is disabled there is something else: nothing was to be sent
        return verdict

    def _open(self, request: Request) -> Route:
        return self._ledger.open(request, self._now())

    def _refused(self, now: float, ticket: Ticket, verdict: Verdict) -> None:
        route = ticket.route
        index = route.refusing(verdict, ticket.bookings)
        gate = route.allowances[index].gate
        epoch = gate.epoch
        route.refused(now, ticket.bookings, verdict, by=index, roll=self._roll())
        if gate.epoch != epoch:  # not an echo of a refusal that was logged
            _log.info(
                "limited: %s of %s, trying again in %.1f s", DIMENSIONS[index], route.rate_class, gate.until - now
            )
        if verdict.oversize:
            _log.info("limited: %s recipients in one call are too many", ticket.bookings[RECIPIENTS][0])

    def _pump(self, now: float, lines: list[Line]) -> None:
        """Let go whoever may."""
        for route, waiter in self._waiting.going(now, lines):
            if not waiter.future.done():  # or else its caller has given up and is about to leave
                bookings = route.sent(now, waiter.costs, waiter.request.priority)
                waiter.future.set_result(Ticket(route, bookings, now, now - waiter.came_at))
        self._arm()

    def _arm(self) -> None:
        """See to it that the next pump is no later than the first line is due."""
        at = self._waiting.due_at()
        if self._timer is not None and (at == math.inf or at < self._timer_at):
            self._timer.cancel()
            self._timer = None
        if self._timer is None and at < math.inf:
            self._timer, self._timer_at = self._clock.call_at(at, self._tick), at

    def _tick(self) -> None:
        self._timer, now = None, self._now()
        self._pump(now, self._waiting.due(now))

    def _expire(self, line: Line, waiter: Waiter, allowed: float) -> None:
        if not waiter.future.done():
            wait = max(SOON, line.due_at - self._now())
            waiter.future.set_exception(_too_long(waiter.request, wait, allowed))

    # -- what is known ------------------------------------------------------------------------------------------------

    def snapshot(self) -> list[LimitSeen]:
        """Return what is known of every limit of which anything is."""
        return self._ledger.seen(self._now(), self._clock.wall())

    def learn(self, document: Mapping[str, Any]) -> None:
        """Start from what `learned` returned in another process; for limits that have not been met yet.

        What is older than a week, malformed or foreign is passed over.
        """
        self._ledger.learn(document, self._clock.wall())

    def learned(self) -> dict[str, Any]:
        """Return what is worth remembering, as JSON takes it; `memory.save` and `memory.load` keep it in a file."""
        return self._ledger.learned(self._clock.wall())

    def remember_size(self, account: str, domain: str, recipients: int) -> None:
        """Keep for a week how many recipients a call of this domain may have, after larger ones were refused."""
        self._ledger.remember_size(account, domain, recipients, self._clock.wall())

    def size_for(self, account: str, domain: str) -> int | None:
        """Return what `remember_size` kept, in this process or one before it; None when nothing is known."""
        return self._ledger.size_for(account, domain, self._clock.wall())


def _too_long(request: Request, wait_s: float, allowed_s: float) -> WaitTooLong:
    return WaitTooLong(
        f"{request.method} {request.template} was not sent: its rate limit lets it go in about {wait_s:.1f} s, and it "
        f"may wait {allowed_s:g} s. Call again later, or allow a longer wait.",
        wait_s=wait_s,
    )
