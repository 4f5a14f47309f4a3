"""Fakes for tests without network and without waiting: a transport that answers from a script, a clock moved by hand.

::

    clock, transport = FakeClock(), FakeTransport()
    transport.respond(429, headers={"Retry-After": "30"})
    transport.respond(json={"id": "<1@mg.example.com>", "message": "Queued. Thank you."})
    async with Mailgun(api_key="k", domain="mg.example.com", transport=transport, clock=clock) as mg:
        await clock.run(mg.messages.send(message))
    assert transport.fields()["to"] == ["bob@example.com"]
    assert clock.elapsed_s >= 30.0
"""

from __future__ import annotations

import asyncio
import gzip
import heapq
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import attrs
import orjson
from multidict import CIMultiDict

from mailgun_async.testing._forms import Form, FormFile, boundary_of, parse_multipart, parse_urlencoded
from mailgun_async.transport.request import Exchange, Failure, Request, Response

if TYPE_CHECKING:
    from mailgun_async.transport.clock import Timer

__all__ = ["Answer", "FakeClock", "FakeTransport", "FormFile"]

T = TypeVar("T")

Answer = Callable[[Request, Exchange], Response | Failure | Awaitable[Response | Failure]]
"""What a script may hold: it answers, at once or after a wait. The exchange says `sent` unless it is set otherwise."""


