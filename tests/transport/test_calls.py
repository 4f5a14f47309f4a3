"""Whole calls, with everything real but the server: how each ends, and how many requests the server counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import attrs
import pytest

from mailgun_async import errors
from mailgun_async.config import RetryPolicy, Timeouts
from mailgun_async.transport.clock import SystemClock
from mailgun_async.transport.http import HttpTransport
from mailgun_async.transport.limiter import Limiter
from mailgun_async.transport.outcome import Attempt, Unknown, Unsent
from mailgun_async.transport.session import Session

if TYPE_CHECKING:
    from tests.transport.conftest import Behaviour, Peer, Server, Wire

ATTEMPTS = 3


@attrs.define
class Calls:
    """A session as a client makes it, that waits for next to nothing."""

    session: Session
    limiter: Limiter

    @property
    def in_flight(self) -> float:
        return sum(allowance.in_flight for allowance in self.limiter._ledger.allowances.values())


@pytest.fixture
async def calls() -> AsyncIterator[Calls]:
    """Three attempts at most."""
    clock, timeouts = SystemClock(), Timeouts(connect_s=0.15, answer_s=2.0)
    limiter = Limiter(clock)
    retry = RetryPolicy(max_attempts=ATTEMPTS, base_s=0.001)
    session = Session(HttpTransport(timeouts=timeouts), limiter, clock=clock, retry=retry, timeouts=timeouts)
    yield Calls(session, limiter)
    await session.close()


async def closing_after_head(peer: Peer) -> None:
    """Read the head, then close."""
    await peer.head()
    await peer.close()


async def resetting_after_body(peer: Peer) -> None:
    """Read all, then reset."""
    await peer.request()
    peer.reset()


async def babbling(peer: Peer) -> None:
    """Answer in another language."""
    await peer.request()
    await peer.say(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await peer.stall()


async def answering_half(peer: Peer) -> None:
    """Say 200 and half of the rest."""
    await peer.request()
    await peer.say(b'HTTP/1.1 200 Said\r\nContent-Length: 50\r\n\r\n{"id": ')
    await asyncio.sleep(0.02)
    await peer.close()


def saying(status: int, *fields: bytes) -> Behaviour:
    """Answer every request with this status."""

    async def behaviour(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.answer(status, b"", *fields)

    return behaviour


@pytest.mark.parametrize(
    "behaviour",
    [closing_after_head, resetting_after_body, babbling, saying(307, b"Location: /"), saying(408), saying(502)],
)
async def test_a_message_of_unknown_fate_reaches_the_server_once(
    wire: Wire, server: Server, calls: Calls, behaviour: Behaviour
) -> None:
    """And the error names the id to look up."""
    server.behave(behaviour)
    with pytest.raises(errors.DeliveryUnknown) as caught:
        await calls.session.call(wire.post(message_id="1@mg.example.com"))
    assert caught.value.message_id == "1@mg.example.com"
    assert (server.connections, len(server.heads), calls.in_flight) == (1, 1, 0.0)


async def test_a_message_that_is_not_answered_reaches_the_server_once(wire: Wire, server: Server, calls: Calls) -> None:
    """It may still be read."""
    server.behave(server.stalling)
    with pytest.raises(errors.DeliveryUnknown, match="timeout"):
        await calls.session.call(wire.post(timeout_s=wire.short_s))
    assert (len(server.heads), calls.in_flight) == (1, 0.0)


async def test_a_message_whose_answer_breaks_off_reaches_the_server_once(
    wire: Wire, server: Server, calls: Calls
) -> None:
    """It was accepted."""
    server.behave(answering_half)
    assert await calls.session.call(wire.post()) is None
    assert (len(server.heads), calls.in_flight) == (1, 0.0)


async def test_a_refused_message_reaches_the_server_once(wire: Wire, server: Server, calls: Calls) -> None:
    """It would be refused again."""
    server.behave(saying(400))
    with pytest.raises(errors.BadRequest):
        await calls.session.call(wire.post())
    assert (len(server.heads), calls.in_flight) == (1, 0.0)


async def test_a_limited_message_is_sent_again(wire: Wire, server: Server, calls: Calls) -> None:
    """Which spends no attempt: nothing was accepted."""

    async def refusing_once(peer: Peer) -> None:
        await peer.request()
        await peer.answer(420, b"", b"Retry-After: 0")
        await peer.request()
        await peer.answer(200, b"{}")

    server.behave(refusing_once)
    assert await calls.session.call(wire.post(max_attempts=1)) is not None
    assert (len(server.bodies), calls.in_flight) == (2, 0.0)


async def test_an_unsent_message_is_tried_again(wire: Wire, server: Server, calls: Calls, closed_port: int) -> None:
    """As often as allowed."""
    attempts: list[Attempt] = []
    with pytest.raises(errors.ConnectError, match="not sent"):
        await calls.session.call(wire.post(f"http://127.0.0.1:{closed_port}"), on_attempt=attempts.append)
    assert [type(attempt.outcome) for attempt in attempts] == [Unsent] * ATTEMPTS
    assert (len(server.heads), calls.in_flight) == (0, 0.0)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("behaviour", [closing_after_head, resetting_after_body, babbling, saying(503)])
async def test_what_may_be_repeated_reaches_the_server_as_often_as_attempts_were_made(
    wire: Wire, server: Server, calls: Calls, method: str, behaviour: Behaviour
) -> None:
    """Nothing below this package sends again by itself."""
    server.behave(behaviour)
    attempts: list[Attempt] = []
    with pytest.raises((errors.TransportError, errors.ServerError)):
        await calls.session.call(wire.request(method), on_attempt=attempts.append)
    assert [type(attempt.outcome) for attempt in attempts] == [Unknown] * ATTEMPTS
    assert (len(server.heads), calls.in_flight) == (ATTEMPTS, 0.0)


async def test_a_read_that_fails_and_recovers_is_answered(wire: Wire, server: Server, calls: Calls) -> None:
    """By the last attempt allowed."""

    async def recovering(peer: Peer) -> None:
        await peer.request()
        await peer.answer(503)
        await peer.request()
        await peer.answer(200, b"[]")

    server.behave(closing_after_head, recovering)
    response = await calls.session.call(wire.request("GET"))
    assert response is not None
    assert response.body == b"[]"
    assert (len(server.heads), calls.in_flight) == (ATTEMPTS, 0.0)


async def test_a_cancelled_message_reaches_the_server_once(wire: Wire, server: Server, calls: Calls) -> None:
    """And whoever watches is told that nobody knows."""
    server.behave(server.stalling)
    attempts: list[Attempt] = []
    calling = asyncio.ensure_future(calls.session.call(wire.post(), on_attempt=attempts.append))
    await server.read(1)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert [type(attempt.outcome) for attempt in attempts] == [Unknown]
    assert (len(server.heads), calls.in_flight) == (1, 0.0)
