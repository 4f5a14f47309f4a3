"""The limits that one kind of call counts against, and which of them an answer is about. No awaiting, no clock.

A message counts against four: the requests of its domain and of the account, its recipients and its bytes. Any other
call against two: the requests of its family and of the account. An answer speaks of one of them (its reason), of the
requests (`X-RateLimit-…`) and of the recipients (`X-Recipient-…`); of the others it says only that they did not refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.transport.answers import ACCEPTED, NOTHING, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgun_async.transport.answers import Quota, Reason
    from mailgun_async.transport.limits import Allowance, Booking
    from mailgun_async.transport.request import Priority, RateClass, Request

__all__ = ["OF_CALLS", "OF_MESSAGES", "Costs", "Route"]

Costs = tuple[float, ...]
"""What one call costs each of a route's limits, in their order."""

OF_CALLS: Final[tuple[Reason, ...]] = ("requests", "account")
OF_MESSAGES: Final[tuple[Reason, ...]] = ("requests", "account", "recipients", "bytes")
REQUESTS: Final = OF_MESSAGES.index("requests")
RECIPIENTS: Final = OF_MESSAGES.index("recipients")
_ONE: Final[Costs] = (1.0, 1.0)


@attrs.define(eq=False)
class Route:
    """All limits of one kind of call: asked together, booked together."""

    rate_class: RateClass
    allowances: tuple[Allowance, ...]
    """One for each of `OF_CALLS` or `OF_MESSAGES`."""

    @property
    def parent(self) -> Allowance:
        """The allowance of the whole account, which this route shares with its others."""
        return self.allowances[1]

    def costs(self, request: Request) -> Costs:
        """Return what a call costs each allowance."""
        if self.rate_class == "messages":
            return 1.0, 1.0, request.recipients or 1, request.size
        return _ONE

    def ask(self, now: float, costs: Costs, prio: Priority) -> float:
        """Return the longest wait that any allowance asks for, in seconds."""
        wait = 0.0
        for allowance, cost in zip(self.allowances, costs, strict=True):
            if not allowance.quiet:
                wait = max(wait, allowance.ask(now, cost, prio))
        return wait

    def sent(self, now: float, costs: Costs, prio: Priority) -> list[Booking]:
        """Book a call on every allowance."""
        return [allowance.sent(now, cost, prio) for allowance, cost in zip(self.allowances, costs, strict=True)]

    def estimate(self, now: float, costs: Costs, prio: Priority, ahead: Sequence[float]) -> float:
        """Return the seconds a call will wait when calls that cost `ahead` in all go before it, as far as one knows."""
        return max(
            allowance.ask(now, cost, prio) + before * allowance.pace(now)
            for allowance, cost, before in zip(self.allowances, costs, ahead, strict=True)
        )

    def done(self, now: float, bookings: Sequence[Booking], verdict: Verdict) -> None:
        """Give the bookings of a call back that was not refused, each with what the answer says of its allowance."""
        plain = ACCEPTED if verdict.ok else NOTHING
        for index, (allowance, booking) in enumerate(zip(self.allowances, bookings, strict=True)):
            share = plain
            if index == REQUESTS:
                share = verdict
            elif index == RECIPIENTS and verdict.recipients is not None:
                share = _of_recipients(verdict, verdict.recipients)
            allowance.done(now, booking, share)

    def refused(self, now: float, bookings: Sequence[Booking], verdict: Verdict, *, by: int, roll: float) -> None:
        """Give the bookings of a refused call back; `by` is the index of the allowance that refused it."""
        for index, (allowance, booking) in enumerate(zip(self.allowances, bookings, strict=True)):
            share = _share(index, verdict, booking[0], refusing=index == by)
            if allowance.done(now, booking, share, roll):
                verdict.oversize = True

    def refusing(self, verdict: Verdict, bookings: Sequence[Booking]) -> int:
        """Return the index of the allowance that a refusal is about."""
        if verdict.reason is not None and verdict.reason in OF_MESSAGES[: len(bookings)]:
            return OF_MESSAGES.index(verdict.reason)
        many = verdict.reason is None and len(bookings) > RECIPIENTS and bookings[RECIPIENTS][0] > 1.0
        return RECIPIENTS if many else REQUESTS


def _of_recipients(verdict: Verdict, quota: Quota) -> Verdict:
    return attrs.evolve(verdict, limit=quota.limit, remaining=quota.remaining, reset_in=quota.reset_in)


def _share(index: int, verdict: Verdict, cost: float, *, refusing: bool) -> Verdict:
    """Return what a refusal says of one allowance."""
    ok = False if refusing else None
    if index == RECIPIENTS and verdict.recipients is not None:
        share = _of_recipients(verdict, verdict.recipients)
    elif index == REQUESTS:
        share = attrs.evolve(verdict)
    elif refusing:
        # The first header set is about requests. Its times may still be this refusal's, and one that is full and yet
        # smaller than the call can only be about what the call has too many of.
        full = verdict.limit is not None and verdict.limit == verdict.remaining and verdict.limit < cost
        share = attrs.evolve(verdict, limit=verdict.limit if full else None)
    else:
        return NOTHING
    share.ok = ok
    return share
