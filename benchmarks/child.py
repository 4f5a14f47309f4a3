"""A process of its own for what is measured: `python -m benchmarks.child ours:first '{"url": ...}'`.

The first argument names the function, the second holds its keyword arguments as JSON; figures are printed, a line
of JSON each. Most functions live through several turns: each waits for a line on standard input.

Nothing is imported here but what the interpreter has loaded anyway: the function's own imports are part of what is
measured.
"""

from __future__ import annotations

import gc
import importlib
import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Figures = dict[str, float]
"""What one turn measured, by name; the unit is the end of the name."""


class Meter:
    """CPU seconds of all threads, and seconds, that pass inside the `with` block; the collector runs before it."""

    cpu_s = 0.0
    wall_s = 0.0

    def __enter__(self) -> Self:
        gc.collect()
        self.wall_s = -time.perf_counter()
        self.cpu_s = -time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s += time.process_time()
        self.wall_s += time.perf_counter()


def turns() -> Iterator[None]:
    """Wait for one's turn, again and again until there are no more; each has to end with a `report`.

    The wait holds up the event loop, which has nothing to do then.
    """
    for _ in sys.stdin:
        yield


def report(figures: Figures) -> None:
    """Hand figures to the parent."""
    print(json.dumps(figures), flush=True)


def peak_rss_mb() -> float:
    """Tell the most memory that this process ever had, in MB.

    `ru_maxrss` of a process counts what its parent had when it forked; the kernel's own mark does not.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 -- pathlib is not loaded yet
            return next(int(line.split()[1]) / 1000 for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:
        in_bytes = sys.platform == "darwin"
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if in_bytes else 1000)


def main() -> None:
    """Run the function that the first argument names with the keyword arguments that the second one holds."""
    module, _, function = sys.argv[1].partition(":")
    run: Callable[..., None] = getattr(importlib.import_module(f"benchmarks.{module}"), function)
    run(**json.loads(sys.argv[2]))


if __name__ == "__main__":
    main()
