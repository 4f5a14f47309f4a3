"""The tables of a journal in SQLite, and the values their rows are. Text and pure functions; no I/O.

`chunks` is small and changes, `payloads` is large and does not: beside each other, every change of state would write a
chunk's recipients again. Partial indexes hold only what is asked for again and again, so that a chunk that is settled
costs them nothing: `ready` the chunks that may be claimed at once, in their order, `waiting` those that are due later,
planned or unknown, and `leased` those on the wire. Statements name them, as SQLite may take `states` to be better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async import convert
from mailgun_async.campaigns.journal import AttemptRecord, Candidate, ChunkRecord, Header, RejectedRecipient, Totals

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "APPLICATION_ID",
    "ATTEMPTS",
    "CANDIDATES",
    "CHUNKS",
    "HEADER",
    "MIGRATIONS",
    "REJECTED",
    "attempt_of",
    "candidate_of",
    "chunk_of",
    "header_of",
    "header_row",
    "place_of",
    "rejected_of",
    "totals_blob",
    "writable",
]

APPLICATION_ID: Final = 0x6D67616A
"""`mgaj` in the head of the file: by it a journal is told from any other SQLite file."""

_VERSION_1: Final = (
    """
    CREATE TABLE campaign (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id TEXT NOT NULL,
        name TEXT,
        domain TEXT NOT NULL,
        created_at REAL NOT NULL,
        state TEXT NOT NULL,
        options BLOB NOT NULL,
        common_size INTEGER NOT NULL,
        totals BLOB,
        size INTEGER,
        started_at REAL
    )
    """,
    "CREATE TABLE common (place INTEGER PRIMARY KEY, name TEXT NOT NULL, data BLOB NOT NULL)",
    # root and part are the ordinal: 12 and '.0.1'.
    """
    CREATE TABLE chunks (
        key INTEGER PRIMARY KEY,
        root INTEGER NOT NULL,
        part TEXT NOT NULL,
        count INTEGER NOT NULL,
        digest TEXT NOT NULL,
        message_id TEXT NOT NULL,
        source_digest TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'planned',
        attempt INTEGER NOT NULL DEFAULT 0,
        owner TEXT,
        lease_until REAL,
        due_at REAL,
        looks INTEGER NOT NULL DEFAULT 0,
        since REAL,
        sent_from REAL,
        status INTEGER,
        reason TEXT,
        body BLOB,
        UNIQUE (root, part)
    )
    """,
    "CREATE TABLE payloads (key INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    """
    CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        key INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        began_at REAL NOT NULL,
        ended_at REAL NOT NULL,
        outcome TEXT NOT NULL,
        status INTEGER,
        waited_s REAL NOT NULL
    )
    """,
    """
    CREATE TABLE rejected (
        id INTEGER PRIMARY KEY,
        address TEXT NOT NULL,
        reason TEXT NOT NULL,
        by TEXT NOT NULL,
        line INTEGER
    )
    """,
    "CREATE INDEX ready ON chunks (part = '', root, part) WHERE state = 'planned' AND due_at IS NULL",
    "CREATE INDEX waiting ON chunks (state, due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX leased ON chunks (lease_until, owner) WHERE state = 'intent'",
    "CREATE INDEX ended ON attempts (ended_at)",
    "CREATE INDEX states ON chunks (state, count)",
)
MIGRATIONS: Final = (_VERSION_1,)
"""Each step's statements bring a journal from the version before to the next; a version's number is its place, from
1."""

CANDIDATES: Final = "SELECT key, root, part, count, digest, message_id FROM chunks"
CHUNKS: Final = (
    "SELECT key, root, part, count, digest, message_id, source_digest, state, attempt, owner, lease_until, due_at,"
    " looks, since, sent_from, status, reason, body FROM chunks"
)
HEADER: Final = (
    "SELECT id, name, domain, created_at, state, options, common_size, totals, size, started_at FROM campaign"
)
ATTEMPTS: Final = (
    "SELECT a.ended_at, a.id, c.root, c.part, a.attempt, c.count, a.began_at, a.outcome, a.status, a.waited_s"
    " FROM attempts a JOIN chunks c USING (key)"
)
REJECTED: Final = "SELECT id, address, reason, by, line FROM rejected"


def place_of(ordinal: str) -> tuple[int, str]:
    """Return root and part of an ordinal: `12.0.1` is 12 and `.0.1`."""
    root, dot, rest = ordinal.partition(".")
    return int(root), dot + rest


def writable(text: str) -> str:
    """Return a text that can be kept: half a surrogate pair, as a damaged file may hold, is written out."""
    return text.encode(errors="backslashreplace").decode()


def header_row(header: Header) -> tuple[object, ...]:
    """Return a header of a plan that begins as the first columns of `HEADER`, up to the common parts' size."""
    options = convert.dumps(dict(header.options))
    name = None if header.name is None else writable(header.name)
    return (header.id, name, header.domain, header.created_at, "planning", options, header.common_size)


def header_of(row: Sequence[Any]) -> Header:
    """Read the columns of `HEADER`.

    Raises:
        DecodingError: Options or totals are not what was written.
    """
    id_, name, domain, created_at, state, options, common_size, totals, size, started_at = row
    return Header(
        id=id_,
        name=name,
        domain=domain,
        created_at=created_at,
        state=state,
        options=convert.loads(options),
        common_size=common_size,
        totals=None if totals is None else convert.structure(totals, Totals),
        size=size,
        started_at=started_at,
    )


def totals_blob(totals: Totals) -> bytes:
    """Return totals as the column keeps them."""
    return convert.dumps(attrs.asdict(totals))


def candidate_of(row: Sequence[Any]) -> Candidate:
    """Read the columns of `CANDIDATES`."""
    key, root, part, count, digest, message_id = row
    return Candidate(key=key, ordinal=f"{root}{part}", count=count, digest=digest, message_id=message_id)


def chunk_of(row: Sequence[Any]) -> ChunkRecord:
    """Read the columns of `CHUNKS`."""
    key, root, part, count, digest, message_id, source_digest, state, attempt, owner, *rest = row
    lease_until, due_at, looks, since, sent_from, status, reason, body = rest
    return ChunkRecord(
        key=key,
        ordinal=f"{root}{part}",
        count=count,
        digest=digest,
        message_id=message_id,
        state=state,
        attempt=attempt,
        owner=owner,
        lease_until=lease_until,
        due_at=due_at,
        looks=looks,
        since=since,
        sent_from=sent_from,
        status=status,
        reason=reason,
        body=body,
        source_digest=source_digest,
    )


def attempt_of(row: Sequence[Any]) -> AttemptRecord:
    """Read the columns of `ATTEMPTS`."""
    ended_at, _, root, part, attempt, count, began_at, outcome, status, waited_s = row
    return AttemptRecord(
        ordinal=f"{root}{part}",
        attempt=attempt,
        count=count,
        began_at=began_at,
        ended_at=ended_at,
        outcome=outcome,
        status=status,
        waited_s=waited_s,
    )


def rejected_of(row: Sequence[Any]) -> RejectedRecipient:
    """Read the columns of `REJECTED`."""
    _, address, reason, by, line = row
    return RejectedRecipient(address=address, reason=reason, by=by, line=line)
