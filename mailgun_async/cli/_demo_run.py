"""The demo: a CSV made up, a local Mailgun, a batch, and a look into the outbox."""

from __future__ import annotations

import asyncio
import csv
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

import mailgun_async
from mailgun_async import BatchReport
from mailgun_async.batch.source import in_blocks
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._progress import BatchProgress
from mailgun_async.cli._rejects import plain_addresses
from mailgun_async.cli._show import show_mail, show_rows
from mailgun_async.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mailgun_async import ChunkResult, Message
    from mailgun_async.cli._command import Output
    from mailgun_async.cli._show import Row

__all__ = ["run"]

_WINDOW_S: Final = 2.0
_CHUNK: Final = 100  # smaller than need be: many calls, so that their pace can be seen


def run(csv_file: Path | None, recipients: int, rate: int, output: Output) -> Exit:
    """Send `csv_file`, or so many rows made up, at `rate` recipients a second, and tell what became of them."""
    with tempfile.TemporaryDirectory(prefix="mailgun-async-demo-") as folder:
        path = csv_file or _made_up(Path(folder) / "recipients.csv", recipients)
        expected, columns = asyncio.run(_read(path))
        output.note(f"{expected.total():,} recipients in {path.name}; the local Mailgun allows {rate:,} a second")
        with BatchProgress(expected.total()) as progress:
            result = asyncio.run(_send(path, _message(columns), rate, expected, progress.update))
    if output.json:
        output.document(result.document())
    else:
        _show(result)
    return Exit.PARTLY if result.lost or result.doubled else Exit.DONE


def _made_up(path: Path, rows: int) -> Path:
    plans, names = ("free", "silver", "gold"), ("Ada", "Bob", "Eve", "José", "玲", "Zoë")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("email", "name", "plan", "coupon"))
        for row in range(1, rows + 1):
            writer.writerow((f"user{row}@example.com", names[row % 6], plans[row % 3], f"C-{row * 7919 % 10**6:06}"))
    return path


async def _read(path: Path) -> tuple[Counter[str], Sequence[str]]:
    """Count how often each address stands in the file, and name the other columns."""
    addresses: Counter[str] = Counter()
    columns: Sequence[str] = ()
    async with in_blocks(mailgun_async.CsvRecipients(path), 1_000) as blocks:
        while (block := await blocks.next()) is not None:
            addresses.update(plain_addresses(block))
            columns = block.variable_names
    return addresses, columns


def _message(columns: Sequence[str]) -> Message:
    who = "%recipient.name%" if "name" in columns else "you"
    lines = [f"  {name}: %recipient.{name}%" for name in columns if name != "name"]
    return mailgun_async.Message(
        from_="Ada <ada@mg.example.com>",
        subject=f"News for {who}",
        text="\n".join([f"Hello {who},", "", "this is what we know of you:", "", *lines, "", "Ada"]),
        tags=["demo"],
    )


@attrs.define(kw_only=True)
class _Result:
    report: BatchReport
    emulator: Emulator
    share: float
    """Of the recipients that the limit allowed while it ran."""
    lost: int
    """Mails missing in the outbox."""
    doubled: int
    """Mails in the outbox that were not asked for."""

    def rows(self) -> Iterator[Row]:
        """Give the figures."""
        report = self.report
        yield "accepted", report.accepted, "green"
        yield "lost", self.lost, "red" if self.lost else "green"
        yield "duplicates", self.doubled, "red" if self.doubled else "green"
        for name, count in (("rejected", len(report.rejected)), ("bad rows", report.bad_rows)):
            if count:
                yield name, count, "red"
        yield "calls", report.calls, None
        yield "refusals drawn", report.refusals, None
        yield "share of the allowed rate used", f"{self.share:.0%}", None
        yield "recipients/s", round(report.recipients_per_s), None
        yield "took", f"{report.elapsed_s:.1f} s", None

    def document(self) -> dict[str, Any]:
        """Give them to machines."""
        report = self.report
        mail = next(iter(self.emulator.outbox), None)
        return {
            "accepted": report.accepted,
            "lost": self.lost,
            "duplicates": self.doubled,
            "rejected": len(report.rejected),
            "bad_rows": report.bad_rows,
            "calls": report.calls,
            "refusals": report.refusals,
            "share": round(self.share, 4),
            "recipients_per_s": round(report.recipients_per_s, 1),
            "elapsed_s": round(report.elapsed_s, 3),
            "mail": mail and {"to": mail.to, "subject": mail.subject, "text": mail.text},
        }


async def _send(
    path: Path, message: Message, rate: int, expected: Counter[str], show: Callable[[ChunkResult], object]
) -> _Result:
    async with Emulator() as local:
        limit = local.limit("token", round(rate * _WINDOW_S), _WINDOW_S, dimension="recipients", dialect="headers-ms")
        async with mailgun_async.Mailgun(api_key=local.api_key, base_url=local.url, domain=local.domain) as client:
            report = await client.messages.send_batch(
                message, mailgun_async.CsvRecipients(path), chunk_size=min(_CHUNK, rate), on_chunk=show
            )
    delivered = Counter(local.outbox.recipients())
    wanted = expected - Counter(one.address for one in report.rejected)
    return _Result(
        report=report,
        emulator=local,
        share=limit.share,
        lost=(wanted - delivered).total(),
        doubled=(delivered - wanted).total(),
    )


def _show(result: _Result) -> None:
    show_rows(result.rows())
    for mail in result.emulator.outbox[:1]:
        show_mail(mail, f"the first of {len(result.emulator.outbox):,} mails, as its reader sees it")
