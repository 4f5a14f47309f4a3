"""What commands show on a terminal: reports, mails, findings, and how far a batch is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import attrs
from rich.console import Console, Group
from rich.constrain import Constrain
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import ConsoleOptions, RenderableType

    from mailgun_async import ChunkResult
    from mailgun_async.cli._findings import Finding
    from mailgun_async.testing import Mail

__all__ = ["BatchProgress", "Row", "show_findings", "show_letter", "show_mail", "show_rows"]

_MARKS: Final = {"ok": ("✓", "green"), "note": ("•", "yellow"), "wrong": ("✗", "red")}

Row = tuple[str, object, str | None]
"""What it is, its value, and the color of a value that is not as it should be."""


def show_rows(rows: Iterable[Row]) -> None:
    """Print names and values, numbers right-aligned and grouped."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(justify="right")
    for name, value, color in rows:
        shown = f"{value:,}" if isinstance(value, int) else str(value)
        table.add_row(name, Text(shown, style=color or ""))
    Console().print(table)


def show_mail(mail: Mail, title: str) -> None:
    """Print a mail as its reader sees it."""
    body = mail.text or mail.html or (f"(template {mail.template})" if mail.template else "")
    show_letter({"From": mail.from_, "To": mail.to, "Subject": mail.subject, **mail.headers}, body, title)


def show_letter(fields: Mapping[str, str], body: str, title: str) -> None:
    """Print the head and the body of a mail."""
    headers = Table.grid(padding=(0, 2))
    headers.add_column(style="bold")
    for name, value in fields.items():
        headers.add_row(Text(name), Text(value))
    Console().print(Panel(Group(headers, Text(), Text(body)), title=title, title_align="left", expand=False))


def show_findings(found: Iterable[Finding]) -> None:
    """Print what `doctor` found, each with what to do."""
    table = Table.grid(padding=(0, 2))
    for finding in found:
        mark, color = _MARKS[finding.state]
        text = Text(finding.text)
        if finding.advice:
            text.append(f"\n→ {finding.advice}", style=color)
        table.add_row(Text(mark, style=color), Text(finding.about, style="bold"), text)
    Console().print(table)


class BatchProgress:
    """Shows, on stderr and only where somebody can see it, how far a batch is: accepted, a second, refusals."""

    def __init__(self, total: int | None) -> None:
        self._progress = _Bar(
            SpinnerColumn(),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[accepted]:,} accepted"),
            TextColumn("{task.fields[per_s]:,.0f}/s"),
            TextColumn("{task.fields[refusals]:,} refusals"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            expand=True,
            transient=True,
        )
        if not self._progress.console.is_terminal:
            self._progress.disable = True
        self._task = self._progress.add_task("", total=total, accepted=0, per_s=0.0, refusals=0)

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
        )

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._progress.stop()


class _Bar(Progress):
    def get_renderables(self) -> Iterable[RenderableType]:
        yield _Short(self.make_tasks_table(self.tasks))


@attrs.define
class _Short:
    """Leaves room at the line's end: the terminal writes ^C there, and a line that wraps cannot be taken away again."""

    _inner: RenderableType

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        yield Constrain(self._inner, options.max_width - len("^C") - 1)
