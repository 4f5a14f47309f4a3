from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import attrs
import pytest

from mailgun_async.transport.outcome import Accepted, Limited, Refused, Unknown
from mailgun_async.transport.request import Exchange

if TYPE_CHECKING:
    from tests.transport.conftest import Behaviour, Peer, Server, Wire


LARGE = b"x" * 16_000_000


@attrs.define
class Streamed:
    """A body in pieces, of the size it promises or not."""

    pieces: list[bytes]
    size: int
    closed: bool = False

    async def chunks(self) -> AsyncIterator[bytes]:
        try:
            for piece in self.pieces:
                yield piece
        finally:
            self.closed = True


# -- nobody knows ------------------------------------------------------------------------------------------------------


async def closing(peer: Peer) -> None:
    """Close at once."""
    await peer.close()


async def resetting(peer: Peer) -> None:
    """Reset at once."""
    peer.reset()


async def closing_after_head(peer: Peer) -> None:
    """Read the head, then close."""
    await peer.head()
    await peer.close()


async def closing_after_body(peer: Peer) -> None:
    """Read all, then close."""
    await peer.request()
    await peer.close()


async def resetting_after_head(peer: Peer) -> None:
    """Read the head, then reset."""
    await peer.head()
    peer.reset()


async def resetting_after_body(peer: Peer) -> None:
    """Read all, then reset."""
    await peer.request()
    peer.reset()


async def half_a_status_line(peer: Peer) -> None:
    """Begin to answer."""
    await peer.request()
    await peer.say(b"HTTP/1.1 20")
    await peer.close()


async def half_the_headers(peer: Peer) -> None:
    """Begin to answer, and say 200."""
    await peer.request()
    await peer.say(b"HTTP/1.1 200 Said\r\nContent-Type: appl")
    await peer.close()


@pytest.mark.parametrize(
    ("behaviour", "read"),
    [
        (closing, (0, 0)),
        (closing_after_head, (1, 0)),
        (closing_after_body, (1, 1)),
        (resetting, (0, 0)),
        (resetting_after_head, (1, 0)),
        (resetting_after_body, (1, 1)),
        (half_a_status_line, (1, 1)),
        (half_the_headers, (1, 1)),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
async def test_a_broken_connection_is_unknown_and_nothing_is_sent_twice(
    wire: Wire, server: Server, method: str, behaviour: Behaviour, read: tuple[int, int]
) -> None:
    """Also where aiohttp would send again by itself: the server counts heads and bodies."""
    server.behave(behaviour)
    failure = wire.failure(await wire.tried(wire.request(method)))
    assert (failure.kind, failure.sent, failure.status) == ("broken", True, None)
    assert server.connections == 1
    assert (len(server.heads), len(server.bodies)) == read


@pytest.mark.parametrize("behaviour", [closing, closing_after_head, resetting_after_head])
@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "held"])
async def test_a_connection_that_ends_during_a_large_upload_is_unknown(
    wire: Wire, server: Server, streamed: bool, behaviour: Behaviour
) -> None:
    """16 MB, of which the server reads none."""
    server.behave(behaviour)
    body = Streamed([LARGE[:1_000_000]] * 16, 16_000_000) if streamed else LARGE
    failure = wire.failure(await wire.tried(wire.post(body=body)))
    assert (failure.kind, failure.sent) == ("broken", True)
    assert server.connections == 1
    if isinstance(body, Streamed):
        assert body.closed


async def test_silence_is_unknown(wire: Wire, server: Server) -> None:
    """All was read, nothing is said."""
    server.behave(server.stalling)
    failure = wire.failure(await wire.tried(wire.post(), timeout_s=wire.short_s))
    assert (failure.kind, failure.sent) == ("timeout", True)
    assert len(server.bodies) == 1


async def test_silence_is_unknown_in_a_session_that_stops_reading_early(wire: Wire, server: Server) -> None:
    """The session's own timeouts do not hold: the attempt's do."""
    server.behave(server.stalling)
    timeout = aiohttp.ClientTimeout(sock_read=0.01)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        failure = wire.failure(await wire.tried(wire.post(), timeout_s=wire.short_s, session=session))
    assert type(failure.cause) is TimeoutError


