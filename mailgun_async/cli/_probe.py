"""What `doctor` asks the hosts of Mailgun. Nothing is judged here, and nothing is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import attrs

import mailgun_async
from mailgun_async.config import RatePolicy, RetryPolicy, Timeouts
from mailgun_async.endpoints.domains import DomainWithRecords
from mailgun_async.errors import BadRequest, Forbidden, MailgunError, NotFound, Unauthorized
from mailgun_async.transport.limits import LimitSeen
from mailgun_async.transport.request import Response, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from mailgun_async import Mailgun
    from mailgun_async.transport.request import Exchange, Failure, Request

__all__ = ["Probe", "probe"]

_TIMEOUTS: Final = Timeouts(connect_s=5.0, answer_s=15.0)


@attrs.define(kw_only=True)
class Probe:
    """What one host said."""

    name: str
    """The region; empty for a base URL."""
    url: str
    found: DomainWithRecords | None = None
    """The domain asked for."""
    domains: Sequence[str] | None = None
    """Names of some domains, when none was asked for."""
    error: MailgunError | None = None
    """What came instead."""
    role: str | None = None
    """The role of the key (`admin`, `developer` ...); None when it is not told."""
    sends: bool | None = None
    """Whether the key may send for the domain; None when that was not asked."""
    skew_s: float | None = None
    """Seconds that our clock is ahead of the server's, to about a second; None without a `Date` header."""
    limits: Sequence[LimitSeen] = ()


async def probe(hosts: Mapping[str, str], key: str, domain: str | None) -> list[Probe]:
    """Ask every host (URL by name) for the domain, or for a list of domains."""
    return await asyncio.gather(*(_probe(name, url, key, domain) for name, url in hosts.items()))


async def _probe(name: str, url: str, key: str, domain: str | None) -> Probe:
    from mailgun_async.transport.http import HttpTransport  # noqa: PLC0415 -- other commands load it with their first call

    result = Probe(name=name, url=url)
    dated = _Dated(HttpTransport(timeouts=_TIMEOUTS))
    client = mailgun_async.Mailgun(
        api_key=key,
        base_url=url,
        transport=dated,
        timeouts=_TIMEOUTS,
        retry=RetryPolicy(max_attempts=2, base_s=0.1),
        rate=RatePolicy(max_wait_s=5.0),
    )
    async with client:
        try:
            if domain is None:
                some = _items(await client.request("GET", "/v4/domains", query={"limit": 3}))
                result.domains = [str(item.get("name")) for item in some]
            else:
                result.found = await client.domains.get(domain)
        except MailgunError as error:
            result.error = error
            if domain is not None and isinstance(error, (Unauthorized, Forbidden)):
                result.sends = await _may_send(client, domain)
        if result.error is None or isinstance(result.error, NotFound):
            result.role = await _role(client, key)
        result.skew_s, result.limits = dated.skew_s, client.limits()
    return result


async def _role(client: Mailgun, key: str) -> str | None:
    """Find the key among the account's: an id is the end of its key."""
    try:
        keys = _items(await client.request("GET", "/v1/keys"))
    except MailgunError:  # not every role may read them
        return None
    return next((one.get("role") for one in keys if one.get("id") and key.endswith(str(one["id"]))), None)


async def _may_send(client: Mailgun, domain: str) -> bool:
    """Tell whether the key may send, by a message without sender, addressee and content: it can't be accepted."""
    try:
        await client.request(
            "POST", "/v3/{domain_name}/messages", path={"domain_name": domain}, multipart={"o:testmode": "yes"}
        )
    except BadRequest:
        return True
    except MailgunError:
        return False
    return True


def _items(document: Any) -> list[dict[str, Any]]:
    items = document.get("items") if isinstance(document, dict) else None
    return [item for item in items or () if isinstance(item, dict)]


@attrs.define
class _Dated:
    """A transport that compares the clocks."""

    _inner: Transport
    skew_s: float | None = None

    async def send(self, request: Request, /, *, timeout_s: float, exchange: Exchange) -> Response | Failure:
        sent_at = datetime.now(UTC)
        answer = await self._inner.send(request, timeout_s=timeout_s, exchange=exchange)
        if isinstance(answer, Response) and "Date" in answer.headers:
            self.skew_s = _skew_s(answer.headers["Date"], sent_at, datetime.now(UTC))
        return answer

    async def close(self) -> None:
        await self._inner.close()


def _skew_s(date: str, sent_at: datetime, received_at: datetime) -> float | None:
    try:
        server_at = parsedate_to_datetime(date)
    except ValueError:
        return None
    if server_at.tzinfo is None:  # "-0000"
        server_at = server_at.replace(tzinfo=UTC)
    # The header is cut to the second, and was written while the call was under way.
    early, late = (sent_at - server_at).total_seconds() - 1.0, (received_at - server_at).total_seconds()
    return 0.0 if early <= 0.0 <= late else min(early, late, key=abs)
