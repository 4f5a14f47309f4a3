from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from mailgun_async.config import Timeouts
from mailgun_async.transport import answers
from mailgun_async.transport.http import HttpTransport
from mailgun_async.transport.outcome import Outcome, Unknown, Unsent, of
from mailgun_async.transport.request import Exchange, Failure, Request, Response

_LOOPBACK_PEM = Path(__file__).with_name("loopback.pem")  # self-signed for localhost and 127.0.0.1, until 2125


class Peer:
    """The server's end of one connection, with the ways in which it can misbehave."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer

    async def head(self) -> bytes:
        """Read a request's head and count it."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.server.heads.append(head)
        return head

    async def request(self) -> bytes:
        """Read a whole request and return its body."""
        head = await self.head()
        fields = dict(line.split(b": ", 1) for line in head.lower().strip().split(b"\r\n")[1:])
        body = await self.reader.readexactly(int(fields.get(b"content-length", 0)))
        self.server.bodies.append(body)
        self.server.news.set()
        return body

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status: int, body: bytes = b"", *fields: bytes) -> None:
        length = b"Content-Length: %d" % len(body)
        await self.say(b"\r\n".join([b"HTTP/1.1 %d Said" % status, length, *fields, b"", body]))

    async def stall(self) -> None:
        """Do nothing, without reading, until the test ends."""
        await self.server.over.wait()

    async def close(self) -> None:
        """Close with a FIN."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def end(self, how: str) -> None:
        """Close or reset."""
        if how == "closes":
            await self.close()
        else:
            self.reset()

    def reset(self) -> None:
        """Close with a RST."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Peer], Awaitable[None]]


async def accepting(peer: Peer) -> None:
    """Answer 200 to every request of the connection."""
    while True:
        await peer.request()
        await peer.answer(200, b'{"id": "<1@x>"}', b"X-Request-Id: r1")


async def stalling(peer: Peer) -> None:
    """Read a request and say nothing."""
    await peer.request()
    await peer.stall()


def saying(status: int, body: bytes = b"", *fields: bytes) -> Behaviour:
    """Read a request and answer with this status, body and header lines."""

    async def behaviour(peer: Peer) -> None:
        await peer.request()
        await peer.answer(status, body, *fields)

    return behaviour


class Server:
    """A loopback server that does with each connection what the test says, and counts."""

    accepting = staticmethod(accepting)
    stalling = staticmethod(stalling)
    saying = staticmethod(saying)

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        """Heads of requests, in order."""
        self.bodies: list[bytes] = []
        """Bodies read whole, in order."""
        self.connections = 0
        self.news, self.over = asyncio.Event(), asyncio.Event()
        self.url = ""
        self._behaviours: list[Behaviour] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def behave(self, *behaviours: Behaviour) -> None:
        """Set what to do with the first, second ... connection; the last is for all that follow."""
        self._behaviours = list(behaviours)

    async def read(self, count: int) -> None:
        """Wait until so many whole requests were read."""
        while len(self.bodies) < count:
            self.news.clear()
            await self.news.wait()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behaviour = self._behaviours[min(self.connections, len(self._behaviours) - 1)]
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await behaviour(Peer(self, reader, writer))
        finally:
            self._tasks.discard(task)
            writer.close()

    async def finish(self) -> None:
        self.over.set()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def _serving(tls: ssl.SSLContext | None) -> AsyncIterator[Server]:
    server = Server()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    serving = await asyncio.start_server(server.connected, sock=listener, ssl=tls)
    host, port = listener.getsockname()
    server.url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield server
    finally:
        serving.close()
        await server.finish()
        await asyncio.sleep(0)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """A server over plain TCP."""
    async with _serving(None) as made:
        yield made


@pytest.fixture
async def tls_server() -> AsyncIterator[Server]:
    """A server with a certificate that nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_LOOPBACK_PEM)
    async with _serving(context) as made:
        yield made


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """TLS settings that trust the server's certificate."""
    return ssl.create_default_context(cafile=str(_LOOPBACK_PEM))


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port of a listener whose queue is full: a SYN to it is not answered."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(2):
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@attrs.define
class Wire:
    """Attempts with the real transport, and what they prove."""

    url: str
    """Where requests go that name no other place."""
    short_s: float = 0.15
    """The longest real wait of a test."""

    def post(self, url: str | None = None, body: Any = b"x" * 2_000, **fields: Any) -> Request:
        """A call like POST messages: unsafe to repeat."""
        return Request(
            method="POST",
            template="/v3/{domain}/messages",
            url=f"{url or self.url}/v3/mg.example.com/messages",
            headers={"Authorization": "Basic c2VjcmV0"},
            body=body,
            content_type=None if body is None else "multipart/form-data; boundary=b",
            safety="unsafe",
            **fields,
        )

    def request(self, method: str) -> Request:
        """A call of this verb, with the safety that goes with it."""
        if method == "GET":
            return Request(method="GET", template="/v4/domains", url=f"{self.url}/v4/domains", headers={})
        return attrs.evolve(self.post(), method=method, safety="unsafe" if method == "POST" else "idempotent")

    @contextlib.asynccontextmanager
    async def transport(self, **options: Any) -> AsyncIterator[HttpTransport]:
        options.setdefault("timeouts", Timeouts(connect_s=self.short_s))
        transport = HttpTransport(**options)
        try:
            yield transport
        finally:
            await transport.close()

    async def tried(
        self, request: Request, exchange: Exchange | None = None, *, timeout_s: float = 2.0, **options: Any
    ) -> Outcome:
        """Make one attempt with a transport of its own, and say what it proves."""
        async with self.transport(**options) as transport:
            answer = await transport.send(request, timeout_s=timeout_s, exchange=exchange or Exchange())
        return self.proves(request, answer)

    def proves(self, request: Request, answer: Response | Failure) -> Outcome:
        """Say what an attempt proves, with what its answer says about limits."""
        verdict = answers.NOTHING
        if isinstance(answer, Response):
            verdict = answers.read(answer, 0.0, 0.0, answers.ServerClock())
        return of(request, answer, verdict)

    def failure(self, outcome: Outcome) -> Failure:
        """Return the failure behind an outcome that was no answer."""
        if isinstance(outcome, Unsent):
            return outcome.failure
        assert isinstance(outcome, Unknown)
        assert isinstance(outcome.answer, Failure)
        return outcome.answer


@pytest.fixture
def wire(server: Server) -> Wire:
    """Attempts that go to `server`."""
    return Wire(server.url)
