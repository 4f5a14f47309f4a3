"""The exception tree.

::

    MailgunError
      ConfigError                    nothing was sent: key, region or domain missing or contradictory
      InvalidArgument (ValueError)   nothing was sent: an argument is outside what Mailgun takes
        InvalidMessage               the same for a message: too many recipients, too large, bad header ...
      TransportError                 no usable answer to a call that may be repeated
        ConnectError                 provably not sent: no byte of the request left
        Timeout                      no answer in time
      DeliveryUnknown                the message may have been accepted; look it up by its message_id
      DecodingError                  the answer is not what the API promises
      JournalError                   a campaign's journal cannot be used as it is; what it holds is as it was
      ValidationFailed               a list was not validated: its job failed or has no results
      WaitTooLong                    nothing was sent: the limiter would wait longer than allowed
      ApiError                       Mailgun answered, and refused
        BadRequest 400   Unauthorized 401   PaymentRequired 402   Forbidden 403
        NotFound 404     Conflict 409       TooLarge 413          RateLimited 420, 429
        ServerError 5xx  UnexpectedAnswer   an answer that is no answer of the API

Every text says what was called (verb and route template, never a key or an address), what came back,
and what to do next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

__all__ = [
    "ApiError",
    "BadRequest",
    "ConfigError",
    "Conflict",
    "ConnectError",
    "DecodingError",
    "DeliveryUnknown",
    "Forbidden",
    "InvalidArgument",
    "InvalidMessage",
    "JournalError",
    "MailgunError",
    "NotFound",
    "PaymentRequired",
    "RateLimited",
    "ServerError",
    "Timeout",
    "TooLarge",
    "TransportError",
    "Unauthorized",
    "UnexpectedAnswer",
    "ValidationFailed",
    "WaitTooLong",
]


class MailgunError(Exception):
    """Base of everything this package raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        # What exceptions do by themselves calls the class with its text alone, and most here ask for more.
        return type(self).__new__, (type(self), *self.args), self.__dict__


class ConfigError(MailgunError):
    """Nothing was sent: key, region or domain is missing, or two settings contradict each other."""


class InvalidArgument(MailgunError, ValueError):
    """Nothing was sent: an argument is outside what Mailgun takes."""

    field: str | None
    """The argument, in Mailgun's wire name where it has one (`h:X-Id`, `o:tag`)."""
    limit: int | None
    """The limit that was exceeded, in the unit the text names; None when the error is not about a size."""
    size: int | None
    """The size found, in the same unit."""

    def __init__(
        self, text: str, *, field: str | None = None, size: int | None = None, limit: int | None = None
    ) -> None:
        super().__init__(text)
        self.field, self.size, self.limit = field, size, limit


class InvalidMessage(InvalidArgument):
    """Nothing was sent: the message breaks one of Mailgun's rules."""


class TransportError(MailgunError):
    """No usable answer came, and the call changes nothing or may be repeated safely."""

    method: str
    template: str

    def __init__(self, text: str, *, method: str, template: str) -> None:
        super().__init__(text)
        self.method, self.template = method, template


class ConnectError(TransportError):
    """The request was provably not sent: no byte of it left this machine."""


class Timeout(TransportError):
    """No answer came in time."""


class DeliveryUnknown(MailgunError):
    """The call may have been accepted, and nobody knows: the connection broke, the answer was a 5xx or never came.

    Sending again may deliver twice. Look the message up first: `message_id` (without angle brackets) is
    the `message_id` filter of `POST /v1/analytics/logs`. An item found is proof of acceptance; an absent one is
    evidence only after about 30 minutes, as the index lags.
    """

    message_id: str | None
    """The id to look up, without angle brackets; None when the call was not a message."""
    method: str
    template: str
    status: int | None
    """The HTTP status of the answer, when there was one."""

    def __init__(
        self, text: str, *, method: str, template: str, message_id: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(text)
        self.message_id, self.method, self.template, self.status = message_id, method, template, status


class DecodingError(MailgunError):
    """The answer does not have the shape that the API promises."""

    path: str
    """Where in the document, e.g. `items[3].created_at`; empty for the whole."""
    body: bytes
    """The raw body, whole."""

    def __init__(self, text: str, *, path: str = "", body: bytes = b"") -> None:
        super().__init__(text)
        self.path, self.body = path, body


class JournalError(MailgunError):
    """A campaign's journal cannot be read or written, or holds another campaign; what it holds is as it was."""


class ValidationFailed(MailgunError):
    """A list was not validated: its job failed, was deleted, or has no results of that kind."""


class WaitTooLong(MailgunError):
    """Nothing was sent: the rate limiter would have to wait longer than the caller allows."""

    wait_s: float
    """The wait that would be needed now, in seconds."""

    def __init__(self, text: str, *, wait_s: float) -> None:
        super().__init__(text)
        self.wait_s = wait_s


class ApiError(MailgunError):
    """Mailgun answered with a refusal: nothing was accepted."""

    status: int
    message: str
    """Mailgun's own words, or the start of the body when it has none."""
    body: bytes
    method: str
    template: str
    request_id: str | None
    """The answer's `X-Request-Id` header, for Mailgun's support."""
    oversize: bool
    """True when the call was refused for its number of recipients: fewer a call may pass."""
    account_stopped: bool
    """True when the account or domain may not send at all until somebody acts: do not try again."""

    def __init__(
        self,
        text: str,
        *,
        status: int,
        message: str,
        body: bytes = b"",
        method: str,
        template: str,
        request_id: str | None = None,
        oversize: bool = False,
        account_stopped: bool = False,
    ) -> None:
        super().__init__(text)
        self.status, self.message, self.body = status, message, body
        self.method, self.template, self.request_id = method, template, request_id
        self.oversize, self.account_stopped = oversize, account_stopped


class BadRequest(ApiError):
    """400: Mailgun could not use a parameter."""


class Unauthorized(ApiError):
    """401: the key is missing or wrong, or belongs to another region."""


class PaymentRequired(ApiError):
    """402: parameters valid, but the plan or the balance does not allow it."""


class Forbidden(ApiError):
    """403: the key is valid but may not do this, or the action is refused."""


class NotFound(ApiError):
    """404: no such thing, or a domain of another region or account."""


class Conflict(ApiError):
    """409 (and a 429 that is not about rate): something of that name exists, or a job is under way."""


class TooLarge(ApiError):
    """413: the request is larger than Mailgun reads (52.4 MiB)."""


class RateLimited(ApiError):
    """420 or 429, or a 400/403 that says the same: a limit was reached and waiting did not help in time."""

    reason: str | None = None
    """`requests`, `recipients`, `bytes`, `account`, or None when the answer does not say."""
    retry_after_s: float | None = None
    """Seconds from the answer until the limit opens again, as far as the answer told; None when it did not."""


class ServerError(ApiError):
    """5xx to a call that changes nothing or may be repeated (to any other it is `DeliveryUnknown`)."""


class UnexpectedAnswer(ApiError):
    """Not an answer of the API: a redirect, or 200 with the text `Mailgun Magnificent API` (a wrong path)."""
