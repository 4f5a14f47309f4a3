"""What the emulator keeps of the calls it accepted: a short record of each, and the body it came with, compressed.

Nothing is taken apart when a call comes in: a mail is rendered when somebody looks at it. A call to 1,000 recipients
takes about 20 KB then, where its addresses and variables took 100.
"""

from __future__ import annotations

import sqlite3
import zlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from contextlib import ExitStack
from typing import TYPE_CHECKING, Protocol

import attrs
import orjson

from mailgun_async.testing._records import Keeper, MemoryKeeper
from mailgun_async.testing._undelivered import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from mailgun_async.testing._records import Document

__all__ = ["Bodies", "Call", "Calls", "MemoryBodies", "SqliteBodies"]

# Each call keeps a time of its own, and room for that of its deliveries before the next call's.
_TICK_S = 2e-6


@attrs.define(kw_only=True)
class Call:
    """One accepted send call."""

    ordinal: int
    """1 for the first."""
    at: float
    """When it was accepted, seconds since 1970; no two calls share it."""
    domain: str
    mime: bool
    """It carries a MIME message instead of parts: messages.mime, or a message sent again."""
    message_id: str
    """Without brackets."""
    content_type: str
    recipients: int
    """Addresses in to, cc and bcc."""
    mails: int
    """Mails that it makes."""
    first_mail: int
    """Mails in the outbox from all calls before this one."""
    subaccount: str | None
    """Whom the call acted for, in `X-Mailgun-On-Behalf-Of`."""
    test_mode: bool
    deliver_at: float | None
    """When scheduled mail leaves, seconds since 1970; None for at once."""
    own_ids: bool
    """`h:Message-Id` holds a recipient variable, so that every mail has an id of its own."""
    template: str | None = None
    """Under which key the stored template is kept, as it was when the call came; None when it named none that is."""
    undelivered: list[tuple[int, Reason]] = attrs.Factory(list)
    """Places of the mails that go to nobody, in order, each with the reason."""
    dropped: bool = False
    """It was scheduled, and deleted before its time."""

    @property
    def places(self) -> Sequence[int]:
        """Places of the mails that are delivered: those in the outbox."""
        lost = {place for place, _ in self.undelivered}
        return [place for place in range(self.mails) if place not in lost] if lost else range(self.mails)


class Bodies(Keeper, Protocol):
    """Where bodies lie, compressed, and what is kept beside them."""

    def load(self) -> Iterable[Call]:
        """Calls kept from earlier, in order."""

    def put(self, call: Call, body: bytes) -> None:
        """Keep one."""

    def get(self, ordinal: int) -> bytes:
        """Read a body."""

    def drop(self, calls: Sequence[Call]) -> None:
        """Note that scheduled calls were deleted."""

    def clear(self) -> None:
        """Forget all."""

    def close(self) -> None:
        """Give back what is held."""


@attrs.define
class MemoryBodies(MemoryKeeper):
    """Bodies in memory."""

    _bodies: dict[int, bytes] = attrs.Factory(dict)

    def load(self) -> Iterable[Call]:
        """Nothing outlives the process."""
        return ()

    def put(self, call: Call, body: bytes) -> None:
        """Keep one."""
        self._bodies[call.ordinal] = body

    def get(self, ordinal: int) -> bytes:
        """Read a body."""
        return self._bodies[ordinal]

    def drop(self, calls: Sequence[Call]) -> None:
        """The records say it."""

    def clear(self) -> None:
        """Forget all."""
        self._bodies.clear()

    def close(self) -> None:
        """Nothing is held."""


