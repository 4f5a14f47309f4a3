"""A progress bar for batches, on stderr, and only where somebody can see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from types import TracebackType

    from mailgun_async import ChunkResult

__all__ = ["BatchProgress"]


class BatchProgress:
    """Shows recipients accepted, recipients a second, refusals, and how many are under way."""

    def __init__(self, total: int | None) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[accepted]:,} accepted"),
            TextColumn("{task.fields[per_s]:,.0f}/s"),
            TextColumn("{task.fields[refusals]:,} refused"),
            TextColumn("{task.fields[pending]:,} under way"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            expand=True,
            transient=True,
        )
        if not self._progress.console.is_terminal:
            self._progress.disable = True
        self._task = self._progress.add_task("", total=total, accepted=0, per_s=0.0, refusals=0, pending=0)

    def update(self, result: ChunkResult) -> None:
        """Show what is known by now: the `on_chunk` of a batch."""
        report = result.report
        elapsed_s = self._progress.tasks[0].elapsed
        self._progress.update(
            self._task,
            completed=report.taken - report.pending,
            accepted=report.accepted,
            per_s=report.accepted / elapsed_s if elapsed_s else 0.0,
            refusals=report.refusals,
            pending=report.pending,
        )

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()
