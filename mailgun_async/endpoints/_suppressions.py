"""What the suppression lists share: many records at once, and the import of a file."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.errors import (
    ConfigError,
    Forbidden,
    InvalidArgument,
    MailgunError,
    NotFound,
    PaymentRequired,
    Unauthorized,
)
from mailgun_async.transport.encoding import file_part, streamed_part

if TYPE_CHECKING:
    import os

    from mailgun_async.transport.encoding import FilePart

__all__ = ["AddReport", "AddedChunk", "OnChunk", "Records", "Removed", "SuppressionList", "csv_part"]

R = TypeVar("R")

MAX_RECORDS: Final = 1_000
"""Records of one call."""
MAX_CSV_BYTES: Final = 25 * 1024 * 1024
_HOPELESS: Final = (ConfigError, Unauthorized, PaymentRequired, Forbidden, NotFound)
"""What every other call would meet too."""


@attrs.define(kw_only=True)
class AddedChunk(Generic[R]):
    """One call of `add_many`, when it is over."""

    records: Sequence[R] = attrs.field(repr=False)
    message: str | None = None
    """Mailgun's word, when they were added."""
    error: MailgunError | None = None
    """Why they were not, or nobody knows: adding them again does no harm."""


@attrs.define(kw_only=True)
class AddReport(Generic[R]):
    """What became of many records."""

    added: int = 0
    """Records of calls that Mailgun took."""
    failed: list[AddedChunk[R]] = attrs.Factory(list)
    """Calls that it did not, with their records: `[one for chunk in report.failed for one in chunk.records]`."""


Records = Iterable[R] | AsyncIterable[R]
OnChunk = Callable[[AddedChunk[R]], Awaitable[object] | object]
"""Told of each call when it is over; what can be awaited is awaited."""


@attrs.define(kw_only=True)
class Removed:
    """Mailgun's word that a record was removed."""

    message: str | None = None
    address: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class SuppressionList(Group):
    """Base of the lists that take many records a call."""

    __slots__ = ()

    def _domain_and(self, domain: object, value: object) -> tuple[str, Any]:
        """Return the domain and what comes after it; one argument alone is that."""
        if value is None:
            return self._domain(None), domain
        return self._domain(cast("str", domain)), value

    async def _add_many(
        self,
        template: str,
        domain: str,
        records: Records[R],
        record: Callable[[R], Mapping[str, object]],
        *,
        max_in_flight: int,
        on_chunk: OnChunk[R] | None,
    ) -> AddReport[R]:
        """Add records by the thousand, several calls at once; `record` writes one as JSON."""
        if max_in_flight < 1:
            raise InvalidArgument(f"max_in_flight must be 1 or more, not {max_in_flight}", field="max_in_flight")

        async def post(rows: list[Mapping[str, object]]) -> Done:
            return await self._call("POST", template, Done, json=rows, safety="idempotent", domain_name=domain)

        return await _Adding(_chunks(records), record, post, on_chunk).run(max_in_flight)

    async def _import_csv(self, template: str, domain: str, file: bytes | str | os.PathLike[str]) -> Done:
        part = await csv_part("file", file)
        return await self._call("POST", template, Done, multipart=[part], safety="idempotent", domain_name=domain)


@attrs.define(eq=False)
class _Adding(Generic[R]):
    """One `add_many`: workers that take chunks and post them."""

    _chunks: AsyncIterator[list[R]]
    _record: Callable[[R], Mapping[str, object]]
    _post: Callable[[list[Mapping[str, object]]], Awaitable[Done]]
    _on_chunk: OnChunk[R] | None
    _report: AddReport[R] = attrs.field(init=False, factory=AddReport)
    _taking: asyncio.Lock = attrs.field(init=False, factory=asyncio.Lock)
    _failures: list[Exception] = attrs.field(init=False, factory=list)
    """What ends it: no more chunks are taken."""

    async def run(self, max_in_flight: int) -> AddReport[R]:
        async with asyncio.TaskGroup() as group:
            for _ in range(max_in_flight):
                group.create_task(self._work())
        if self._failures:
            raise self._failures[0]
        return self._report

    async def _work(self) -> None:
        while not self._failures:
            try:
                async with self._taking:
                    chunk = await anext(self._chunks, None)
                if chunk is None:
                    return
                await self._settle(await self._add(chunk))
            except Exception as error:  # noqa: BLE001 -- raised when the others have finished their calls
                self._failures.append(error)

    async def _add(self, chunk: list[R]) -> AddedChunk[R]:
        rows = [self._record(one) for one in chunk]
        try:
            done = await self._post(rows)
        except MailgunError as error:
            return AddedChunk(records=chunk, error=error)
        return AddedChunk(records=chunk, message=done.message)

    async def _settle(self, done: AddedChunk[R]) -> None:
        if isinstance(done.error, _HOPELESS):
            raise done.error
        if done.error is None:
            self._report.added += len(done.records)
        else:
            self._report.failed.append(done)
        if self._on_chunk is not None and inspect.isawaitable(told := self._on_chunk(done)):
            await told


async def csv_part(
    name: str, file: bytes | str | os.PathLike[str], *, content_type: str = "text/csv"
) -> bytes | FilePart:
    """Make the part of a file that is uploaded: its bytes, or where it lies.

    Raises:
        InvalidArgument: It has more than 25 MB.
        OSError: It can't be read.
    """
    if isinstance(file, bytes):
        _check_size(name, len(file))
        return file_part(name, "records.csv", file, content_type)
    path = Path(file)
    size = (await asyncio.to_thread(path.stat)).st_size
    _check_size(name, size)
    return streamed_part(name, path.name, path, size, content_type)


def _check_size(name: str, size: int) -> None:
    if size > MAX_CSV_BYTES:
        raise InvalidArgument(
            f"{name} has {size:,} bytes: at most {MAX_CSV_BYTES:,}", field=name, size=size, limit=MAX_CSV_BYTES
        )


async def _chunks(records: Records[R]) -> AsyncIterator[list[R]]:
    if isinstance(records, AsyncIterable):
        chunk: list[R] = []
        async for one in records:
            chunk.append(one)
            if len(chunk) == MAX_RECORDS:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
        return
    if isinstance(records, (str, bytes, Mapping)) or not isinstance(records, Iterable):
        raise InvalidArgument(f"records must be an iterable of records, not {type(records).__name__}", field="records")
    iterator: Any = iter(records)
    while chunk := list(islice(iterator, MAX_RECORDS)):
        yield chunk
