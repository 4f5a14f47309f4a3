"""What the views of one client share: one session, and a file of what was learned that can do no harm."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from mailgun_async.config import RatePolicy, RetryPolicy, Timeouts
from mailgun_async.errors import ConfigError
from mailgun_async.testing import FakeClock, FakeTransport
from mailgun_async.transport.connection import Connection
from mailgun_async.transport.request import BULK, Request, Response

REQUEST = Request(
    method="POST",
    template="/v3/{domain_name}/messages",
    url="https://api.mailgun.net/v3/mg.example.com/messages",
    headers={},
    body=b"x",
    safety="unsafe",
    account="a",
    domain="mg.example.com",
    recipients=1,
    priority=BULK,
)
LIMITS = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "299", "X-RateLimit-Reset": "60"}


def limited(_request: Request, _exchange: object) -> Response:
    """Answer with what is left of 300 a minute."""
    return Response(200, LIMITS, b"{}")


@attrs.define
class Bench:
    """A connection between a fake transport and a clock."""

    clock: FakeClock
    transport: FakeTransport
    connection: Connection
    made: list[FakeTransport]
    """The transport, once for each time that one was asked for."""


def bench(path: Path | None = None, transport: FakeTransport | None = None) -> Bench:
    """A connection that keeps what it learns in a file."""
    clock, transport = FakeClock(), transport or FakeTransport(otherwise=limited)
    made: list[FakeTransport] = []

    def make() -> FakeTransport:
        made.append(transport)
        return transport

    connection = Connection(
        make, clock=clock, retry=RetryPolicy(), timeouts=Timeouts(), rate=RatePolicy(learned_path=path)
    )
    return Bench(clock, transport, connection, made)


async def until(told: Callable[[], object]) -> None:
    """Wait for a thread."""
    async with asyncio.timeout(10):
        while not told():  # noqa: ASYNC110 -- what a thread did to a file sets no event
            await asyncio.sleep(0.001)


def limits_in(path: Path) -> list[dict[str, Any]]:
    """Return what a file remembers."""
    found: dict[str, dict[str, Any]] = json.loads(path.read_bytes())["limits"]
    return list(found.values())


def learned_at(path: Path) -> list[float]:
    """Return when the limits in a file were learned."""
    return [limit["at"] for limit in limits_in(path)] if path.exists() else []


def files(folder: Path) -> list[str]:
    """Return the names of all files."""
    return [file.name for file in folder.iterdir()]


def written(path: Path, content: bytes) -> Path:
    """Write a file."""
    path.write_bytes(content)
    return path


def told(caplog: pytest.LogCaptureFixture, count: int) -> bool:
    """Tell whether so much was logged."""
    return len(caplog.records) == count


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet."""
    return tmp_path / "limits.json"


# -- the session -------------------------------------------------------------------------------------------------------


async def test_the_first_call_opens_one_session_for_all(path: Path) -> None:
    """Also when several are the first, and the file is still being read."""
    at = bench(path)
    assert at.made == []
    await at.clock.run(asyncio.gather(*(at.connection.call(REQUEST) for _ in range(3))))
    await at.connection.open()
    assert len(at.made) == 1
    assert len(at.transport.requests) == 3


async def test_a_single_attempt_opens_it_too() -> None:
    """And is judged, not raised."""

    async def wanted(_timeout_s: float) -> bool:
        return True

    at = bench()
    attempt = await at.connection.attempt(REQUEST, before=wanted)
    assert attempt is not None
    assert (attempt.status, len(at.made)) == (200, 1)


async def test_closing_gives_the_connections_back() -> None:
    """Twice is harmless, and no call comes after it."""
    at = bench()
    await at.connection.call(REQUEST)
    await at.connection.close()
    await at.connection.close()
    assert at.transport.closed
    with pytest.raises(ConfigError, match="closed"):
        await at.connection.call(REQUEST)


async def test_closing_what_was_never_opened_does_nothing(tmp_path: Path, path: Path) -> None:
    """No file is written."""
    at = bench(path)
    await at.connection.close()
    assert at.made == []
    assert files(tmp_path) == []


# -- the file ----------------------------------------------------------------------------------------------------------


