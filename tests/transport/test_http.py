from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import pytest
from aioresponses import aioresponses
from yarl import URL

from mailgun_async.config import Timeouts
from mailgun_async.errors import ConfigError
from mailgun_async.transport import refusals
from mailgun_async.transport.http import HttpTransport
from mailgun_async.transport.outcome import Accepted, Refused, Unknown, Unsent
from mailgun_async.transport.request import BULK, Exchange, Failure, Response

if TYPE_CHECKING:
    from tests.transport.conftest import Peer, Server, Wire


async def test_an_answer_comes_back_whole(wire: Wire, server: Server) -> None:
    """Status, headers in any case, and body."""
    server.behave(server.accepting)
    exchange = Exchange()
    outcome = await wire.tried(wire.post(), exchange)
    assert isinstance(outcome, Accepted)
    assert outcome.response is not None
    assert (outcome.response.status, outcome.response.body) == (200, b'{"id": "<1@x>"}')
    assert outcome.response.headers["x-request-id"] == "r1"
    assert (exchange.sent, exchange.status) == (True, 200)
    assert server.bodies == [b"x" * 2_000]


async def test_the_request_goes_out_as_it_is(wire: Wire, server: Server) -> None:
    """The URL is not quoted again, the length is exact, the content type is the request's."""
    server.behave(server.accepting)
    await wire.tried(attrs.evolve(wire.post(), url=f"{server.url}/v3/a%2Fb/messages?q=%20+"))
    head = server.heads[0].decode()
    assert head.startswith("POST /v3/a%2Fb/messages?q=%20+ HTTP/1.1\r\n")
    assert "Content-Length: 2000\r\n" in head
    assert "Content-Type: multipart/form-data; boundary=b\r\n" in head
    assert "Authorization: Basic c2VjcmV0\r\n" in head
    assert "Expect" not in head
    assert "chunked" not in head


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_call_without_body_says_so(wire: Wire, server: Server, method: str) -> None:
    """Length 0 and no content type."""
    server.behave(server.accepting)
    exchange = Exchange()
    assert isinstance(await wire.tried(attrs.evolve(wire.post(body=None), method=method), exchange), Accepted)
    assert "Content-Length: 0\r\n" in server.heads[0].decode()
    assert "Content-Type" not in server.heads[0].decode()
    assert exchange.sent


async def test_a_read_has_neither_body_nor_length(wire: Wire, server: Server) -> None:
    """A GET is a plain GET."""
    server.behave(server.accepting)
    assert isinstance(await wire.tried(wire.request("GET")), Accepted)
    assert "Content-" not in server.heads[0].decode()


async def test_connections_are_kept_for_the_next_call(wire: Wire, server: Server) -> None:
    """Three calls, one connection."""
    server.behave(server.accepting)
    async with wire.transport() as transport:
        for _ in range(3):
            await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
    assert (server.connections, len(server.heads)) == (1, 3)


async def test_a_connection_that_was_idle_for_too_long_is_not_used(wire: Wire, server: Server) -> None:
    """The server may be closing it just now."""
    server.behave(server.accepting)
    async with wire.transport(keepalive_s=0.02) as transport:
        for _ in range(2):
            await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
            await asyncio.sleep(0.05)
    assert (server.connections, len(server.heads)) == (2, 2)


async def test_a_call_may_take_for_ever(wire: Wire, server: Server) -> None:
    """Whoever wants that may have it."""
    server.behave(server.accepting)
    assert isinstance(await wire.tried(wire.post(), timeout_s=float("inf")), Accepted)


# -- places ------------------------------------------------------------------------------------------------------------


async def test_bulk_calls_leave_a_quarter_of_the_places(wire: Wire, server: Server) -> None:
    """A fourth of theirs waits, what came after it does not."""
    server.behave(server.stalling)
    async with wire.transport(limit=4) as transport:
        calls = [wire.post(body=b"bulk", priority=BULK) for _ in range(4)] + [wire.post(body=b"mine")]
        sending = [
            asyncio.ensure_future(transport.send(call, timeout_s=wire.short_s, exchange=Exchange())) for call in calls
        ]
        await server.read(4)
        assert sorted(server.bodies) == [b"bulk", b"bulk", b"bulk", b"mine"]
        await asyncio.gather(*sending)


async def test_there_are_no_more_places_than_the_callers_session_has_connections(wire: Wire, server: Server) -> None:
    """So their order is ours: of four, bulk gets three."""
    server.behave(server.stalling)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=4)) as session,
        wire.transport(session=session) as transport,
    ):
        calls = [wire.post(body=b"bulk", priority=BULK) for _ in range(4)] + [wire.post(body=b"mine")]
        sending = [
            asyncio.ensure_future(transport.send(call, timeout_s=wire.short_s, exchange=Exchange())) for call in calls
        ]
        await server.read(4)
        assert sorted(server.bodies) == [b"bulk", b"bulk", b"bulk", b"mine"]
        await asyncio.gather(*sending)