async def test_a_peer_that_stops_reading_is_unknown(wire: Wire, server: Server) -> None:
    """Only the time for the whole attempt covers an upload."""

    async def not_reading(peer: Peer) -> None:
        await peer.head()
        await peer.stall()

    server.behave(not_reading)
    failure = wire.failure(await wire.tried(wire.post(body=LARGE), timeout_s=wire.short_s))
    assert (failure.kind, failure.sent) == ("timeout", True)
    assert (len(server.heads), server.bodies) == (1, [])


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"\x16\x03\x01\x02\x00", b"HTTP/9 maybe\r\n\r\n"])
async def test_an_answer_that_is_not_http_is_unknown(wire: Wire, server: Server, said: bytes) -> None:
    """Aiohttp calls it status 400; it is no refusal of Mailgun's. The key is not in what is kept of it."""

    async def babbling(peer: Peer) -> None:
        await peer.request()
        await peer.say(said)
        await peer.stall()

    server.behave(babbling)
    failure = wire.failure(await wire.tried(wire.post()))
    assert (failure.kind, failure.sent, failure.status) == ("not_http", True, None)
    assert "c2VjcmV0" not in repr((failure, failure.cause))
    assert len(server.heads) == 1


async def test_a_kept_connection_that_was_closed_is_not_used(wire: Wire, server: Server) -> None:
    """A fresh one is, and nothing is lost."""

    async def answering_once(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200, b"{}")
        await peer.close()

    server.behave(answering_once)
    async with wire.transport() as transport:
        for _ in range(2):
            answer = await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
            assert isinstance(wire.proves(wire.post(), answer), Accepted)
            await asyncio.sleep(0.02)
    assert (server.connections, len(server.heads)) == (2, 2)


@pytest.mark.parametrize("end", ["closes", "resets"])
async def test_a_kept_connection_that_ends_under_a_request_is_unknown(wire: Wire, server: Server, end: str) -> None:
    """Most likely it was never read; nobody can tell."""

    async def ending_under_the_second(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200, b"{}")
        await peer.head()
        await peer.end(end)

    server.behave(ending_under_the_second)
    async with wire.transport() as transport:
        await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
        answer = await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
    assert isinstance(wire.proves(wire.post(), answer), Unknown)
    assert (server.connections, len(server.heads)) == (1, 2)


async def test_in_the_callers_own_session_a_read_may_be_made_twice(wire: Wire, server: Server) -> None:
    """A GET alone: our middleware would switch off the session's own."""
    server.behave(closing_after_head)
    async with aiohttp.ClientSession() as session:
        assert isinstance(await wire.tried(wire.request("GET"), session=session), Unknown)
        assert len(server.heads) == 2
        assert isinstance(await wire.tried(wire.request("PUT"), session=session), Unknown)
        assert len(server.heads) == 3


