"""Closed by a refusal, opened by one call that is let through to try. Pure.

This part alone needs nothing but refusals. What matters is who may move the time at which it opens. The refusal of a
call that was sent before the last refusal came back is an echo of the same event: it can make the wait longer, never
shorter. Only the refusal of the probe, which is news, sets the time anew. And nothing but an accepted probe opens the
gate: any other success may be older than the refusal.
"""

from __future__ import annotations

from typing import Final

import attrs

from mailgun_async.transport.request import BULK

__all__ = ["SOON", "Gate"]

SOON: Final = 1e-6
"""Seconds that are not worth a timer; it also swallows what floats lose."""

PROBE_S: Final = 0.5
PROBE_SHARE: Final = 0.25
PROBE_MOST_S: Final = 60.0
PROBE_TURN_S: Final = 0.05
"""How often to ask whether the probe is back; its return wakes those who wait anyway."""
USUAL_S: Final = (10.0, 30.0, 60.0, 3600.0)
"""Windows that Mailgun states or was seen to use, in seconds."""
USUAL_STRETCH: Final = 1.01
SURE_S: Final = 120.0
"""Twice the longest window stated: a call that is still refused then, though nobody told us to wait, never passes."""


@attrs.define(eq=False)
class Gate:
    """Whether calls are let through, and when to try again when they are not."""

    closed: bool = False
    until: float = 0.0
    """Before this time nothing is tried; then one probe at a time."""
    cost: float | None = None
    """The least cost refused."""
    epoch: int = 0
    """Refusals that were events of their own."""
    tries: int = 0
    """The same since the gate was last open."""
    since: float = 0.0
    """When it closed."""
    refused_at: float = 0.0
    """When the last refusal came."""
    told: bool = False
    """The last refusal named the time."""
    learn: bool = False
    """Headers did not foresee the refusal: there is something to learn."""
    probing: bool = False
    """A probe is on its way."""
    passed: float = 0.0
    """Units accepted since the last refused probe."""
    strikes: int = 0
    """Probes refused in a row although the whole time had been waited for and next to nothing passed meanwhile."""

    def lets_by(self, cost: float, prio: int) -> bool:
        """Tell whether a call passes a closed gate: it is small, and somebody waits for it."""
        return prio < BULK and self.cost is not None and cost < self.cost

    def wait(self, now: float, cost: float, prio: int) -> float:
        """Return the seconds until a call may go on, or may ask again."""
        if not self.closed or self.lets_by(cost, prio):
            return 0.0
        if self.until - now > SOON:
            return self.until - now
        return PROBE_TURN_S if self.probing else 0.0

    def guess(self, now: float, began_at: float, roll: float) -> float:
        """Return the seconds to stay closed when the server names none.

        A quarter of the time closed so far, shifted by up to 10 % by `roll` in [0, 1). Where that would pass over the
        end of a usual window that began with the first call accepted, at `began_at`, it ends there: the longer the gate
        has been closed, the more would be lost by coming a quarter late.
        """
        closed_for = now - self.since if self.closed else 0.0
        wait = min(PROBE_MOST_S, max(PROBE_S, PROBE_SHARE * closed_for)) * (0.9 + 0.2 * roll)
        ends = (began_at + usual * USUAL_STRETCH + PROBE_S - now for usual in USUAL_S)
        return min([wait, *(end for end in ends if end > 0.0)])

    def insist(self, wait: float, *, probe: bool) -> float:
        """Return what to make of a wait that the server named: one that never suffices is not believed for ever."""
        return max(wait, min(PROBE_MOST_S, PROBE_SHARE * 2.0 ** min(self.tries, 10))) if probe else wait

    def close(self, now: float, cost: float, wait: float, *, echo: bool, probe: bool) -> None:
        """Note a refusal.

        Args:
            now: Seconds.
            cost: What the call would have cost.
            wait: Seconds until something may be tried.
            echo: The call was sent before the last refusal came back.
            probe: It was the probe.
        """
        self.refused_at = now
        if not self.closed:
            self.closed, self.since, self.until = True, now, now + wait
            self.strikes, self.passed = 0, 0.0
        elif probe and not echo:
            self.until = now + wait
        else:
            self.until = max(self.until, now + wait)
        if not echo:
            self.epoch += 1
            self.tries += 1
        self.cost = cost if self.cost is None else min(cost, self.cost)

    def strike(self, now: float, cost: float) -> bool:
        """Note a refused probe; True when its size must be the reason, for the second time.

        It must be when the time the server named was waited for, or time enough, and what passed meanwhile is too
        little to have taken this call's room.
        """
        waited = self.told or now - self.since >= SURE_S
        alone = 2.0 * self.passed <= cost
        self.strikes = self.strikes + 1 if waited and alone else 0
        self.passed = 0.0
        return self.strikes > 1

    def open(self, now: float) -> float:
        """Let everybody pass again; return when the server may have opened already.

        A time that the server named is taken at its word. Otherwise the server opened somewhere between the last
        refusal and now: a rate that is measured from the earlier end is too low rather than too high.
        """
        opened_at = now if self.told else self.refused_at
        self.closed = self.learn = self.told = False
        self.cost = None
        self.tries = self.strikes = 0
        return opened_at
