"""A campaign's journal in a SQLite file.

A transaction is one function, and runs as a whole in the connection's thread. So the event loop never waits for the
disk, nothing comes between the statements of a transaction, and a task that is cancelled leaves none open: what it
had asked for is done whole, or, when SQLite raises, not at all. Between processes SQLite's own lock on writing decides.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec, Self, TypeVar

import aiosqlite

from mailgun_async.campaigns import steps, steps_open, steps_plan, tables
from mailgun_async.campaigns.journal import Settlement
from mailgun_async.errors import DecodingError, JournalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Sequence

    from mailgun_async.campaigns.journal import (
        AttemptRecord,
        Candidate,
        ChunkRecord,
        ChunkState,
        Claim,
        CommonPart,
        Header,
        NewChunk,
        RejectedRecipient,
        Sum,
        Totals,
    )

__all__ = ["SqliteJournal"]

P = ParamSpec("P")
T = TypeVar("T")

_BATCH: Final = 200
_BEFORE_ALL: Final = "-1"
_RETRY_S: Final = 0.01
_LOCKED: Final = "is locked by another process for too long: let it end its work, then go on; nothing is lost"
_DENIED: Final = "can't be written by this user: give the right to write it, its -wal, its -shm and its directory"
_WHY: Final = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: "can't grow, its disk is full: make room, then go on; nothing is lost",
    sqlite3.SQLITE_READONLY: _DENIED,
    sqlite3.SQLITE_PERM: _DENIED,
    sqlite3.SQLITE_CANTOPEN: "can't be opened: it must be a file in a directory that this user may write",
    sqlite3.SQLITE_NOTADB: "is a file of another kind, or its beginning is damaged: give another path",
    sqlite3.SQLITE_CORRUPT: steps_open.DAMAGED,
    sqlite3.SQLITE_IOERR: "can't be read or written: see that its disk works and has room, then go on; nothing is lost",
}


class SqliteJournal:
    """Keeps a campaign in one file, which only its owner may read: it holds addresses. Several processes may share it.

    The file has two companions while it is open, `-wal` and `-shm`: copy all three, or close it first. It belongs on a
    disk of this machine, as network file systems do not lock well enough.

    Args:
        path: The file; it is made when there is none.
        busy_timeout_s: Seconds to wait for another process that is writing; then `JournalError`. Default 10.
    """

    def __init__(self, path: str | os.PathLike[str], *, busy_timeout_s: float = 10.0) -> None:
        # Absolute, as a relative one may mean another file later, and SQLite takes some names for no file at all.
        self.path = Path(path).absolute()
        self._busy_timeout_s = busy_timeout_s
        self._connection: _Connection | None = None
        self._plan: str | None = None

    async def open(self) -> None:
        """Open it, or make it; bring an older version up to date. Harmless twice."""
        if self._connection is None:
            self._connection = await _or_undone(self._connect(), _Connection.close)

    async def close(self) -> None:
        """Close it; harmless twice."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._translated(connection.close())

    # -- plan ----------------------------------------------------------------------------------------------------------

    async def header(self) -> Header | None:
        """Return what is known of the campaign; None when nothing was ever planned."""
        return await self._ask(steps_plan.header)

    async def begin(self, header: Header, common: Sequence[CommonPart]) -> None:
        """Begin a plan; see `Journal.begin`."""
        await self._change(steps_plan.begin, header, common)
        self._plan = header.id

    async def add(self, chunks: Sequence[NewChunk], rejected: Sequence[RejectedRecipient] = ()) -> None:
        """Add to the plan that was begun here; see `Journal.add`."""
        await self._change(steps_plan.add, self._plan, chunks, rejected)

    async def replace(self, key: int, chunk: NewChunk | None, rejected: Sequence[RejectedRecipient] = ()) -> None:
        """Give a chunk of the plan other recipients; see `Journal.replace`."""
        await self._change(steps_plan.replace, self._plan, key, chunk, rejected)

    async def finish(self, totals: Totals) -> None:
        """Complete the plan; see `Journal.finish`."""
        await self._change(steps_plan.finish, self._plan, totals)

    async def common(self) -> list[CommonPart]:
        """Return the common parts, in their order."""
        return await self._ask(steps_plan.common)

    async def payload(self, key: int) -> bytes:
        """Return the payload of a chunk, compressed."""
        return await self._ask(steps_plan.payload, key)

    # -- send ----------------------------------------------------------------------------------------------------------

    async def candidates(self, *, now: float, limit: int, skip: Collection[int] = ()) -> list[Candidate]:
        """Return planned chunks that are due; see `Journal.candidates`."""
        return await self._ask(steps.candidates, now, limit, skip)

    async def next_due_at(self) -> float | None:
        """Return when the next planned or unknown chunk is due; None when none waits for anything."""
        return await self._ask(steps.next_due_at)

    async def claim(self, key: int, *, owner: str, now: float, lease_until: float) -> Claim | None:
        """Move a chunk from `planned` to `intent`; see `Journal.claim`."""

        async def give_back(claim: Claim | None) -> None:
            if claim is not None:
                await self.settle(claim, Settlement(state="planned", outcome="given back", at=now))

        return await _or_undone(self._change(steps.claim, key, owner, now, lease_until), give_back)

    async def settle(self, claim: Claim, settlement: Settlement) -> bool:
        """Move a claimed chunk from `intent` to its next state; see `Journal.settle`."""
        return await self._change(steps.settle, claim, settlement)

    async def owners(self) -> set[str]:
        """Return the owners of all chunks in `intent`."""
        return await self._ask(steps.owners)

    async def expire(self, *, now: float, dead: Collection[str] = (), due_at: float) -> int:
        """Make chunks whose lease or owner ended `unknown`; see `Journal.expire`."""
        return await self._change(steps.expire, now, dead, due_at)

    # -- reconcile -----------------------------------------------------------------------------------------------------

    async def unknown(self, *, now: float, limit: int) -> list[ChunkRecord]:
        """Return unknown chunks that are due for a look-up, those first that wait longest."""
        return await self._ask(steps.unknown, now, limit)

    async def look(self, chunk: ChunkRecord, *, due_at: float) -> bool:
        """Count a look-up that is about to be made; see `Journal.look`."""
        return await self._change(steps.look, chunk, due_at)

    async def resolve(self, chunk: ChunkRecord, settlement: Settlement) -> bool:
        """Move a chunk from `unknown`; see `Journal.resolve`."""
        return await self._change(steps.resolve, chunk, settlement)

    # -- steer ---------------------------------------------------------------------------------------------------------

    async def steer(self, state: Literal["ready", "paused", "cancelled"]) -> None:
        """Let chunks be claimed, or not; see `Journal.steer`."""
        await self._change(steps.steer, state)

    async def replan(self, states: Collection[Literal["refused", "parked"]]) -> Sum:
        """Move chunks back to `planned`, by hand."""
        return await self._change(steps.replan, states)

    # -- report --------------------------------------------------------------------------------------------------------

    async def sums(self) -> dict[ChunkState, Sum]:
        """Return how much is in each state; see `Journal.sums`."""
        return await self._ask(steps.sums)

    async def chunks(self, states: Collection[ChunkState] | None = None) -> AsyncIterator[ChunkRecord]:
        """Yield chunks, those of all states by default, in their order."""
        among = None if states is None else tuple(states)
        after = _BEFORE_ALL
        while batch := await self._ask(steps.chunks_after, after, among, _BATCH):
            for chunk in batch:
                yield chunk
            after = batch[-1].ordinal

    async def attempts(self) -> AsyncIterator[AttemptRecord]:
        """Yield what was recorded of attempts, in the order of their ends."""
        last = (float("-inf"), 0)
        while rows := await self._ask(steps.attempts_after, last, _BATCH):
            for row in rows:
                yield tables.attempt_of(row)
            last = rows[-1][:2]

    async def rejected(self) -> AsyncIterator[RejectedRecipient]:
        """Yield who can't be sent to."""
        last = 0
        while rows := await self._ask(steps.rejected_after, last, _BATCH):
            for row in rows:
                yield tables.rejected_of(row)
            last = rows[-1][0]

    # -- the file ------------------------------------------------------------------------------------------------------

    async def _ask(self, step: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._connection is None:
            raise JournalError(f"the journal {self.path} is not open")
        return await self._translated(self._connection.ask(lambda db: step(db, *args, **kwargs)))

    async def _change(
        self, step: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def transaction(db: sqlite3.Connection) -> T:
            return _transaction(db, lambda: step(db, *args, **kwargs))

        return await self._ask(transaction)

    async def _connect(self) -> _Connection:
        return await self._translated(_Connection(self.path, self._busy_timeout_s).opened())

    async def _translated(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except (sqlite3.Error, OSError, DecodingError, steps_open.UnusableError) as error:
            raise JournalError(f"the journal {self.path} {_why(error)}") from error


def _why(error: Exception) -> str:
    match error:
        case steps_open.UnusableError():
            return str(error)
        case DecodingError():
            return steps_open.DAMAGED
        case OSError():
            return f"can't be made: {error.strerror}"
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return _WHY.get(code & 0xFF, f"can't be used: {error}")


class _Connection(aiosqlite.Connection):
    """Runs functions in the connection's thread, one after the other."""

    def __init__(self, path: Path, busy_timeout_s: float) -> None:
        super().__init__(partial(self._try, path, busy_timeout_s), iter_chunk_size=64)
        # One that nobody closed must not keep the process from ending. Up to aiosqlite 0.21 it is the thread itself.
        thread: Any = getattr(self, "_thread", self)
        thread.daemon = True
        self._failure: Exception | None = None

    def _try(self, path: Path, busy_timeout_s: float) -> sqlite3.Connection:
        # When this raises, aiosqlite does not wait for its thread, which then may speak to a loop that is closed.
        try:
            return _opened(path, busy_timeout_s)
        except Exception as error:  # noqa: BLE001 -- raised again by `opened`
            self._failure = error
            return sqlite3.connect(":memory:")

    async def opened(self) -> Self:
        await self
        if self._failure is not None:
            await self.close()
            raise self._failure
        return self

    async def ask(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]  # aiosqlite leaves it so
        return result


async def _or_undone(work: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[None]]) -> T:
    """Wait for work; when cancelled, undo what it comes to, as nobody is there to take it."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(JournalError):
            await undo(await task)
        raise


def _opened(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    # SQLite itself would make it for everybody to read. Not opened here when it is there: closing it again would take
    # away the locks that this process may hold on it. The companions get the file's own mode.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
    try:
        _prepare(db, busy_timeout_s)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, busy_timeout_s: float) -> None:
    version = _transaction(db, lambda: steps_open.version(db), begin="BEGIN")
    if _write_ahead(db, busy_timeout_s) != "wal":
        raise steps_open.UnusableError(
            "can't be on this file system, which has no memory to share: put it on a local disk"
        )
    db.execute("PRAGMA synchronous = FULL")
    # Many builds write zeros over all that is deleted: to throw a plan away would take as long as to make it.
    db.execute("PRAGMA secure_delete = FAST")
    if version < len(tables.MIGRATIONS):
        _transaction(db, lambda: steps_open.migrate(db))
    steps_open.check(db)


def _write_ahead(db: sqlite3.Connection, busy_timeout_s: float) -> str:
    deadline = time.monotonic() + busy_timeout_s
    while True:
        try:
            mode: str = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            # Of those who make it at the same time, SQLite lets only one wait for the others.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_S)
        else:
            return mode


def _transaction(db: sqlite3.Connection, work: Callable[[], T], *, begin: str = "BEGIN IMMEDIATE") -> T:
    db.execute(begin)
    try:
        result = work()
        db.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself where the disk is full or fails.
        if db.in_transaction:
            with suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        raise
    return result
