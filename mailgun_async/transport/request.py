"""One HTTP request and its answer as values; route templates and their quoting. Pure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Literal, Protocol
from urllib.parse import quote

import attrs

from mailgun_async.errors import InvalidArgument

__all__ = [
    "BULK",
    "INTERACTIVE",
    "NORMAL",
    "PRIORITIES",
    "Exchange",
    "Failure",
    "Priority",
    "PriorityName",
    "RateClass",
    "Request",
    "Response",
    "Safety",
    "StreamedBody",
    "Transport",
    "expand",
    "rate_class",
]

Safety = Literal["read", "idempotent", "unsafe"]
"""`read` changes nothing; `idempotent` may be repeated without a second effect; `unsafe` may not."""

RateClass = Literal["messages", "analytics", "domains", "webhooks", "validations", "other"]
"""The families that Mailgun limits separately."""

Priority = Literal[0, 1, 2]
INTERACTIVE: Priority = 0
NORMAL: Priority = 1
BULK: Priority = 2

PriorityName = Literal["interactive", "normal", "bulk"]
PRIORITIES: Mapping[PriorityName, Priority] = {"interactive": INTERACTIVE, "normal": NORMAL, "bulk": BULK}
"""The names that users give."""


class StreamedBody(Protocol):
    """A body too large to hold: its size is known, its bytes are read off the loop when they are sent."""

    size: int
    """Bytes, exact."""

    def chunks(self) -> AsyncIterator[bytes]:
        """The bytes from the start; may be asked for again when the call is tried again."""


@attrs.define
class Request:
    """All that one attempt needs; the same object serves every attempt of a call."""

    method: str
    template: str
    """The route with its placeholders; names the rate class, the log line and the error."""
    url: str
    """Absolute, quoted, with the query: sent as it is."""
    headers: Mapping[str, str] = attrs.field(repr=False)
    """Authorization included, hence not in the repr."""
    body: bytes | StreamedBody | None = attrs.field(default=None, repr=False)
    content_type: str | None = None
    safety: Safety = "read"
    account: str = ""
    """Whose limits the call counts against: a short digest of host, key and subaccount, never the key."""
    domain: str | None = None
    """The sending domain, for calls of rate class `messages`."""
    recipients: int = 0
    """Recipients the call addresses; 0 for calls that send no mail."""
    priority: Priority = NORMAL
    timeout_s: float | None = None
    """Seconds one attempt may take; None leaves it to `Timeouts` and the size of the body."""
    max_attempts: int | None = None
    """Attempts that may fail; None leaves it to `RetryPolicy`."""
    max_wait_s: float | None = None
    """Seconds the limiter may make the call wait; None leaves it to `RatePolicy`."""
    message_id: str | None = None
    """For messages: the id to look up when the outcome is unknown, without angle brackets."""
    size: int = attrs.field(init=False)
    """Bytes of the body."""

    def __attrs_post_init__(self) -> None:
        body = self.body
        self.size = len(body) if isinstance(body, bytes) else 0 if body is None else body.size


@attrs.define
class Response:
    """An answer that was read to its end."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes = attrs.field(repr=False)


@attrs.define
class Failure:
    """An attempt that brought no whole answer."""

    kind: Literal["connect", "timeout", "broken", "not_http", "cancelled"]
    """`connect` no connection was had (refused, DNS, TLS, pool full); `broken` it ended early; `not_http` the answer
    could not be parsed."""
    sent: bool
    """True once the request began to be handed to the connection: from there on nobody knows what was read."""
    status: int | None = None
    """The status, when its line was read before the answer broke."""
    cause: BaseException | None = attrs.field(default=None, repr=False)
    """What broke it; not in the repr, as aiohttp's exceptions show the proxy's password in theirs."""


@attrs.define
class Exchange:
    """What the wire events of one attempt told, kept even when the attempt is cancelled."""

    sent: bool = False
    """The request began to be handed to the connection. With `Expect: 100-continue` that is its body, not its head."""
    status: int | None = None
    """The status line was read."""


class Transport(Protocol):
    """Carries out one attempt. `http.HttpTransport` does it for real, `testing.FakeTransport` from a script."""

    async def send(self, request: Request, /, *, timeout_s: float, exchange: Exchange) -> Response | Failure:
        """Send once and read the whole answer.

        A failure is a value. Raised are only cancellation, misuse (`ConfigError`) and what a streamed body raises.
        """

    async def close(self) -> None:
        """Give back connections."""


@lru_cache(maxsize=1024)
def _literals_and_names(template: str) -> tuple[tuple[str, str], ...]:
    pieces = []
    for piece in template.split("{"):
        name, closed, literal = piece.rpartition("}")
        pieces.append((name, literal) if closed else ("", piece))
    return tuple(pieces)


def expand(template: str, arguments: Mapping[str, object]) -> str:
    """Put quoted arguments into a route template.

    Everything but letters, digits and ``_.-~`` is percent-encoded, so an argument can never add or end a path segment.

    Raises:
        InvalidArgument: An argument is missing, empty, or is ``.`` or ``..``, which servers resolve even when quoted.
    """
    path = []
    for name, literal in _literals_and_names(template):
        if name:
            path.append(_quoted(name, str(arguments.get(name, "")), template))
        path.append(literal)
    return "".join(path)


@lru_cache(maxsize=1024)
def _quoted(name: str, value: str, template: str) -> str:
    if value in {"", ".", ".."}:
        raise InvalidArgument(f"{name} must not be {value!r}: it is part of the path {template}", field=name)
    return quote(value, safe="")


@lru_cache(maxsize=1024)
def rate_class(template: str) -> RateClass:
    """Tell which of Mailgun's limits a route counts against."""
    _, version, head, *rest = (*template.split("/"), "", "")
    if rest and rest[0] in {"messages", "messages.mime"} and version == "v3" and head != "lists":
        return "messages"
    if "webhooks" in {head, *rest[1:2]}:
        return "webhooks"
    if head == "analytics":
        return "analytics"
    if head == "address":
        return "validations"
    return "domains" if head == "domains" else "other"
