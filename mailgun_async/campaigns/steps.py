"""What a journal in SQLite does with its connection once the plan is complete: one function, one transaction.

They run in the connection's thread, and whoever calls them begins and ends the transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mailgun_async.campaigns import tables
from mailgun_async.campaigns.journal import Claim, Sum
from mailgun_async.campaigns.steps_plan import check_found, insert, reject
from mailgun_async.campaigns.steps_plan import state as campaign_state
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from mailgun_async.campaigns.journal import Candidate, ChunkRecord, ChunkState, Settlement

# Halves before all others. One statement, so that its two parts, each with an index of its own, see the same moment.
_FIRST: Final = "ORDER BY part = '', root, part LIMIT ?"
_READY: Final = f"{tables.CANDIDATES} INDEXED BY ready WHERE state = 'planned' AND due_at IS NULL {_FIRST}"
_DUE: Final = f"{tables.CANDIDATES} INDEXED BY waiting WHERE state = 'planned' AND due_at <= ? {_FIRST}"
_NEXT: Final = f"SELECT * FROM ({_READY}) UNION ALL SELECT * FROM ({_DUE})"  # noqa: S608 -- made of constants
_NEXT_DUE: Final = (
    "SELECT MIN(due) FROM ("
    "SELECT MIN(due_at) AS due FROM chunks INDEXED BY waiting WHERE state = 'planned' AND due_at IS NOT NULL UNION ALL "
    "SELECT MIN(due_at) FROM chunks INDEXED BY waiting WHERE state = 'unknown' AND due_at IS NOT NULL)"
)
_EXPIRE: Final = (
    "UPDATE chunks INDEXED BY leased SET state = 'unknown', since = ?, due_at = ? WHERE state = 'intent' AND"
)
# Decided without knowing; an acceptance that is heard of later is what is true.
_GUESSED: Final = frozenset({"unknown", "planned", "parked"})


# -- send --------------------------------------------------------------------------------------------------------------


def candidates(db: sqlite3.Connection, now: float, limit: int, skip: Collection[int]) -> list[Candidate]:
    """See `Journal.candidates`."""
    enough = limit + len(skip)
    rows = db.execute(_NEXT, (enough, now, enough))
    left_out = frozenset(skip)
    found = [tables.candidate_of(row) for row in sorted(rows, key=_rank) if row[0] not in left_out]
    return found[:limit]


def next_due_at(db: sqlite3.Connection) -> float | None:
    """See `Journal.next_due_at`."""
    found: tuple[float | None] = db.execute(_NEXT_DUE).fetchone()
    return found[0]


def claim(db: sqlite3.Connection, key: int, owner: str, now: float, lease_until: float) -> Claim | None:
    """See `Journal.claim`."""
    changed = db.execute(
        "UPDATE chunks SET state = 'intent', attempt = attempt + 1, owner = ?, lease_until = ?, due_at = NULL,"
        " looks = 0, since = ?, sent_from = ?, status = NULL, reason = NULL, body = NULL"
        " WHERE key = ? AND state = 'planned' AND (due_at IS NULL OR due_at <= ?)"
        " AND (SELECT state FROM campaign) = 'ready'",
        (owner, lease_until, now, now, key, now),
    ).rowcount
    if not changed:
        return None
    db.execute("UPDATE campaign SET started_at = ? WHERE started_at IS NULL", (now,))
    attempt: int = db.execute("SELECT attempt FROM chunks WHERE key = ?", (key,)).fetchone()[0]
    return Claim(key=key, owner=owner, attempt=attempt, began_at=now, lease_until=lease_until)


def settle(db: sqlite3.Connection, held: Claim, settlement: Settlement) -> bool:
    """See `Journal.settle`."""
    row = db.execute("SELECT state, owner, attempt FROM chunks WHERE key = ?", (held.key,)).fetchone()
    check_found(row is not None, held.key)
    _record(db, held.key, held.attempt, held.began_at, settlement)
    state, owner, attempt = row
    movable = state == "intent" or (settlement.state == "sent" and state in _GUESSED)
    if (owner, attempt) != (held.owner, held.attempt) or not movable:
        return False
    _move(db, held.key, settlement)
    return True


def owners(db: sqlite3.Connection) -> set[str]:
    """See `Journal.owners`."""
    return {owner for (owner,) in db.execute("SELECT owner FROM chunks INDEXED BY leased WHERE state = 'intent'")}


def expire(db: sqlite3.Connection, now: float, dead: Collection[str], due_at: float) -> int:
    """See `Journal.expire`."""
    ended = db.execute(f"{_EXPIRE} lease_until <= ?", (now, due_at, now)).rowcount
    return ended + sum(db.execute(f"{_EXPIRE} owner = ?", (now, due_at, owner)).rowcount for owner in frozenset(dead))


# -- reconcile ---------------------------------------------------------------------------------------------------------


def unknown(db: sqlite3.Connection, now: float, limit: int) -> list[ChunkRecord]:
    """See `Journal.unknown`."""
    rows = db.execute(
        f"{tables.CHUNKS} INDEXED BY waiting WHERE state = 'unknown' AND due_at <= ? ORDER BY due_at, key LIMIT ?",
        (now, limit),
    )
    return [tables.chunk_of(row) for row in rows]


def look(db: sqlite3.Connection, chunk: ChunkRecord, due_at: float) -> bool:
    """See `Journal.look`."""
    changed = db.execute(
        "UPDATE chunks SET looks = looks + 1, due_at = ?"
        " WHERE key = ? AND state = 'unknown' AND attempt = ? AND looks = ?",
        (due_at, chunk.key, chunk.attempt, chunk.looks),
    ).rowcount
    return changed == 1


def resolve(db: sqlite3.Connection, chunk: ChunkRecord, settlement: Settlement) -> bool:
    """See `Journal.resolve`."""
    row = db.execute(
        "SELECT sent_from FROM chunks WHERE key = ? AND state = 'unknown' AND attempt = ?", (chunk.key, chunk.attempt)
    ).fetchone()
    if row is None:
        return False
    _record(db, chunk.key, chunk.attempt, row[0], settlement)
    _move(db, chunk.key, settlement)
    return True


# -- steer -------------------------------------------------------------------------------------------------------------


def steer(db: sqlite3.Connection, state: str) -> None:
    """See `Journal.steer`."""
    match campaign_state(db):
        case None | "planning":
            raise JournalError("the plan is not complete: plan the campaign first")
        case "cancelled":
            raise JournalError("the campaign was cancelled, which is for good: nothing more of it is sent")
    db.execute("UPDATE campaign SET state = ?", (state,))


def replan(db: sqlite3.Connection, states: Collection[str]) -> Sum:
    """See `Journal.replan`."""
    chunks = recipients = 0
    # Whatever is asked for: a chunk in any other state may have been accepted.
    for state in {"refused", "parked"} & set(states):
        moved: tuple[int, int] = db.execute(
            "SELECT COUNT(*), COALESCE(SUM(count), 0) FROM chunks WHERE state = ?", (state,)
        ).fetchone()
        chunks, recipients = chunks + moved[0], recipients + moved[1]
        db.execute("UPDATE chunks SET state = 'planned', since = NULL, due_at = NULL WHERE state = ?", (state,))
    return Sum(chunks=chunks, recipients=recipients)


# -- report ------------------------------------------------------------------------------------------------------------


def sums(db: sqlite3.Connection) -> dict[ChunkState, Sum]:
    """See `Journal.sums`."""
    rows = db.execute("SELECT state, COUNT(*), SUM(count) FROM chunks GROUP BY state")
    return {state: Sum(chunks=chunks, recipients=recipients) for state, chunks, recipients in rows}


def chunks_after(db: sqlite3.Connection, ordinal: str, states: Sequence[str] | None, limit: int) -> list[ChunkRecord]:
    """Return the chunks that follow an ordinal."""
    # The plus keeps SQLite from taking the index on states, and sorting all of them for each few.
    among = "" if states is None else f"AND +state IN ({','.join('?' * len(states))}) "
    rows = db.execute(
        f"{tables.CHUNKS} WHERE (root, part) > (?, ?) {among}ORDER BY root, part LIMIT ?",
        (*tables.place_of(ordinal), *(states or ()), limit),
    )
    return [tables.chunk_of(row) for row in rows]


def attempts_after(db: sqlite3.Connection, last: tuple[float, int], limit: int) -> list[Any]:
    """Return rows of `ATTEMPTS` that follow an end and an id."""
    return db.execute(
        f"{tables.ATTEMPTS} WHERE (a.ended_at, a.id) > (?, ?) ORDER BY a.ended_at, a.id LIMIT ?", (*last, limit)
    ).fetchall()


def rejected_after(db: sqlite3.Connection, last: int, limit: int) -> list[Any]:
    """Return rows of `REJECTED` that follow an id."""
    return db.execute(f"{tables.REJECTED} WHERE id > ? ORDER BY id LIMIT ?", (last, limit)).fetchall()


# -- what they share ---------------------------------------------------------------------------------------------------


def _record(db: sqlite3.Connection, key: int, attempt: int, began_at: float, settlement: Settlement) -> None:
    db.execute(
        "INSERT INTO attempts (key, attempt, began_at, ended_at, outcome, status, waited_s)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (key, attempt, began_at, settlement.at, settlement.outcome, settlement.status, settlement.waited_s),
    )


def _move(db: sqlite3.Connection, key: int, settlement: Settlement) -> None:
    _check_parts(db, key, settlement)
    due_at = settlement.due_at
    if settlement.state == "unknown" and due_at is None:
        due_at = settlement.at
    reason = None if settlement.reason is None else tables.writable(settlement.reason)
    db.execute(
        "UPDATE chunks SET state = ?, since = ?, due_at = ?, status = ?, reason = ?, body = ? WHERE key = ?",
        (settlement.state, settlement.at, due_at, settlement.status, reason, settlement.body, key),
    )
    insert(db, settlement.children)
    reject(db, settlement.rejected)
    if settlement.size is not None:
        db.execute("UPDATE campaign SET size = ? WHERE size IS NULL OR size > ?", (settlement.size, settlement.size))


def _check_parts(db: sqlite3.Connection, key: int, settlement: Settlement) -> None:
    parts = sum(child.count for child in settlement.children) + len(settlement.rejected)
    count: int = db.execute("SELECT count FROM chunks WHERE key = ?", (key,)).fetchone()[0]
    if parts != (count if settlement.state == "split" else 0):
        raise JournalError(
            f"a chunk of {count} that becomes {settlement.state} can't be followed by parts with {parts} recipients"
        )


def _rank(row: Sequence[Any]) -> tuple[bool, int, str]:
    _, root, part, *_ = row
    return part == "", root, part
