"""What commands show on a terminal: reports, and mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mailgun_async.testing import Mail

__all__ = ["show_mail", "show_rows"]

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
    headers = Table.grid(padding=(0, 2))
    headers.add_column(style="bold")
    fields = {"From": mail.from_, "To": mail.to, "Subject": mail.subject, **mail.headers}
    for name, value in fields.items():
        headers.add_row(Text(name), Text(value))
    body = mail.text or mail.html or (f"(template {mail.template})" if mail.template else "")
    Console().print(Panel(Group(headers, Text(), Text(body)), title=title, title_align="left", expand=False))
