"""The calls of a campaign: one attempt to send a chunk, and the look-up of what became of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailgun_async import convert
from mailgun_async.endpoints import _lookup
from mailgun_async.endpoints._context import checked_domain
from mailgun_async.endpoints._group import Group
from mailgun_async.errors import ApiError, DecodingError
from mailgun_async.transport.encoding import multipart
from mailgun_async.transport.request import BULK

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from mailgun_async.config import RetryPolicy
    from mailgun_async.transport.clock import Clock
    from mailgun_async.transport.outcome import Attempt

__all__ = ["CampaignCalls"]

_SEND: Final = "/v3/{domain_name}/messages"
_LOGS: Final = "/v1/analytics/logs"
_EVENTS: Final = "/v3/{domain}/events"
_MARGIN_S: Final = 3600.0
"""By which this machine's clock may differ from Mailgun's for a look-up to be right all the same."""


class CampaignCalls(Group):
    """What a campaign asks of Mailgun, and of the client that it belongs to."""

    __slots__ = ()

    @property
    def clock(self) -> Clock:
        """The client's."""
        return self._context.session.clock

    @property
    def retry(self) -> RetryPolicy:
        """The client's."""
        return self._context.session.retry

    @property
    def linger_s(self) -> float:
        """Seconds by which a call may outlast its timeout.

        It may wait for a free connection before, and its last bytes may still be on their way when it was given up.
        """
        timeouts = self._context.session.timeouts
        return timeouts.connect_s + timeouts.answer_s

    @property
    def reads_logs(self) -> bool:
        """There is an account API key; a sending key can't look anything up."""
        return self._context.main is not None

    async def open(self) -> None:
        """Be ready: what the limiter learned in another process is known from here on.

        Raises:
            ConfigError: The client is closed.
        """
        await self._context.session.open()

    def domain(self, domain: str | None) -> str:
        """Return the sending domain, the client's default one when it is left out.

        Raises:
            ConfigError: There is neither.
            InvalidArgument: It is no domain name.
        """
        return checked_domain(self._domain(domain))

    def size(self, domain: str) -> int | None:
        """Return how many recipients a call may have; None when nothing is known."""
        return self._context.session.limiter.size_for(self._account(domain), domain)

    def remember_size(self, domain: str, recipients: int) -> None:
        """Keep how many recipients a call may have, after larger ones were refused."""
        self._context.session.limiter.remember_size(self._account(domain), domain, recipients)

    async def post(
        self,
        parts: Sequence[bytes],
        /,
        *,
        domain: str,
        recipients: int,
        message_id: str,
        before: Callable[[float], Awaitable[bool]],
    ) -> Attempt | None:
        """Make one attempt to send ready parts. `POST /v3/{domain_name}/messages`.

        Args:
            parts: All parts of the body, `h:Message-Id` among them.
            domain: The sending domain.
            recipients: How many it addresses.
            message_id: The id that the parts carry, without brackets.
            before: As for `transport.session.Session.attempt`.

        Returns:
            None when nothing was sent, as `before` had said no.

        Raises:
            ConfigError: There is no key for this domain, or the client is closed; nothing was sent.
            WaitTooLong: The limiter would have to wait longer than the client allows; nothing was sent.
            Exception: What `before` raised; nothing was sent.
        """
        body, content_type = multipart(parts)
        request = self._context.request(
            "POST",
            _SEND,
            arguments={"domain_name": domain},
            body=body,
            content_type=content_type,
            safety="unsafe",
            domain=domain,
            recipients=recipients,
            priority=BULK,
            message_id=message_id,
        )
        return await self._context.session.attempt(request, before=before)

    async def find(self, message_id: str, *, domain: str, variable: str, sent_at: float) -> bool:
        """Look a message up. `POST /v1/analytics/logs`, and `GET /v3/{domain}/events` where logs can't be had.

        Args:
            message_id: Without brackets.
            domain: The sending domain.
            variable: Name of the user variable that has the same value.
            sent_at: When it may have been sent at the earliest, seconds since 1970.

        Returns:
            True: Mailgun accepted it. False: the index does not have it, or not yet.

        Raises:
            Forbidden: The key may not read either of them.
            DecodingError: Something else was answered than what was asked for.
            MailgunError: As for every call.
        """
        times = {"begin": sent_at - _MARGIN_S, "end": self.clock.wall() + _MARGIN_S}
        try:
            query = _lookup.logs_query(domain, message_id, **times)
            body = await self._read("POST", _LOGS, {}, body=convert.dumps(query), content_type="application/json")
            return _lookup.tells_of(body, message_id, variable=variable)
        except (ApiError, DecodingError) as error:
            logs = error
        try:
            query = _lookup.events_query(message_id, **times)
            body = await self._read("GET", _EVENTS, {"domain": domain}, query=query)
            return _lookup.tells_of(body, message_id, variable=variable)
        except (ApiError, DecodingError) as events:
            raise _lookup.telling(logs, events) from events

    async def _read(self, method: str, template: str, arguments: Mapping[str, str], **more: Any) -> bytes:
        request = self._context.request(method, template, arguments=arguments, safety="read", **more)
        response = await self._context.session.call(request)
        return response.body if response else b""

    def _account(self, domain: str) -> str:
        return self._context.credentials(_SEND, domain).account
