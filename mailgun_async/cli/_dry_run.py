"""`send-batch --dry-run`: the same on an emulator in this process, so nothing leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async import BatchReport, RejectedRow, testing
from mailgun_async.batch.source import in_blocks
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._recipients import Sources
from mailgun_async.cli._show import show_mail, show_rows
from mailgun_async.cli._signals import run
from mailgun_async.testing import Mail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mailgun_async import Message
    from mailgun_async.batch.block import Block
    from mailgun_async.cli._command import Output

__all__ = ["dry_run"]

_MAILS: Final = 2
_FIRST: Final = 1_000  # rows among which those who get the mails shown are looked for
_PROBLEMS: Final = 10


def dry_run(domain: str, message: Message, sources: Sources, output: Output, **settings: Any) -> Exit:
    """Show the first mails and what would become of all rows."""
    rehearsal = run(_rehearse(domain, message, sources, settings))
    report, problems = rehearsal.report, rehearsal.problems()
    if output.json:
        mails = [
            {"to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html} for mail in rehearsal.mails
        ]
        output.document({"recipients": report.accepted, "calls": report.chunks, "mails": mails, "problems": problems})
    else:
        for number, mail in enumerate(rehearsal.mails, start=1):
            show_mail(mail, f"mail {number} of {report.accepted:,}")
        show_rows([("recipients", report.accepted, "green"), ("calls", report.chunks, None)])
        for problem in problems[:_PROBLEMS]:
            print(f"line {problem['line'] or '?'}: {problem['reason']}")
        if len(problems) > _PROBLEMS:
            print(f"... and {len(problems) - _PROBLEMS:,} more rows that can't be sent to")
    return Exit.DONE if not problems else Exit.PARTLY


@attrs.define
class _Rehearsal:
    mails: Sequence[Mail]
    report: BatchReport
    bad: Sequence[RejectedRow]

    def problems(self) -> list[dict[str, Any]]:
        """Return the rows that nothing would be sent to, in the order of the file."""
        found = [{"line": row.line, "reason": row.reason} for row in self.bad]
        found += [{"line": row.line, "reason": row.reason} for row in self.report.rejected]
        for unsent in self.report.not_sent:
            found += [{"line": None, "reason": f"{address}: {unsent.error}"} for address in unsent.addresses]
        return sorted(found, key=lambda problem: problem["line"] or 0)


async def _rehearse(domain: str, message: Message, sources: Sources, settings: dict[str, Any]) -> _Rehearsal:
    bad: list[RejectedRow] = []
    async with testing.Emulator(domains=[domain]) as local, local.client() as client:
        await client.messages.send_batch(message, _First(sources), **settings | {"max_in_flight": 1})
        mails = local.outbox[:_MAILS]
    async with testing.Emulator(domains=[domain], keep="counts") as local, local.client() as client:
        report = await client.messages.send_batch(message, sources(on_reject=bad.append), **settings)
    return _Rehearsal(mails, report, bad)


@attrs.define
class _First:
    """The first recipients of a source."""

    _sources: Sources

    async def blocks(self, _size: int, /) -> AsyncIterator[Block]:
        async with in_blocks(self._sources(on_reject=lambda _row: None), _FIRST) as blocks:
            while (block := await blocks.next()) is not None:
                if block.addresses:
                    yield block
                    return
