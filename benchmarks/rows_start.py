"""Rows P11 and P12: what it costs to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.bench import Bench, Scale, accepting, contenders
from benchmarks.measure import HAS_OFFICIAL, Script, alternate
from benchmarks.result import Result, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.measure import Runs

_IMPORTS: Final = {"ours": "import mailgun_async", "bare": "import aiohttp", "official": "import mailgun"}
_NAMES: Final = {
    "ours": "from mailgun_async import Mailgun, Message",
    "bare": "from aiohttp import ClientSession",
    "official": "from mailgun import AsyncClient",
}

# A script and not a job: the harness would have loaded modules that the import is to be charged with.
_SCRIPT: Final = """
import time
began = time.process_time()
{statement}
cpu_ms = (time.process_time() - began) * 1000
import sys
loaded = int("aiohttp" in sys.modules)
from benchmarks.child import peak_rss_mb
print('{{"cpu_ms": %f, "peak_rss_mb": %f, "aiohttp": %d}}' % (cpu_ms, peak_rss_mb(), loaded))
"""


def _imported(scale: Scale, statements: Mapping[str, str]) -> Runs:
    jobs = {name: Script(text=_SCRIPT.format(statement=text)) for name, text in statements.items()}
    if not HAS_OFFICIAL:
        del jobs["official"]
    alternate(jobs, rounds=1)  # byte code is compiled and files are cached before anything is measured
    return alternate(jobs, rounds=scale.pick(15, 3))


def _import(scale: Scale) -> Iterator[Result]:
    whole = _imported(scale, _IMPORTS)
    # The package loads its rooms when they are asked for; the names are what a program that sends a mail will see.
    names = _imported(scale, _NAMES)
    for row, statements, runs, what, unit, figure, goal in (
        ("P11a", _IMPORTS, whole, "cpu_ms", "CPU ms", _share(whole, "cpu_ms"), at_most(0.45, "x official")),
        ("P11b", _IMPORTS, whole, "peak_rss_mb", "MB", whole.median("ours", "peak_rss_mb"), at_most(20, "MB")),
        ("P11c", _NAMES, names, "aiohttp", "1: loaded", names.median("ours", "aiohttp"), at_most(0, "aiohttp loaded")),
        ("P11d", _NAMES, names, "cpu_ms", "CPU ms", _share(names, "cpu_ms"), None),
        ("P11e", _NAMES, names, "peak_rss_mb", "MB", _share(names, "peak_rss_mb"), None),
    ):
        yield Result(row=row, work=statements["ours"], unit=unit, columns=runs.columns(what), figure=figure, goal=goal)


def _share(runs: Runs, what: str) -> float | None:
    return runs.ratio("ours", "official", what)


def _cold(scale: Scale) -> Iterator[Result]:
    with scale.sink() as url:
        jobs = contenders("first", {"url": url}, "ours", "bare", "official")
        rounds = scale.pick(15, 3)
        with accepting(url, len(jobs) * (rounds + 1)):
            alternate(jobs, rounds=1)  # fills the file cache
            runs = alternate(jobs, rounds=rounds)
    yield Result(
        row="P12",
        work="first mail of a cold process, interpreter included",
        unit="CPU s",
        columns=runs.columns("process_cpu_s"),
        figure=_share(runs, "process_cpu_s"),
        goal=at_most(1.0, "x official"),
    )


BENCHES: Final = (
    Bench(name="import", rows=("P11",), measure=_import),
    Bench(name="cold", rows=("P12",), measure=_cold),
)
