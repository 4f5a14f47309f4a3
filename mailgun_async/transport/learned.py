"""The rate that is known to pass, and how far beyond it one dares to go. Pure.

Between two openings of the gate the server lets through what it lets through in that time, whatever its way of
counting: units by seconds is its rate. The curve is the one that TCP's CUBIC uses to find the room in a network, with
that rate and that time as its units: from 95 % it comes back quickly, stays long near 100 %, and then tries more. Two
differences, because too much costs more here: a fixed window that is used up early stays shut until its end. Above
100 % the curve is five times as flat, and from 127 % on it grows by a fifth in each such time and no faster. One
likeness more: when less was found than before, somebody else may be making room for himself, and is given a little.

The last minute or two count by themselves too, and the better of the two rates is taken. Else an hour in which little
was asked for would read as an hour in which little was allowed, and a long time of creeping upwards as its average.
"""

from __future__ import annotations

import math
from typing import Final

import attrs

from mailgun_async.transport.gate import SOON

__all__ = ["LearnedRate"]

BETA: Final = 0.95
K_PART: Final = 1.0
K_LEAST_S: Final = 5.0
RISE: Final = 0.01
STEEP_FROM: Final = 4.0
STEEP: Final = 0.2
YIELD: Final = (1.0 + BETA) / 2.0
MEASURED_TAU_S: Final = 10.0
LATELY_S: Final = 60.0
TOLERANCE_S: Final = (5.0, 0.5, 0.0)
"""How far each priority may run ahead of the spacing."""


def _curve(x: float) -> float:
    """Return the share of the known rate to send at, `x` such times after the last refusal."""
    if x <= 1.0:
        return 1.0 - (1.0 - BETA) * (1.0 - x) ** 3
    if x <= STEEP_FROM:
        return 1.0 + RISE * (x - 1.0) ** 3
    return (1.0 + RISE * (STEEP_FROM - 1.0) ** 3) * math.exp(min(STEEP * (x - STEEP_FROM), 100.0))


@attrs.define(eq=False)
class LearnedRate:
    """The rate that passed between two openings of the gate, and the curve around it."""

    began_at: float
    """When the gate last opened."""
    units: float = 0.0
    """Accepted since."""
    w_max: float | None = None
    """Units a second that are known to pass."""
    k_s: float = K_LEAST_S
    """Seconds from 95 % of it to all of it."""
    borrowed: bool = False
    """`w_max` comes from another process."""
    failed_at: float = 0.0
    """When the curve began."""
    due_at: float = 0.0
    """When the next unit is due."""
    measured: float = 0.0
    """Units accepted a second, lately."""
    mark_due_at: float = 0.0
    """When to begin counting another minute."""
    _measured_at: float = 0.0
    _marks: tuple[tuple[float, float], tuple[float, float]] = attrs.field(
        default=attrs.Factory(lambda self: ((self.began_at, 0.0), (self.began_at, 0.0)), takes_self=True)
    )
    """Time and units when the minute before this one began, and this one."""

    def __attrs_post_init__(self) -> None:
        self.begin(self.began_at)

    def rate(self, now: float) -> float:
        """Return the units a second to send now."""
        w_max = self.w_max or 0.0
        curve = w_max * _curve((now - self.failed_at) / self.k_s)
        return min(curve, max(w_max, 2.0 * self._measured(now)))

    def wait(self, now: float, prio: int) -> float:
        """Return the seconds until the next call is due."""
        ahead = self.due_at - now - TOLERANCE_S[prio]
        return ahead if ahead > SOON else 0.0

    def spend(self, now: float, cost: float) -> None:
        """Put the next call as far away as this one's cost asks."""
        self.due_at = max(self.due_at, now) + cost / self.rate(now)

    def count(self, now: float, cost: float) -> None:
        """Note an accepted call."""
        if now > self.mark_due_at:
            self._mark(now)
        self.units += cost
        if self.w_max is not None:
            self.measured = self._measured(now) + cost / MEASURED_TAU_S
            self._measured_at = now

    def _measured(self, now: float) -> float:
        return self.measured * math.exp((self._measured_at - now) / MEASURED_TAU_S)

    def _mark(self, now: float) -> None:
        mark = now, self.units
        paused = now > self.mark_due_at + LATELY_S
        self._marks = (mark if paused else self._marks[1]), mark
        self.mark_due_at = now + LATELY_S

    def learn(self, now: float, cost: float) -> None:
        """Learn from the time since the last opening; the probe that opened again cost `cost`."""
        took = max(now - self.began_at, SOON)
        lately_at, lately_units = self._marks[0]
        lately = (self.units - lately_units) / max(now - lately_at, SOON)
        found = max(self.units / took, lately, cost / took)
        if self.w_max is not None and found < self.w_max:
            found *= YIELD
        self.w_max, self.borrowed = found, False
        self.k_s = max(K_LEAST_S, K_PART * took)
        self.failed_at = self.due_at = now
        self.spend(now, cost)  # the probe took what there was: the next call is due after it, not with it

    def borrow(self, now: float, w_max: float, k_s: float) -> None:
        """Start from a rate that another process learned; headers, if they come, know better."""
        self.w_max, self.k_s, self.borrowed = w_max, max(K_LEAST_S, k_s), True
        self.failed_at = self.due_at = now

    def forget(self) -> None:
        """Do without a rate."""
        self.w_max, self.borrowed = None, False

    def begin(self, at: float) -> None:
        """Start counting anew."""
        self.began_at, self.units = at, 0.0
        self._marks, self.mark_due_at = ((at, 0.0), (at, 0.0)), at + LATELY_S
