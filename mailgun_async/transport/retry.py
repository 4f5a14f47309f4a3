"""When to try again. The only import of tenacity.

What may be tried again follows from what the attempt proved and from what a second effect of the call would mean, never
from the type of an exception:

=========  ======  ==========  ======
outcome    read    idempotent  unsafe
=========  ======  ==========  ======
accepted   no      no          no
refused    no      no          no
limited    yes     yes         yes
unsent     yes     yes         yes
unknown    yes     yes         **no**
=========  ======  ==========  ======

A failing server's `Retry-After` is followed up to the policy's longest wait. Without one the wait is drawn evenly from
0 to a ceiling that doubles with every failure, so that many callers do not come back together. A limited call waits
here for nothing and spends no attempt: the limiter lets it go when it is time, and tells a call that is too large for
ever, or an account that is stopped, from one that came too early.

tenacity keeps a call's state on its own object, so each call that needs one gets one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

import attrs
from tenacity import AsyncRetrying, RetryCallState, retry_if_result

from mailgun_async.config import RetryPolicy
from mailgun_async.transport.answers import date_s
from mailgun_async.transport.clock import Clock
from mailgun_async.transport.outcome import Attempt, Limited, Outcome, Unknown, Unsent
from mailgun_async.transport.request import Response

if TYPE_CHECKING:
    from mailgun_async.transport.request import Safety

__all__ = ["again", "may_repeat", "retry_after_s"]

_MOST_DOUBLINGS: Final = 32


def may_repeat(outcome: Outcome, safety: Safety) -> bool:
    """Tell whether a call may be made again after this outcome."""
    return isinstance(outcome, (Limited, Unsent)) or (isinstance(outcome, Unknown) and safety != "unsafe")


def retry_after_s(response: Response, wall: float) -> float | None:
    """Return the seconds that a `Retry-After` header asks for, from `wall` on when it is a date; None without one."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isdecimal() and asked.isascii():
        return float(asked)
    until = date_s(asked) if asked else None
    if until is None:
        return None
    # Two dates of one clock: how wrong ours is does not matter.
    server_now = date_s(response.headers.get("Date", ""))
    return max(0.0, until - (wall if server_now is None else server_now))


async def again(
    first: Attempt,
    attempt: Callable[[], Awaitable[Attempt]],
    *,
    policy: RetryPolicy,
    clock: Clock,
    roll: Callable[[], float],
) -> Attempt:
    """Make attempts until one needs no other or the policy allows no other; return the last.

    Args:
        first: The attempt that was made already, and ended just now.
        attempt: Makes the next; what it raises ends the call.
        policy: How many, how long; the request's own `max_attempts` goes before it.
        clock: Tells the time and sleeps.
        roll: A die in [0, 1).
    """
    course = _Course(first, attempt, clock.now() - first.took_s, policy, clock, roll)
    retrying = AsyncRetrying(
        sleep=clock.sleep,
        retry=retry_if_result(course.repeatable),
        wait=course.wait_s,
        stop=course.over,
        retry_error_callback=lambda _: course.last,
    )
    return await retrying(course.next)


@attrs.define(eq=False)
class _Course:
    """The state of one call."""

    last: Attempt
    attempt: Callable[[], Awaitable[Attempt]]
    started_at: float
    policy: RetryPolicy
    clock: Clock
    roll: Callable[[], float]
    begun: bool = False
    failed: int = 0
    """Attempts spent."""
    paced_s: float = 0.0
    """Seconds the limiter took since the first attempt began."""

    async def next(self) -> Attempt:
        """Make the next attempt; the first turn is the one that was made already."""
        if self.begun:
            self.last = await self.attempt()
            self.paced_s += self.last.waited_s
        self.begun = True
        self.failed += not isinstance(self.last.outcome, Limited)
        return self.last

    def repeatable(self, attempt: Attempt) -> bool:
        """Tell whether what the attempt proved allows another."""
        return may_repeat(attempt.outcome, attempt.request.safety)

    def wait_s(self, _: RetryCallState) -> float:
        """Return the seconds to the next attempt."""
        outcome, longest = self.last.outcome, self.policy.max_wait_s
        if isinstance(outcome, Limited):
            return 0.0
        if isinstance(outcome, Unknown) and isinstance(outcome.answer, Response):
            asked = retry_after_s(outcome.answer, self.clock.wall())
            if asked is not None:
                return min(asked, longest)
        doublings = min(self.failed - 1, _MOST_DOUBLINGS)
        return self.roll() * min(self.policy.base_s * 2.0**doublings, longest)

    def over(self, state: RetryCallState) -> bool:
        """Tell whether the policy allows no other attempt."""
        allowed = self.last.request.max_attempts or self.policy.max_attempts
        passed = self.clock.now() - self.started_at - self.paced_s
        return self.failed >= allowed or passed + state.upcoming_sleep > self.policy.total_s
