"""What the attempts of a campaign add up to, in memory that does not grow with them. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import AttemptRecord

__all__ = ["History", "Series"]

_STEPS: Final = 240
_FIRST_STEP_S: Final = 1 / 64
_TOO_FAST: Final = frozenset({420, 429})
_LOOKED_UP: Final = frozenset({"found", "absent"})
_NO_ATTEMPT: Final = _LOOKED_UP | {"unseen"}
_NO_CALL: Final = _NO_ATTEMPT | {"unsent", "given back"}


@attrs.define
class Series:
    """What happened when, in at most 240 steps; they get twice as long whenever time runs over them."""

    began_at: float
    """Where the first step begins."""
    step_s: float = _FIRST_STEP_S
    accepted: list[int] = attrs.Factory(list)
    """Recipients accepted in each step."""
    refusals: list[int] = attrs.Factory(list)
    """Calls answered with a rate limit."""
    failures: list[int] = attrs.Factory(list)
    """Other attempts that were not accepted."""

    def add(self, at: float, *, accepted: int = 0, refusals: int = 0, failures: int = 0) -> None:
        """Add what happened at an instant; what lies before the beginning belongs to the first step."""
        while (step := max(0, int((at - self.began_at) / self.step_s))) >= _STEPS:
            self._widen()
        values = ((self.accepted, accepted), (self.refusals, refusals), (self.failures, failures))
        for row, value in values:
            row.extend([0] * (step + 1 - len(row)))
            row[step] += value

    def _widen(self) -> None:
        self.step_s *= 2
        for row in (self.accepted, self.refusals, self.failures):
            row[:] = [sum(row[at : at + 2]) for at in range(0, len(row), 2)]


@attrs.define
class History:
    """Attempts in the order of their ends, counted."""

    series: Series
    outcomes: Counter[str] = attrs.Factory(Counter)
    """How often each came about; as in `Settlement.outcome`."""
    refusals: int = 0
    """Calls answered with a rate limit."""
    waits_s: float = 0.0
    """Seconds that calls waited for the limiter, summed over calls that waited at the same time."""
    sending_s: float = 0.0
    """Seconds in which a call was under way, or waited for the limiter."""
    last_at: float | None = None
    """When the last of them ended."""
    accepted_later: dict[str, bool] = attrs.Factory(dict)
    """Chunks accepted by another attempt than their first, by ordinal; True for those accepted by a second one too."""
    accepted_twice: int = 0
    """Calls accepted more often than once: an answer came when the chunk was believed not to have been accepted."""
    twice_recipients: int = 0
    """Their recipients, who may have two mails."""
    _covered: float = 0.0

    def add(self, attempt: AttemptRecord) -> None:
        """Count one."""
        self.outcomes[attempt.outcome] += 1
        limited = attempt.outcome == "limited" or attempt.status in _TOO_FAST
        accepted = attempt.count if attempt.outcome in {"accepted", "found"} else 0
        failed = not accepted and not limited and attempt.outcome not in _NO_ATTEMPT | {"given back"}
        self.series.add(attempt.ended_at, accepted=accepted, refusals=limited, failures=failed)
        self.refusals += limited
        self.waits_s += attempt.waited_s
        self.last_at = max(self.last_at or 0.0, attempt.ended_at)
        if attempt.outcome == "accepted" and attempt.attempt > 1:
            self._accept_again(attempt)
        if attempt.outcome not in _NO_ATTEMPT:
            since = max(self._covered, attempt.began_at - attempt.waited_s)
            self.sending_s += max(0.0, attempt.ended_at - since)
            self._covered = max(self._covered, attempt.ended_at)

    def look_again(self, attempt: AttemptRecord) -> None:
        """Take the same attempts once more: of two acceptances one may be the first attempt's, told before or after."""
        if attempt.outcome == "accepted" and attempt.attempt == 1 and attempt.ordinal in self.accepted_later:
            self._accept_again(attempt)

    def _accept_again(self, attempt: AttemptRecord) -> None:
        twice = self.accepted_later.get(attempt.ordinal)
        self.accepted_later[attempt.ordinal] = twice is not None
        if twice is False:
            self.accepted_twice += 1
            self.twice_recipients += attempt.count

    @property
    def attempts(self) -> int:
        """Claims that came to an end, also those of which nothing was sent."""
        return sum(times for outcome, times in self.outcomes.items() if outcome not in _NO_ATTEMPT)

    @property
    def calls(self) -> int:
        """Requests that went out."""
        return sum(times for outcome, times in self.outcomes.items() if outcome not in _NO_CALL)

    @property
    def lookups(self) -> int:
        """Look-ups that decided."""
        return sum(self.outcomes[outcome] for outcome in _LOOKED_UP)
