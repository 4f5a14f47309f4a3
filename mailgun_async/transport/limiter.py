"""Admits calls by priority, each when none of its limits asks it to wait: the awaiting half of `limits`.

Who has to wait stands in a line: one for each (route, priority, recipients), so the calls of a line are alike and only
its head is asked. Heads are asked in the order (priority, arrival): a large call that does not fit keeps no small one
back, and of two that fit the first to come goes first. There is no task. Whatever may change an answer (a new call, a
ticket given back, the time of the earliest wait) *pumps* the lines, and a call that may go finds its future set.

A call is booked on all its limits or on none. Every ticket ends in `observe`, exactly once; nothing else gives room
back.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections import OrderedDict
from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

import attrs

from mailgun_async.config import RatePolicy
from mailgun_async.errors import WaitTooLong
from mailgun_async.transport.answers import NOTHING, ServerClock, Verdict, read
from mailgun_async.transport.gate import SOON
from mailgun_async.transport.ledger import Ledger
from mailgun_async.transport.route import OF_MESSAGES, Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mailgun_async.transport.clock import Clock, Timer
    from mailgun_async.transport.limits import Booking, LimitSeen
    from mailgun_async.transport.request import Priority, Request, Response
    from mailgun_async.transport.route import Costs

__all__ = ["Limiter", "Ticket"]

_log = logging.getLogger("mailgun_async.transport")


@attrs.define(eq=False)
class Ticket:
    """Permission for one attempt."""

    route: Route
    bookings: list[Booking]
    sent_at: float
    """When it was given, on the limiter's clock."""
    waited_s: float = 0.0
    """Seconds the call waited for it."""


@attrs.define(eq=False)
class _Waiter:
    request: Request
    costs: Costs
    arrival: int
    asked_at: float
    future: asyncio.Future[Ticket]


