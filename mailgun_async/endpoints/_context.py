"""What every endpoint group shares: where calls go, in whose name, with which options."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from hashlib import blake2b
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import attrs

from mailgun_async.config import Region
from mailgun_async.errors import ConfigError, InvalidArgument
from mailgun_async.transport import encoding
from mailgun_async.transport.request import (
    NORMAL,
    Priority,
    Request,
    Response,
    Safety,
    StreamedBody,
    expand,
    rate_class,
)

if TYPE_CHECKING:
    from mailgun_async.config import RetryPolicy, Timeouts
    from mailgun_async.transport.clock import Clock
    from mailgun_async.transport.limiter import Limiter
    from mailgun_async.transport.session import Attempt

__all__ = ["Caller", "Context", "Credentials", "account_digest", "checked_domain"]

_domain_name = re.compile(r"[A-Za-z0-9._-]+").fullmatch
_NO_ARGUMENTS: Mapping[str, object] = MappingProxyType({})
_SAFETY: Mapping[str, Safety] = {"GET": "read", "HEAD": "read", "PUT": "idempotent", "DELETE": "idempotent"}


class Caller(Protocol):
    """Carries out calls: a session, or what opens one on first use."""

    limiter: Limiter
    clock: Clock
    retry: RetryPolicy
    timeouts: Timeouts

    async def open(self) -> None:
        """Be ready: what the limiter learned in another process is known from here on."""

    async def call(
        self,
        request: Request,
        /,
        *,
        on_attempt: Callable[[Attempt], None] | None = None,
        on_start: Callable[[], None] | None = None,
    ) -> Response | None:
        """See `transport.session.Session.call`."""

    async def attempt(self, request: Request, /, *, before: Callable[[float], Awaitable[bool]]) -> Attempt | None:
        """See `transport.session.Session.attempt`."""


@attrs.frozen
class Credentials:
    """A key, as the header that carries it."""

    headers: Mapping[str, str] = attrs.field(repr=False)
    """Authorization and all that goes with every call made with this key."""
    account: str
    """Digest of host, key and subaccount: whose limits are counted."""


@lru_cache(maxsize=256)
def checked_domain(domain: str) -> str:
    """Return the sending domain as it is.

    Raises:
        InvalidArgument: It is no domain name.
    """
    if _domain_name(domain) is None:
        raise InvalidArgument(f"{domain!r} is not a domain name; one in other letters begins with xn--", field="domain")
    return domain


@lru_cache(maxsize=256)
def account_digest(host: str, authorization: str, subaccount: str) -> str:
    """Name whose limits a call counts against, without telling the key."""
    return blake2b(f"{host}\n{authorization}\n{subaccount}".encode(), digest_size=6).hexdigest()


@attrs.frozen(kw_only=True)
class Context:
    """Shared by the groups of one view of the client; values only, so that a view changes nothing for others."""

    session: Caller = attrs.field(repr=False)
    base_url: str
    """Scheme and host, without a slash at the end."""
    region: Region | None
    """None when `base_url` names a host of your own."""
    main: Credentials | None
    """The account's API key; None when only sending keys are known."""
    sending: Mapping[str, Credentials]
    """Sending keys by domain."""
    domain: str | None
    """What `domain` is when it is left out."""
    priority: Priority | None = None
    timeout_s: float | None = None
    max_attempts: int | None = None
    max_wait_s: float | None = None

    def domain_or_default(self, domain: str | None) -> str:
        """Return the domain given, else the default one.

        Raises:
            ConfigError: There is neither.
        """
        if domain is None:
            domain = self.domain
        if not domain:
            raise ConfigError("no domain: give it as the first argument, as Mailgun(domain=...) or in MAILGUN_DOMAIN")
        return domain

    def credentials(self, template: str, domain: str | None) -> Credentials:
        """Choose the key of least privilege: a domain's sending key for its messages, else the account's.

        Raises:
            ConfigError: The call needs the account's key, and there is none.
        """
        if domain is not None and self.sending and rate_class(template) == "messages":
            found = self.sending.get(domain)
            if found is not None:
                return found
        if self.main is None:
            raise ConfigError(f"{template} needs an account API key: give Mailgun(api_key=...) or set MAILGUN_API_KEY")
        return self.main

    def trusts(self, url: str) -> bool:
        """Tell whether the key may travel to a URL: the configured host, or a host of Mailgun's."""
        parts, own = urlsplit(url), urlsplit(self.base_url)
        if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and host.endswith(".mailgun.net") and parts.netloc in {host, f"{host}:443"}

    def trusted(self, url: str) -> str:
        """Return the URL if the key may travel there.

        Raises:
            InvalidArgument: Any other host or scheme.
        """
        if self.trusts(url):
            return url
        parts = urlsplit(url)
        raise InvalidArgument(
            f"{parts.scheme}://{parts.netloc} is neither {self.base_url} nor a host of mailgun.net: "
            "the key is sent nowhere else",
            field="url",
        )

    def rebased(self, url: str) -> str:
        """Return a URL that Mailgun gave for the next page, on our own base URL: a proxy or the emulator stays in use.

        Some are given without a host, and some with `http:`, whose scheme does not matter as it is replaced.

        Raises:
            InvalidArgument: It is of a host that the key may not travel to.
        """
        parts = urlsplit(url)
        if not self.trusts(url) and (parts.netloc or not parts.path.startswith("/")):
            self.trusted(parts._replace(scheme="https").geturl())
        return f"{self.base_url}{parts.path}{'?' if parts.query else ''}{parts.query}"

    def request(
        self,
        method: str,
        template: str,
        *,
        arguments: Mapping[str, object] = _NO_ARGUMENTS,
        query: Mapping[str, Any] | None = None,
        body: bytes | StreamedBody | None = None,
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
        safety: Safety | None = None,
        domain: str | None = None,
        recipients: int = 0,
        priority: Priority | None = None,
        message_id: str | None = None,
        url: str | None = None,
    ) -> Request:
        """Make the request of one call.

        `url` replaces base URL and path (paging, storage); it must have passed `trusted`. `safety` defaults by verb:
        GET reads, PUT and DELETE are idempotent, all else is unsafe.
        """
        keys = self.credentials(template, domain)
        if url is None:
            url = self.base_url + expand(template, arguments)
        if query and (text := encoding.query(query)):
            url = f"{url}?{text}"
        if priority is None:
            priority = NORMAL
        return Request(  # by position: with keywords it costs thrice as much
            method,
            template,
            url,
            {**keys.headers, **headers} if headers else keys.headers,
            body,
            content_type,
            safety or _SAFETY.get(method, "unsafe"),
            keys.account,
            domain,
            recipients,
            priority if self.priority is None else self.priority,
            self.timeout_s,
            self.max_attempts,
            self.max_wait_s,
            message_id,
        )
