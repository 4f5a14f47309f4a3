"""What the server says is left, spread over the time it is to last. Pure.

Calls in flight are not in Remaining yet, so they are taken off. Answers overtake each other: only one to a call that was
sent later than the last one used is news. What Remaining lost beyond what we spent between two answers is what others
take; it is expected to go on, and left to them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.transport.gate import SOON
from mailgun_async.transport.request import BULK

if TYPE_CHECKING:
    from mailgun_async.transport.answers import Verdict

__all__ = ["Window"]

RESERVE_LEAST: Final = 0.02
RESERVE_MOST: Final = 0.30
FREE_LEAST: Final = 0.05
DEMAND_TAU_S: Final = 60.0
OTHERS_TAU_S: Final = 15.0
SAME_RESET_S: Final = 1.5
TURN_S: Final = 0.25
LAST_S: Final = 0.2


@attrs.define(eq=False)
class Window:
    """Limit, Remaining and Reset as last told, moved on by what we have sent since."""

    spread: float = 1.0
    limit: float = 0.0
    avail: float = 0.0
    """Units left, less those on their way."""
    reset_at: float = 0.0
    opens_at: float = 0.0
    """`reset_at`, later by what is not known of the server's clock."""
    length: float = 0.0
    """Seconds of the longest window seen."""
    bulk_at: float = 0.0
    """When the next bulk call is due."""
    others: float = 0.0
    """Units a second that somebody else spends."""
    demand: float = 0.0
    """Units a second of our own calls that are not bulk."""
    _others_at: float = 0.0
    _demand_at: float = 0.0
    _told_spent: float = -1.0
    _told_remaining: float = 0.0

    def wait(self, now: float, cost: float, prio: int, in_flight: float) -> float:
        """Return the seconds until a call fits, or may ask again."""
        if now + SOON >= self.opens_at:
            self.avail = self.limit - in_flight
            self.reset_at = self.opens_at = now + self.length
        left = self.opens_at - now
        untouched = not in_flight and self.avail >= self.limit
        if cost > self.avail and not untouched:
            return min(left, TURN_S) if in_flight else left
        if prio < BULK or untouched:
            return 0.0
        if self.avail - cost < self._reserve(now):
            return left if left <= LAST_S else left / 4.0
        return self.bulk_at - now if self.bulk_at - now > SOON else 0.0

    def spend(self, now: float, cost: float, prio: int) -> None:
        """Take a call that was sent off what is left."""
        before, self.avail = self.avail, self.avail - cost
        if prio < BULK:
            self.demand = self._demand(now) + cost / DEMAND_TAU_S
            self._demand_at = now
            return
        left = max(0.0, self.reset_at - now)
        free = max(before - self._reserve(now) - self.others * left, cost, FREE_LEAST * before)
        self.bulk_at = max(self.bulk_at, now) + self.spread * cost * left / free

    @property
    def told(self) -> bool:
        """The server's own headers told, not a declaration."""
        return self._told_spent >= 0.0

    def _demand(self, now: float) -> float:
        return self.demand * math.exp((self._demand_at - now) / DEMAND_TAU_S)

    def _reserve(self, now: float) -> float:
        wanted = self._demand(now) * max(0.0, self.reset_at - now)
        return min(max(wanted + 2.0 * math.sqrt(wanted), RESERVE_LEAST * self.limit), RESERVE_MOST * self.limit)

    def tell(self, now: float, verdict: Verdict, spent: float, in_flight: float) -> None:
        """Use the headers of an answer to the call that brought our spending to `spent`."""
        if verdict.limit is None or verdict.remaining is None or spent <= self._told_spent:
            return
        if verdict.reset_in is not None:
            self._weigh_others(now, now + verdict.reset_in, verdict.remaining, spent)
            self.reset_at = now + verdict.reset_in
            self.opens_at = self.reset_at + verdict.slack
            self.length = max(self.length, verdict.reset_in)
        self.limit, self.avail = verdict.limit, verdict.remaining - in_flight
        self._told_spent, self._told_remaining = spent, verdict.remaining

    def _weigh_others(self, now: float, reset_at: float, remaining: float, spent: float) -> None:
        others = self.others * math.exp((self._others_at - now) / OTHERS_TAU_S)
        if self._told_spent >= 0.0 and abs(reset_at - self.reset_at) <= SAME_RESET_S:
            gone = self._told_remaining - remaining
            others += (gone - (spent - self._told_spent)) / OTHERS_TAU_S
        self.others, self._others_at = max(0.0, others), now
