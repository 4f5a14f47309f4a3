"""Row P10: following a rate limit, and what the limiter costs when there is nothing to wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks import sink
from benchmarks.bench import Bench, Scale, contenders
from benchmarks.measure import Job, run
from benchmarks.result import Columns, Result, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.child import Figures

_PER_SECOND: Final = 100
_SENDERS: Final = 100


def _followed(scale: Scale, job: Job, *, retry_after: bool) -> Figures:
    # A sink of its own for everyone: its windows begin with the first call.
    with scale.sink(per_second=_PER_SECOND, retry_after=retry_after) as url:
        figures = run(Job(name=job.name, arguments={**job.arguments, "url": url}))
        counted = sink.counters(url)
    return {
        "share": counted["accepted"] / counted["allowed"],
        "refused": counted["refused"],
        "lost": figures["lost"],
    }


def _rate(scale: Scale) -> Iterator[Result]:
    calls = scale.pick(1000, 200)
    jobs = contenders("follow_rate", {"calls": calls, "senders": _SENDERS}, "ours", "official")
    dialects = ((False, "X-RateLimit headers"), (True, "the same and Retry-After"))
    for retry_after, dialect in dialects[: scale.pick(2, 1)]:
        figures = {name: _followed(scale, job, retry_after=retry_after) for name, job in jobs.items()}
        for part, unit, goal in (
            ("share", "of the allowed rate", at_least(0.99, "of the allowed rate")),
            ("refused", "answers 429", at_most(0, "answers 429")),
            ("lost", "mails lost", at_most(0, "mails lost")),
        ):
            yield Result(
                row="P10b" if retry_after else "P10a",
                work=f"{calls:,} mails, {_SENDERS} senders, {_PER_SECOND} calls/s allowed, {dialect}",
                unit=unit,
                columns=Columns(**{name: counted[part] for name, counted in figures.items()}),
                figure=figures["ours"][part],
                goal=goal,
            )


def _admission(scale: Scale) -> Iterator[Result]:
    count = scale.pick(200_000, 20_000)
    runs = [run(Job(name="admission:admissions", arguments={"count": count})) for _ in range(3)]
    for row, what, text, goal in (
        ("P10c", "plain_us", "admission, no limit known", at_most(5, "us")),
        ("P10d", "headers_us", "admission, limits told by X-RateLimit headers", at_most(5, "us")),
        ("P10e", "plain_both_us", "admission and answer, without limits", None),
        ("P10f", "headers_both_us", "admission and answer, with X-RateLimit headers", None),
    ):
        cost_us = sorted(figures[what] for figures in runs)[1]
        yield Result(
            row=row,
            work=f"limiter: {text}",
            unit="us CPU",
            columns=Columns(ours=cost_us),
            figure=cost_us,
            goal=goal,
        )


BENCHES: Final = (
    Bench(name="rate", rows=("P10",), measure=_rate),
    Bench(name="admission", rows=("P10",), measure=_admission),
)