@attrs.define(eq=False)
class _Line:
    route: Route
    prio: Priority
    recipients: int
    waiters: OrderedDict[int, _Waiter] = attrs.field(factory=OrderedDict)
    """By arrival: in order, and one that gives up leaves at once."""
    due_at: float = 0.0
    """When its head is to be asked again."""


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
        self._lines: dict[tuple[Route, Priority, int], _Line] = {}
        self._arrivals = count()
        self._timer: Timer | None = None
        self._timer_at = math.inf

    # -- admission ----------------------------------------------------------------------------------------------------

    def try_admit(self, request: Request) -> Ticket | None:
        """Return a ticket when the call may go at once, None when it has to wait its turn in `admit`."""
        route = self._routes.get((request.account, request.template, request.domain)) or self._ledger.open(
            request, self._now()
        )
        prio = request.priority
        if self._lines and self._behind(route, prio):
            return None
        now, costs = self._now(), route.costs(request)
        if route.ask(now, costs, prio) > 0.0:
            return None
        return Ticket(route, route.sent(now, costs, prio), now)

    async def admit(self, request: Request) -> Ticket:
        """Wait until the call may go.

        Raises:
            WaitTooLong: It would have to wait longer than `request.max_wait_s` or the policy allows; at once when that
                is known now, else when the time is over.
        """
        route = self._routes.get((request.account, request.template, request.domain)) or self._ledger.open(
            request, self._now()
        )
        now, costs = self._now(), route.costs(request)
        allowed = request.max_wait_s if request.max_wait_s is not None else self._policy.max_wait_s
        if allowed is not None and (wait := self._estimate(route, now, costs, request.priority)) > allowed:
            raise _too_long(request, wait, allowed)
        future: asyncio.Future[Ticket] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(request, costs, next(self._arrivals), now, future)
        line = self._join(route, waiter)
        self._pump(now, self._related(route))
        if allowed is None or future.done():
            return await self._granted(line, waiter)
        timer = self._clock.call_at(now + allowed, lambda: self._expire(line, waiter, allowed))
        try:
            return await self._granted(line, waiter)
        finally:
            timer.cancel()

    async def _granted(self, line: _Line, waiter: _Waiter) -> Ticket:
        future = waiter.future
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and future.exception() is None:
                self.observe(future.result(), None)  # granted in the very turn in which the caller gave up
            raise
        finally:
            self._leave(line, waiter)

    def observe(self, ticket: Ticket, response: Response | None) -> Verdict:
        """Give a ticket back with the answer to its attempt; every ticket once.

        Args:
            ticket: From `try_admit` or `admit`.
            response: None when the attempt told nothing about limits: it failed, or was cancelled.
        """
        now, route = self._now(), ticket.route
        verdict = NOTHING
        if response is not None:
            verdict = read(
                response.status,
                response.headers,
                response.body,
                sent_at=ticket.sent_at,
                received_at=now,
                clock=self._server,
            )
        if verdict.ok is False:
            self._refused(now, ticket, verdict)
        else:
            route.done(now, ticket.bookings, verdict)
        if self._lines:
            self._pump(now, self._related(route))
        return verdict

    def _refused(self, now: float, ticket: Ticket, verdict: Verdict) -> None:
        route = ticket.route
        index = route.refusing(verdict, ticket.bookings)
        gate = route.allowances[index].gate
        epoch = gate.epoch
        route.refused(now, ticket.bookings, verdict, by=index, roll=self._roll())
        if gate.epoch != epoch:  # not an echo of a refusal that was logged
            _log.info(
                "limited: %s of %s refused, next try in %.1f s%s",
                OF_MESSAGES[index],
                route.rate_class,
                max(0.0, gate.until - now),
                ", call too large" if verdict.oversize else "",
            )

    # -- lines --------------------------------------------------------------------------------------------------------

    def _behind(self, route: Route, prio: Priority) -> bool:
        """Tell whether somebody waits whom a new call must not overtake."""
        return any(line.prio <= prio for line in self._related(route))

    def _related(self, route: Route) -> list[_Line]:
        """Return the lines that what happens on `route` may move."""
        shared = not route.parent.quiet
        return [
            line
            for line in self._lines.values()
            if line.route is route or (shared and line.route.parent is route.parent)
        ]

    def _estimate(self, route: Route, now: float, costs: Costs, prio: Priority) -> float:
        ahead = [0.0] * len(costs)
        for line in self._lines.values():
            if line.route is route and line.prio <= prio:
                for waiter in line.waiters.values():
                    ahead = [sum(pair) for pair in zip(ahead, waiter.costs, strict=True)]
        return route.estimate(now, costs, prio, ahead)

    def _join(self, route: Route, waiter: _Waiter) -> _Line:
        prio = waiter.request.priority
        key = route, prio, waiter.request.recipients
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(*key)
        line.waiters[waiter.arrival] = waiter
        return line

    def _leave(self, line: _Line, waiter: _Waiter) -> None:
        line.waiters.pop(waiter.arrival, None)
        key = line.route, line.prio, line.recipients
        if not line.waiters and self._lines.get(key) is line:
            del self._lines[key]
            if not self._lines:
                self._arm()

    def _pump(self, now: float, lines: Iterable[_Line]) -> None:
        """Let go whoever may, best first."""
        heads = [(line.prio, next(iter(line.waiters)), line) for line in lines]
        heapify(heads)
        while heads:
            prio, arrival, line = heappop(heads)
            waiter = line.waiters[arrival]
            wait = line.route.ask(now, waiter.costs, prio)
            if wait > 0.0:
                line.due_at = now + wait
                continue
            self._leave(line, waiter)
            if not waiter.future.done():  # or else its caller has given up and is about to leave
                bookings = line.route.sent(now, waiter.costs, prio)
                waiter.future.set_result(Ticket(line.route, bookings, now, now - waiter.asked_at))
            if line.waiters:
                heappush(heads, (prio, next(iter(line.waiters)), line))
        self._arm()

    def _arm(self) -> None:
        """Have the next pump happen no later than the first line is due."""
        at = min((line.due_at for line in self._lines.values()), default=math.inf)
        if self._timer is not None and (at == math.inf or at < self._timer_at):
            self._timer.cancel()
            self._timer = None
        if self._timer is None and at < math.inf:
            self._timer, self._timer_at = self._clock.call_at(at, self._tick), at

    def _tick(self) -> None:
        self._timer, now = None, self._now()
        self._pump(now, [line for line in self._lines.values() if line.due_at <= now + SOON])

    def _expire(self, line: _Line, waiter: _Waiter, allowed: float) -> None:
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
