"""What the server says is left, spread over the time it is to last. Pure.

Calls in flight are not in Remaining yet, so they are taken off. Answers overtake each other. Of two to calls that were
under way together, the one with the lower Remaining was written later, whichever call left first; a call that left
after an answer had come is later than that answer. What Remaining lost beyond what we spent between two answers is what
others take; it is expected to go on, and left to them.
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
PLENTY: Final = 0.5
CALM_S: Final = 0.05
"""Where so much of the limit is left, answers that come so soon after another tell nothing that matters."""


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
    told: bool = False
    """By the server's own headers; until then it is only declared."""
    calm_until: float = 0.0
    """Until then answers need not be read: plenty is left, and it was told just now."""
    others: float = 0.0
    """Units a second that somebody else spends."""
    demand: float = 0.0
    """Units a second of our own calls that are not bulk."""
    _others_at: float = 0.0
    _demand_at: float = 0.0
    _same_s: float = attrs.field(
        default=attrs.Factory(lambda self: min(SAME_RESET_S, self.length / 2.0), takes_self=True)
    )
    """Resets that differ by no more are the same: headers count in seconds, and windows may be no longer than one."""
    _told_sent: float = -1.0
    _told_remaining: float = 0.0
    _least: float = math.inf
    """The lowest Remaining that is known of this window."""
    _seen: float = 0.0
    """What had been spent when it was told."""

    def wait(self, now: float, cost: float, prio: int, in_flight: float) -> float:
        """Return the seconds until a call fits, or may ask again."""
        if now + SOON >= self.opens_at:
            self.avail = self.limit - in_flight
            self.reset_at = self.opens_at = now + self.length
            self._least = math.inf
        if prio < BULK and cost <= self.avail:
            return 0.0
        if not in_flight and self.avail >= self.limit:
            return 0.0  # there will never be more room than now
        left = self.opens_at - now
        if cost > self.avail:
            if self.told and cost > self.limit:
                return 0.0  # it never fits: the refusal will say so, and the call can be split
            return min(left, TURN_S) if in_flight else left
        if self.avail - cost < self._reserve(now, cost):
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
        free = max(before - self._reserve(now, cost) - self.others * left, cost, FREE_LEAST * before)
        self.bulk_at = max(self.bulk_at, now) + self.spread * cost * left / free

    def _demand(self, now: float) -> float:
        return self.demand * math.exp((self._demand_at - now) / DEMAND_TAU_S)

    def _reserve(self, now: float, cost: float) -> float:
        """Return the units that a bulk call of this cost must leave for others of ours."""
        wanted = self._demand(now) * max(0.0, self.reset_at - now)
        least = RESERVE_LEAST * self.limit
        if least < cost:
            least = 0.0  # keeping it back would keep back a whole call, a large part of a small limit
        return min(max(wanted + 2.0 * math.sqrt(wanted), least), RESERVE_MOST * self.limit)

    def tell(self, now: float, verdict: Verdict, sent: float, spent: float, in_flight: float) -> None:
        """Use Limit, Remaining and Reset of an answer.

        Args:
            now: Seconds.
            verdict: Has all three, or the first two.
            sent: All we had spent when the call left, with its own cost: tells the order of calls.
            spent: All we have spent now.
            in_flight: Units of the calls that have not been answered yet.
        """
        limit, remaining, reset_in = verdict.limit, verdict.remaining, verdict.reset_in
        if limit is None or remaining is None:
            return
        reset_at = self.reset_at if reset_in is None else now + reset_in
        known = self._least < math.inf  # something was told of the window that is going on
        same = known and limit == self.limit and abs(reset_at - self.reset_at) <= self._same_s
        if sent <= self._told_sent:
            if not same or remaining >= self._least:
                return
        else:
            self._weigh_others(now, sent, remaining, same=same)
            self._told_sent, self._told_remaining = sent, remaining
            self.reset_at, self.opens_at = reset_at, reset_at + verdict.slack
        if same and sent <= self._seen and remaining > self._least:
            remaining = self._least  # it crossed the answer that told so: the lower one was written later
        self.limit, self.avail, self.told = limit, remaining - in_flight, True
        self._least, self._seen = remaining, spent
        self.calm_until = min(now + CALM_S, self.reset_at) if self.avail > PLENTY * limit else 0.0
        if reset_in is not None and reset_in > self.length:
            self.length, self._same_s = reset_in, min(SAME_RESET_S, reset_in / 2.0)

    def _weigh_others(self, now: float, sent: float, remaining: float, *, same: bool) -> None:
        others = self.others
        if others:
            others *= math.exp((self._others_at - now) / OTHERS_TAU_S)
        if same:
            others += (self._told_remaining - remaining - (sent - self._told_sent)) / OTHERS_TAU_S
        self.others, self._others_at = others if others > 0.0 else 0.0, now  # noqa: FURB136 -- max() costs thrice
