"""How long the workers of a process wait while calls fail. Pure.

One broken network fails many calls at once: those that were under way together are one failure. The first calls of
which nobody knows what became of them are passed over without a wait, as single ones do happen; calls that could not
be sent are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from mailgun_async.config import RetryPolicy

__all__ = ["Backoff"]

_MOST_DOUBLINGS: Final = 32
_PASSED_OVER: Final = 2


@attrs.define(eq=False)
class Backoff:
    """What the failures since the last success amount to. Instants are seconds on a clock that never steps back."""

    policy: RetryPolicy
    roll: Callable[[], float]
    """A die in [0, 1)."""
    until: float = 0.0
    """Nothing is to be begun before."""
    failures: int = 0
    """In a row."""
    since: float | None = None
    """When the first of them ended; None when the last call was answered."""
    _last_at: float = 0.0

    @property
    def failing(self) -> bool:
        """There is a reason to wait: calls have failed, and none was answered since."""
        return self.until > 0.0

    def answered(self) -> None:
        """Note that a call was answered."""
        self.until, self.failures, self.since = 0.0, 0, None

    def failed(self, began_at: float, now: float, *, sent: bool) -> None:
        """Note a failure.

        Args:
            began_at: When the call began.
            now: When it failed.
            sent: It may have been accepted.
        """
        if self.since is None:
            self.since = now
        elif began_at < self._last_at:
            return
        self.failures += 1
        self._last_at = now
        passed_over = _PASSED_OVER if sent else 0
        doublings = min(self.failures - 1 - passed_over, _MOST_DOUBLINGS)
        if doublings >= 0:
            ceiling = min(self.policy.base_s * 2.0**doublings, self.policy.max_wait_s)
            self.until = max(self.until, now + self.roll() * ceiling)

    def exhausted(self, now: float) -> bool:
        """Tell whether nothing but failures has come for longer than the policy allows."""
        return self.since is not None and now - self.since >= self.policy.total_s