class FakeTransport:
    """A `Transport` that answers from a script, first in first out, and records what it was sent.

    Args:
        otherwise: Answers every request for which the script holds nothing. Default: such a request is an
            `AssertionError` that names it.
    """

    def __init__(self, *, otherwise: Answer | None = None) -> None:
        self.requests: list[Request] = []
        """Every request, in order of its sending."""
        self.bodies: list[bytes] = []
        """Their bodies, streamed ones read to the end and gzip undone; empty bytes where there was none."""
        self.timeouts_s: list[float] = []
        """The seconds that each was given."""
        self.closed = False
        """`close` was called."""
        self._script: deque[Answer] = deque()
        self._otherwise = otherwise

    @property
    def unused(self) -> int:
        """Scripted answers that nobody has asked for yet."""
        return len(self._script)

    def respond(
        self,
        status: int = 200,
        *,
        json: object = None,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Script one answer; `json` is encoded and gets its Content-Type, `body` is sent as it is."""
        fields = CIMultiDict(headers or {})
        content = body.encode() if isinstance(body, str) else body or b""
        if body is None and json is not None:
            content = orjson.dumps(json)
            fields.setdefault("Content-Type", "application/json")
        return self.answer(lambda _request, _exchange: Response(status, fields, content))

    def fail(
        self,
        kind: Literal["connect", "timeout", "broken", "not_http", "cancelled"],
        *,
        sent: bool,
        status: int | None = None,
        cause: BaseException | None = None,
    ) -> Self:
        """Script one attempt without an answer; `status` is that of an answer that broke off."""
        return self.answer(lambda _request, _exchange: Failure(kind, sent, status, cause))

    def hang(self, *, sent: bool, status: int | None = None) -> Self:
        """Script one attempt that never ends by itself; it has to be cancelled."""

        async def never(_request: Request, exchange: Exchange) -> Response:
            exchange.sent, exchange.status = sent, status
            forever: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
            return await forever

        return self.answer(never)

    def answer(self, answer: Answer) -> Self:
        """Script one answer that a function makes; it may be async."""
        self._script.append(answer)
        return self

    async def send(self, request: Request, /, *, timeout_s: float, exchange: Exchange) -> Response | Failure:
        """Record the request and give the next answer of the script.

        Raises:
            AssertionError: The script has come to its end.
        """
        answer = self._script.popleft() if self._script else self._otherwise
        self.requests.append(request)
        self.timeouts_s.append(timeout_s)
        self.bodies.append(await _read(request))
        if answer is None:
            raise AssertionError(
                f"FakeTransport: no answer is scripted for request {len(self.requests)}, {request.method} {request.url}"
            )
        exchange.sent = True
        answered = answer(request, exchange)
        result = await answered if inspect.isawaitable(answered) else answered
        exchange.sent = result.sent if isinstance(result, Failure) else True
        exchange.status = result.status
        return result

    async def close(self) -> None:
        """Note that it was closed."""
        self.closed = True

    def fields(self, index: int = -1) -> dict[str, list[str]]:
        """Text fields of a recorded multipart or URL-encoded body: each name with its values in order."""
        return self._form(index).fields

    def files(self, index: int = -1) -> list[FormFile]:
        """Files of a recorded multipart body."""
        return self._form(index).files

    def json(self, index: int = -1) -> Any:
        """A recorded JSON body, decoded."""
        return orjson.loads(self.bodies[index])

    def _form(self, index: int) -> Form:
        content_type = self.requests[index].content_type or ""
        if content_type.startswith("multipart/form-data"):
            return parse_multipart(self.bodies[index], boundary_of(content_type))
        if content_type.startswith("application/x-www-form-urlencoded"):
            return parse_urlencoded(self.bodies[index])
        raise AssertionError(f"request {index} carries no form but {content_type or 'no content type'!r}")


async def _read(request: Request) -> bytes:
    body = request.body
    if body is None:
        return b""
    content = body if isinstance(body, bytes) else b"".join([chunk async for chunk in body.chunks()])
    headers = {name.lower(): value for name, value in request.headers.items()}
    return gzip.decompress(content) if headers.get("content-encoding") == "gzip" else content


@attrs.define(eq=False)
class _Timer:
    callback: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class FakeClock:
    """A `Clock` that stands still until it is told to move.

    Args:
        now: What `now()` says at first, in seconds.
        wall: What `wall()` says at first, in seconds since 1970 UTC; it moves along with `now()`.
        turns: Turns of the event loop that tasks get after every timer. One waking another takes one or two.
    """

    def __init__(self, *, now: float = 1_000.0, wall: float = 1_790_000_000.0, turns: int = 20) -> None:
        self.sleeps: list[float] = []
        """Seconds of every `sleep`, in the order of their starts."""
        self._start, self._now, self._offset, self._turns = now, now, wall - now, turns
        self._timers: list[tuple[float, int, _Timer]] = []
        self._order = count()

    def now(self) -> float:
        """Seconds."""
        return self._now

    def wall(self) -> float:
        """Seconds since 1970 UTC."""
        return self._now + self._offset

    @property
    def elapsed_s(self) -> float:
        """Seconds that it has been moved by, since it was made."""
        return self._now - self._start

    async def sleep(self, seconds: float, /) -> None:
        """Return once somebody has moved the clock by `seconds`; zero and less give way to other tasks once."""
        self.sleeps.append(seconds)
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        timer = self.call_at(self._now + seconds, lambda: None if done.done() else done.set_result(None))
        try:
            await done
        finally:
            timer.cancel()

    def call_at(self, at: float, callback: Callable[[], None], /) -> Timer:
        """Run `callback` when the clock reaches `at`, or in the loop's next turn when it is past that."""
        if at <= self._now:
            return asyncio.get_running_loop().call_soon(callback)
        timer = _Timer(callback)
        heapq.heappush(self._timers, (at, next(self._order), timer))
        return timer

    @property
    def next_at(self) -> float | None:
        """When the next timer is due on the scale of `now()`; None when there is none."""
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    async def advance(self, seconds: float) -> None:
        """Move the clock, running what is due in the order of its time and letting tasks run after each."""
        target = self._now + seconds
        await self.settle()
        while (at := self.next_at) is not None and at <= target:
            self._now = at
            heapq.heappop(self._timers)[2].callback()
            await self.settle()
        self._now = target

    async def run(self, awaitable: Awaitable[T]) -> T:
        """Wait for `awaitable`, moving the clock to the next timer whenever everything stands still.

        Best for what waits for this clock alone. A call to an `Emulator` works too if nothing else has a timer: the
        clock moves on to that while the call is on its way.

        Raises:
            AssertionError: It waits for something, and for 0.2 s of real time there was no timer that could bring it.
        """
        task = asyncio.ensure_future(awaitable)
        await self.settle()
        while not task.done():
            if (at := self.next_at) is not None:
                await self.advance(at - self._now)
            elif not await self._stirs(task):
                task.cancel()
                await self.settle()
                raise AssertionError("FakeClock: everything waits, and no timer of this clock is left to end it")
        return task.result()

    async def _stirs(self, task: asyncio.Future[T]) -> bool:
        """Give the network its time: true once the task has ended or there is a timer to move to."""
        for _ in range(200):
            if task.done() or self.next_at is not None:
                return True
            await asyncio.sleep(0.001)
        return False

    async def settle(self) -> None:
        """Let tasks run without moving the clock."""
        for _ in range(self._turns):
            await asyncio.sleep(0)
