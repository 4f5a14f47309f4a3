"""The order of the steps of one call: admit, send, observe, judge; then return, try again or raise."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING, TypeGuard

import attrs

from mailgun_async.errors import WaitTooLong
from mailgun_async.transport import outcome as outcomes
from mailgun_async.transport import refusals
from mailgun_async.transport.answers import NOTHING
from mailgun_async.transport.outcome import SUCCESS, WRONG_PATH, Accepted, Attempt, Limited, Refused, Unknown, Unsent
from mailgun_async.transport.request import Exchange, Failure, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mailgun_async.config import RetryPolicy, Timeouts
    from mailgun_async.transport.answers import Verdict
    from mailgun_async.transport.clock import Clock
    from mailgun_async.transport.limiter import Limiter, Ticket
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
        ticket = self._limiter.try_admit(request) or await self._limiter.admit(request)
        answer, verdict = await self._send(request, 1, ticket, on_attempt, on_start)
        if on_attempt is None and _plain(answer) and not _log.isEnabledFor(logging.DEBUG):
            return answer  # as most calls end: nobody is to be told
        first = self._ended(request, answer, verdict, number=1, ticket=ticket, on_attempt=on_attempt)
        outcome = first.outcome
        if not isinstance(outcome, (Accepted, Refused)):
            outcome = await self._again(first, on_attempt, on_start)
        if isinstance(outcome, Accepted):
            return outcome.response
        raise refusals.error(request, outcome)

    async def attempt(self, request: Request, *, before: Callable[[float], Awaitable[bool]]) -> Attempt | None:
        """Make one attempt and return it with what it proved, whatever that is; what follows is the caller's to decide.

        Args:
            request: What to call.
            before: Awaited when the attempt has its permit, just before it is sent; told the seconds it may take. When
                it says no, or raises, nothing is sent, and the permit is given back unused.

        Returns:
            None when nothing was sent.

        Raises:
            WaitTooLong: The limiter would have to wait longer than the request or the policy allows.
            Exception: What `before` raised.
        """
        ticket = self._limiter.try_admit(request) or await self._limiter.admit(request)
        try:
            wanted = await before(self._timeout_s(request))
        except BaseException:
            self._limiter.observe(ticket, None)
            raise
        if not wanted:
            self._limiter.observe(ticket, None)
            return None
        answer, verdict = await self._send(request, 1, ticket, None, None)
        return self._ended(request, answer, verdict, number=1, ticket=ticket, on_attempt=None)

    async def close(self) -> None:
        """Give back the transport's connections."""
        await self._transport.close()

    def _timeout_s(self, request: Request) -> float:
        return self._total_s(request.size) if request.timeout_s is None else request.timeout_s

    async def _send(
        self,
        request: Request,
        number: int,
        ticket: Ticket,
        on_attempt: Watcher | None,
        on_start: Callable[[], None] | None,
    ) -> tuple[Response | Failure, Verdict]:
        """Send once and give the ticket back; also when the call is cancelled, which ends an attempt like any other."""
        exchange = Exchange()
        try:
            timeout_s = self._timeout_s(request)
            if on_start is not None:
                on_start()
            answer = await self._transport.send(request, timeout_s=timeout_s, exchange=exchange)
        except BaseException as error:
            self._limiter.observe(ticket, None)
            if isinstance(error, asyncio.CancelledError):
                failure = Failure("cancelled", exchange.sent, exchange.status)
                self._ended(request, failure, NOTHING, number=number, ticket=ticket, on_attempt=on_attempt)
            raise
        return answer, self._limiter.observe(ticket, answer if isinstance(answer, Response) else None)

    def _ended(
        self,
        request: Request,
        answer: Response | Failure,
        verdict: Verdict,
        *,
        number: int,
        ticket: Ticket,
        on_attempt: Watcher | None,
    ) -> Attempt:
        attempt = Attempt(
            request=request,
            number=number,
            outcome=outcomes.of(request, answer, verdict),
            status=answer.status,
            waited_s=ticket.waited_s,
            took_s=self._clock.now() - ticket.sent_at,
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
            number = last.number + 1
            try:
                ticket = self._limiter.try_admit(request) or await self._limiter.admit(request)
            except WaitTooLong as error:
                if isinstance(last.outcome, Limited):  # what was refused is told by what refused it
                    limited = attrs.evolve(last.outcome, retry_after_s=error.wait_s)
                    raise refusals.error(request, limited) from error
                raise
            answer, verdict = await self._send(request, number, ticket, on_attempt, on_start)
            last = self._ended(request, answer, verdict, number=number, ticket=ticket, on_attempt=on_attempt)
            return last

        last = await retry.again(first, attempt, policy=self._retry, clock=self._clock, roll=self._roll)
        return last.outcome


def _plain(answer: Response | Failure) -> TypeGuard[Response]:
    """Tell whether an answer was accepted beyond doubt, without making an outcome of it."""
    return isinstance(answer, Response) and answer.status in SUCCESS and not answer.body.startswith(WRONG_PATH)


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