async def test_what_was_learned_is_saved_at_close_and_known_to_the_next(path: Path) -> None:
    """From its first call on: of 300 a minute bulk takes one every fifth of a second."""
    first = bench(path)
    await first.connection.call(REQUEST)
    await first.connection.close()
    assert [(limit["limit"], limit["window_s"]) for limit in limits_in(path)] == [(300.0, 60.0)]
    second = bench(path)
    await second.connection.open()
    ticket = second.connection.limiter.try_admit(REQUEST)
    assert ticket is not None
    assert second.connection.limiter.try_admit(REQUEST) is None
    await second.connection.close()


async def test_what_was_learned_is_saved_every_minute(tmp_path: Path, path: Path) -> None:
    """So that a process that is killed has not learned in vain."""
    at = bench(path)
    await at.connection.call(REQUEST)
    await at.clock.advance(59.0)
    assert files(tmp_path) == []
    await at.clock.advance(1.0)
    await until(lambda: learned_at(path) == [at.clock.wall()])
    await at.connection.call(REQUEST)
    await at.clock.advance(60.0)
    await until(lambda: learned_at(path) == [at.clock.wall()])
    await at.connection.close()


async def test_after_the_end_nothing_is_saved_any_more(path: Path) -> None:
    """No timer is left."""
    at = bench(path)
    await at.connection.call(REQUEST)
    await at.connection.close()
    assert at.clock.next_at is None


async def test_without_a_file_there_is_no_timer() -> None:
    """There is nothing to do every minute."""
    at = bench()
    await at.connection.call(REQUEST)
    assert at.clock.next_at is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"format": "of somebody else"}'],
    ids=["empty", "torn", "binary", "deep", "foreign"],
)
async def test_a_file_that_is_none_of_ours_breaks_no_call(
    path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is written about, and replaced."""
    at = bench(written(path, content))
    assert await at.connection.call(REQUEST) is not None
    await at.connection.close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "afresh" in caplog.text
    assert len(limits_in(path)) == 1


async def test_a_file_that_cannot_be_written_breaks_no_call(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither every minute nor at the end; each time it is written about."""
    at = bench(written(tmp_path / "file", b"in the way") / "limits.json")
    await at.connection.call(REQUEST)
    caplog.clear()
    for minute in range(1, 3):
        await at.clock.advance(60.0)
        await until(partial(told, caplog, minute))
        assert await at.connection.call(REQUEST) is not None
    await at.connection.close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3
    assert "cannot be kept" in caplog.text


async def test_a_transport_that_fails_to_close_loses_nothing(path: Path) -> None:
    """What was learned is saved all the same."""

    class Stuck(FakeTransport):
        async def close(self) -> None:
            raise OSError("stuck")

    at = bench(path, Stuck(otherwise=limited))
    await at.connection.call(REQUEST)
    with pytest.raises(OSError, match="stuck"):
        await at.connection.close()
    assert len(limits_in(path)) == 1


async def test_a_slow_disk_is_not_asked_twice(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one draft is being written no other is begun, and the end waits for it."""
    begun: list[str] = []
    go_on = threading.Event()
    draft = tempfile.mkstemp

    def slow(**options: Any) -> tuple[int, str]:
        begun.append(options["prefix"])
        go_on.wait(10)
        return draft(**options)

    at = bench(path)
    await at.connection.call(REQUEST)
    monkeypatch.setattr(tempfile, "mkstemp", slow)
    for _ in range(3):
        await at.clock.advance(60.0)
    await until(lambda: begun)
    closing = asyncio.ensure_future(at.connection.close())
    await at.clock.settle()
    assert (len(begun), closing.done()) == (1, False)
    go_on.set()
    await closing
    assert len(begun) == 2
    assert files(tmp_path) == ["limits.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="files here do not block")
async def test_a_client_that_is_closed_while_it_opens_stays_closed(path: Path) -> None:
    """It was reading its file; nothing is opened that nobody would close."""
    os.mkfifo(path)
    at = bench(path)
    opening = asyncio.ensure_future(at.connection.call(REQUEST))
    pipe = await asyncio.to_thread(path.open, "wb")  # both ends wait for each other
    await at.connection.close()
    pipe.close()
    with pytest.raises(ConfigError, match="closed"):
        await opening
    assert at.made == []
    assert at.clock.next_at is None
