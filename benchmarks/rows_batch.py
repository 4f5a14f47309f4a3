"""Rows P4 to P6 and P13: a file of recipients, 1,000 in a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Scale, accepting, contenders
from benchmarks.measure import Job, alternate, take_turns
from benchmarks.result import Columns, Result, at_least, at_most
from benchmarks.work import CHUNK, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_IN_FLIGHT: Final = 10


def arguments(scale: Scale, url: str, recipients: int) -> dict[str, Any]:
    """Give the arguments of a contender that sends to so many."""
    path = scale.folder / f"{recipients}.csv"
    if not path.exists():
        write_csv(path, recipients)
    return {"url": url, "path": str(path), "in_flight": _IN_FLIGHT}


def _batch(scale: Scale) -> Iterator[Result]:
    recipients, processes, turns = scale.pick(100_000, 20_000), scale.pick(3, 2), scale.pick(10, 5)
    with scale.sink() as url:
        told = arguments(scale, url, recipients)
        jobs = {
            "rows": Job(name="ours:batch_rows", arguments=told),
            "bare rows": Job(name="bare:batch_rows", arguments=told),
            "dicts": Job(name="ours:batch_dicts", arguments=told),
            "bare dicts": Job(name="bare:batch_dicts", arguments=told),
            **contenders("batch_dicts", told, "official"),
        }
        with accepting(url, len(jobs) * processes * (turns + 1) * (recipients // CHUNK)):
            runs = take_turns(jobs, processes=processes, turns=turns)

    def per_million(contender: str) -> float | None:
        cpu_s = runs.median(contender, "cpu_s")
        return None if cpu_s is None else cpu_s * 1e6 / recipients

    for row, form, source, figure, goal in (
        ("P4", "rows", "own CSV reader", runs.ratio("rows", "bare rows", "cpu_s"), at_most(1.15, "x bare")),
        ("P5a", "dicts", "dict rows", runs.ratio("official", "dicts", "cpu_s"), at_least(4, "x less than official")),
        (
            "P5b",
            "rows",
            "own CSV reader",
            runs.ratio("official", "rows", "cpu_s"),
            at_least(6.5, "x less than official"),
        ),
    ):
        yield Result(
            row=row,
            work=f"send_batch, {recipients:,} recipients, {source}",
            unit="CPU s/million",
            columns=Columns(ours=per_million(form), bare=per_million(f"bare {form}"), official=per_million("official")),
            figure=figure,
            goal=goal,
        )


def _memory(scale: Scale) -> Iterator[Result]:
    few, many = 10_000, scale.pick(1_000_000, 100_000)
    peaks = {}
    with scale.sink() as url:
        for recipients in (few, many):
            jobs = contenders("batch_once", arguments(scale, url, recipients), "ours", "bare")
            rounds = scale.pick(3, 1)
            with accepting(url, len(jobs) * rounds * (recipients // CHUNK)):
                runs = alternate(jobs, rounds=rounds)
            peaks[recipients] = [runs.median(name, "peak_rss_mb") or 0.0 for name in jobs]
    ours, bare = peaks[many]
    yield Result(
        row="P6a",
        work=f"send_batch, {many:,} recipients: peak memory",
        unit="MB",
        columns=Columns(ours=ours, bare=bare),
        figure=ours,
        goal=at_most(60, "MB"),
    )
    ours, bare = (last - first for first, last in zip(peaks[few], peaks[many], strict=True))
    yield Result(
        row="P6b",
        work=f"its growth from {few:,} to {many:,} recipients",
        unit="MB",
        columns=Columns(ours=ours, bare=bare),
        figure=ours,
        goal=at_most(5, "MB"),
    )


def _steps(scale: Scale) -> Iterator[Result]:
    recipients, rounds = scale.pick(200_000, 50_000), 3
    with scale.sink() as url:
        jobs = contenders("batch_steps", arguments(scale, url, recipients), "ours")
        with accepting(url, 2 * rounds * (recipients // CHUNK)):
            runs = alternate(jobs, rounds=rounds)
    work = f"send_batch, {recipients:,} recipients: longest step of the loop"
    for row, what, text, goal in (
        ("P13a", "warm_ms", work, at_most(5, "ms")),
        ("P13b", "cold_ms", f"{work}, the import of aiohttp included", None),
    ):
        columns = runs.columns(what)
        yield Result(row=row, work=text, unit="ms", columns=columns, figure=columns.ours, goal=goal)


BENCHES: Final = (
    Bench(name="batch", rows=("P4", "P5"), measure=_batch),
    Bench(name="memory", rows=("P6",), measure=_memory),
    Bench(name="steps", rows=("P13",), measure=_steps),
)
