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
from mailgun_async.cli._signals import Stops
from mailgun_async.errors import MailgunError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailgun_async import Mailgun
    from mailgun_async.cli._recipients import Sources
    from mailgun_async.cli._rows_file import RowsFile
    from mailgun_async.cli._show import Row

__all__ = ["BatchRun"]

_PATIENCE = 8


@attrs.define(kw_only=True)
class BatchRun:
    """Sends a batch, once."""

    stops: Stops
    """What tells it to stop."""
    on_stop: Callable[[], object] = lambda: None
    """Called then."""
    show: Callable[[ChunkResult], object] = lambda _result: None
    """Called when the fate of some recipients is known."""
    report: BatchReport = attrs.Factory(mailgun_async.BatchReport)
    error: Exception | None = None
    """What ended it before its end, apart from the report's `stopped`."""
    interrupted: bool = False
    skip: int | None = None
    """Rows handled in this run, counted from the first that it took; None when those left over could not be written."""
    left: int = 0
    """Rows read behind them, of which nothing was sent."""
    _failures: int = 0

    def send(self, client: Mailgun, *what: Any, **how: Any) -> None:
        """Call `send_batch` with these arguments, and wait for its end, however it ends.

        Raises:
            MailgunError: Nothing was sent: what was given cannot be used.
        """
        try:
            self.stops.run(self._send(client, *what, **how), self.on_stop)
        except asyncio.CancelledError:
            self.interrupted = True

    async def _send(self, client: Mailgun, *what: Any, **how: Any) -> None:
        async with client:
            try:
                self.report = await client.messages.send_batch(*what, on_chunk=self._on_chunk, **how)
            except (asyncio.CancelledError, Exception) as error:
                report = mailgun_async.BatchReport.of(error)
                if report is None:
                    raise
                self.report = report
                if not isinstance(error, Exception):
                    raise
                self.error = error

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
        try:
            settled = asyncio.run(settle(self.report, sources, rejects=rejects, unsent=unsent))
        except (MailgunError, OSError) as error:
            self.error = error
        else:
            self.skip, self.left = settled.skip, settled.left

    @property
    def cause(self) -> BaseException | None:
        """Why it ended early; None when it came to its end or was interrupted."""
        return self.error or self.report.stopped

    @property
    def obstacle(self) -> BaseException | None:
        """Why the last of those were not sent to whom nothing was; None when they were only not reached in time."""
        errors = [one.error for one in self.report.not_sent]
        return next((error for error in reversed(errors) if isinstance(error, Exception)), None)

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
        cause = self.cause or (None if self.report.accepted else self.obstacle)
        if cause is not None:
            code = code_of(cause)
            # These two say that nothing was sent.
            return Exit.PARTLY if self.report.accepted and code in {Exit.USAGE, Exit.CONFIG} else code
        return Exit.DONE if self.report.accepted == self.report.taken else Exit.PARTLY

    def rows(self) -> Iterator[Row]:
        """Give the figures of the report."""
        report = self.report
        not_sent = [one for one in report.not_sent if isinstance(one.error, Exception)]
        yield "accepted", report.accepted, "green" if report.accepted else None
        problems = {
            "rejected": len(report.rejected),
            "bad rows": report.bad_rows,
            "unknown": sum(one.chunk.count for one in report.unknown),
            "not sent": sum(one.chunk.count for one in not_sent),
        }
        for name, count in problems.items():
            yield name, count, "red" if count else None
        yield "calls", report.calls, None
        yield "refusals", report.refusals, None
        yield "took", f"{report.elapsed_s:,.1f} s", None
        yield "recipients/s", round(report.recipients_per_s), None
