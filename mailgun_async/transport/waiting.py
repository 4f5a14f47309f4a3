"""Who waits for a permit, in lines. No awaiting, no clock.

A line for each (route, priority, recipients): its calls are alike, so only its head is asked. Heads are asked in the
order (priority, arrival), so a large call that does not fit keeps no small one back, and of two that fit the first to
come goes first.

One exception keeps large calls from starving. Where room comes bit by bit (a bucket that refills) small calls could
take every bit, and enough for a large one would never gather. So a call that has waited for longer than any window of
its limits, and not because of a closed gate, holds up all behind it that are of its priority or below.
"""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.transport.gate import SOON
from mailgun_async.transport.request import Priority, Request
from mailgun_async.transport.route import Bookings, Costs, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Line", "Ticket", "Waiter", "WaitingRoom"]

PATIENCE: Final = 1.5
"""Windows that a call waits before it holds up others."""


@attrs.define(eq=False)
class Ticket:
    """Permission for one attempt."""

    route: Route
    bookings: Bookings
    sent_at: float
    """When it was given, on the limiter's clock."""
    waited_s: float = 0.0
    """Seconds the call waited for it."""


@attrs.define(eq=False)
class Waiter:
    """One call that waits."""

    request: Request
    costs: Costs
    arrival: int
    came_at: float
    future: asyncio.Future[Ticket]


@attrs.define(eq=False)
class Line:
    """Calls that are alike."""

    route: Route
    prio: Priority
    recipients: int
    waiters: OrderedDict[int, Waiter] = attrs.field(factory=OrderedDict)
    """By arrival: in order, and one that gives up leaves at once."""
    due_at: float = 0.0
    """When its head is to be asked again."""

    @property
    def first(self) -> int:
        """The arrival of its head."""
        return next(iter(self.waiters))


@attrs.define(eq=False)
class WaitingRoom:
    """All lines."""

    lines: dict[Route, dict[tuple[Priority, int], Line]] = attrs.field(factory=dict)
    """By route; empty when nobody waits."""

    def __iter__(self) -> Iterator[Line]:
        """Go through all lines."""
        for lines in self.lines.values():
            yield from lines.values()

    def join(self, route: Route, waiter: Waiter) -> Line:
        """Put a call at the end of its line."""
        prio, recipients = waiter.request.priority, waiter.request.recipients
        lines = self.lines.setdefault(route, {})
        line = lines.get((prio, recipients))
        if line is None:
            line = lines[prio, recipients] = Line(route, prio, recipients)
        line.waiters[waiter.arrival] = waiter
        return line

    def leave(self, line: Line, waiter: Waiter) -> None:
        """Take a call out of its line; harmless when it has left."""
        if line.waiters.pop(waiter.arrival, None) is not None and not line.waiters:
            lines = self.lines[line.route]
            del lines[line.prio, line.recipients]
            if not lines:
                del self.lines[line.route]

    def related(self, route: Route) -> list[Line]:
        """Return the lines that may move when something happens on `route`."""
        if route.account.quiet:
            return list(self.lines.get(route, {}).values())
        return [line for line in self if line.route.account is route.account]

    def ahead(self, route: Route, prio: Priority, costs: Costs) -> list[float]:
        """Return about what the calls cost that go before a new one."""
        ahead = [0.0] * len(costs)
        for line in self.related(route):
            if line.prio <= prio and line.route is route:
                head = line.waiters[line.first]
                ahead = [sum_ + len(line.waiters) * cost for sum_, cost in zip(ahead, head.costs, strict=True)]
        return ahead

    def due(self, now: float) -> list[Line]:
        """Return the lines that may move because of the time."""
        routes = {line.route for line in self if line.due_at <= now + SOON}
        return [line for line in self if line.route in routes]

    def due_at(self) -> float:
        """Return when the next line is due; infinity when nobody waits."""
        return min((line.due_at for line in self), default=math.inf)

    def going(self, now: float, lines: list[Line]) -> Iterator[tuple[Route, Waiter]]:
        """Yield those who may go now, best first; each must be booked before the next is asked for."""
        heads = [(line.prio, line.first, line) for line in lines]
        heapify(heads)
        held: dict[Route, float] = {}
        while heads:
            prio, arrival, line = heappop(heads)
            route, waiter = line.route, line.waiters[arrival]
            if route in held:
                line.due_at = held[route]
                continue
            wait = route.ask(now, waiter.costs, prio)
            if wait > 0.0:
                line.due_at = now + wait
                if _starves(route, waiter, now):
                    held[route] = line.due_at
                continue
            self.leave(line, waiter)
            yield route, waiter
            if line.waiters:
                heappush(heads, (prio, line.first, line))


def _starves(route: Route, waiter: Waiter, now: float) -> bool:
    longest = route.longest_window_s()
    return 0.0 < PATIENCE * longest < now - waiter.came_at and not route.gated(waiter.costs, waiter.request.priority)
