"""What an answer, or the lack of one, proves. Pure.

The border is the moment when the request begins to be handed to the connection. Before it, nothing was sent. After
it, only an answer proves anything: an unfinished upload may still be read by the server long after we gave up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.transport.request import Failure, Request, Response

if TYPE_CHECKING:
    from mailgun_async.transport.answers import Verdict

__all__ = ["SUCCESS", "WRONG_PATH", "Accepted", "Attempt", "Limited", "Outcome", "Refused", "Unknown", "Unsent", "of"]

SUCCESS: Final = range(200, 300)
"""Statuses that accept."""
_REDIRECTION: Final = range(300, 400)
_REFUSAL: Final = range(400, 500)

WRONG_PATH: Final = b"Mailgun Magnificent API"
"""What Mailgun says, with status 200, to a path that is none of its API's: nothing was accepted."""

_AMBIGUOUS_4XX: Final = frozenset({408, 425, 499})
"""Timed out, too early, gave up: said by whatever stands before the API, perhaps after it had passed the call on."""


@attrs.define
class Accepted:
    """2xx was read. `response` is None when its body broke off: accepted all the same."""

    response: Response | None


@attrs.define
class Refused:
    """A 4xx of Mailgun's: nothing was accepted, and asking again would not help."""

    response: Response
    oversize: bool = False
    """The number of recipients is the reason: a smaller call may pass."""
    account_stopped: bool = False


@attrs.define
class Limited:
    """A limit was reached: nothing was accepted; the limiter knows when to ask again."""

    response: Response
    reason: str | None = None
    """`requests`, `recipients`, `bytes`, `account` or None."""
    retry_after_s: float | None = None
    """Seconds, as far as the answer told."""


@attrs.define
class Unsent:
    """Provably not sent."""

    failure: Failure


@attrs.define
class Unknown:
    """It may have been accepted: 5xx, 408, 3xx, or no answer after the request began to be sent."""

    answer: Response | Failure


Outcome = Accepted | Refused | Limited | Unsent | Unknown


@attrs.define(kw_only=True)
class Attempt:
    """One attempt of a call, for whoever watches."""

    request: Request
    number: int
    """1 for the first."""
    outcome: Outcome
    status: int | None
    """HTTP status, when its line was read."""
    waited_s: float
    """Seconds the limiter made it wait before."""
    took_s: float
    """Seconds from then until its end."""


def of(request: Request, answer: Response | Failure, verdict: Verdict) -> Outcome:
    """Tell what one attempt proves; `verdict` is what the answer said about limits."""
    if isinstance(answer, Failure):
        return _of_failure(request, answer)
    status = answer.status
    if status in SUCCESS:
        return Refused(answer) if answer.body.startswith(WRONG_PATH) else Accepted(answer)
    if status in _REFUSAL and status not in _AMBIGUOUS_4XX:
        if verdict.oversize or verdict.account_stopped:
            return Refused(answer, oversize=verdict.oversize, account_stopped=verdict.account_stopped)
        return Limited(answer, verdict.reason, verdict.hint) if verdict.ok is False else Refused(answer)
    if status in _REDIRECTION and request.safety != "unsafe":
        return Refused(answer)  # a redirect to a read is a wrong address, and stays one
    return Unknown(answer)


def _of_failure(request: Request, failure: Failure) -> Outcome:
    if not failure.sent:
        return Unsent(failure)
    accepted = failure.status in SUCCESS
    # What may be asked again is asked again: then the answer comes whole. Not a message, whose id is known without it.
    lost = request.safety == "unsafe" or request.message_id is not None
    return Accepted(None) if accepted and lost else Unknown(failure)
