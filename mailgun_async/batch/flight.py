"""One call of a batch, and what its end says. Pure, but that it is told how the call goes."""

from __future__ import annotations

import re
from asyncio import CancelledError
from typing import TYPE_CHECKING, Final, Protocol, TypeGuard

import attrs

from mailgun_async.batch.addresses import identity
from mailgun_async.batch.chunks import Chunk
from mailgun_async.errors import (
    ApiError,
    BadRequest,
    ConfigError,
    ConnectError,
    Forbidden,
    InvalidArgument,
    NotFound,
    PaymentRequired,
    ServerError,
    Unauthorized,
    WaitTooLong,
)
from mailgun_async.transport.outcome import Unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mailgun_async.batch.report import Fate
    from mailgun_async.transport.encoding import FilePart
    from mailgun_async.transport.outcome import Attempt

__all__ = ["Flight", "Post", "is_hopeless", "named", "rejects_address"]

_about_address = re.compile(r"\b(not a valid|invalid)\b.*\b(address|recipient)", re.IGNORECASE | re.DOTALL).search
_about_others = re.compile(r"\b(from|sender|b?cc)\b\W*(parameter|address|field|header)", re.IGNORECASE).search
_addresses_in = re.compile(r"[^\s'\"<>,;:()]+@[^\s'\"<>,;:()]+").findall

_UNSENT: Final = (ApiError, ConfigError, ConnectError, InvalidArgument, WaitTooLong)
"""Errors that prove that nothing was accepted."""
_HOPELESS: Final = (Unauthorized, PaymentRequired, Forbidden, NotFound)
"""Errors that every chunk would meet."""


class Post(Protocol):
    """Posts one call."""

    def __call__(
        self,
        parts: Sequence[bytes | FilePart],
        /,
        *,
        recipients: int,
        message_id: str,
        on_start: Callable[[], None],
        on_attempt: Callable[[Attempt], None],
    ) -> Awaitable[object]:
        """Return when it is accepted.

        Args:
            parts: All parts of the body.
            recipients: How many it addresses.
            message_id: The id that the parts carry, without angle brackets.
            on_start: To be called when an attempt has its permit and is about to be sent.
            on_attempt: To be called when an attempt has ended.

        Raises:
            MailgunError: It was not accepted, or nobody knows.
        """


@attrs.define(eq=False)
class Flight:
    """One call."""

    chunk: Chunk
    message_id: str
    """Without angle brackets."""
    error: BaseException | None = None
    """Why it was not accepted, once it has ended."""
    on_wire: bool = False
    """An attempt is under way, behind all waiting for a permit."""
    uncertain: bool = False
    """It was cancelled, and may have been accepted."""

    def start(self) -> None:
        """Note that an attempt is about to be sent."""
        self.on_wire = True

    def end(self, attempt: Attempt) -> None:
        """Note that an attempt has ended."""
        self.on_wire = False
        self.uncertain = isinstance(attempt.outcome, Unknown)

    @property
    def fate(self) -> Fate:
        """What became of its recipients, once it has ended."""
        if self.error is None:
            return "accepted"
        if isinstance(self.error, CancelledError):
            return "unknown" if self.on_wire or self.uncertain else "not_sent"
        unsent = isinstance(self.error, _UNSENT) and not isinstance(self.error, ServerError)
        return "not_sent" if unsent else "unknown"


def rejects_address(error: BaseException | None) -> TypeGuard[BadRequest]:
    """Tell whether the call was refused for somebody's address; Mailgun says `to parameter is not a valid address`."""
    if not isinstance(error, BadRequest) or error.account_stopped:
        return False
    return _about_address(error.message) is not None and _about_others(error.message) is None


def named(error: BadRequest, chunk: Chunk) -> set[str]:
    """Return the addresses of a chunk that Mailgun's words name."""
    spoken = {identity(address.rstrip(".")) for address in _addresses_in(error.message)}
    return {address for address in chunk.entries() if identity(address) in spoken} if spoken else set()


def is_hopeless(error: BaseException) -> bool:
    """Tell whether every other chunk would meet this refusal too."""
    # If one recipient alone is too many, the domain can't send.
    return isinstance(error, _HOPELESS) or (isinstance(error, ApiError) and (error.account_stopped or error.oversize))
