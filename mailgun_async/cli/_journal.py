"""A campaign's journal, opened by commands that need nothing else."""

from __future__ import annotations

import shlex
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mailgun_async.campaigns.sqlite import SqliteJournal

__all__ = ["JournalPath", "checked", "hint", "opened"]

JournalPath = Annotated[Path, typer.Argument(metavar="JOURNAL", help="The campaign's file, made by campaign plan.")]


def checked(path: Path) -> Path:
    """Return the path of a journal that is there.

    Raises:
        InvalidArgument: It is no file.
    """
    if not path.is_file():
        raise InvalidArgument(f"{path} is not a file: mailgun-async campaign plan makes one", field="journal")
    return path


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteJournal]:
    """Open a journal that is there, and close it in the end.

    Raises:
        InvalidArgument: It is no file.
        JournalError: It is no journal, or can't be read.
    """
    from mailgun_async.campaigns.sqlite import SqliteJournal  # noqa: PLC0415 -- other commands do without

    journal = SqliteJournal(checked(path))
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


def hint(command: str, path: Path) -> str:
    """Write a command of this group on this journal, as a shell takes it."""
    return f"mailgun-async campaign {command} {shlex.quote(str(path))}"
