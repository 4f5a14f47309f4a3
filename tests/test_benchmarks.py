"""The benchmarks count, answer and compare right, else every figure they print is wrong."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Imports a module; `benchmarks` is no part of the installed package, so its folder is put on the path."""
    monkeypatch.syspath_prepend(str(ROOT))
    yield lambda name: importlib.import_module(f"benchmarks.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == "benchmarks"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.fixture
def sink(load: Callable[[str], Any]) -> Any:
    """The stand-in server's module."""
    return load("sink")


async def _exchange(sink: Any, served: Any, *pieces: bytes, answers: int) -> list[bytes]:
    server, url = await sink.serve(served)
    async with server:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.005)
        heads_and_bodies = []
        for _ in range(answers):
            head = await reader.readuntil(b"\r\n\r\n")
            size = int(head.lower().partition(b"content-length: ")[2].split()[0])
            heads_and_bodies.append(head + await reader.readexactly(size))
        writer.close()
        await writer.wait_closed()
        return heads_and_bodies


async def test_sink_answers_like_mailgun_and_counts_calls_bytes_and_connections(sink: Any) -> None:
    """One call in one piece."""
    served = sink.Sink()
    [answer] = await _exchange(sink, served, b"POST /m HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", answers=1)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nDate: ")
    assert json.loads(body)["message"] == "Queued. Thank you."
    assert served.counters() == {"accepted": 1, "refused": 0, "received": 5, "connections": 1, "allowed": 0.0}


async def test_sink_finds_the_calls_wherever_the_stream_is_cut(sink: Any) -> None:
    """Heads and bodies are torn, and the end of one call comes with the start of the next."""
    served = sink.Sink()
    call = b"POST /m HTTP/1.1\r\nHost: a\r\ncontent-length:7\r\n\r\n1234567"
    stream = call * 3
    pieces = [stream[:10], stream[10:50], stream[50:60], stream[60:130], stream[130:]]
    answers = await _exchange(sink, served, *pieces, answers=3)
    assert all(answer.startswith(b"HTTP/1.1 200 OK\r\n") for answer in answers)
    assert (served.accepted, served.received) == (3, 21)


async def test_sink_tells_its_counters_without_counting_the_question(sink: Any) -> None:
    """`GET /counters` is the control path."""
    served = sink.Sink(accepted=2, received=9)
    [answer] = await _exchange(sink, served, b"GET /counters HTTP/1.1\r\n\r\n", answers=1)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["accepted"] == 2
    assert (served.accepted, served.received) == (2, 9)


def test_sink_refuses_beyond_its_limit_and_says_when_the_window_ends(sink: Any) -> None:
    """Windows are aligned to the first call; headers tell Limit, Remaining and Reset in epoch milliseconds."""
    now = 1000.25
    served = sink.Sink(windows=sink.Windows(2), wall=lambda: now)
    answers = [served.answer(b"/m", 1) for _ in range(3)]
    assert [answer.split(b" ", 2)[1] for answer in answers] == [b"200", b"200", b"429"]
    assert b"X-RateLimit-Limit: 2\r\nX-RateLimit-Remaining: 1\r\nX-RateLimit-Reset: 1001250\r\n" in answers[0]
    assert b"Retry-After" not in answers[2]
    now = 1001.25
    assert served.answer(b"/m", 1).startswith(b"HTTP/1.1 200 OK")
    assert (served.accepted, served.refused) == (3, 1)


@pytest.mark.parametrize(
    ("calls_at", "allowed"),
    [
        ([], 0.0),
        ([0.0, 0.0], 2.0),
        ([0.0, 0.5, 1.0, 1.5], 4.0),
        ([0.0, 0.0, 3.0, 3.0], 8.0),
        ([0.0, 1.75], 3.5),
    ],
    ids=["no call", "first window used up", "evenly paced", "two windows wasted", "last window by its time"],
)
def test_sink_knows_what_a_client_that_wastes_nothing_would_have_sent(
    sink: Any, calls_at: list[float], allowed: float
) -> None:
    """The share of the rate that a client used is what was accepted divided by this."""
    windows = sink.Windows(2)
    for at in calls_at:
        windows.admit(50.0 + at)
    assert windows.allowed() == allowed


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds(load: Callable[[str], Any]) -> None:
    """A round in which the machine was slow for everyone changes nothing."""
    runs = load("measure").Runs(
        {"ours": [{"s": 2.0}, {"s": 20.0}, {"s": 3.0}], "bare": [{"s": 1.0}, {"s": 10.0}, {"s": 3.0}]}
    )
    assert runs.ratio("ours", "bare", "s") == 2.0
    assert runs.ratio("ours", "official", "s") is None
    assert runs.columns("s") == load("result").Columns(ours=3.0, bare=3.0)


def test_a_goal_is_met_on_its_side_of_the_bound_only(load: Callable[[str], Any]) -> None:
    """Bounds belong to the goal; what could not be measured is neither met nor missed."""
    result = load("result")
    row = {"row": "P1", "work": "send", "unit": "us", "columns": result.Columns(ours=1.0)}
    met = [
        result.Result(**row, figure=figure, goal=goal).met
        for goal in (result.at_most(1.15, "x"), result.at_least(1.15, "x"))
        for figure in (1.1, 1.15, 1.2, None)
    ]
    assert met == [True, True, False, None, False, True, True, None]


def test_a_step_that_the_system_interrupted_counts_with_its_cpu_time(load: Callable[[str], Any]) -> None:
    """Another process's time is not the step's doing; a wait of its own is."""
    steps = load("steps").Steps()
    steps.note(0.050, 0.002, preempted=True)
    assert steps.longest_s == 0.002
    steps.note(0.004, 0.001, preempted=False)
    assert steps.longest_s == 0.004
