"""One attempt over aiohttp, and what its end says. The only import of aiohttp's client.

**Sent or not.** `Exchange.sent` turns true when the body's first byte is about to be handed to the connection. aiohttp
keeps the headers back until then, to write both at once, so before that moment nothing has left this machine. The body
itself tells it (`_Body`): that costs nothing, holds in the caller's own session too, and with `Expect: 100-continue`
it stays false until the server asks for the body. Calls without a body but GET and HEAD carry an empty one for it. A
GET has no such moment; unless an exception's type proves otherwise it counts as sent, which is harmless for a read.

**Once.** aiohttp repeats GET, HEAD, PUT and DELETE by itself after a broken connection. Trying again is decided
elsewhere, with all attempts counted, so it is kept from it: a body says that it is used up, and GET and HEAD pass
through a middleware that gives the exception another type. A middleware of ours would switch off those of the
caller's own session, hence there, and only there, a GET may reach the server twice in one attempt.

**Kept connections.** A server may close an idle connection just when the next request is written to it, and nobody can
tell that from a request that was read. The shortest idle time in common use is 5 s, so connections are kept for less.

**Given up is not undone.** What lies in the socket's buffer may be read long after. `TCP_USER_TIMEOUT`, where there is
one, ends a connection on which nothing was acknowledged for as long as an answer may take.
"""

from __future__ import annotations

import asyncio
import errno
import gzip
from collections.abc import AsyncGenerator
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import aiohttp
import attrs
from aiohttp import hdrs
from yarl import URL

from mailgun_async.config import Timeouts
from mailgun_async.errors import ConfigError, InvalidArgument
from mailgun_async.transport.deadlines import Deadlines
from mailgun_async.transport.network import environment_proxy, proxy_url, socket_factory
from mailgun_async.transport.outcome import SUCCESS
from mailgun_async.transport.request import Failure, Response
from mailgun_async.transport.slots import Slots

if TYPE_CHECKING:
    import ssl as tls
    from collections.abc import AsyncIterator
    from typing import Literal

    from aiohttp.abc import AbstractStreamWriter

    from mailgun_async.transport.deadlines import Deadline
    from mailgun_async.transport.request import Exchange, Request, StreamedBody

    Kind = Literal["connect", "timeout", "broken", "not_http"]

__all__ = ["HttpTransport"]

_MAX_ANSWER: Final = 64 * 1024 * 1024
_SLICE: Final = 256 * 1024  # bytes: some 0.2 ms to encrypt or copy
_NO_BODY: Final = frozenset({"GET", "HEAD"})
_BULK_LEAVES: Final = 4  # one place in four
_NO_TYPE: Final = ("Content-Type",)
_CLOSED: Final = "this client is closed: make a new one"


