"""Rows P1 to P3: one small message a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Scale, accepting, contenders
from benchmarks.measure import take_turns
from benchmarks.result import Result, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Runs
    from benchmarks.result import Goal

_DELAY_S: Final = 0.05
_NARROW: Final = 10
_WIDE: Final = 100
"""Calls in flight where there are few, and where there are many."""
_NEVER_REACHED: Final = 1_000_000
"""Calls a second: a limit that is told in every answer and stops nobody."""


def _runs(scale: Scale, in_flight: int, *names: str, per_second: int = 0) -> Runs:
    # Enough for a turn in which all connections are busy most of the time, and short enough for many turns.
    calls, processes, turns = scale.pick(5, 4) * max(in_flight, 50), scale.pick(4, 1), scale.pick(15, 7)
    with scale.sink(per_second=per_second) as url:
        jobs = contenders("send", {"url": url, "calls": calls, "in_flight": in_flight}, *names)
        with accepting(url, len(jobs) * processes * (turns + 1) * calls):
            return take_turns(jobs, processes=processes, turns=turns)


def _result(row: str, work: str, runs: Runs, figure: float | None, goal: Goal) -> Result:
    return Result(
        row=row,
        work=f"messages.send, {work}",
        unit="us CPU/call",
        columns=runs.columns("cpu_us"),
        figure=figure,
        goal=goal,
    )


def _near(scale: Scale) -> Iterator[Result]:
    few = _runs(scale, _NARROW, "ours", "bare", "official")
    told = _runs(scale, _NARROW, "ours", "bare", per_second=_NEVER_REACHED)
    many = _runs(scale, _WIDE, "ours", "bare", "official")
    floor, peer = at_most(1.15, "x bare"), "x less than official"
    few_text, many_text = f"{_NARROW} in flight", f"{_WIDE} in flight"
    yield _result("P1a", few_text, few, few.ratio("ours", "bare", "cpu_us"), floor)
    yield _result("P1b", f"{few_text}, limits in headers", told, told.ratio("ours", "bare", "cpu_us"), floor)
    yield _result("P2a", few_text, few, few.ratio("official", "ours", "cpu_us"), at_least(5, peer))
    yield _result("P2b", many_text, many, many.ratio("official", "ours", "cpu_us"), at_least(7.5, peer))


def _far(scale: Scale) -> Iterator[Result]:
    calls, turns = scale.pick(4000, 1000), scale.pick(2, 1)
    with scale.sink(delay_s=_DELAY_S) as url:
        jobs = contenders("send", {"url": url, "calls": calls, "in_flight": _WIDE}, "ours", "bare", "official")
        with accepting(url, len(jobs) * (turns + 1) * calls):
            runs = take_turns(jobs, processes=1, turns=turns)
    ideal = _WIDE / _DELAY_S
    columns = runs.columns("per_s")
    yield Result(
        row="P3",
        work=f"messages.send, {_DELAY_S * 1000:.0f} ms away, {_WIDE} in flight",
        unit="calls/s",
        columns=columns,
        figure=columns.ours and columns.ours / ideal,
        goal=at_least(0.9, "of the ideal rate"),
    )


BENCHES: Final = (
    Bench(name="send", rows=("P1", "P2"), measure=_near),
    Bench(name="far", rows=("P3",), measure=_far),
)
