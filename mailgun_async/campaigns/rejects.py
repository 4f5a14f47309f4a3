"""Everybody whom a campaign does not reach, written to a file."""

from __future__ import annotations

import asyncio
import csv
import io
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from mailgun_async.campaigns.audit import words_of
from mailgun_async.campaigns.payload import thaw
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Sequence

    from mailgun_async.campaigns.journal import ChunkRecord, ChunkState, Journal, RejectedBy

__all__ = ["COLUMNS", "write_rejects"]

COLUMNS: Final = ("address", "status", "reason", "message_id", "chunk", "line")
_ROWS: Final = 1_000

Status = Literal["not planned", "rejected", "refused", "parked", "unknown", "cancelled"]
_BY: Final[dict[RejectedBy, Status]] = {"plan": "not planned", "mailgun": "rejected"}
_OF: Final[dict[ChunkState, Status]] = {"refused": "refused", "parked": "parked", "unknown": "unknown"}


async def write_rejects(journal: Journal, path: str | os.PathLike[str]) -> int:
    """Write everybody who was not accepted, and will not be without anybody's doing, to a CSV; return how many.

    A file that is there is replaced when the new one is whole. Columns: `address`; `status`, which is `not planned`
    (failed our own checks), `rejected` (by Mailgun's word), `refused` (with its chunk), `parked`, `unknown` (may have
    been accepted, is being looked up) or `cancelled` (was planned when the campaign was cancelled); `reason`;
    `message_id` and `chunk` (the ordinal) of those who are in a chunk; `line` of the file they came from.

    Rows of a file that name no recipient, duplicates and those excluded are not in the journal.

    Raises:
        JournalError: There is no complete plan, or the journal is damaged.
        OSError: The file can't be written.
    """
    header = await journal.header()
    if header is None or header.totals is None:
        raise JournalError("there is nothing to write: the journal holds no complete plan")
    states = _OF | ({"planned": "cancelled"} if header.state == "cancelled" else {})
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    file = await asyncio.to_thread(part.open, "w", encoding="utf-8", errors="backslashreplace", newline="")
    written = 0
    try:
        with file:
            csv.writer(file).writerow(COLUMNS)
            async for rows in _rows(journal, states):
                written += len(rows)
                await asyncio.to_thread(file.write, _text(rows))
        await asyncio.to_thread(part.replace, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return written


def _text(rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


async def _rows(journal: Journal, states: dict[ChunkState, Status]) -> AsyncIterator[list[tuple[object, ...]]]:
    rows: list[tuple[object, ...]] = []
    async for one in journal.rejected():
        rows.append((one.address, _BY[one.by], one.reason, "", "", one.line))
        if len(rows) == _ROWS:
            yield rows
            rows = []
    yield rows
    async for chunk in journal.chunks(states.keys()):
        about = (states[chunk.state], words_of(chunk), chunk.message_id, chunk.ordinal, "")
        yield [(address, *about) for address in await _addresses(journal, chunk)]


async def _addresses(journal: Journal, chunk: ChunkRecord) -> list[str]:
    payload = await journal.payload(chunk.key)
    try:
        return list(thaw(payload, count=chunk.count, digest=chunk.digest).entries())
    except ValueError as error:
        raise JournalError(f"chunk {chunk.ordinal} of the journal is damaged: {error}") from error