async def test_a_middleware_of_the_callers_session_cannot_send_a_message_twice(wire: Wire, server: Server) -> None:
    """Its second try finds the body used up."""

    async def stubborn(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        try:
            return await handler(request)
        except aiohttp.ServerDisconnectedError:
            return await handler(request)

    server.behave(closing_after_body)
    async with aiohttp.ClientSession(middlewares=[stubborn]) as session:
        assert isinstance(await wire.tried(wire.post(), session=session), Unknown)
    assert len(server.heads) == 1


# -- the answer broke off ----------------------------------------------------------------------------------------------


def breaking_off(status: int, end: str) -> Behaviour:
    """Answer with half a body, then close, reset or stall."""

    async def behaviour(peer: Peer) -> None:
        await peer.request()
        await peer.say(b'HTTP/1.1 %d Said\r\nContent-Length: 50\r\nRetry-After: 9\r\n\r\n{"id": ' % status)
        if end == "stalls":
            await peer.stall()
        await asyncio.sleep(0.02)  # a RST would overtake what was said
        await peer.end(end)

    return behaviour


@pytest.mark.parametrize("end", ["closes", "resets", "stalls"])
async def test_a_200_that_breaks_off_was_accepted(wire: Wire, server: Server, end: str) -> None:
    """The id is not known, ours is."""
    server.behave(breaking_off(200, end))
    exchange = Exchange()
    assert await wire.tried(wire.post(), exchange, timeout_s=wire.short_s) == Accepted(None)
    assert exchange.status == 200
    assert len(server.heads) == 1


@pytest.mark.parametrize(("end", "kind"), [("closes", "broken"), ("resets", "broken"), ("stalls", "timeout")])
async def test_a_200_to_a_read_that_breaks_off_is_unknown(wire: Wire, server: Server, end: str, kind: str) -> None:
    """It can be read again."""
    server.behave(breaking_off(200, end))
    failure = wire.failure(await wire.tried(wire.request("GET"), timeout_s=wire.short_s))
    assert (failure.kind, failure.sent, failure.status) == (kind, True, 200)
    assert len(server.heads) == 1


async def test_a_refusal_that_breaks_off_is_a_refusal(wire: Wire, server: Server) -> None:
    """Status and headers are enough."""
    server.behave(breaking_off(429, "closes"))
    outcome = await wire.tried(wire.post())
    assert isinstance(outcome, Limited)
    assert (outcome.retry_after_s, outcome.response.body) == (9.0, b"")


# -- answers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 422])
async def test_a_4xx_is_refused(wire: Wire, server: Server, status: int) -> None:
    """Nothing was queued."""
    server.behave(server.saying(status))
    assert isinstance(await wire.tried(wire.post()), Refused)
    assert len(server.heads) == 1


@pytest.mark.parametrize("status", [420, 429])
async def test_too_fast_is_limited(wire: Wire, server: Server, status: int) -> None:
    """Nothing was queued, and the time to come back is known."""
    server.behave(server.saying(status, b"", b"Retry-After: 30"))
    outcome = await wire.tried(wire.post())
    assert isinstance(outcome, Limited)
    assert outcome.retry_after_s == 30.0
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    ("status", "words", "wait_s"),
    [
        (420, b"recipient limit exceeded, try again after 12 seconds", 12.0),
        (400, b"Domain x is not allowed to send: recipient limit exceeded", None),
        (400, b"You are sending too fast", None),
        (403, b"request limit exceeded, try again after 12 seconds", 12.0),
    ],
)
async def test_too_fast_may_be_said_in_words(
    wire: Wire, server: Server, status: int, words: bytes, wait_s: float | None
) -> None:
    """Under statuses that mean something else without them."""
    server.behave(server.saying(status, words))
    outcome = await wire.tried(wire.post())
    assert isinstance(outcome, Limited)
    assert outcome.retry_after_s == wait_s
    assert len(server.heads) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_unknown_and_not_followed(wire: Wire, server: Server, status: int) -> None:
    """A 307 would send the message again."""
    server.behave(server.saying(status, b"", b"Location: /elsewhere"))
    assert isinstance(await wire.tried(wire.post()), Unknown)
    assert len(server.heads) == 1


@pytest.mark.parametrize("status", [408, 425, 499, 500, 502, 503, 504, 520, 524])
async def test_a_failing_server_is_unknown(wire: Wire, server: Server, status: int) -> None:
    """A 5xx can be an accepted message."""
    server.behave(server.saying(status))
    assert isinstance(await wire.tried(wire.post()), Unknown)
    assert len(server.heads) == 1


async def test_a_429_before_the_body_was_read_is_limited(wire: Wire, server: Server) -> None:
    """16 MB that nobody wants: the answer ends the upload."""

    async def refusing_early(peer: Peer) -> None:
        await peer.head()
        await peer.answer(429, b"", b"Retry-After: 1")
        await peer.stall()

    server.behave(refusing_early)
    assert isinstance(await wire.tried(wire.post(body=LARGE)), Limited)
    assert (len(server.heads), server.bodies) == (1, [])
