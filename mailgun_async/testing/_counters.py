"""The kinds of rate limiter that may stand behind an API, as a server keeps them. Pure: the time is an argument.

Mailgun does not say which one it uses. Its own public limiter, gubernator, has two: a window that starts with the first
hit, and a leaky bucket whose reset is the moment when it is full again. In both a refused call takes nothing, so a
smaller one may still pass. The others are what gateways in front of APIs commonly do.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Literal, Protocol

import attrs

__all__ = ["Counter", "Kind", "Reading", "new_counter"]

Kind = Literal["fixed", "token", "leaky", "sliding", "sliding-strict"]
"""`fixed` window on the wall clock; `token` window from the first hit; `leaky` bucket; `sliding` log; `sliding-strict`
the same, where a refused call counts too."""

# A leaky bucket's level is a sum of fractions: a call of exactly what is left must not fail on the last bit.
_ROUNDING = 1e-9


@attrs.define
class Reading:
    """What a counter says about one call, before it is taken or refused."""

    fits: bool
    remaining: int
    reset_at: float
    """Seconds since 1970."""
    wait_s: float
    """Seconds until the same call may pass; 0 when it fits."""


class Counter(Protocol):
    """One limiter with its state."""

    def read(self, now: float, cost: int) -> Reading:
        """Tell whether a call of `cost` fits; changes nothing that a caller could notice."""

    def take(self, now: float, cost: int) -> None:
        """Count an accepted call."""

    def refuse(self, now: float, cost: int) -> None:
        """Count a refused call, where refusals count."""


@attrs.define
class Window:
    """A window, after which the count starts afresh."""

    limit: int
    window_s: float
    aligned: bool
    """On multiples of the wall clock; otherwise a window starts with the first hit after the last one ended."""
    _end: float = -math.inf
    _used: int = 0

    def read(self, now: float, cost: int) -> Reading:
        """Reset is the end of the window."""
        running = now < self._end
        used, end = (self._used, self._end) if running else (0, self._next_end(now))
        fits = used + cost <= self.limit
        return Reading(fits, self.limit - used, end, 0.0 if fits else end - now)

    def take(self, now: float, cost: int) -> None:
        """Count it in the running window, or open one."""
        self._open(now)
        self._used += cost

    def refuse(self, now: float, cost: int) -> None:  # noqa: ARG002 -- other counters ask for it
        """Refusals are free, but the first hit opens a window even if it is refused."""
        self._open(now)

    def _open(self, now: float) -> None:
        if now >= self._end:
            self._end, self._used = self._next_end(now), 0

    def _next_end(self, now: float) -> float:
        return (math.floor(now / self.window_s) + 1) * self.window_s if self.aligned else now + self.window_s


@attrs.define
class LeakyBucket:
    """Refills evenly, holds `limit` at most."""

    limit: int
    window_s: float
    _level: float = math.inf
    _at: float = 0.0

    def read(self, now: float, cost: int) -> Reading:
        """Reset is when the bucket is full again, not when the next unit is there."""
        per_s = self.limit / self.window_s
        level = self._level_at(now)
        fits = cost <= level + _ROUNDING
        full_at = now + (self.limit - level) / per_s
        return Reading(fits, int(level + _ROUNDING), full_at, 0.0 if fits else (cost - level) / per_s)

    def take(self, now: float, cost: int) -> None:
        """Take `cost` out."""
        self._level, self._at = self._level_at(now) - cost, now

    def refuse(self, now: float, cost: int) -> None:
        """Refusals are free."""

    def _level_at(self, now: float) -> float:
        return min(float(self.limit), self._level + (now - self._at) * self.limit / self.window_s)


@attrs.define
class SlidingLog:
    """Every hit counts for exactly one window."""

    limit: int
    window_s: float
    strict: bool
    """Refused calls are logged too, so that knocking keeps the door shut."""
    _hits: deque[tuple[float, int]] = attrs.Factory(deque)
    _used: int = 0

    def read(self, now: float, cost: int) -> Reading:
        """Reset is when the oldest hit leaves."""
        self._forget(now)
        fits = self._used + cost <= self.limit
        reset_at = self._hits[0][0] + self.window_s if self._hits else now
        return Reading(fits, max(0, self.limit - self._used), reset_at, 0.0 if fits else self._wait(now, cost))

    def take(self, now: float, cost: int) -> None:
        """Log the hit."""
        self._hits.append((now, cost))
        self._used += cost

    def refuse(self, now: float, cost: int) -> None:
        """Log it when refusals count."""
        if self.strict:
            self.take(now, cost)

    def _forget(self, now: float) -> None:
        while self._hits and self._hits[0][0] <= now - self.window_s:
            self._used -= self._hits.popleft()[1]

    def _wait(self, now: float, cost: int) -> float:
        if self.strict:  # this very call is about to be logged and has to leave as well
            return self.window_s
        excess, wait_s = self._used + cost - self.limit, self.window_s
        for at, units in self._hits:
            excess, wait_s = excess - units, at + self.window_s - now
            if excess <= 0:
                break
        return wait_s


def new_counter(kind: Kind, limit: int, window_s: float) -> Counter:
    """Make a counter with nothing counted yet."""
    if kind == "leaky":
        return LeakyBucket(limit, window_s)
    if kind in {"sliding", "sliding-strict"}:
        return SlidingLog(limit, window_s, strict=kind == "sliding-strict")
    return Window(limit, window_s, aligned=kind == "fixed")
