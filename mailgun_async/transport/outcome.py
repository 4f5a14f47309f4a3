"""What an answer, or the lack of one, proves. Pure.

The border is the moment when the request's headers are handed to the connection. Before it, nothing was sent. After
it, only an answer proves anything: an unfinished upload may still be read by the server long after we gave up.
"""

from __future__ import annotations

import attrs

from mailgun_async.transport.request import Failure, Response

__all__ = ["Accepted", "Limited", "Outcome", "Refused", "Unknown", "Unsent"]


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
    """It may have been accepted: 5xx, 408, 3xx, or no answer after the headers were sent."""

    answer: Response | Failure


Outcome = Accepted | Refused | Limited | Unsent | Unknown
