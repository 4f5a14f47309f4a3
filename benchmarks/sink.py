"""A stand-in for Mailgun that reads, counts and answers, and does nothing else.

Clients are measured against it over loopback, so it has to be cheaper than the fastest of them and must run in
a process (and where possible on a core) of its own: `python -m benchmarks.sink`, or `running` from Python. It prints
its base URL, and ends when its standard input does, so that it never outlives the benchmark that started it.

Every call gets the answer of an accepted message. Two options change that: a delay stands for the distance of the
server, and a limit in calls a second refuses what is beyond it. `GET /counters` tells what was counted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import attrs

ROOT: Final = Path(__file__).resolve().parent.parent

_ACCEPTED: Final = b'{"id":"<20250101000000.1.0123456789ABCDEF@mg.example.com>","message":"Queued. Thank you."}'
_REFUSED: Final = b'{"message":"Too many requests"}'
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@attrs.define
class Windows:
    """A limit in windows of one second, all aligned to the first call; a refused call does not count."""

    limit: int
    """Calls accepted in one window."""
    counts: list[int] = attrs.field(factory=list)
    """Calls accepted, window by window."""
    first_at: float | None = None
    """Epoch seconds of the first call."""
    last_at: float = 0.0
    """Epoch seconds of the last accepted call."""

    def admit(self, now: float) -> tuple[bool, int, float]:
        """Count one call: whether it is accepted, how many more would be, and when the window ends (epoch seconds)."""
        if self.first_at is None:
            self.first_at = now
        index = int(now - self.first_at)
        self.counts.extend([0] * (index + 1 - len(self.counts)))
        accepted = self.counts[index] < self.limit
        if accepted:
            self.counts[index] += 1
            self.last_at = now
        return accepted, self.limit - self.counts[index], self.first_at + index + 1

    def allowed(self) -> float:
        """Tell how many calls would have been accepted until the last one that was, had no room been wasted.

        The last window counts by the time that passed in it, or by what was accepted in it if that is more.
        """
        if self.first_at is None:
            return 0.0
        whole, part = divmod(self.last_at - self.first_at, 1.0)
        return whole * self.limit + max(part * self.limit, self.counts[int(whole)])


@attrs.define
class Sink:
    """Counts calls and words the answers. No input and output."""

    windows: Windows | None = None
    """The limit, told in X-RateLimit headers; None accepts everything and tells nothing."""
    retry_after: bool = False
    """Whether a refusal also has the header Retry-After, which Mailgun was never seen to send."""
    wall: Callable[[], float] = time.time
    accepted: int = 0
    refused: int = 0
    received: int = 0
    """Bytes of the bodies of all calls."""
    connections: int = 0
    _head_at: int = 0
    _head: bytes = b""

    def answer(self, target: bytes, size: int) -> bytes:
        """Answer one call to `target` with a body of `size` bytes."""
        now = self.wall()
        if target == b"/counters":
            return self._worded(now, b"200 OK", json.dumps(self.counters()).encode())
        self.received += size
        if self.windows is None:
            self.accepted += 1
            return self._worded(now, b"200 OK", _ACCEPTED)
        accepted, remaining, reset_at = self.windows.admit(now)
        limits = b"X-RateLimit-Limit: %d\r\nX-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: %d\r\n" % (
            self.windows.limit,
            remaining,
            reset_at * 1000,
        )
        if accepted:
            self.accepted += 1
            return self._worded(now, b"200 OK", _ACCEPTED, limits)
        self.refused += 1
        limits += b"Retry-After: 1\r\n" if self.retry_after else b""
        return self._worded(now, b"429 Too Many Requests", _REFUSED, limits)

    def counters(self) -> dict[str, float]:
        """What was counted so far."""
        return {
            "accepted": self.accepted,
            "refused": self.refused,
            "received": self.received,
            "connections": self.connections,
            "allowed": self.windows.allowed() if self.windows else 0.0,
        }

    def _worded(self, now: float, status: bytes, body: bytes, more: bytes = b"") -> bytes:
        if int(now) != self._head_at:
            self._head_at = int(now)
            self._head = b"\r\nDate: %s\r\nContent-Type: application/json\r\n" % formatdate(now, usegmt=True).encode()
        return b"HTTP/1.1 %s%s%sContent-Length: %d\r\n\r\n%s" % (status, self._head, more, len(body), body)


class SinkProtocol(asyncio.Protocol):
    """One connection: a head, as many bytes as it announces, an answer; again. Bodies are counted, never kept."""

    def __init__(self, sink: Sink, *, delay_s: float = 0.0) -> None:
        self._sink = sink
        self._delay_s = delay_s
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._target = b""
        self._size = 0
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.connections += 1

    def data_received(self, data: bytes) -> None:
        """Read what came: the end of a body, heads, the start of a body."""
        if self._missing > len(data):
            self._missing -= len(data)
            return
        if self._missing:
            data, self._missing = data[self._missing :], 0
            self._answer()
        data = self._rest + data
        while (end := data.find(b"\r\n\r\n")) >= 0:
            self._begin(data[:end])
            data = data[end + 4 :]
            if self._size > len(data):
                self._missing = self._size - len(data)
                data = b""
                break
            data = data[self._size :]
            self._answer()
        self._rest = data

    def _begin(self, head: bytes) -> None:
        self._target = head.split(b" ", 2)[1]
        length = _LENGTH.search(head)
        self._size = int(length[1]) if length else 0

    def _answer(self) -> None:
        assert self._transport is not None
        answer = self._sink.answer(self._target, self._size)
        if self._delay_s:
            asyncio.get_running_loop().call_later(self._delay_s, self._transport.write, answer)
        else:
            self._transport.write(answer)


@contextlib.contextmanager
def running(
    *, delay_s: float = 0.0, per_second: int = 0, retry_after: bool = False, core: int | None = None
) -> Iterator[str]:
    """Run a sink in a process of its own and give its base URL.

    Args:
        delay_s: Seconds from the end of a call to its answer.
        per_second: Calls accepted in a second; 0 accepts all.
        retry_after: Add the header Retry-After to refusals.
        core: Number of the core that the sink is bound to; None leaves it to the system.
    """
    command = [sys.executable, "-m", "benchmarks.sink", f"--delay-s={delay_s}", f"--per-second={per_second}"]
    command += ["--retry-after"] if retry_after else []
    command += [] if core is None else [f"--core={core}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            yield process.stdout.readline().strip()


def counters(url: str) -> dict[str, float]:
    """Ask the sink at `url` what it counted."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/counters")
        counted: dict[str, Any] = json.loads(connection.getresponse().read())
        return counted


async def serve(sink: Sink, *, delay_s: float = 0.0) -> tuple[asyncio.Server, str]:
    """Listen on a free port of the loopback interface; the server and its base URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SinkProtocol(sink, delay_s=delay_s), "127.0.0.1", 0, backlog=1024)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _main(sink: Sink, delay_s: float) -> None:
    server, url = await serve(sink, delay_s=delay_s)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, ended.set)
    print(url, flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delay-s", type=float, default=0.0, help="seconds from a call to its answer")
    parser.add_argument("--per-second", type=int, default=0, help="calls accepted in a second; 0: all")
    parser.add_argument("--retry-after", action="store_true", help="add Retry-After to refusals")
    parser.add_argument("--core", type=int, help="number of the core to stay on")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    limit = Windows(options.per_second) if options.per_second else None
    asyncio.run(_main(Sink(windows=limit, retry_after=options.retry_after), options.delay_s))
