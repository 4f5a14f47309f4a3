"""What every endpoint group is made of: where calls go, in whose name, with which options."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

import attrs

from mailgun_async import convert
from mailgun_async.config import Region
from mailgun_async.errors import ConfigError, InvalidArgument
from mailgun_async.paging import Pages, Paging, Step
from mailgun_async.transport import encoding
from mailgun_async.transport.encoding import FilePart, Parameters
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
    from mailgun_async.transport.clock import Clock
    from mailgun_async.transport.limiter import Limiter
    from mailgun_async.transport.session import Attempt

__all__ = ["Caller", "Context", "Credentials", "Group", "body_of", "given"]

T = TypeVar("T")

Fields = Parameters | Sequence[bytes | FilePart]
"""Plain fields of a multipart body, or ready parts."""

_SAFETY: Mapping[str, Safety] = {"GET": "read", "HEAD": "read", "PUT": "idempotent", "DELETE": "idempotent"}


class Caller(Protocol):
    """Carries out calls: a session, or what opens one on first use."""

    limiter: Limiter
    clock: Clock

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


@attrs.frozen
class Credentials:
    """A key, as the header that carries it."""

    headers: Mapping[str, str] = attrs.field(repr=False)
    """Authorization and all that goes with every call made with this key."""
    account: str
    """Digest of host, key and subaccount: whose limits are counted."""


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

    def trusted(self, url: str) -> str:
        """Return the URL if the key may travel there: the configured host, or a host of Mailgun's.

        Raises:
            InvalidArgument: Any other host or scheme.
        """
        parts, own = urlsplit(url), urlsplit(self.base_url)
        if (parts.scheme, parts.netloc) == (own.scheme, own.netloc):
            return url
        host = parts.hostname or ""
        if parts.scheme == "https" and host.endswith(".mailgun.net") and parts.netloc in {host, f"{host}:443"}:
            return url
        raise InvalidArgument(
            f"{parts.scheme}://{parts.netloc} is neither {self.base_url} nor a host of mailgun.net: "
            "the key is sent nowhere else",
            field="url",
        )

    def rebased(self, url: str) -> str:
        """Return a URL that Mailgun gave for the next page, on our own base URL: a proxy or the emulator stays in use.

        Raises:
            InvalidArgument: It is of a host that the key may not travel to.
        """
        parts = urlsplit(self.trusted(url))
        return f"{self.base_url}{parts.path}{'?' if parts.query else ''}{parts.query}"

    def request(
        self,
        method: str,
        template: str,
        *,
        arguments: Mapping[str, object],
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
        return Request(
            method=method,
            template=template,
            url=url,
            headers={**keys.headers, **headers} if headers else keys.headers,
            body=body,
            content_type=content_type,
            safety=safety or _SAFETY.get(method, "unsafe"),
            account=keys.account,
            domain=domain,
            recipients=recipients,
            priority=priority if self.priority is None else self.priority,
            timeout_s=self.timeout_s,
            max_attempts=self.max_attempts,
            max_wait_s=self.max_wait_s,
            message_id=message_id,
        )


class Group:
    """Base of the endpoint groups: one expression a method."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._context.base_url}>"

    def _domain(self, domain: str | None) -> str:
        """Return the domain given, else the client's default one."""
        return self._context.domain_or_default(domain)

    async def _get(
        self,
        template: str,
        type_: type[T],
        /,
        *,
        query: Parameters | None = None,
        under: str | None = None,
        **path: str,
    ) -> T:
        """Read one document, or what it has `under` a key."""
        context = self._context
        response = await context.session.call(context.request("GET", template, arguments=path, query=query))
        return convert.structure(response.body if response else b"", type_, under=under)

    async def _call(
        self,
        method: str,
        template: str,
        type_: type[T],
        /,
        *,
        query: Parameters | None = None,
        json: object = None,
        form: Parameters | None = None,
        multipart: Fields | None = None,
        under: str | None = None,
        safety: Safety | None = None,
        **path: str,
    ) -> T:
        """Make one call and build `type_` of the answer, or of what it has `under` a key.

        Of `query`, `form` and `multipart` None is left out, a list repeats its name, and a bool is `true` or `false`.
        """
        body, content_type = body_of(json, form, multipart)
        context = self._context
        request = context.request(
            method, template, arguments=path, query=query, body=body, content_type=content_type, safety=safety
        )
        response = await context.session.call(request)
        return convert.structure(response.body if response else b"", type_, under=under)

    def _pages(
        self,
        template: str,
        type_: type[T],
        /,
        paging: Paging,
        *,
        query: Parameters | None = None,
        json: Mapping[str, Any] | None = None,
        items: str = "items",
        max_items: int | None = None,
        fetch_ahead: bool = True,
        **path: str,
    ) -> Pages[T]:
        """List items of `type_` by GET, or by POST when there is `json`."""
        context, method = self._context, "GET" if json is None else "POST"

        async def read(step: Step) -> bytes:
            body, content_type = body_of(step.json, None, None)
            request = context.request(
                method,
                template,
                arguments=path,
                query=step.query,
                body=body,
                content_type=content_type,
                safety="read",
                url=None if step.url is None else context.rebased(step.url),
            )
            response = await context.session.call(request)
            return response.body if response else b""

        first = Step(query=query, json=json)
        return Pages(read, type_, paging, first, items=items, max_items=max_items, fetch_ahead=fetch_ahead)


def given(**values: object) -> dict[str, object]:
    """Return what is not None, for the JSON of a request."""
    return {name: value for name, value in values.items() if value is not None}


def body_of(
    json: object, form: Parameters | None, multipart: Fields | None
) -> tuple[bytes | StreamedBody | None, str | None]:
    """Encode a body; return it and its content type. At most one of the three is given.

    Raises:
        InvalidArgument: More than one is given, or it can't be encoded.
    """
    if sum(part is not None for part in (json, form, multipart)) > 1:
        raise InvalidArgument("give one of json, form and multipart", field="body")
    if json is not None:
        return convert.dumps(json), "application/json"
    if form is not None:
        return encoding.form(form), "application/x-www-form-urlencoded"
    if multipart is not None:
        return encoding.multipart(_parts(multipart))
    return None, None


def _parts(fields: Fields) -> list[bytes | FilePart]:
    if isinstance(fields, Mapping):
        return [encoding.field(name, value) for name, value in encoding.flat(fields)]
    return list(fields)
