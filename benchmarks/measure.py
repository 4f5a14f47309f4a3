"""Contenders take turns in processes of their own, and medians are taken.

A machine's speed drifts, and what else runs on it adds CPU time to whoever is measured just then. So the processes of
all contenders live side by side and take short turns, A, B, C, B, C, A ..., everyone bound to the same core; a ratio is
the median of the ratios within the rounds of turns. All that is done again with fresh processes, whose memory is laid
out otherwise. CPU time is compared wherever work is the point, seconds only where waiting is.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import median
from typing import Any, Final

import attrs

from benchmarks.child import Figures
from benchmarks.result import Columns
from benchmarks.sink import ROOT

# asyncio reads into a new buffer of 256 KiB and shrinks it. Where the heap happens to end there, glibc asks the system
# for the pages and gives them back, call after call: 15 us more or less for one and the same work.
_STEADY_HEAP: Final = {"MALLOC_TRIM_THRESHOLD_": "33554432", "MALLOC_MMAP_THRESHOLD_": "16777216"}

HAS_OFFICIAL: Final = importlib.util.find_spec("mailgun") is not None
"""Whether the official client is installed; without it its columns stay empty."""


@attrs.frozen(kw_only=True)
class Job:
    """A function of a contender's module, `ours:send`, with its keyword arguments."""

    name: str
    arguments: Mapping[str, Any] = attrs.field(factory=dict)

    def command(self) -> list[str]:
        """The command line of its process."""
        return [sys.executable, "-m", "benchmarks.child", self.name, json.dumps(dict(self.arguments))]


@attrs.frozen(kw_only=True)
class Script:
    """Statements that print their figures themselves: for what happens before a module of ours could be loaded."""

    text: str

    def command(self) -> list[str]:
        """The command line of its process."""
        return [sys.executable, "-c", self.text]


@attrs.frozen
class Runs:
    """The figures of all rounds by contender."""

    rounds: Mapping[str, list[Figures]]

    def median(self, contender: str, figure: str) -> float | None:
        """Give the median of a figure; None when the contender did not run."""
        runs = self.rounds.get(contender)
        return median(run[figure] for run in runs) if runs else None

    def columns(self, figure: str) -> Columns:
        """Give the medians of a figure, where the contenders have the names of the columns."""
        names = attrs.fields_dict(Columns)
        return Columns(**{name: self.median(name, figure) for name in names})

    def ratio(self, over: str, under: str, figure: str) -> float | None:
        """Give the median of the quotients within the rounds; None when one of the two did not run."""
        pairs = zip(self.rounds.get(over, ()), self.rounds.get(under, ()), strict=False)
        quotients = [first[figure] / second[figure] for first, second in pairs]
        return median(quotients) if quotients else None


def cores() -> tuple[int, int] | None:
    """Tell which core the clients and which one the sink is bound to; None where that can't be chosen."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[-1]) if len(available) > 1 else None


def run(job: Job | Script) -> Figures:
    """Run once, start and end included: `process_wall_s` and `process_cpu_s` are the whole process."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(job.command(), stdout=subprocess.PIPE, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures: Figures = json.loads(done.stdout)
    figures["process_wall_s"] = time.perf_counter() - started
    figures["process_cpu_s"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return figures


def alternate(jobs: Mapping[str, Job | Script], *, rounds: int) -> Runs:
    """Run every job once a round, each time in a fresh process."""
    return _in_rounds({name: partial(run, job) for name, job in jobs.items()}, rounds)


def take_turns(jobs: Mapping[str, Job], *, processes: int, turns: int) -> Runs:
    """Give every job `turns` turns in each of `processes` processes.

    A turn ahead of them opens connections, fills caches, and is not counted.
    """
    taken: dict[str, list[Figures]] = {name: [] for name in jobs}
    for _ in range(processes):
        with contextlib.ExitStack() as stack:
            living = {name: stack.enter_context(_living(job)) for name, job in jobs.items()}
            for turn in living.values():
                turn()
            for name, figures in _in_rounds(living, turns).rounds.items():
                taken[name] += figures
    return Runs(taken)


def _in_rounds(turns: Mapping[str, Callable[[], Figures]], rounds: int) -> Runs:
    # Everyone is the first of a round in turn: who follows an idle time pays for it.
    taken: dict[str, list[Figures]] = {name: [] for name in turns}
    order = deque(turns)
    for _ in range(rounds):
        for name in order:
            taken[name].append(turns[name]())
        order.rotate()
    return Runs(taken)


@contextlib.contextmanager
def _living(job: Job) -> Iterator[Callable[[], Figures]]:
    environment = {**os.environ, **_STEADY_HEAP}
    with subprocess.Popen(
        job.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    ) as process:
        talk_to, listen_to = process.stdin, process.stdout
        assert talk_to is not None
        assert listen_to is not None

        def turn() -> Figures:
            print(file=talk_to, flush=True)
            line = listen_to.readline()
            if not line:
                raise RuntimeError(f"{job.name} ended in the middle")
            figures: Figures = json.loads(line)
            return figures

        with talk_to:
            yield turn
