"""The order of the steps of one call: admit, send, observe, judge; then return, try again or raise."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

import attrs

from mailgun_async.errors import WaitTooLong
from mailgun_async.transport import outcome as outcomes
from mailgun_async.transport import refusals
from mailgun_async.transport.answers import NOTHING
from mailgun_async.transport.outcome import WRONG_PATH, Accepted, Attempt, Limited, Refused, Unknown, Unsent
from mailgun_async.transport.request import Exchange, Failure, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailgun_async.config import RetryPolicy, Timeouts
    from mailgun_async.transport.answers import Verdict
    from mailgun_async.transport.clock import Clock
    from mailgun_async.transport.limiter import Limiter
    from mailgun_async.transport.outcome import Outcome
    from mailgun_async.transport.request import Request, Transport

    Watcher = Callable[[Attempt], None]

__all__ = ["Attempt", "Session"]

_log = logging.getLogger("mailgun_async.transport")


class Session:
    """Carries out calls: paced by a limiter, tried again when that is safe, each ending in an answer or an error."""

    def __init__(
        self,
        transport: Transport,
        limiter: Limiter,
        *,
        clock: Clock,
        retry: RetryPolicy,
        timeouts: Timeouts,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._transport, self._limiter, self._clock = transport, limiter, clock
        self._retry, self._total_s, self._roll = retry, timeouts.total_s, roll

    async def call(
        self, request: Request, *, on_attempt: Watcher | None = None, on_start: Callable[[], None] | None = None
    ) -> Response | None:
        """Carry out one call and return its answer, a 2xx.

        Args:
            request: What to call.
            on_attempt: Told of every attempt when it has ended, also when it is cancelled.
            on_start: Called when an attempt has its permit, just before it is sent.

        Returns:
            None when the call was accepted and the answer broke off before its end.

        Raises:
            ApiError: Mailgun refused. `RateLimited` when waiting did not help in time.
            WaitTooLong: The limiter would have to wait longer than the request or the policy allows.
            ConnectError: It was not sent, in as many attempts as the policy allows.
            DeliveryUnknown: It is unsafe to repeat and may have been accepted.
            TransportError: No usable answer came to a call that may be repeated, in as many attempts.
        """
        attempt = await self._attempt(request, 1, on_attempt, on_start)
        if isinstance(attempt, Response):
            return attempt
        outcome = attempt.outcome
        if isinstance(outcome, Accepted):
            return outcome.response
        if not isinstance(outcome, Refused):
            outcome = await self._again(attempt, on_attempt, on_start)
            if isinstance(outcome, Accepted):
                return outcome.response
        raise refusals.error(request, outcome)

    async def close(self) -> None:
        """Give back the transport's connections."""
        await self._transport.close()

    async def _attempt(
        self, request: Request, number: int, on_attempt: Watcher | None, on_start: Callable[[], None] | None
    ) -> Attempt | Response:
        """Make one attempt; an answer alone is an accepted one that nobody watches, which most are."""
        ticket = self._limiter.try_admit(request) or await self._limiter.admit(request)
        timeout_s = self._total_s(request.size) if request.timeout_s is None else request.timeout_s
        exchange = Exchange()
        began_at = self._clock.now()
        try:
            if on_start is not None:
                on_start()
            answer = await self._transport.send(request, timeout_s=timeout_s, exchange=exchange)
        except BaseException as error:
            self._limiter.observe(ticket, None)
            if isinstance(error, asyncio.CancelledError):
                answer = Failure("cancelled", exchange.sent, exchange.status)
                self._ended(request, answer, NOTHING, number, ticket.waited_s, began_at, on_attempt)
            raise
        if not isinstance(answer, Response):
            verdict = self._limiter.observe(ticket, None)
        else:
            verdict = self._limiter.observe(ticket, answer)
            watched = on_attempt is not None or number > 1 or _log.isEnabledFor(logging.DEBUG)
            if answer.status in outcomes.SUCCESS and not watched and not answer.body.startswith(WRONG_PATH):
                return answer
        return self._ended(request, answer, verdict, number, ticket.waited_s, began_at, on_attempt)

    def _ended(  # noqa: PLR0917 -- every attempt passes here, and keywords cost
        self,
        request: Request,
        answer: Response | Failure,
        verdict: Verdict,
        number: int,
        waited_s: float,
        began_at: float,
        on_attempt: Watcher | None,
    ) -> Attempt:
        attempt = Attempt(
            request=request,
            number=number,
            outcome=outcomes.of(request, answer, verdict),
            status=answer.status,
            waited_s=waited_s,
            took_s=self._clock.now() - began_at,
        )
        _record(attempt)
        if on_attempt is not None:
            on_attempt(attempt)
        return attempt

    async def _again(self, first: Attempt, on_attempt: Watcher | None, on_start: Callable[[], None] | None) -> Outcome:
        from mailgun_async.transport import retry  # noqa: PLC0415 -- tenacity costs 7 ms, and most processes no failure

        request, last = first.request, first

        async def attempt() -> Attempt:
            nonlocal last
            try:
                last = await self._attempt(request, last.number + 1, on_attempt, on_start)
            except WaitTooLong as error:
                if isinstance(last.outcome, Limited):  # what was refused is told by what refused it
                    limited = attrs.evolve(last.outcome, retry_after_s=error.wait_s)
                    raise refusals.error(request, limited) from error
                raise
            return last

        last = await retry.again(first, attempt, policy=self._retry, clock=self._clock, roll=self._roll)
        return last.outcome


def _record(attempt: Attempt) -> None:
    """Log an attempt: DEBUG when it was accepted, else INFO. The URL and Mailgun's words may hold addresses."""
    level = logging.DEBUG if isinstance(attempt.outcome, Accepted) else logging.INFO
    if _log.isEnabledFor(level):
        _log.log(
            level,
            "%s %s: %s, status %s, attempt %d, waited %.3f s, took %.3f s",
            attempt.request.method,
            attempt.request.template,
            _name(attempt.outcome),
            attempt.status,
            attempt.number,
            attempt.waited_s,
            attempt.took_s,
        )


def _name(outcome: Outcome) -> str:
    """Return the outcome's name, with what broke when something did."""
    name = type(outcome).__name__.lower()
    match outcome:
        case Unsent(failure=failure) | Unknown(answer=Failure() as failure):
            return f"{name} ({failure.kind})"
        case _:
            return name
