"""One run of `send-batch`: sent, stopped in good order if need be, and settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

import mailgun_async
from mailgun_async import BatchReport, ChunkResult
from mailgun_async.cli._exit import Exit, code_of
from mailgun_async.cli._rejects import settle
from mailgun_async.cli._signals import finished

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from mailgun_async import Mailgun
    from mailgun_async.cli._recipients import Sources
    from mailgun_async.cli._rows_file import RowsFile
    from mailgun_async.cli._show import Row

__all__ = ["BatchRun"]

_PATIENCE = 8


@attrs.define(kw_only=True)
class BatchRun:
    """Sends a batch, once."""

    on_stop: Callable[[], None]
    """Called when it is told to stop."""
    show: Callable[[ChunkResult], object]
    """Called when the fate of some recipients is known."""
    report: BatchReport = attrs.Factory(mailgun_async.BatchReport)
    error: Exception | None = None
    """What ended it before its end, apart from the report's `stopped`."""
    interrupted: bool = False
    skip: int = 0
    """Rows handled in this run, counted from the first that it took."""
    left: int = 0
    """Rows read behind them, of which nothing was sent."""
    _failures: int = 0

    def send(self, client: Mailgun, *what: Any, **how: Any) -> None:
        """Call `send_batch` with these arguments, and wait for its end, however it ends.

        Raises:
            MailgunError: Nothing was sent: what was given cannot be used.
        """
        try:
            asyncio.run(self._finish(self._send(client, *what, **how)))
        except KeyboardInterrupt:  # a second time: calls in flight were given up, and are unknown
            self.interrupted = True

    async def _finish(self, work: Coroutine[Any, Any, None]) -> None:
        task, self.interrupted = await finished(work, self.on_stop)
        if not task.cancelled():
            task.result()

    async def _send(self, client: Mailgun, *what: Any, **how: Any) -> None:
        async with client:
            try:
                self.report = await client.messages.send_batch(*what, on_chunk=self._on_chunk, **how)
            except (asyncio.CancelledError, Exception) as error:
                report = mailgun_async.BatchReport.of(error)
                if report is None:
                    raise
                self.report = report
                self.error = error if isinstance(error, Exception) else None

    def _on_chunk(self, result: ChunkResult) -> None:
        self.show(result)
        self._failures = self._failures + 1 if result.fate == "not_sent" else 0
        # What is wrong will be wrong for the rest too; whoever is left can be sent to later.
        if self._failures >= _PATIENCE and isinstance(result.error, Exception):
            raise result.error

    def settle(self, sources: Sources, rejects: RowsFile, unsent: RowsFile) -> None:
        """Write down who was not accepted, and find the row to go on with."""
        if self.report.accepted == self.report.taken:
            self.skip = self.report.taken
            return
        settled = asyncio.run(settle(self.report, sources, rejects=rejects, unsent=unsent))
        self.skip, self.left = settled.skip, settled.left

    @property
    def cause(self) -> BaseException | None:
        """Why it ended early; None when it came to its end or was interrupted."""
        return self.report.stopped or self.error

    @property
    def complete(self) -> bool:
        """Every row of the file is handled."""
        return not self.interrupted and self.cause is None and not self.left

    @property
    def exit(self) -> Exit:
        """The exit code."""
        if self.interrupted:
            return Exit.INTERRUPTED
        if self.report.unknown:
            return Exit.UNKNOWN
        if isinstance(self.cause, Exception):
            return code_of(self.cause)
        return Exit.DONE if self.report.accepted == self.report.taken else Exit.PARTLY

    def rows(self, unsent: int) -> Iterator[Row]:
        """Give the figures of the report; `unsent` rows are in their file."""
        report = self.report
        yield "accepted", report.accepted, "green" if report.accepted else None
        problems = {
            "rejected": len(report.rejected),
            "bad rows": report.bad_rows,
            "unknown": sum(len(one.addresses) for one in report.unknown),
            "not sent": unsent,
        }
        for name, count in problems.items():
            yield name, count, "red" if count else None
        if self.left:
            yield "left to the next run", self.left, "yellow"
        yield "calls", report.calls, None
        yield "refusals", report.refusals, None
        yield "took", f"{report.elapsed_s:,.1f} s", None
        yield "recipients/s", round(report.recipients_per_s), None
