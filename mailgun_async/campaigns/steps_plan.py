"""What a journal in SQLite does with its connection while a campaign is planned: one function, one transaction.

They run in the connection's thread, and whoever calls them begins and ends the transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mailgun_async.campaigns import tables
from mailgun_async.campaigns.journal import CommonPart
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from mailgun_async.campaigns.journal import Header, NewChunk, RejectedRecipient, Totals

__all__ = [
    "add",
    "begin",
    "check_found",
    "common",
    "finish",
    "header",
    "insert",
    "payload",
    "reject",
    "replace",
    "state",
]

_CLEAR: Final = (
    "DELETE FROM campaign",
    "DELETE FROM common",
    "DELETE FROM chunks",
    "DELETE FROM payloads",
    "DELETE FROM attempts",
    "DELETE FROM rejected",
)
_INSERT: Final = "INSERT INTO chunks (root, part, count, digest, message_id, source_digest) VALUES (?, ?, ?, ?, ?, ?)"


def header(db: sqlite3.Connection) -> Header | None:
    """See `Journal.header`."""
    row = db.execute(tables.HEADER).fetchone()
    return None if row is None else tables.header_of(row)


def begin(db: sqlite3.Connection, new: Header, common: Sequence[CommonPart]) -> None:
    """See `Journal.begin`."""
    if state(db) not in {None, "planning"}:
        raise JournalError("the journal holds a finished plan already: give another campaign a journal of its own")
    for statement in _CLEAR:
        db.execute(statement)
    db.execute(
        "INSERT INTO campaign (id, name, domain, created_at, state, options, common_size) VALUES (?, ?, ?, ?, ?, ?, ?)",
        tables.header_row(new),
    )
    db.executemany("INSERT INTO common (name, data) VALUES (?, ?)", [(part.name, part.data) for part in common])


def add(
    db: sqlite3.Connection, plan: str | None, chunks: Sequence[NewChunk], rejected: Sequence[RejectedRecipient]
) -> None:
    """See `Journal.add`; `plan` is the id of the one begun here."""
    _check_under_way(db, plan)
    insert(db, chunks)
    reject(db, rejected)


def replace(
    db: sqlite3.Connection,
    plan: str | None,
    key: int,
    chunk: NewChunk | None,
    rejected: Sequence[RejectedRecipient],
) -> None:
    """See `Journal.replace`."""
    _check_under_way(db, plan)
    if chunk is None:
        changed = db.execute("DELETE FROM chunks WHERE key = ?", (key,)).rowcount
        db.execute("DELETE FROM payloads WHERE key = ?", (key,))
    else:
        changed = db.execute(
            "UPDATE chunks SET root = ?, part = ?, count = ?, digest = ?, message_id = ?, source_digest = ?"
            " WHERE key = ?",
            (*_columns(chunk), key),
        ).rowcount
        db.execute("UPDATE payloads SET payload = ? WHERE key = ?", (chunk.payload, key))
    check_found(changed, key)
    reject(db, rejected)


def finish(db: sqlite3.Connection, plan: str | None, totals: Totals) -> None:
    """See `Journal.finish`."""
    _check_under_way(db, plan)
    held = db.execute(
        "SELECT COUNT(*), COALESCE(SUM(count), 0), (SELECT COUNT(*) FROM rejected) FROM chunks"
    ).fetchone()
    if held != (totals.chunks, totals.recipients, totals.rejected):
        raise JournalError(
            f"the plan does not add up: its totals are {totals.chunks} chunks, {totals.recipients} recipients and"
            f" {totals.rejected} rejected, and the journal holds {held[0]}, {held[1]} and {held[2]}"
        )
    left_out = totals.rejected + totals.bad_rows + totals.duplicates + totals.excluded
    if totals.taken != totals.recipients + left_out:
        raise JournalError(
            f"the plan does not add up: of {totals.taken} recipients taken, {totals.recipients} are in chunks and"
            f" {left_out} are left out"
        )
    db.execute("UPDATE campaign SET state = 'ready', totals = ?", (tables.totals_blob(totals),))


def common(db: sqlite3.Connection) -> list[CommonPart]:
    """See `Journal.common`."""
    rows = db.execute("SELECT name, data FROM common ORDER BY place")
    return [CommonPart(name=name, data=data) for name, data in rows]


def payload(db: sqlite3.Connection, key: int) -> bytes:
    """See `Journal.payload`."""
    row: tuple[bytes] | None = db.execute("SELECT payload FROM payloads WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise JournalError(f"the journal holds no chunk with key {key}")
    return row[0]


def state(db: sqlite3.Connection) -> str | None:
    """Return the campaign's state; None when nothing was ever planned."""
    row: tuple[str] | None = db.execute("SELECT state FROM campaign").fetchone()
    return None if row is None else row[0]


def insert(db: sqlite3.Connection, chunks: Iterable[NewChunk]) -> None:
    """Add planned chunks."""
    for chunk in chunks:
        key = db.execute(_INSERT, _columns(chunk)).lastrowid
        db.execute("INSERT INTO payloads VALUES (?, ?)", (key, chunk.payload))


def reject(db: sqlite3.Connection, rejected: Iterable[RejectedRecipient]) -> None:
    """Note who can't be sent to."""
    db.executemany(
        "INSERT INTO rejected (address, reason, by, line) VALUES (?, ?, ?, ?)",
        [(tables.writable(one.address), tables.writable(one.reason), one.by, one.line) for one in rejected],
    )


def check_found(found: object, key: int) -> None:
    """Raise the error for a key that no chunk has."""
    if not found:
        raise JournalError(f"the journal holds no chunk with key {key}")


def _check_under_way(db: sqlite3.Connection, plan: str | None) -> None:
    row = db.execute("SELECT id FROM campaign WHERE state = 'planning'").fetchone()
    if row is None or row[0] != plan:
        raise JournalError("no plan is under way that was begun here: it is finished, or somebody else began another")


def _columns(chunk: NewChunk) -> tuple[object, ...]:
    return (*tables.place_of(chunk.ordinal), chunk.count, chunk.digest, chunk.message_id, chunk.source_digest)