class HttpTransport:
    """Carries out attempts on one aiohttp session, opened by the first and bound to its event loop.

    Args:
        timeouts: Seconds to get a connection; `answer_s` is also how long a sent byte may stay unacknowledged.
        session: Your own aiohttp session, used as it is and never closed; proxy, ssl and keepalive_s are then its own.
        proxy: URL of an HTTP proxy; without a scheme, `http://`.
        trust_env: Take proxies from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. `~/.netrc` is not read.
        ssl: TLS settings instead of the default ones.
        limit: Calls in flight, 1 or more, and no more than your own session's connector allows; a quarter of them is
            kept from bulk calls.
        keepalive_s: Seconds that an idle connection is kept for the next call.
        expect_continue: Send the headers with `Expect: 100-continue` and the body when the server asks for it. A server
            that does not know it costs the whole timeout.
        compress_min_size: Send bodies of at least so many bytes gzipped, which takes place in a thread; streamed ones
            stay as they are. None compresses nothing.

    Raises:
        ConfigError: `limit` is out of its range, or `proxy` is no HTTP proxy.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        session: aiohttp.ClientSession | None = None,
        proxy: str | None = None,
        trust_env: bool = False,
        ssl: tls.SSLContext | None = None,
        limit: int = 100,
        keepalive_s: float = 4.0,
        expect_continue: bool = False,
        compress_min_size: int | None = None,
    ) -> None:
        if limit < 1:
            raise ConfigError(f"limit must be at least 1, not {limit}")
        if session is not None and session.connector is not None:
            limit = min(limit, session.connector.limit or limit)
        self._timeouts = timeouts or Timeouts()
        # `connect` spans DNS, TCP and TLS; `sock_connect` holds for TCP and for TLS. The whole has a deadline of ours.
        connect_s = self._timeouts.connect_s
        self._connecting = aiohttp.ClientTimeout(total=None, connect=3 * connect_s, sock_connect=connect_s)
        self._given, self._keepalive_s, self._ssl = session, keepalive_s, ssl
        self._proxy = URL(proxy_url(proxy)) if proxy else None
        self._proxies: dict[tuple[str, str], URL | None] | None = {} if trust_env and not proxy else None
        self._expect, self._compress_min_size = expect_continue, compress_min_size
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = Slots(limit, kept=limit // _BULK_LEAVES)
        self._closed = False

    async def send(self, request: Request, /, *, timeout_s: float, exchange: Exchange) -> Response | Failure:
        """Send once and read the whole answer. What goes wrong on the way is a value.

        Only these are raised: cancellation, `ConfigError`, and what the caller's own body raises while it is read.

        Raises:
            ConfigError: The transport is closed or belongs to another event loop, or the URL cannot be called, or the
                environment's proxy is no HTTP proxy.
            InvalidArgument: A streamed body did not have the size it had promised.
        """
        session = self._session_of(asyncio.get_running_loop())
        slots = self._slots
        if not slots.try_take(request.priority):
            if not await slots.take(request.priority, self._timeouts.connect_s):
                busy = TimeoutError(errno.ETIMEDOUT, "every connection is in use")
                return Failure("connect", sent=False, cause=busy)
            if self._closed:
                slots.give()
                raise ConfigError(_CLOSED)
        try:
            if self._compress_min_size is not None:
                request = await self._compressed(request)
            return await self._attempt(session, request, timeout_s, exchange)
        finally:
            slots.give()

    async def close(self) -> None:
        """Close the session unless it is the caller's own. Harmless twice."""
        session, self._session, self._closed = self._session, None, True
        if session is not None and session is not self._given:
            await session.close()

    _deadlines: Deadlines

    def _session_of(self, loop: asyncio.AbstractEventLoop) -> aiohttp.ClientSession:
        session = self._session or self._open(loop)
        if loop is not self._loop:
            raise ConfigError("this client belongs to another event loop: make one in each loop that needs one")
        return session

    def _open(self, loop: asyncio.AbstractEventLoop) -> aiohttp.ClientSession:
        if self._closed or (self._given is not None and self._given.closed):
            raise ConfigError(_CLOSED)
        self._loop, self._deadlines = loop, Deadlines(loop)
        self._session = self._given or aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the slots count
                keepalive_timeout=self._keepalive_s,
                ssl=self._ssl or True,
                socket_factory=socket_factory(self._timeouts.answer_s),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session

    async def _attempt(
        self, session: aiohttp.ClientSession, request: Request, timeout_s: float, exchange: Exchange
    ) -> Response | Failure:
        body = _body_of(request, exchange)
        exchange.sent = body is None
        url = _url(request.url)
        deadline = self._deadlines.after(timeout_s)
        try:
            with deadline:
                response = await session.request(
                    request.method,
                    url,
                    data=body,
                    headers=request.headers,
                    skip_auto_headers=_NO_TYPE if body is not None and request.content_type is None else None,
                    allow_redirects=False,
                    raise_for_status=False,
                    auto_decompress=True,
                    expect100=self._expect and body is not None and body.size != 0,
                    proxy=self._proxy_for(url),
                    timeout=self._connecting,
                    middlewares=(_once,) if body is None and session is not self._given else None,
                )
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError):
            raise ConfigError(f"{url.scheme}://{url.host_port_subcomponent} is no address of an HTTP server") from None
        except RuntimeError:
            if session.closed:
                raise ConfigError(_CLOSED) from None
            raise
        except (aiohttp.ClientError, OSError) as error:
            if body is not None and body.error is not None:
                raise body.error from None
            return _failure(error, exchange, told=body is not None)
        return await _whole(response, exchange, deadline)

    def _proxy_for(self, url: URL) -> URL | None:
        # aiohttp's own trust_env reads ~/.netrc too, and refuses the call when that has a login beside our header.
        if self._proxies is None:
            return self._proxy
        key = url.scheme, url.host or ""
        if key not in self._proxies:
            found = environment_proxy(*key)
            self._proxies[key] = URL(found) if found else None
        return self._proxies[key]

    async def _compressed(self, request: Request) -> Request:
        body = request.body
        if not isinstance(body, bytes) or len(body) < (self._compress_min_size or 0):
            return request
        packed = await asyncio.to_thread(gzip.compress, body, 1, mtime=0)
        return attrs.evolve(request, body=packed, headers={**request.headers, "Content-Encoding": "gzip"})