class SqliteBodies:
    """Bodies and records in a SQLite file, written before a call is answered."""

    def __init__(self, path: Path) -> None:
        with ExitStack() as undo:
            try:
                self._connection = sqlite3.connect(path, isolation_level=None)
                undo.callback(self._connection.close)
                self._prepare()
            except sqlite3.DatabaseError as error:
                raise OSError(f"cannot open {path}: {error}") from error
            undo.pop_all()

    def _prepare(self) -> None:
        # Without waiting for the disk a write takes a fraction of a millisecond, so it may stay on the event loop. What
        # is written survives the end of this process, not that of the machine.
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS calls (ordinal INTEGER PRIMARY KEY, record BLOB NOT NULL, body BLOB NOT NULL)"
        )
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS records (name TEXT, key TEXT, document BLOB NOT NULL, PRIMARY KEY (name, key))"
        )

    def load(self) -> Iterable[Call]:
        """Calls kept from earlier, in order."""
        for (record,) in self._connection.execute("SELECT record FROM calls ORDER BY ordinal"):
            yield Call(**orjson.loads(record))

    def put(self, call: Call, body: bytes) -> None:
        """Keep one."""
        record = orjson.dumps(attrs.asdict(call))
        self._connection.execute("INSERT INTO calls VALUES (?, ?, ?)", (call.ordinal, record, body))

    def get(self, ordinal: int) -> bytes:
        """Read a body."""
        row: tuple[bytes] = self._connection.execute("SELECT body FROM calls WHERE ordinal = ?", (ordinal,)).fetchone()
        return row[0]

    def drop(self, calls: Sequence[Call]) -> None:
        """Note that scheduled calls were deleted."""
        records = [(orjson.dumps(attrs.asdict(call)), call.ordinal) for call in calls]
        self._connection.executemany("UPDATE calls SET record = ? WHERE ordinal = ?", records)

    def clear(self) -> None:
        """Forget all calls."""
        self._connection.execute("DELETE FROM calls")

    def load_records(self) -> Iterable[tuple[str, str, Document]]:
        """Table, key and document of all that was kept earlier."""
        for name, key, document in self._connection.execute("SELECT name, key, document FROM records"):
            yield name, key, orjson.loads(document)

    def put_records(self, table: str, documents: Mapping[str, Document]) -> None:
        """Keep some, in the stead of those that have the same keys."""
        rows = [(table, key, orjson.dumps(document)) for key, document in documents.items()]
        self._together("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", rows)

    def drop_records(self, table: str, keys: Iterable[str]) -> None:
        """Forget some."""
        self._together("DELETE FROM records WHERE name = ? AND key = ?", [(table, key) for key in keys])

    def _together(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._connection.execute("BEGIN")
        self._connection.executemany(statement, rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Calls:
    """The accepted calls in order, found by message id and by the number of a mail."""

    def __init__(self, bodies: Bodies) -> None:
        self.bodies = bodies
        self.mails = 0
        """Mails in the outbox, of all calls."""
        self._calls: list[Call] = []
        self._by_id: defaultdict[str, list[Call]] = defaultdict(list)
        self._with_own_ids: list[Call] = []
        self._last_at = 0.0
        self._last_ordinal = 0
        for call in bodies.load():
            self._index(call)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    @property
    def all(self) -> list[Call]:
        """Every call, in order."""
        return self._calls

    @property
    def next_ordinal(self) -> int:
        """The number of the call to come."""
        return self._last_ordinal + 1

    def next_at(self, now: float) -> float:
        """The time to be kept for a call that comes now: later than any before, even if the clock was set back."""
        return max(now, self._last_at + _TICK_S)

    def add(self, call: Call, body: bytes) -> None:
        """Keep a call."""
        self.bodies.put(call, zlib.compress(body, 1))
        self._index(call)

    def body_of(self, call: Call) -> bytes:
        """Give the body back that it came with."""
        return zlib.decompress(self.bodies.get(call.ordinal))

    def get(self, ordinal: int) -> Call | None:
        """Find a call by its number."""
        index = bisect_left(self._calls, ordinal, key=lambda call: call.ordinal)
        return self._calls[index] if index < len(self._calls) and self._calls[index].ordinal == ordinal else None

    def with_mail(self, number: int) -> tuple[Call, int]:
        """Find the call with the outbox's mail of this number, counted over all calls from 0, and its place there."""
        call = self._calls[bisect_right(self._calls, number, key=lambda call: call.first_mail) - 1]
        return call, call.places[number - call.first_mail]

    def with_message_id(self, message_id: str) -> list[Call]:
        """Calls that may hold a mail of this id, in order."""
        found = [*self._by_id.get(message_id, ()), *self._with_own_ids]
        return sorted(found, key=lambda call: call.ordinal)

    def drop_scheduled(self, domain: str, now: float) -> int:
        """Delete what waits for its time: how many mails that is."""
        waiting = [
            call
            for call in self._calls
            if call.domain == domain and not call.dropped and call.deliver_at is not None and call.deliver_at > now
        ]
        for call in waiting:
            call.dropped = True
        self.bodies.drop(waiting)
        return sum(call.mails for call in waiting)

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        self.bodies.clear()
        self._calls.clear()
        self._by_id.clear()
        self._with_own_ids.clear()
        self.mails = 0

    def _index(self, call: Call) -> None:
        self._calls.append(call)
        self.mails += len(call.places)
        self._last_at, self._last_ordinal = call.at, call.ordinal
        if call.own_ids:
            self._with_own_ids.append(call)
        else:
            self._by_id[call.message_id].append(call)
