"""What the groups of rows share: how much to do, on which cores, and that every call was really answered."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs

from benchmarks import sink
from benchmarks.measure import HAS_OFFICIAL, Job
from benchmarks.result import Result

__all__ = ["Bench", "Scale", "accepting", "contenders"]


@attrs.frozen(kw_only=True)
class Scale:
    """How much work the rows do."""

    quick: bool
    """Small enough for CI, where the figures show collapses and not percents."""
    folder: Path
    """For files of recipients; removed afterwards."""
    sink_core: int | None

    def pick(self, full: int, quick: int) -> int:
        """Choose a count."""
        return quick if self.quick else full

    @contextlib.contextmanager
    def sink(self, *, delay_s: float = 0.0, per_second: int = 0, retry_after: bool = False) -> Iterator[str]:
        """Run a sink on its core, with the options of `sink.running`."""
        with sink.running(delay_s=delay_s, per_second=per_second, retry_after=retry_after, core=self.sink_core) as url:
            yield url


@attrs.frozen(kw_only=True)
class Bench:
    """Rows that are measured together."""

    name: str
    rows: tuple[str, ...]
    """The goals it measures."""
    measure: Callable[[Scale], Iterator[Result]]


def contenders(function: str, arguments: Mapping[str, object], *names: str) -> dict[str, Job]:
    """Give the same function of several contenders, the official client only where it is installed."""
    installed = [name for name in names if name != "official" or HAS_OFFICIAL]
    return {name: Job(name=f"{name}:{function}", arguments=arguments) for name in installed}


@contextlib.contextmanager
def accepting(url: str, calls: int) -> Iterator[None]:
    """Make sure that the sink accepts exactly `calls` calls inside the `with` block.

    Raises:
        RuntimeError: It did not: whatever was measured is not the work.
    """
    before = sink.counters(url)["accepted"]
    yield
    accepted = sink.counters(url)["accepted"] - before
    if accepted != calls:
        raise RuntimeError(f"the sink accepted {accepted:.0f} calls and not {calls}")
