"""Measure the package beside the official client and beside bare aiohttp.

`python -m benchmarks` prints a table; the server is a loopback stand-in. `--quick` takes about a minute and shows
collapses, not percents. Names choose what is run: `send`, `far`, `batch`, `memory`, `steps`, `campaign`,
`campaign-growth`, `rate`, `admission`, `import`, `cold`, or a goal such as `P4`.

The exit status is 0 when everything ran; with `--check` it is 1 when a goal was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import rows_batch, rows_campaign, rows_rate, rows_send, rows_start
from benchmarks.bench import Scale
from benchmarks.measure import cores
from benchmarks.result import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bench import Bench
    from benchmarks.result import Result

BENCHES: Final = (
    *rows_send.BENCHES,
    *rows_batch.BENCHES,
    *rows_campaign.BENCHES,
    *rows_rate.BENCHES,
    *rows_start.BENCHES,
)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="benches or goals to run; all when none is given")
    parser.add_argument("--quick", action="store_true", help="do little of everything")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a goal is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there too")
    options = parser.parse_args(arguments)
    known = {name for bench in BENCHES for name in (bench.name, *bench.rows)}
    if unknown := set(options.names) - known:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}")
    return options


def _chosen(names: Sequence[str]) -> list[Bench]:
    return [bench for bench in BENCHES if not names or {bench.name, *bench.rows} & set(names)]


def _measured(benches: Sequence[Bench], *, quick: bool) -> list[Result]:
    bound = cores()
    if bound:
        os.sched_setaffinity(0, {bound[0]})  # the clients inherit it
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        scale = Scale(quick=quick, folder=Path(folder), sink_core=bound[1] if bound else None)
        for bench in benches:
            began = time.perf_counter()
            print(f"{bench.name} ...", end=" ", file=sys.stderr, flush=True)
            results += bench.measure(scale)
            print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
    return results


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("mailgun_async", "aiohttp", "mailgun"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; the exit status."""
    options = _options(arguments)
    results = _measured(_chosen(options.names), quick=options.quick)
    versions = _versions()
    print(table(results))
    print("\n" + ", ".join(f"{package} {number}" for package, number in versions.items()))
    if options.json:
        document = {"versions": versions, "quick": options.quick, "rows": [result.document() for result in results]}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return int(options.check and any(result.met is False for result in results))


if __name__ == "__main__":
    sys.exit(main())
