from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from mailgun_async.config import Timeouts
from mailgun_async.transport import refusals
from mailgun_async.transport.outcome import Accepted, Limited, Unsent
from mailgun_async.transport.request import Exchange, Response

if TYPE_CHECKING:
    from tests.transport.conftest import Behaviour, Peer, Server, Wire


# -- nothing was sent --------------------------------------------------------------------------------------------------


async def test_a_refused_connection_is_unsent(wire: Wire, closed_port: int) -> None:
    """Nobody listens."""
    failure = wire.failure(await wire.tried(wire.post(f"http://127.0.0.1:{closed_port}")))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert isinstance(failure.cause, aiohttp.ClientConnectorError)


async def test_a_refused_connection_is_unsent_for_a_read(wire: Wire, closed_port: int) -> None:
    """The type of the exception tells, as there is no body to tell."""
    exchange = Exchange()
    request = attrs.evolve(wire.request("GET"), url=f"http://127.0.0.1:{closed_port}/v4/domains")
    assert isinstance(await wire.tried(request, exchange), Unsent)
    assert not exchange.sent


async def test_no_route_is_unsent(wire: Wire, server: Server) -> None:
    """The kernel knows no way."""

    def routeless(address: Any) -> socket.socket:
        raise OSError(errno.EHOSTUNREACH, "No route to host")

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(socket_factory=routeless)) as session:
        failure = wire.failure(await wire.tried(wire.post(), session=session))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert server.connections == 0


async def test_a_name_that_does_not_resolve_is_unsent(wire: Wire) -> None:
    """DNS says no."""

    class Nameless(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            raise OSError(None, "Name or service not known")

        async def close(self) -> None:
            pass

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Nameless())) as session:
        failure = wire.failure(await wire.tried(wire.post("http://api.mailgun.test"), session=session))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert isinstance(failure.cause, aiohttp.ClientConnectorDNSError)


async def test_an_unanswered_syn_is_unsent(wire: Wire, deaf_port: int) -> None:
    """The time to connect runs out."""
    failure = wire.failure(await wire.tried(wire.post(f"http://127.0.0.1:{deaf_port}")))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert isinstance(failure.cause, aiohttp.ConnectionTimeoutError)


async def test_an_unanswered_syn_is_unsent_when_the_whole_time_runs_out_first(wire: Wire, deaf_port: int) -> None:
    """The exception says nothing; that no byte left is known all the same."""
    failure = wire.failure(await wire.tried(wire.post(f"http://127.0.0.1:{deaf_port}"), timeout_s=0.05))
    assert (failure.kind, failure.sent) == ("timeout", False)
    assert type(failure.cause) is TimeoutError


async def test_a_call_that_gets_no_place_is_unsent(wire: Wire, server: Server) -> None:
    """Every connection is in use for longer than connecting may take."""
    server.behave(server.stalling)
    async with wire.transport(limit=1, timeouts=Timeouts(connect_s=0.05)) as transport:
        first = asyncio.ensure_future(transport.send(wire.post(), timeout_s=wire.short_s, exchange=Exchange()))
        await asyncio.sleep(0)
        second = await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
        await first
    outcome = wire.proves(wire.post(), second)
    assert isinstance(outcome, Unsent)
    assert outcome.failure.kind == "connect"
    assert "every connection is in use" in str(refusals.error(wire.post(), outcome))
    assert len(server.heads) == 1


async def test_a_full_pool_of_the_callers_own_is_unsent(wire: Wire, server: Server) -> None:
    """Aiohttp's queue for connections ends in time, too."""
    server.behave(server.stalling)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        own = asyncio.ensure_future(session.get(server.url, timeout=aiohttp.ClientTimeout(wire.short_s)))
        await asyncio.sleep(0.02)
        outcome = await wire.tried(wire.post(), session=session, timeouts=Timeouts(connect_s=0.02))
        with pytest.raises(TimeoutError):
            await own
    assert isinstance(outcome, Unsent)
    assert wire.failure(outcome).kind == "connect"
    assert len(server.heads) == 1


async def test_a_bad_certificate_is_unsent(wire: Wire, tls_server: Server) -> None:
    """Nobody has signed it."""
    tls_server.behave(tls_server.accepting)
    failure = wire.failure(await wire.tried(wire.post(tls_server.url)))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert isinstance(failure.cause, aiohttp.ClientConnectorCertificateError)
    assert tls_server.heads == []


async def test_tls_settings_of_the_caller_are_used(wire: Wire, tls_server: Server, trusting: ssl.SSLContext) -> None:
    """The same certificate, trusted; a body of many records."""
    tls_server.behave(tls_server.accepting)
    assert isinstance(await wire.tried(wire.post(tls_server.url, b"x" * 1_000_000), ssl=trusting), Accepted)
    assert tls_server.bodies == [b"x" * 1_000_000]


