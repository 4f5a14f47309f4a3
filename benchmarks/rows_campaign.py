"""Rows P7: a durable campaign, planned into a journal and sent from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Scale, accepting
from benchmarks.measure import HAS_OFFICIAL, Job, take_turns
from benchmarks.result import Columns, Result, at_most
from benchmarks.rows_batch import arguments
from benchmarks.work import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Runs

_MILLION: Final = 1_000_000


def _work(scale: Scale) -> Iterator[Result]:
    recipients, processes, turns = scale.pick(100_000, 20_000), scale.pick(3, 2), scale.pick(8, 4)
    with scale.sink() as url:
        told = arguments(scale, url, recipients)
        jobs = {
            "ours": Job(name="ours_campaign:campaigns", arguments=told),
            "bare": Job(name="bare:batch_rows", arguments=told),
            **({"official": Job(name="official:batch_dicts", arguments=told)} if HAS_OFFICIAL else {}),
        }
        with accepting(url, len(jobs) * processes * (turns + 1) * (recipients // CHUNK)):
            runs = take_turns(jobs, processes=processes, turns=turns)

    columns = Columns(**{name: _per_million(runs, name, "cpu_s", recipients) for name in jobs})
    work = f"campaign, {recipients:,} recipients: plan and send"
    for row, text, figure, goal in (
        ("P7a", work, runs.ratio("ours", "bare", "cpu_s"), at_most(2.33, "x bare")),
        ("P7b", f"{work}; the official client's CPU over ours", runs.ratio("official", "ours", "cpu_s"), None),
    ):
        yield Result(row=row, work=text, unit="CPU s/million", columns=columns, figure=figure, goal=goal)
    for row, what in (("P7c", "plan"), ("P7d", "send")):
        ours = _per_million(runs, "ours", f"{what}_cpu_s", recipients)
        columns = Columns(ours=ours)
        yield Result(row=row, work=f"of that: {what}", unit="CPU s/million", columns=columns, figure=ours, goal=None)


def _growth(scale: Scale) -> Iterator[Result]:
    few, many = scale.pick(100_000, 10_000), scale.pick(_MILLION, 100_000)
    turns = scale.pick(2, 1)
    with scale.sink() as url:
        jobs = {
            name: Job(name="ours_campaign:campaigns", arguments=arguments(scale, url, recipients))
            for name, recipients in (("few", few), ("many", many))
        }
        with accepting(url, (turns + 1) * (few + many) // CHUNK):
            runs = take_turns(jobs, processes=1, turns=turns)
    before, after = (runs.median(name, "peak_rss_mb") or 0.0 for name in jobs)
    quotient = (runs.ratio("many", "few", "cpu_s") or 0.0) * few / many
    for row, work, unit, ours, figure, goal in (
        ("P7e", f"campaign, {many:,} recipients: peak memory", "MB", after, after, at_most(80, "MB")),
        (
            "P7f",
            f"its growth from {few:,} to {many:,} recipients",
            "MB",
            after - before,
            after - before,
            at_most(10, "MB"),
        ),
        (
            "P7g",
            f"campaign, {many:,} recipients: plan and send; over that of {few:,}",
            "CPU s/million",
            _per_million(runs, "many", "cpu_s", many),
            quotient,
            at_most(1.15, "x"),
        ),
    ):
        yield Result(row=row, work=work, unit=unit, columns=Columns(ours=ours), figure=figure, goal=goal)


def _per_million(runs: Runs, contender: str, figure: str, recipients: int) -> float | None:
    value = runs.median(contender, figure)
    return None if value is None else value * _MILLION / recipients


BENCHES: Final = (
    Bench(name="campaign", rows=("P7",), measure=_work),
    Bench(name="campaign-growth", rows=("P7",), measure=_growth),
)
