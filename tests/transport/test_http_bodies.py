from __future__ import annotations

import asyncio
import errno
import gzip
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import attrs
import pytest

from mailgun_async.errors import InvalidArgument
from mailgun_async.transport import encoding
from mailgun_async.transport.outcome import Accepted
from mailgun_async.transport.request import Exchange

if TYPE_CHECKING:
    from tests.transport.conftest import Peer, Server, Wire


LARGE = b"x" * 16_000_000


SMALL = b"x" * 2_000


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


async def test_odd_text_travels_as_it_is(wire: Wire, server: Server, tmp_path: Path) -> None:
    """Spaces, quotes, CJK and emoji in values, file names and headers of the mail, byte for byte."""
    odd = """ a "quoted" 'text', 漢字 📮 """
    (tmp_path / "f").write_bytes(b"%PDF")
    body, content_type = encoding.multipart(
        [
            encoding.field("subject", odd),
            encoding.field("h:X-Greeting", odd),
            encoding.file_part("attachment", "my 漢字 📮.pdf", b"%PDF", "application/pdf"),
            encoding.streamed_part("inline", 'a "b".png', tmp_path / "f", 4, "image/png"),
        ],
        "XYZ",
    )
    server.behave(server.accepting)
    assert isinstance(await wire.tried(attrs.evolve(wire.post(body=body), content_type=content_type)), Accepted)
    assert server.bodies[0].decode().split("\r\n") == [
        "--XYZ",
        'Content-Disposition: form-data; name="subject"',
        "",
        odd,
        "--XYZ",
        'Content-Disposition: form-data; name="h:X-Greeting"',
        "",
        odd,
        "--XYZ",
        'Content-Disposition: form-data; name="attachment"; filename="my 漢字 📮.pdf"',
        "Content-Type: application/pdf",
        "",
        "%PDF",
        "--XYZ",
        'Content-Disposition: form-data; name="inline"; filename="a %22b%22.png"',
        "Content-Type: image/png",
        "",
        "%PDF",
        "--XYZ--",
        "",
    ]
    assert b"Content-Type: multipart/form-data; boundary=XYZ\r\n" in server.heads[0]


async def test_a_streamed_body_has_its_exact_length(wire: Wire, server: Server) -> None:
    """Pieces are sent one after the other, without chunked encoding."""
    server.behave(server.accepting)
    body = Streamed([b"a" * 300_000, b"b" * 10, b"c" * 300_000], 600_010)
    assert isinstance(await wire.tried(wire.post(body=body)), Accepted)
    assert server.bodies == [b"a" * 300_000 + b"b" * 10 + b"c" * 300_000]
    assert "Content-Length: 600010\r\n" in server.heads[0].decode()
    assert body.closed


async def test_an_empty_streamed_body_counts_as_sent(wire: Wire, server: Server) -> None:
    """No piece, no length, an answer."""
    server.behave(server.accepting)
    exchange = Exchange()
    assert isinstance(await wire.tried(wire.post(body=Streamed([], 0)), exchange), Accepted)
    assert exchange.sent


@pytest.mark.parametrize("pieces", [[b"ab"], [b"ab", b"cdef"]], ids=["shrunk", "grown"])
async def test_a_streamed_body_that_changed_is_an_error_and_never_complete(
    wire: Wire, server: Server, pieces: list[bytes]
) -> None:
    """The server is left with less than it was promised."""
    server.behave(server.accepting)
    body = Streamed(pieces, 4)
    with pytest.raises(InvalidArgument, match="4 bytes was announced and has changed"):
        await wire.tried(wire.post(body=body))
    assert server.bodies == []
    assert body.closed


async def test_a_streamed_body_that_cannot_be_read_raises_what_it_raised(wire: Wire, server: Server) -> None:
    """A missing file is the caller's own error, and nothing was sent."""

    class Missing:
        size = 4

        async def chunks(self) -> AsyncIterator[bytes]:
            raise FileNotFoundError(errno.ENOENT, "No such file", "report.pdf")
            yield b""

    server.behave(server.accepting)
    exchange = Exchange()
    with pytest.raises(FileNotFoundError, match=r"report\.pdf"):
        await wire.tried(wire.post(body=Missing()), exchange)
    assert not exchange.sent
    assert server.heads == []


