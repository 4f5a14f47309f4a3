"""`Mailgun`: settings in, one session made on first use, one lazy property for each endpoint group."""

from __future__ import annotations

import base64
import os
import platform
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload
from urllib.parse import urlsplit

import attrs

from mailgun_async import __version__, convert
from mailgun_async.config import REGIONS, RatePolicy, Region, RetryPolicy, Timeouts
from mailgun_async.endpoints import Groups
from mailgun_async.endpoints._context import Context, Credentials, account_digest
from mailgun_async.endpoints._group import body_of
from mailgun_async.errors import ConfigError, InvalidArgument
from mailgun_async.transport.clock import SystemClock
from mailgun_async.transport.connection import Connection
from mailgun_async.transport.request import PRIORITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from ssl import SSLContext
    from types import TracebackType

    from aiohttp import ClientSession

    from mailgun_async.campaigns.campaign import Campaign
    from mailgun_async.campaigns.journal import Journal
    from mailgun_async.campaigns.reconcile import OnUnknown
    from mailgun_async.transport.clock import Clock
    from mailgun_async.transport.limits import LimitSeen
    from mailgun_async.transport.request import Safety, Transport

__all__ = ["Mailgun"]

T = TypeVar("T")


class Mailgun(Groups):
    """The client of one Mailgun account.

    ::

        async with Mailgun(api_key=..., region="eu") as mg:
            await mg.messages.send("mg.example.com", Message(...))

    Making one does no network and starts nothing: connections are opened by the first call, inside the running loop,
    and belong to that loop.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        domain: str | None = None,
        region: Literal["us", "eu"] | None = None,
        base_url: str | None = None,
        sending_keys: Mapping[str, str] | None = None,
        timeouts: Timeouts | None = None,
        retry: RetryPolicy | None = None,
        rate: RatePolicy | None = None,
        session: ClientSession | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
        ssl: SSLContext | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Take settings; what is left out comes from the environment.

        Args:
            api_key: The account's API key; `MAILGUN_API_KEY`. May be left out when `sending_keys` has all you need.
            domain: Sending domain for calls that name none; `MAILGUN_DOMAIN`.
            region: `us` (default) or `eu`; `MAILGUN_API_REGION`.
            base_url: Scheme and host to use instead of the region's: the emulator, a proxy, a test server;
                `MAILGUN_BASE_URL`, unless `region` is given.
            sending_keys: Domain sending keys by domain; sending uses them and not the account's key.
            timeouts: Seconds that connecting, answering and uploading may take; default `Timeouts()`.
            retry: When a failed call is tried again; default `RetryPolicy()`.
            rate: How calls are paced, limits you know, where learned ones are kept; default `RatePolicy()`.
            session: Your own aiohttp session. It is used as it is and not closed.
            proxy: URL of an HTTP proxy.
            trust_env: Take proxies from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
            ssl: TLS settings instead of the default ones.
            transport: Carries out the HTTP calls instead of aiohttp: `testing.FakeTransport`.
            clock: Tells the time instead of the system: `testing.FakeClock`.

        Raises:
            ConfigError: No key, an unknown region, or settings that exclude each other.
        """
        if session is not None and (proxy or trust_env or ssl is not None or transport is not None):
            raise ConfigError("session= brings its own connections: proxy, trust_env, ssl and transport exclude it")
        home = _region(region)
        if base_url is None and region is None:
            base_url = os.environ.get("MAILGUN_BASE_URL") or None
        url = home.api if base_url is None else _base_url(base_url)
        api_key = os.environ.get("MAILGUN_API_KEY") or None if api_key is None else api_key
        if api_key is None and not sending_keys:
            raise ConfigError("no key: give Mailgun(api_key=...), Mailgun(sending_keys={...}) or set MAILGUN_API_KEY")
        timeouts = timeouts or Timeouts()

        def make_transport() -> Transport:
            if transport is not None:
                return transport
            from mailgun_async.transport.http import HttpTransport  # noqa: PLC0415 -- aiohttp loads when a client opens

            return HttpTransport(timeouts=timeouts, session=session, proxy=proxy, trust_env=trust_env, ssl=ssl)

        self._connection = Connection(
            make_transport,
            clock=clock or SystemClock(),
            retry=retry or RetryPolicy(),
            timeouts=timeouts,
            rate=rate or RatePolicy(),
        )
        self._is_view = False
        self._context = Context(
            session=self._connection,
            base_url=url,
            region=home if base_url is None or region is not None else None,
            main=None if api_key is None else _credentials(url, api_key, "api_key"),
            sending={of: _credentials(url, key, f"sending_keys[{of!r}]") for of, key in (sending_keys or {}).items()},
            domain=os.environ.get("MAILGUN_DOMAIN") or None if domain is None else domain,
        )

    # -- views --------------------------------------------------------------------------------------------------------

    def with_options(
        self,
        *,
        timeout: float | None = None,
        priority: Literal["interactive", "normal", "bulk"] | None = None,
        max_attempts: int | None = None,
        max_wait: float | None = None,
    ) -> Mailgun:
        """Return a view of this client with other options; it shares the connections and changes nothing here.

        Args:
            timeout: Seconds one attempt may take, instead of what `Timeouts` gives for its size.
            priority: Who goes first when the rate is short; `send` is interactive, `send_batch` bulk, the rest normal.
            max_attempts: Attempts that may fail, 1 or more.
            max_wait: Seconds a call may wait for the rate limiter; beyond it `WaitTooLong` is raised at once.

        Raises:
            InvalidArgument: An option is out of its range.
        """
        for name, value, least in (
            ("timeout", timeout, 0.001),
            ("max_attempts", max_attempts, 1),
            ("max_wait", max_wait, 0),
        ):
            if value is not None and value < least:
                raise InvalidArgument(f"{name} must be at least {least}, not {value}", field=name)
        if priority is not None and priority not in PRIORITIES:
            raise InvalidArgument(
                f"priority must be one of {', '.join(PRIORITIES)}, not {priority!r}", field="priority"
            )
        old = self._context
        return self._view(
            attrs.evolve(
                old,
                timeout_s=old.timeout_s if timeout is None else timeout,
                priority=old.priority if priority is None else PRIORITIES[priority],
                max_attempts=old.max_attempts if max_attempts is None else max_attempts,
                max_wait_s=old.max_wait_s if max_wait is None else max_wait,
            )
        )

    def on_behalf_of(self, subaccount_id: str) -> Mailgun:
        """Return a view that acts for a subaccount (header `X-Mailgun-On-Behalf-Of`), with limits of its own.

        Raises:
            InvalidArgument: The id is empty or not plain ASCII.
        """
        if not subaccount_id or not subaccount_id.isascii() or not subaccount_id.isprintable():
            raise InvalidArgument(f"{subaccount_id!r} is not a subaccount id", field="subaccount_id")
        context = self._context

        def acting(keys: Credentials) -> Credentials:
            headers = {**keys.headers, "X-Mailgun-On-Behalf-Of": subaccount_id}
            return Credentials(headers, account_digest(context.base_url, headers["Authorization"], subaccount_id))

        return self._view(
            attrs.evolve(
                context,
                main=None if context.main is None else acting(context.main),
                sending={domain: acting(keys) for domain, keys in context.sending.items()},
            )
        )

    def _view(self, context: Context) -> Mailgun:
        view = object.__new__(Mailgun)
        view._connection, view._context, view._is_view = self._connection, context, True
        return view

    # -- campaigns ----------------------------------------------------------------------------------------------------

    def campaign(
        self,
        journal: Journal | str | os.PathLike[str],
        *,
        on_unknown: OnUnknown | None = None,
        trust_after_s: float = 1800.0,
        looks_s: Sequence[float] = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0),
    ) -> Campaign:
        """Return a campaign that is kept in a journal; use it with `async with`.

        Args:
            journal: The file, which is made when there is none; or a `Journal` of your own.
            on_unknown: What to do with calls of which nobody knows whether they were accepted. `resend`: look them up
                in the logs, and send again what is not there when the logs are to be trusted. `park`: the same, but
                leave it to you. `ignore`: send again at once, without looking. Default `resend`; with sending keys
                alone, which can't read logs, `park`.
            trust_after_s: Seconds after which the logs show what was accepted.
            looks_s: When a call is looked up, in seconds after it became unknown.

        Raises:
            InvalidArgument: An argument is outside its range.
        """
        from mailgun_async.campaigns.campaign import Campaign  # noqa: PLC0415 -- most programs have no campaigns
        from mailgun_async.endpoints._campaign import CampaignCalls  # noqa: PLC0415 -- the same

        calls = CampaignCalls(self._context)
        return Campaign(journal, calls, on_unknown=on_unknown, trust_after_s=trust_after_s, looks_s=looks_s)

    # -- anything else ------------------------------------------------------------------------------------------------

    @overload
    async def request(
        self,
        method: str,
        template: str,
        type_: type[T],
        /,
        *,
        path: Mapping[str, str] = ...,
        query: Mapping[str, Any] | None = ...,
        json: object = ...,
        form: Mapping[str, Any] | None = ...,
        multipart: Mapping[str, Any] | None = ...,
        safety: Safety | None = ...,
    ) -> T: ...

    @overload
    async def request(
        self,
        method: str,
        template: str,
        /,
        *,
        path: Mapping[str, str] = ...,
        query: Mapping[str, Any] | None = ...,
        json: object = ...,
        form: Mapping[str, Any] | None = ...,
        multipart: Mapping[str, Any] | None = ...,
        safety: Safety | None = ...,
    ) -> Any: ...

    async def request(
        self,
        method: str,
        template: str,
        type_: type[Any] | None = None,
        /,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        json: object = None,
        form: Mapping[str, Any] | None = None,
        multipart: Mapping[str, Any] | None = None,
        safety: Safety | None = None,
    ) -> Any:
        """Call what has no method here, with the same limits, retries and errors.

        Args:
            method: The verb, e.g. `GET`.
            template: The route with names in braces, e.g. `/v3/{domain}/tags`; it must begin with a slash.
            type_: An attrs class (or list, dict of such) to build of the answer; without it, plain JSON is returned.
            path: What goes into the braces; each is quoted.
            query: Query parameters; None is left out, a list is repeated, a bool is `true` or `false`.
            json: JSON body.
            form: URL-encoded body.
            multipart: `multipart/form-data` body of plain fields.
            safety: `read`, `idempotent` or `unsafe`: whether an attempt of unknown outcome is made again. By default
                GET reads, PUT and DELETE are idempotent and everything else is unsafe.

        Raises:
            InvalidArgument: The template or an argument cannot be used, or more than one body was given.
            MailgunError: As for every call; see `mailgun_async.errors`.
        """
        if not template.startswith("/"):
            raise InvalidArgument(f"the route must begin with a slash: {template!r}", field="template")
        body, content_type = body_of(json, form, multipart)
        arguments = path or {}
        domain = arguments.get("domain_name") or arguments.get("domain")
        request = self._context.request(
            method.upper(),
            template,
            arguments=arguments,
            query=query,
            body=body,
            content_type=content_type,
            safety=safety,
            domain=domain,
        )
        response = await self._connection.call(request)
        content = b"" if response is None else response.body
        if type_ is not None:
            return convert.structure(content, type_)
        return convert.loads(content) if content else None

    def limits(self) -> list[LimitSeen]:
        """Tell the rate limits seen so far by this process: what was announced, what is left, what was learned."""
        return self._connection.limiter.snapshot()

    # -- life ---------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Give back the connections and save learned limits; a view leaves that to its client. Harmless twice."""
        if not self._is_view:
            await self._connection.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"Mailgun({self._context.base_url!r}, domain={self._context.domain!r})"


def _region(name: str | None) -> Region:
    name = name or os.environ.get("MAILGUN_API_REGION") or "us"
    found = REGIONS.get(name.lower())
    if found is None:
        raise ConfigError(f"region must be one of {', '.join(sorted(REGIONS))}, not {name!r}")
    return found


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"base_url must be like https://host, not {url!r}")
    if parts.query or parts.fragment or parts.username:
        raise ConfigError("base_url must have neither query nor fragment nor credentials")
    return url.rstrip("/")


def _credentials(url: str, key: str, setting: str) -> Credentials:
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigError(f"{setting} is empty or holds characters that no key has (a line end copied with it?)")
    authorization = "Basic " + base64.b64encode(f"api:{key}".encode()).decode()
    agent = f"mailgun_async/{__version__} Python/{platform.python_version()}"
    return Credentials({"Authorization": authorization, "User-Agent": agent}, account_digest(url, authorization, ""))
