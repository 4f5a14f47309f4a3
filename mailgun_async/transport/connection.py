"""What all views of one client share: the session, opened by the first call, and the limiter with its memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mailgun_async.errors import ConfigError
from mailgun_async.transport import memory
from mailgun_async.transport.limiter import Limiter
from mailgun_async.transport.session import Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mailgun_async.config import RatePolicy, RetryPolicy, Timeouts
    from mailgun_async.transport.clock import Clock, Timer
    from mailgun_async.transport.request import Request, Response, Transport
    from mailgun_async.transport.session import Attempt

__all__ = ["Connection"]

_SAVE_EVERY_S = 60.0


class Connection:
    """Opens a session when it is first needed, and keeps what the limiter learned between processes."""

    def __init__(
        self,
        make_transport: Callable[[], Transport],
        *,
        clock: Clock,
        retry: RetryPolicy,
        timeouts: Timeouts,
        rate: RatePolicy,
    ) -> None:
        self.limiter, self.clock = Limiter(clock, rate), clock
        self.retry, self.timeouts = retry, timeouts
        self._make_transport = make_transport
        self._path = rate.learned_path
        self._opening = asyncio.Lock()
        self._session: Session | None = None
        self._closed = False
        self._timer: Timer | None = None
        self._saving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Open the session unless it is open; what another process learned is known from here on.

        Raises:
            ConfigError: The client is closed.
        """
        if self._session is None:
            await self._open()

    async def call(
        self,
        request: Request,
        /,
        *,
        on_attempt: Callable[[Attempt], None] | None = None,
        on_start: Callable[[], None] | None = None,
    ) -> Response | None:
        """Carry out a call; see `Session.call`.

        Raises:
            ConfigError: The client is closed.
        """
        session = self._session or await self._open()
        return await session.call(request, on_attempt=on_attempt, on_start=on_start)

    async def attempt(self, request: Request, /, *, before: Callable[[float], Awaitable[bool]]) -> Attempt | None:
        """Make one attempt of a call; see `Session.attempt`.

        Raises:
            ConfigError: The client is closed.
        """
        session = self._session or await self._open()
        return await session.attempt(request, before=before)

    async def close(self) -> None:
        """Give back the connections and keep what was learned; harmless twice."""
        if self._closed:
            return
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        session, self._session = self._session, None
        if session is None:
            return
        try:
            await session.close()
        finally:
            if self._saving is not None:
                await self._saving
            await self._save()

    async def _open(self) -> Session:
        async with self._opening:
            if self._session is None:
                if self._path is not None and not self._closed:
                    self.limiter.learn(await asyncio.to_thread(memory.load, self._path))
                if self._closed:
                    raise ConfigError("this client is closed: make a new Mailgun()")
                self._session = Session(
                    self._make_transport(), self.limiter, clock=self.clock, retry=self.retry, timeouts=self.timeouts
                )
                if self._path is not None:
                    self._save_later()
            return self._session

    def _save_later(self) -> None:
        self._timer = self.clock.call_at(self.clock.now() + _SAVE_EVERY_S, self._save_now)

    def _save_now(self) -> None:
        if self._saving is None or self._saving.done():
            self._saving = asyncio.get_running_loop().create_task(self._save())
        self._save_later()

    async def _save(self) -> None:
        if self._path is not None:
            await asyncio.to_thread(memory.save, self._path, self.limiter.learned())
