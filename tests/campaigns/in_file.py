"""What the tests of a journal in a file share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mailgun_async.campaigns.sqlite import SqliteJournal


def names(directory: Path) -> list[str]:
    """What lies in there."""
    return sorted(path.name for path in directory.iterdir())


async def run(journal: SqliteJournal, work: Callable[[sqlite3.Connection], Any]) -> Any:
    """Do something with the journal's own connection."""
    assert journal._connection is not None
    return await journal._connection.ask(work)
