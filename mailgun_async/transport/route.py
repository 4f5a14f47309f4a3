"""The limits that one kind of call counts against, and which of them an answer is about. No awaiting, no clock.

A message counts against four: the requests of its domain and of the account, its recipients and its bytes. Any other
call against two: the requests of its family and of the account. An answer speaks of one of them (its reason), of the
requests (`X-RateLimit-…`) and of the recipients (`X-Recipient-…`); of the others it says only that they did not refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.transport.answers import ACCEPTED, NOTHING, Reason, Verdict
from mailgun_async.transport.limits import Allowance, Booking
from mailgun_async.transport.request import Priority, RateClass, Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mailgun_async.transport.answers import Quota

__all__ = ["DIMENSIONS", "Bookings", "Costs", "Route"]

Costs = tuple[float, ...]
"""What one call costs each of a route's limits, in their order."""

Bookings = tuple[Booking, ...]
"""One booking for each."""

DIMENSIONS: Final[tuple[Reason, ...]] = ("requests", "account", "recipients", "bytes")
"""What the limits of a route count; a call that is no message has the first two."""
REQUESTS: Final = 0
RECIPIENTS: Final = 2
BYTES: Final = 3
ONE: Final[Costs] = (1.0, 1.0)


@attrs.define(eq=False)
class Route:
    """All limits of one kind of call: asked together, booked together.

    What every call pays is written out limit by limit: as loops it costs twice as much. For messages, so is what
    `Allowance` does where nothing is known of a limit, which is everywhere but for what headers tell of the requests.
    """

    rate_class: RateClass
    requests: Allowance
    account: Allowance
    """The requests of the whole account, which this route shares with its others."""
    content: tuple[Allowance, Allowance] | None = None
    """Recipients and bytes, for messages."""
    allowances: tuple[Allowance, ...] = attrs.field(init=False)
    """All of them, in the order of `DIMENSIONS`."""

    _count_due_at: float = attrs.field(init=False, default=0.0)
    """When the next accepted call is to be counted by `LearnedRate.count`, which begins another minute then."""

    def __attrs_post_init__(self) -> None:
        self.allowances = (self.requests, self.account, *(self.content or ()))

    def costs(self, request: Request) -> Costs:
        """Return what a call costs each allowance."""
        return ONE if self.content is None else (1.0, 1.0, request.recipients or 1, request.size or 1)

    def ask(self, now: float, costs: Costs, prio: Priority) -> float:
        """Return the longest wait that any allowance asks for, in seconds."""
        wait = 0.0 if self.requests.quiet else self.requests.ask(now, 1.0, prio)
        if not self.account.quiet:
            wait = max(wait, self.account.ask(now, 1.0, prio))
        if self.content is None:
            return wait
        recipients, size = self.content
        if not recipients.quiet:
            wait = max(wait, recipients.ask(now, costs[RECIPIENTS], prio))
        return wait if size.quiet else max(wait, size.ask(now, costs[BYTES], prio))

    def take(self, now: float, costs: Costs, prio: Priority) -> Bookings | None:
        """Book a call on every allowance, or on none and return None when one asks it to wait."""
        account, content, requests = self.account, self.content, self.requests
        if content is None or not (account.quiet and content[0].quiet and content[1].quiet):
            return None if self.ask(now, costs, prio) > 0.0 else self.sent(now, costs, prio)
        if requests.quiet:
            requests.spent = calls = requests.spent + 1.0
            first: Booking = (1.0, 0, calls, False)
        elif requests.ask(now, 1.0, prio) > 0.0:
            return None
        else:
            first = requests.sent(now, 1.0, prio)
        (recipients, size), (_, _, many, length) = content, costs
        account.spent = calls = account.spent + 1.0
        recipients.spent = people = recipients.spent + many
        size.spent = bytes_ = size.spent + length
        return first, (1.0, 0, calls, False), (many, 0, people, False), (length, 0, bytes_, False)

    def sent(self, now: float, costs: Costs, prio: Priority) -> Bookings:
        """Book a call on every allowance."""
        requests, account = self.requests.sent(now, 1.0, prio), self.account.sent(now, 1.0, prio)
        if self.content is None:
            return requests, account
        recipients, size = self.content
        return requests, account, recipients.sent(now, costs[RECIPIENTS], prio), size.sent(now, costs[BYTES], prio)

    def done(self, now: float, bookings: Bookings, verdict: Verdict) -> None:
        """Give the bookings of a call back that was not refused, each with what the answer says of its allowance."""
        if self._done_quietly(now, bookings, verdict):
            return
        plain = ACCEPTED if verdict.ok else NOTHING
        self.requests.done(now, bookings[REQUESTS], verdict)
        self.account.done(now, bookings[1], plain)
        if self.content is not None:
            (recipients, size), quota = self.content, verdict.recipients
            recipients.done(now, bookings[RECIPIENTS], plain if quota is None else _of_recipients(verdict, quota))
            size.done(now, bookings[BYTES], plain)
        self._count_due_at = min([allowance.learned.mark_due_at for allowance in self.allowances])

    def _done_quietly(self, now: float, bookings: Bookings, verdict: Verdict) -> bool:
        """Do that for an accepted call where nothing is known but of the requests; False when it is not so."""
        account, content, requests = self.account, self.content, self.requests
        if content is None or not verdict.ok or verdict.recipients is not None or now > self._count_due_at:
            return False
        recipients, size = content
        if not (account.quiet and recipients.quiet and size.quiet):
            return False
        if verdict is ACCEPTED and requests.quiet:
            requests.answered += 1.0
            requests.learned.units += 1.0
        else:
            requests.done(now, bookings[REQUESTS], verdict)
        account.answered += 1.0
        account.learned.units += 1.0
        many, length = bookings[RECIPIENTS][0], bookings[BYTES][0]
        recipients.answered += many
        recipients.learned.units += many
        size.answered += length
        size.learned.units += length
        return True

    def calm(self, now: float) -> bool:
        """Tell whether an accepted call's answer need not be read: all that is known of is plenty, and was told now."""
        window, content = self.requests.window, self.content
        return window is not None and now < window.calm_until and (content is None or content[0].quiet)

    def longest_window_s(self) -> float:
        """Return the seconds of the longest window known, 0.0 when none is."""
        return max((a.window.length for a in self.allowances if a.window is not None), default=0.0)

    def gated(self, costs: Costs, prio: Priority) -> bool:
        """Tell whether a gate keeps a call from going."""
        return any(
            a.gate.closed and not a.gate.lets_by(cost, prio) for a, cost in zip(self.allowances, costs, strict=True)
        )

    def estimate(self, now: float, costs: Costs, prio: Priority, ahead: Sequence[float]) -> float:
        """Return the seconds a call will wait when calls that cost `ahead` in all go before it, as far as one knows."""
        return max(
            allowance.ask(now, cost, prio) + before * allowance.pace(now)
            for allowance, cost, before in zip(self.allowances, costs, ahead, strict=True)
        )

    def refused(self, now: float, bookings: Bookings, verdict: Verdict, *, by: int, roll: float) -> None:
        """Give the bookings of a refused call back; `by` is the index of the allowance that refused it."""
        for index, (allowance, booking) in enumerate(zip(self.allowances, bookings, strict=True)):
            share = _share(index, verdict, booking[0], refusing=index == by)
            if allowance.done(now, booking, share, roll):
                verdict.oversize = True

    def refusing(self, verdict: Verdict, bookings: Bookings) -> int:
        """Return the index of the allowance that a refusal is about."""
        if verdict.reason is not None and verdict.reason in DIMENSIONS[: len(bookings)]:
            return DIMENSIONS.index(verdict.reason)
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
