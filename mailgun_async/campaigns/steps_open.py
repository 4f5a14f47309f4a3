"""What a journal in SQLite does with its connection before it is used: is it a journal, of which version, and whole?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailgun_async.campaigns import tables

if TYPE_CHECKING:
    import sqlite3

__all__ = ["DAMAGED", "UnusableError", "check", "migrate", "version"]

DAMAGED: Final = (
    "is damaged: `sqlite3 FILE .recover` may save it; an older copy does not know what was sent since, so ask Mailgun's"
    " logs before sending from one"
)


class UnusableError(Exception):
    """The file is not what it should be; the text goes on after its name."""


def version(db: sqlite3.Connection) -> int:
    """Return the version of a journal; 0 for a file in which nothing is yet.

    Raises:
        UnusableError: The file is something else, or was written by a newer release.
    """
    application: int = db.execute("PRAGMA application_id").fetchone()[0]
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    if application != tables.APPLICATION_ID:
        if db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            raise UnusableError("is a database of another program: give another path")
        return 0
    if found > len(tables.MIGRATIONS):
        raise UnusableError(
            f"has version {found}, and this release knows versions up to {len(tables.MIGRATIONS)}:"
            " use the release of mailgun_async that wrote it, or a newer one"
        )
    return found


def migrate(db: sqlite3.Connection) -> None:
    """Bring a journal up to date."""
    # Read again: another process may have been faster.
    for statements in tables.MIGRATIONS[version(db) :]:
        for statement in statements:
            db.execute(statement)
    db.execute(f"PRAGMA application_id = {tables.APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(tables.MIGRATIONS)}")


def check(db: sqlite3.Connection) -> None:
    """See that a journal is whole, but for the payloads: they are by far the largest, and have digests.

    Raises:
        UnusableError: It is damaged.
    """
    for table in ("campaign", "chunks", "attempts"):
        if db.execute(f"PRAGMA quick_check({table})").fetchone() != ("ok",):
            raise UnusableError(DAMAGED)