class _Body(aiohttp.Payload):
    """A body that notes when its first byte leaves, goes out once only, and never blocks the loop for long."""

    _value: bytes | StreamedBody
    _autoclose = True

    def __init__(self, content: bytes | StreamedBody, exchange: Exchange, content_type: str | None) -> None:
        super().__init__(content, content_type=content_type)
        self._size = len(content) if isinstance(content, bytes) else content.size
        self._exchange = exchange
        self.error: Exception | None = None
        """What reading the content raised."""

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write all of it; for versions of aiohttp that ask so."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:  # noqa: ARG002
        """Write all of it, once.

        Raises:
            RuntimeError: It was written before.
        """
        if self._consumed:
            raise RuntimeError("a body is sent once: whether a call is made again is decided elsewhere")
        self._consumed = True
        content = self._value
        if not isinstance(content, bytes):
            await self._stream(writer, content)
            return
        self._exchange.sent = True
        if len(content) <= _SLICE:
            await writer.write(content)
            return
        view = memoryview(content)
        for start in range(0, len(content), _SLICE):
            if start:
                await asyncio.sleep(0)  # a peer that reads fast would let all slices through in one turn of the loop
            await writer.write(view[start : start + _SLICE])

    async def _stream(self, writer: AbstractStreamWriter, content: StreamedBody) -> None:
        left = content.size
        chunks = content.chunks()
        try:
            while (chunk := await self._next(chunks)) is not None:
                left -= len(chunk)
                if left < 0:
                    break
                self._exchange.sent = True
                await writer.write(chunk)
        finally:
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()
        if left:
            self.error = InvalidArgument(
                f"a body of {content.size} bytes was announced and has changed: nothing was accepted", size=content.size
            )
            raise self.error
        self._exchange.sent = True

    async def _next(self, chunks: AsyncIterator[bytes]) -> bytes | None:
        try:
            return await anext(chunks, None)
        except Exception as error:
            self.error = error
            raise

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the body as text.

        Raises:
            TypeError: It is streamed.
        """
        if isinstance(self._value, bytes):
            return self._value.decode(encoding, errors)
        raise TypeError("a streamed body is not held as a whole")


class _Broken(aiohttp.ClientError):
    """A broken connection, under a name at which aiohttp does not send again."""


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Broken(*error.args) from error


@lru_cache(maxsize=128)
def _url(text: str) -> URL:
    return URL(text, encoded=True)


def _body_of(request: Request, exchange: Exchange) -> _Body | None:
    body = request.body
    if body is None:
        if request.method in _NO_BODY:
            return None
        body = b""
    return _Body(body, exchange, request.content_type)


async def _whole(response: aiohttp.ClientResponse, exchange: Exchange, deadline: Deadline) -> Response | Failure:
    exchange.status = status = response.status
    content, headers = response.content, response.headers
    try:
        # Most answers are short and come whole with their head: reading those takes no waiting, and half the steps.
        if content.is_eof() and hdrs.CONTENT_ENCODING not in headers:
            return Response(status, headers, content.read_nowait())
        with deadline:
            body = await _read(response)
    except (aiohttp.ClientError, OSError) as error:
        if status in SUCCESS:
            return Failure(_kind(error), sent=True, status=status, cause=error)
        body = b""  # a refusal whose words broke off is still a refusal
    return Response(status, headers, body)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read the body, up to what no honest answer reaches."""
    size = response.content_length
    if size is not None and size <= _MAX_ANSWER and hdrs.CONTENT_ENCODING not in response.headers:
        return await response.read()
    parts: list[bytes] = []
    left = _MAX_ANSWER if size is None or size <= _MAX_ANSWER else -1
    try:
        while left >= 0 and (part := await response.content.readany()):
            parts.append(part)
            left -= len(part)
    finally:
        response.release()  # closes the connection unless all was read
    if left < 0:
        raise aiohttp.ClientPayloadError(f"the answer is larger than {_MAX_ANSWER} bytes")
    return b"".join(parts)


def _failure(error: Exception, exchange: Exchange, *, told: bool) -> Failure:
    """Translate aiohttp's exception; `told` says that a body was there to tell whether it was sent."""
    kind = _kind(error)
    if not told:
        exchange.sent = kind != "connect"
    return Failure(kind, exchange.sent, cause=_cause(error))


def _kind(error: Exception) -> Kind:
    # The order counts: a ClientConnectorError is a ClientOSError, a ConnectionTimeoutError is a TimeoutError, and a
    # ClientHttpProxyError is a ClientResponseError, which otherwise means that the answer could not be parsed.
    match error:
        case (
            aiohttp.ClientConnectorError()
            | aiohttp.ConnectionTimeoutError()
            | aiohttp.ServerFingerprintMismatch()
            | aiohttp.ClientHttpProxyError()
        ):
            return "connect"
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientResponseError():
            return "not_http"
        case _:
            return "broken"


def _cause(error: Exception) -> BaseException | None:
    # The repr of a ClientResponseError shows the request's headers, and so the key.
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return OSError(errno.ECONNREFUSED, f"the proxy answered {error.status} {error.message}")
    return error.__cause__ if isinstance(error, (aiohttp.ClientResponseError, _Broken)) else error
