"""Workers that take chunks and post them, and what each answer leads to.

A refusal is about the whole call, though often about a part of it. One that was for the number of recipients is
halved, down to 1, and later chunks are cut to the size that was found. One that is for an address that Mailgun does not
take is bisected: of a chunk that is known to hold such an address one half is posted; if that is accepted the other
half holds it, which costs no call to know. All halves of which nothing is known yet go into one more call.

Everything else ends a chunk: accepted; not sent; or unknown, which is never sent again by itself. Some answers end the
batch too, since they would meet every other chunk.

However it ends, by an answer, by cancellation, by an exception of the source or of `on_chunk`: calls on the wire are
finished, those that still wait for their permit are given up, and the sums of the report are right.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import attrs

from mailgun_async.batch.block import Rejected
from mailgun_async.batch.chunker import Chunker
from mailgun_async.batch.chunks import Chunk
from mailgun_async.batch.flight import Flight, Post, is_hopeless, named, rejects_address
from mailgun_async.batch.report import BatchReport, ChunkResult, NotSentChunk, UnknownChunk
from mailgun_async.batch.source import Blocks
from mailgun_async.errors import ApiError, BadRequest, ConfigError, MailgunError
from mailgun_async.message import MAX_RECIPIENTS
from mailgun_async.transport.encoding import FilePart, field
from mailgun_async.transport.outcome import Limited, Unsent

if TYPE_CHECKING:
    from mailgun_async.batch.report import Fate
    from mailgun_async.transport.outcome import Attempt

__all__ = ["OnChunk", "Sender"]

OnChunk = Callable[[ChunkResult], Awaitable[object] | object]
"""Told when the fate of some recipients is known; what can be awaited is awaited."""


@attrs.define(kw_only=True, eq=False)
class Sender:
    """Sends one batch, once."""

    blocks: Blocks
    chunker: Chunker
    post: Post
    common: Sequence[bytes | FilePart]
    """The parts of all calls."""
    new_message_id: Callable[[], str]
    """Makes a Message-Id, without angle brackets."""
    now: Callable[[], float]
    """Seconds, monotonic."""
    size: int = MAX_RECIPIENTS
    """At most so many in a call; it shrinks when Mailgun refuses more."""
    remember_size: Callable[[int], None] = lambda _size: None
    """Told of a smaller size once Mailgun has accepted it."""
    max_in_flight: int = 8
    on_chunk: OnChunk | None = None
    report: BatchReport = attrs.field(init=False)
    _pieces: list[tuple[Chunk, int]] = attrs.field(init=False, factory=list)
    """Taken apart, to be posted before new ones, the next one last; each with the bad addresses found in its chunk."""
    _taking: asyncio.Lock = attrs.field(init=False, factory=asyncio.Lock)
    _drained: bool = attrs.field(init=False, default=False)
    _workers: list[asyncio.Task[None]] = attrs.field(init=False, factory=list)
    _closing: bool = attrs.field(init=False, default=False)
    """Nothing more is begun."""
    _failure: BaseException | None = attrs.field(init=False, default=None)
    _unproven: bool = attrs.field(init=False, default=False)
    """The size has shrunk, and no call of that size was accepted yet."""

    @report.default
    def _empty_report(self) -> BatchReport:
        return BatchReport(rejected=self.chunker.rejected, duplicates=self.chunker.duplicates)

    async def run(self) -> BatchReport:
        """Send all of it.

        Raises:
            CancelledError: It was cancelled; `BatchReport.of` finds the report on it.
            Exception: The source's, or that of `on_chunk`; the report is found in the same way.
        """
        started_at = self.now()
        try:
            await self._run_workers()
        except BaseException as error:
            self._give_up_rest(error)
            self.report.attach_to(error)
            raise
        finally:
            self.report.elapsed_s = self.now() - started_at
        if self.report.stopped is not None:
            self._give_up_rest(self.report.stopped)
        if self.report.pending:
            raise AssertionError(f"{self.report.pending} recipients were lost count of: {self.report!r}")
        return self.report

    async def _run_workers(self) -> None:
        async with asyncio.TaskGroup() as group:
            self._workers = [group.create_task(self._work()) for _ in range(self.max_in_flight)]
        if self._failure is not None:
            raise self._failure

    async def _work(self) -> None:
        try:
            while not self._closing and (piece := await self._next()) is not None:
                chunk, found = piece
                await self._resolve(await self._call(chunk), found)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._close(error)  # not asked of this worker: raised by the source or by on_chunk
        except Exception as error:  # noqa: BLE001 -- raised again when all workers have ended
            self._close(error)

    def _close(self, failure: BaseException | None) -> None:
        """Have the workers finish what is on the wire, and end; once, as a second time would break that off too."""
        # A worker that raises would end its group as well, but leave the mark of a cancellation on the caller's task.
        self._failure = self._failure or failure
        if self._closing:
            return
        self._closing = True
        for worker in self._workers:
            if worker is not asyncio.current_task():
                worker.cancel()

    async def _next(self) -> tuple[Chunk, int] | None:
        """Return what is to be posted next, cut to size; None when there is nothing."""
        if self._pieces:
            chunk, found = self._pieces.pop()
            first, *others = chunk.split(self.size)
            self._pieces += [(other, found) for other in reversed(others)]
            return first, found
        async with self._taking:
            while not self._closing:
                await self._fill()
                new = self.chunker.cut(self.size)
                if new is not None:
                    return new, 0
                if self._drained:
                    break
        return None

    async def _fill(self) -> None:
        """Have a chunk's worth of recipients wait, as long as the source lasts."""
        while len(self.chunker) < self.size and not self._drained:
            block = await self.blocks.next()
            if block is None:
                self._drained = True
                return
            self.report.taken += block.taken
            self.report.bad_rows += block.bad_rows
            self.chunker.add(block)
            # The source need not have waited for anything, and others must get their turn.
            await asyncio.sleep(0)

    async def _call(self, chunk: Chunk) -> Flight:
        """Post a chunk. Cancelled on the wire it is finished all the same, and nothing follows it."""
        impatient = False
        flight = Flight(chunk, self.new_message_id())
        parts = [*chunk.parts(), field("h:Message-Id", f"<{flight.message_id}>"), *self.common]

        def on_attempt(attempt: Attempt) -> None:
            flight.end(attempt)
            self.report.count(attempt)
            if impatient and isinstance(attempt.outcome, (Limited, Unsent)):
                call.cancel()  # nothing was accepted, and it would wait to try again

        call = asyncio.ensure_future(
            self.post(
                parts,
                recipients=chunk.count,
                message_id=flight.message_id,
                on_start=flight.start,
                on_attempt=on_attempt,
            )
        )
        while not call.done():
            try:
                await asyncio.wait({call})
            except asyncio.CancelledError:
                if impatient or not flight.on_wire:
                    call.cancel()
                self._closing = impatient = True
        flight.error = asyncio.CancelledError() if call.cancelled() else call.exception()
        return flight

    async def _resolve(self, flight: Flight, found: int) -> None:
        """Do what the end of a call leads to; `found` bad addresses were found around it before."""
        error, count = flight.error, flight.chunk.count
        if isinstance(error, ApiError) and error.oversize and count > 1:
            first, second = flight.chunk.halves()
            if first.count < self.size:
                self.size, self._unproven = first.count, True
            self._pieces += [(second, found), (first, found)]
        elif rejects_address(error):
            await self._find(flight.chunk, error, found)
        else:
            await self._settle(flight)

    async def _find(self, suspects: Chunk, error: BadRequest, found: int) -> None:
        """Find an address that Mailgun does not take among suspects of whom one has it; have the others sent to."""
        others: list[Chunk] = []
        try:
            guilty = suspects.only(named(error, suspects))
            while not guilty.count and suspects.count > 1:
                if self._closing:
                    return
                first, second = suspects.halves()
                probe = await self._call(first)
                if rejects_address(probe.error):
                    suspects, error = first, probe.error
                    others.append(second)
                    continue
                suspects = second
                await self._resolve(probe, found)
                if probe.error is not None:  # so the first half may hold it as well
                    return
            guilty = guilty if guilty.count else suspects
            suspects = suspects.without(guilty.entries())
            await self._reject(guilty, error)
        finally:
            self._put_back([suspects, *others], found + 1)

    def _put_back(self, chunks: list[Chunk], pieces: int) -> None:
        """Have chunks sent in one call, or in more of them the more bad addresses were found."""
        merged = Chunk.merge(chunks)
        if merged.count:
            size = -(-merged.count // pieces)
            self._pieces += [(piece, pieces) for piece in reversed(merged.split(size))]

    async def _reject(self, guilty: Chunk, error: BadRequest) -> None:
        reason = f"Mailgun: {error.message}"
        self.report.rejected += [Rejected(address, reason) for address in guilty.entries()]
        await self._tell("rejected", guilty, None, error)

    async def _settle(self, flight: Flight) -> None:
        report, chunk, error, fate = self.report, flight.chunk, flight.error, flight.fate
        report.chunks += 1
        if error is None:
            report.accepted += chunk.count
            if self._unproven and chunk.count == self.size:
                self._unproven = False
                self.remember_size(self.size)
        elif fate == "unknown":
            report.unknown.append(UnknownChunk(message_id=flight.message_id, cause=error, chunk=chunk))
        else:
            report.not_sent.append(NotSentChunk(error=error, chunk=chunk))
        await self._tell(fate, chunk, flight.message_id, error)
        if error is not None:
            self._check_hope(error)

    def _check_hope(self, error: BaseException) -> None:
        """End the batch when the error would meet every chunk, or is none that posting may raise."""
        if isinstance(error, asyncio.CancelledError):
            return
        if isinstance(error, ConfigError) or not isinstance(error, MailgunError):
            raise error
        if is_hopeless(error):
            self.report.stopped = self.report.stopped or error
            self._close(None)

    async def _tell(self, fate: Fate, chunk: Chunk, message_id: str | None, error: BaseException | None) -> None:
        if self.on_chunk is None:
            return
        told = self.on_chunk(
            ChunkResult(fate=fate, recipients=chunk.count, message_id=message_id, error=error, report=self.report)
        )
        if inspect.isawaitable(told):
            await told

    def _give_up_rest(self, why: BaseException) -> None:
        """Put down as not sent who was taken from the source and not posted."""
        rest = [chunk for chunk, _ in self._pieces]
        self._pieces.clear()
        while (chunk := self.chunker.cut(MAX_RECIPIENTS)) is not None:
            rest.append(chunk)
        self.report.not_sent += [NotSentChunk(error=why, chunk=chunk) for chunk in rest]