async def test_a_streamed_body_needs_no_generator(wire: Wire, server: Server) -> None:
    """Any asynchronous iterator will do."""

    class Pieces:
        size = 4

        def __init__(self) -> None:
            self.left = [b"ab", b"cd"]

        def chunks(self) -> Pieces:
            return self

        def __aiter__(self) -> Pieces:
            return self

        async def __anext__(self) -> bytes:
            if self.left:
                return self.left.pop(0)
            raise StopAsyncIteration

    server.behave(server.accepting)
    assert isinstance(await wire.tried(wire.post(body=Pieces())), Accepted)
    assert server.bodies == [b"abcd"]


async def test_a_middleware_of_the_callers_session_may_read_a_body_that_is_held(wire: Wire, server: Server) -> None:
    """A streamed one it may not."""
    read = []

    async def reading(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        assert isinstance(request.body, aiohttp.Payload)
        read.append(await request.body.as_bytes())
        return await handler(request)

    server.behave(server.accepting)
    async with aiohttp.ClientSession(middlewares=[reading]) as session:
        assert isinstance(await wire.tried(wire.post(), session=session), Accepted)
        with pytest.raises(TypeError, match="streamed"):
            await wire.tried(wire.post(body=Streamed([SMALL], 2_000)), session=session)
    assert read == [SMALL]


async def test_a_large_body_is_handed_over_in_slices(wire: Wire, server: Server) -> None:
    """Each is small enough to be encrypted or copied in no time, and between two of them others have their turn."""
    sizes, turns, turn = [], [], 0

    async def watch(session: Any, context: Any, sent: aiohttp.TraceRequestChunkSentParams) -> None:
        sizes.append(len(sent.chunk))
        turns.append(turn)

    async def others() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    tracing = aiohttp.TraceConfig()
    tracing.on_request_chunk_sent.append(watch)
    server.behave(server.accepting)
    busy = asyncio.ensure_future(others())
    async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
        assert isinstance(await wire.tried(wire.post(body=LARGE), session=session), Accepted)
    busy.cancel()
    assert sum(sizes) == len(LARGE)
    assert max(sizes) <= 256 * 1024
    assert len(set(turns)) == len(turns)


async def test_bodies_are_compressed_from_a_size_on(wire: Wire, server: Server) -> None:
    """What is smaller, and what is streamed, stays as it is."""
    server.behave(server.accepting)
    async with wire.transport(compress_min_size=2_000) as transport:
        for body in (SMALL, SMALL[1:], Streamed([SMALL], 2_000)):
            await transport.send(wire.post(body=body), timeout_s=2, exchange=Exchange())
    assert gzip.decompress(server.bodies[0]) == SMALL
    assert len(server.bodies[0]) < 100
    assert server.bodies[1:] == [SMALL[1:], SMALL]
    assert ["Content-Encoding: gzip" in head.decode() for head in server.heads] == [True, False, False]


async def test_bodies_are_compressed_off_the_loop(wire: Wire, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """25 MB take a quarter of a second."""
    threads = []
    compress = gzip.compress

    def watched(*args: Any, **options: Any) -> bytes:
        threads.append(threading.get_ident())
        return compress(*args, **options)

    monkeypatch.setattr(gzip, "compress", watched)
    server.behave(server.accepting)
    assert isinstance(await wire.tried(wire.post(), compress_min_size=1), Accepted)
    assert len(threads) == 1
    assert threading.get_ident() not in threads


async def test_a_compressed_answer_is_unpacked(wire: Wire, server: Server) -> None:
    """Listings come compressed."""

    async def compressing(peer: Peer) -> None:
        await peer.request()
        await peer.answer(200, gzip.compress(b"[1]" * 100), b"Content-Encoding: gzip")

    server.behave(compressing)
    outcome = await wire.tried(wire.request("GET"))
    assert isinstance(outcome, Accepted)
    assert outcome.response is not None
    assert outcome.response.body == b"[1]" * 100


@pytest.mark.parametrize("packed", [True, False], ids=["by bytes", "by announcement"])
async def test_an_absurdly_large_answer_is_not_read(wire: Wire, server: Server, packed: bool) -> None:
    """A read is unknown; what was unsafe has been accepted."""

    async def flooding(peer: Peer) -> None:
        await peer.request()
        if packed:
            await peer.answer(200, gzip.compress(bytes(65 * 1024 * 1024), 1), b"Content-Encoding: gzip")
        else:
            await peer.say(b"HTTP/1.1 200 Said\r\nContent-Length: 70000000\r\n\r\n")
            await peer.stall()

    server.behave(flooding)
    failure = wire.failure(await wire.tried(wire.request("GET")))
    assert (failure.kind, failure.status) == ("broken", 200)
    assert "larger than" in str(failure.cause)
    assert await wire.tried(wire.post()) == Accepted(None)