async def test_connections_end_when_nothing_is_acknowledged(
    wire: Wire, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After as long as an answer may take, where the platform has the option."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("no TCP_USER_TIMEOUT here")
    loop = asyncio.get_running_loop()
    connect, options = loop.sock_connect, []

    async def watching(raw: socket.socket, address: Any) -> None:
        options.append(raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        await connect(raw, address)

    monkeypatch.setattr(loop, "sock_connect", watching)
    server.behave(server.accepting)
    await wire.tried(wire.post(), timeouts=Timeouts(answer_s=7.0))
    assert options == [7000]


async def test_cookies_are_not_kept(wire: Wire, server: Server) -> None:
    """A load balancer's cookie would tie every call to one of its servers."""

    async def baking(peer: Peer) -> None:
        for _ in range(2):
            await peer.request()
            await peer.answer(200, b"{}", b"Set-Cookie: route=1; Path=/")

    server.behave(baking)
    async with wire.transport() as transport:
        for _ in range(2):
            request = wire.post(server.url.replace("127.0.0.1", "localhost"))
            await transport.send(request, timeout_s=2, exchange=Exchange())
    assert len(server.heads) == 2
    assert b"Cookie" not in server.heads[1]


# -- sessions, loops, proxies ------------------------------------------------------------------------------------------


async def test_the_callers_session_is_used_and_not_closed(wire: Wire, server: Server) -> None:
    """Its headers go along, its ways with answers do not."""
    server.behave(server.saying(400, gzip.compress(b"no"), b"Content-Encoding: gzip"))
    options: Any = {"headers": {"X-Mine": "1"}, "raise_for_status": True, "auto_decompress": False}
    async with aiohttp.ClientSession(**options) as session:
        exchange = Exchange()
        outcome = await wire.tried(wire.post(), exchange, session=session)
        assert isinstance(outcome, Refused)
        assert outcome.response.body == b"no"
        assert exchange.sent
        assert not session.closed
    assert b"X-Mine: 1\r\n" in server.heads[0]


async def test_a_closed_session_of_the_callers_is_a_config_error(wire: Wire) -> None:
    """Nothing is sent."""
    session = aiohttp.ClientSession()
    await session.close()
    with pytest.raises(ConfigError, match="closed"):
        await wire.tried(wire.post(), session=session)


async def test_a_session_of_the_callers_that_closes_later_is_a_config_error(wire: Wire, server: Server) -> None:
    """At the next call."""
    server.behave(server.accepting)
    async with aiohttp.ClientSession() as session, wire.transport(session=session) as transport:
        await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
        await session.close()
        with pytest.raises(ConfigError, match="closed"):
            await transport.send(wire.post(), timeout_s=2, exchange=Exchange())
    assert len(server.heads) == 1


async def test_other_errors_of_the_callers_session_are_its_own(wire: Wire) -> None:
    """A middleware's, for one."""

    async def broken(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        raise RuntimeError("mine")

    async with aiohttp.ClientSession(middlewares=[broken]) as session:
        with pytest.raises(RuntimeError, match="mine"):
            await wire.tried(wire.post(), session=session)


def test_a_transport_has_room_for_one_call_at_least() -> None:
    """With none it would wait for ever."""
    with pytest.raises(ConfigError, match="limit"):
        HttpTransport(limit=0)


def test_a_proxy_that_speaks_no_http_is_a_config_error() -> None:
    """It would be spoken to as if it did."""
    with pytest.raises(ConfigError, match=r"not socks5://127\.0\.0\.1"):
        HttpTransport(proxy="socks5://user:hunter2@127.0.0.1:1080")


async def test_a_closed_transport_says_so(wire: Wire, server: Server) -> None:
    """Also to a call that waited for a place; closing twice is harmless."""
    server.behave(server.stalling)
    transport = HttpTransport(limit=1)
    first = asyncio.ensure_future(transport.send(wire.post(), timeout_s=2, exchange=Exchange()))
    waiting = asyncio.ensure_future(transport.send(wire.post(), timeout_s=2, exchange=Exchange()))
    await server.read(1)
    await transport.close()
    await transport.close()
    assert isinstance(wire.proves(wire.post(), await first), Unknown)
    with pytest.raises(ConfigError, match="closed"):
        await waiting
    with pytest.raises(ConfigError, match="closed"):
        await transport.send(wire.post(), timeout_s=2, exchange=Exchange())


async def test_another_event_loop_is_a_config_error(wire: Wire, server: Server) -> None:
    """Connections belong to the loop that opened them."""
    server.behave(server.accepting)
    async with wire.transport() as transport:
        await transport.send(wire.post(), timeout_s=2, exchange=Exchange())

        def elsewhere() -> None:
            asyncio.run(transport.send(wire.post(), timeout_s=2, exchange=Exchange()))

        with pytest.raises(ConfigError, match="event loop"):
            await asyncio.to_thread(elsewhere)
    assert len(server.heads) == 1


@pytest.mark.parametrize("url", ["ftp://127.0.0.1", "http://127.1"])
async def test_a_url_that_cannot_be_called_is_a_config_error(wire: Wire, url: str) -> None:
    """The text names the host and not the path, which may hold an address."""
    with pytest.raises(ConfigError, match="no address of an HTTP server") as caught:
        await wire.tried(wire.post(url))
    assert "messages" not in str(caught.value)


async def test_a_proxy_is_used_for_plain_http(wire: Wire, server: Server) -> None:
    """The whole URL goes to the proxy."""
    server.behave(server.accepting)
    assert isinstance(await wire.tried(wire.post("http://api.mailgun.test"), proxy=server.url), Accepted)
    assert server.heads[0].startswith(b"POST http://api.mailgun.test/v3/")


async def test_a_proxy_makes_a_tunnel_for_https(
    wire: Wire, server: Server, tls_server: Server, trusting: ssl.SSLContext
) -> None:
    """It is told the host and nothing else: neither the path nor the key."""

    async def tunnelling(peer: Peer) -> None:
        await peer.head()
        await peer.say(b"HTTP/1.1 200 Connection established\r\n\r\n")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(tls_server.url.rpartition(":")[2]))
        ways = [asyncio.ensure_future(relay(peer.reader, writer)), asyncio.ensure_future(relay(reader, peer.writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        writer.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)

    server.behave(tunnelling)
    tls_server.behave(tls_server.accepting)
    outcome = await wire.tried(wire.post(tls_server.url), proxy=server.url, ssl=trusting)
    assert isinstance(outcome, Accepted)
    assert server.heads[0].startswith(b"CONNECT 127.0.0.1:")
    assert b"Authorization" not in server.heads[0]
    assert (len(server.heads), tls_server.bodies) == (1, [b"x" * 2_000])


async def test_a_proxy_that_refuses_the_tunnel_is_unsent(wire: Wire, server: Server) -> None:
    """Its 407 is no answer of Mailgun's, and the key is not in what is kept of it."""

    async def refusing(peer: Peer) -> None:
        await peer.head()
        await peer.answer(407)

    server.behave(refusing)
    proxy = server.url.replace("//", "//user:hunter2@")
    failure = wire.failure(await wire.tried(wire.post("https://api.mailgun.test"), proxy=proxy))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert "hunter2" not in repr(failure.cause)
    assert "407" in str(refusals.error(wire.post(), Unsent(failure)))
    assert "hunter2" not in repr(failure)
    assert server.heads[0].startswith(b"CONNECT api.mailgun.test:443 ")


async def test_a_proxy_that_is_away_is_unsent(wire: Wire, closed_port: int) -> None:
    """Its password is not in what is kept."""
    proxy = f"http://user:hunter2@127.0.0.1:{closed_port}"
    failure = wire.failure(await wire.tried(wire.post("https://api.mailgun.test"), proxy=proxy))
    assert (failure.kind, failure.sent) == ("connect", False)
    assert "hunter2" not in repr(failure)


async def test_the_environments_proxy_is_used_when_asked_for(
    wire: Wire, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But not for the hosts it excepts, nor without `trust_env`."""
    for name in ("no_proxy", "NO_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "direct.test")
    server.behave(server.accepting)
    async with wire.transport(trust_env=True) as transport:
        for _ in range(2):
            request = wire.post("http://api.mailgun.test")
            assert isinstance(await transport.send(request, timeout_s=2, exchange=Exchange()), Response)
        direct = await transport.send(wire.post("http://direct.test:1"), timeout_s=wire.short_s, exchange=Exchange())
    assert isinstance(direct, Failure)
    assert isinstance(await wire.tried(wire.post("http://api.mailgun.test:1"), timeout_s=wire.short_s), Unsent)
    assert len(server.heads) == 2


# -- through a mocked session ------------------------------------------------------------------------------------------


class Mocked(aiohttp.ClientResponse):
    """aioresponses 0.7.9 does not know the argument that aiohttp 3.14 requires."""

    def __init__(self, *args: Any, **options: Any) -> None:
        written: Any = SimpleNamespace(output_size=0)
        super().__init__(*args, stream_writer=written, **options)


async def test_every_request_forbids_redirects_and_judges_its_status_itself(wire: Wire) -> None:
    """Whatever the session's defaults are."""
    with aioresponses() as mocked:
        mocked.post("http://api.mailgun.test/v3/mg.example.com/messages", status=404, response_class=Mocked)
        assert isinstance(await wire.tried(wire.post("http://api.mailgun.test"), timeout_s=7.0), Refused)
        ((call,),) = mocked.requests.values()
    assert call.kwargs["allow_redirects"] is False
    assert call.kwargs["raise_for_status"] is False
    # The whole has a deadline of ours: one timer for all calls.
    assert call.kwargs["timeout"] == aiohttp.ClientTimeout(
        total=None, connect=3 * wire.short_s, sock_connect=wire.short_s
    )
    assert URL("http://api.mailgun.test/v3/mg.example.com/messages") in {url for _, url in mocked.requests}


async def test_what_a_session_raises_is_a_value(wire: Wire) -> None:
    """No exception of aiohttp's gets out."""
    with aioresponses() as mocked:
        mocked.post(
            "http://api.mailgun.test/v3/mg.example.com/messages", exception=aiohttp.ClientConnectionError("odd")
        )
        failure = wire.failure(await wire.tried(wire.post("http://api.mailgun.test")))
    assert (failure.kind, failure.sent) == ("broken", False)