async def closing(peer: Peer) -> None:
    """Close at once."""
    await peer.close()


async def resetting(peer: Peer) -> None:
    """Reset at once."""
    peer.reset()


async def idling(peer: Peer) -> None:
    """Accept, and say nothing."""
    await peer.stall()


@pytest.mark.parametrize("behaviour", [closing, resetting, idling])
async def test_a_broken_handshake_is_unsent(wire: Wire, server: Server, behaviour: Behaviour) -> None:
    """TLS closed, reset or never answered."""
    server.behave(behaviour)
    failure = wire.failure(await wire.tried(wire.post(server.url.replace("http:", "https:"))))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert (server.connections, server.heads) == (1, [])


# -- Expect: 100-continue ----------------------------------------------------------------------------------------------


async def test_with_expect_the_body_waits_for_the_server(wire: Wire, server: Server) -> None:
    """It asks, it gets."""

    async def asking(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 100 Continue\r\n\r\n")
        server.bodies.append(await peer.reader.readexactly(2_000))
        await peer.answer(200, b"{}")

    server.behave(asking)
    assert isinstance(await wire.tried(wire.post(), expect_continue=True), Accepted)
    assert b"Expect: 100-continue\r\n" in server.heads[0]
    assert server.bodies == [b"x" * 2_000]


async def closing_after_head(peer: Peer) -> None:
    """Read the head, then close."""
    await peer.head()
    await peer.close()


async def test_with_expect_a_close_is_unsent(wire: Wire, server: Server) -> None:
    """The head alone sends no message."""
    server.behave(closing_after_head)
    failure = wire.failure(await wire.tried(wire.post(), expect_continue=True))
    assert (failure.kind, failure.sent) == ("broken", False)
    assert len(server.heads) == 1


async def test_with_expect_a_429_costs_no_upload(wire: Wire, server: Server) -> None:
    """Refused on the head."""

    async def refusing(peer: Peer) -> None:
        await peer.head()
        await peer.answer(429)
        await peer.stall()

    server.behave(refusing)
    exchange = Exchange()
    assert isinstance(await wire.tried(wire.post(), exchange, expect_continue=True), Limited)
    assert not exchange.sent
    assert server.bodies == []


async def test_a_server_that_ignores_expect_costs_the_whole_time(wire: Wire, server: Server) -> None:
    """Both wait. Nothing was sent."""
    server.behave(server.stalling)
    failure = wire.failure(await wire.tried(wire.post(), expect_continue=True, timeout_s=wire.short_s))
    assert (failure.kind, failure.sent) == ("timeout", False)
    assert (len(server.heads), server.bodies) == (1, [])


async def test_an_empty_body_expects_nothing(wire: Wire, server: Server) -> None:
    """There is no body to wait for."""
    server.behave(server.accepting)
    exchange = Exchange()
    assert isinstance(await wire.tried(wire.post(body=None), exchange, expect_continue=True), Accepted)
    assert exchange.sent
    assert b"Expect" not in server.heads[0]


# -- cancellation ------------------------------------------------------------------------------------------------------


async def test_cancelled_before_the_request_left(wire: Wire, deaf_port: int) -> None:
    """The exchange says that nothing was sent."""
    exchange = Exchange()
    async with wire.transport() as transport:
        sending = asyncio.ensure_future(
            transport.send(wire.post(f"http://127.0.0.1:{deaf_port}"), timeout_s=2, exchange=exchange)
        )
        await asyncio.sleep(0.02)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert not exchange.sent


async def test_cancelled_after_the_request_left(wire: Wire, server: Server) -> None:
    """The exchange says that nobody knows; the place is free again."""
    server.behave(server.stalling, server.accepting)
    exchange = Exchange()
    async with wire.transport(limit=1) as transport:
        sending = asyncio.ensure_future(transport.send(wire.post(), timeout_s=2, exchange=exchange))
        await server.read(1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        answer = await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
    assert (exchange.sent, exchange.status) == (True, None)
    assert isinstance(answer, Response)
    assert server.connections == 2


async def test_cancelled_while_the_answer_is_read(wire: Wire, server: Server) -> None:
    """The status is known by then; the half-read connection is not kept."""

    async def chunking(peer: Peer) -> None:
        await peer.request()
        await peer.say(b"HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        await peer.stall()

    server.behave(chunking, server.accepting)
    exchange = Exchange()
    async with wire.transport() as transport:
        sending = asyncio.ensure_future(transport.send(wire.post(), timeout_s=2, exchange=exchange))
        await server.read(1)
        await asyncio.sleep(0.02)  # for the answer's first half to arrive
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert isinstance(await transport.send(wire.post(), timeout_s=2, exchange=Exchange()), Response)
    assert exchange.status == 200
    assert server.connections == 2
