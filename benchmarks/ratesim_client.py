"""Plugs the package's limiter into a simulator of rate-limited servers that runs in virtual time.

The simulator asks for `make_client(seed)`: an object whose `call(send, cost, priority)` returns once the server has
accepted. `send()` is one attempt; its answer has `status`, `headers` and `body`. A cost is a number of recipients where
the server counts them, and 1 otherwise.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Final

from mailgun_async.transport.limiter import Limiter
from mailgun_async.transport.request import Request, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mailgun_async.transport.clock import Timer
    from mailgun_async.transport.request import Priority

EPOCH: Final = 1_790_000_000.0
"""What the wall clock says at second 0 of the simulation."""


class LoopClock:
    """The running loop's clock, which the simulator turns."""

    def now(self) -> float:
        """Seconds since the simulation began."""
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        """Seconds since 1970."""
        return EPOCH + self.now()

    async def sleep(self, seconds: float, /) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)

    def call_at(self, at: float, callback: Callable[[], None], /) -> Timer:
        """Schedule on the running loop."""
        return asyncio.get_running_loop().call_at(at, callback)


class Client:
    """One process with a limiter of its own."""

    def __init__(self, seed: int) -> None:
        self._limiter = Limiter(LoopClock(), roll=random.Random(seed).random)  # noqa: S311 -- a die, no secret

    async def call(self, send: Callable[[], Awaitable[Any]], cost: float, priority: Priority) -> None:
        """Try until the server accepts."""
        request = Request(
            method="POST",
            template="/v3/{domain_name}/messages",
            url="",
            headers={},
            safety="unsafe",
            account="simulated",
            domain="mg.example.com",
            recipients=int(cost),
            priority=priority,
        )
        accepted = False
        while not accepted:
            ticket = self._limiter.try_admit(request) or await self._limiter.admit(request)
            answer = None
            try:
                answer = await send()
            finally:
                told = None if answer is None else Response(answer.status, answer.headers, answer.body.encode())
                self._limiter.observe(ticket, told)
            accepted = answer.status < 300


def make_client(seed: int) -> Client:
    """Return a client for one simulated process."""
    return Client(seed)
