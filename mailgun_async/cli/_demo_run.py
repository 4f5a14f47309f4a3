"""The demo: a CSV, a local Mailgun, a campaign whose sender may be killed halfway, and a look into the outbox."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

import mailgun_async
from mailgun_async.batch.addresses import identity
from mailgun_async.campaigns.report import CampaignReport
from mailgun_async.cli import _demo_csv
from mailgun_async.cli._campaign_view import CampaignView
from mailgun_async.cli._demo_sender import SCHEDULE, TIMEOUTS, finish, sender
from mailgun_async.cli._exit import Exit
from mailgun_async.cli._journal import opened
from mailgun_async.cli._show import show_mail, show_rows
from mailgun_async.cli._signals import run
from mailgun_async.testing import Emulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from mailgun_async.campaigns.campaign import Campaign
    from mailgun_async.cli._command import Output
    from mailgun_async.cli._show import Row

__all__ = ["Demo"]

_WINDOW_S: Final = 2.0
_CHUNK: Final = 100  # smaller than need be: many calls, so that their pace can be seen
_SEE_S: Final = 0.005


@attrs.define(kw_only=True)
class Demo:
    """One demonstration."""

    csv_file: Path | None
    """None makes one up."""
    recipients: int
    """Its rows."""
    rate: int
    """Recipients a second that the local Mailgun allows."""
    kill_halfway: bool
    output: Output

    def run(self) -> Exit:
        """Send the CSV, and tell what became of it."""
        with tempfile.TemporaryDirectory(prefix="mailgun-async-demo-") as folder, CampaignView() as view:
            path = self.csv_file or _demo_csv.made_up(Path(folder) / "recipients.csv", self.recipients)
            result = run(self._send(path, Path(folder) / "campaign.db", view))
        if self.output.json:
            self.output.document(result.document())
        else:
            result.show()
        return Exit.PARTLY if result.lost or result.doubled else Exit.DONE

    async def _send(self, path: Path, journal: Path, view: CampaignView) -> _Result:
        everybody, columns = await _demo_csv.read(path)
        view.note(f"{len(everybody):,} recipients in {path.name}; the local Mailgun allows {self.rate:,} a second")
        async with Emulator() as local, local.client(timeouts=TIMEOUTS) as client:
            window = round(self.rate * _WINDOW_S)
            limit = local.limit("token", window, _WINDOW_S, dimension="recipients", dialect="headers-ms")
            async with client.campaign(journal, **SCHEDULE) as campaign:
                source, size = mailgun_async.CsvRecipients(path, on_reject=lambda _row: None), min(_CHUNK, self.rate)
                await campaign.plan(local.domain, _demo_csv.message(columns), source, name="demo", chunk_size=size)
                async with _followed(campaign, view):
                    if self.kill_halfway:
                        await _send_killed(local, journal, (await campaign.status()).recipients, view)
                    else:
                        await campaign.send(on_chunk=view.moved)
                report = await campaign.report()
            return await _compared(everybody, local, limit.share, report, journal)


async def _send_killed(local: Emulator, journal: Path, recipients: int, view: CampaignView) -> None:
    """Send in a process that is killed when half is accepted, and in another that goes on."""
    view.note(
        "the sender is killed halfway, with a call on the wire that is accepted and not answered; what became of it is "
        "looked up after 0.2 s and not 15, as the local logs do not lag"
    )
    view.refusals = lambda: local.counts.limited
    async with sender(journal, local) as first:
        await _until(lambda: first.returncode is not None or local.counts.recipients + _CHUNK >= recipients // 2)
        hang = local.faults.add("hang-after", times=1)
        await _until(lambda: first.returncode is not None or hang.drawn)
        if not hang.drawn:  # it had nothing to send, or could not
            await finish(first)
            return
    # Leaving the block killed it: nothing of its own ran any more.
    local.faults.remove(hang)
    view.note(f"SIGKILL: the sender is gone, {local.counts.recipients:,} were accepted; a second one goes on")
    async with sender(journal, local) as second:
        await finish(second)


async def _until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 -- what is waited for tells nobody
        await asyncio.sleep(_SEE_S)


@asynccontextmanager
async def _followed(campaign: Campaign, view: CampaignView) -> AsyncIterator[None]:
    following = asyncio.create_task(view.follow(campaign))
    try:
        yield
    finally:
        following.cancel()
        await asyncio.wait({following})


async def _compared(
    everybody: set[str], local: Emulator, share: float, report: CampaignReport, journal: Path
) -> _Result:
    """Compare what should be in the outbox with what is there: that counts, not the report."""
    async with opened(journal) as one:
        wanted = everybody - {identity(rejected.address) async for rejected in one.rejected()}
    delivered = Counter(map(identity, local.outbox.recipients()))
    return _Result(
        report=report,
        emulator=local,
        share=share,
        lost=len(wanted - delivered.keys()),
        doubled=(delivered - Counter(wanted)).total(),
    )


@attrs.define(kw_only=True)
class _Result:
    report: CampaignReport
    emulator: Emulator
    share: float
    """Of the recipients that the limit allowed while it ran."""
    lost: int
    """Mails missing in the outbox."""
    doubled: int
    """Mails in the outbox that were not asked for."""

    def rows(self) -> Iterator[Row]:
        """Give the figures."""
        report, history = self.report, self.report.history
        yield "accepted", report.accepted, "green"
        yield "lost", self.lost, "red" if self.lost else "green"
        yield "duplicates", self.doubled, "red" if self.doubled else "green"
        for name, count in (
            ("rejected", report.rejected),
            ("bad rows", report.bad_rows),
            ("left out as duplicates", report.duplicates),
        ):
            if count:
                yield name, count, "red"
        yield "calls", self.emulator.counts.calls, None
        if history.lookups:
            yield "calls looked up and found", history.outcomes["found"], None
            yield "calls looked up and sent again", history.outcomes["absent"], None
        yield "refusals drawn", history.refusals, None
        yield "share of the allowed rate used", f"{self.share:.0%}", None
        yield "recipients/s", round(self._per_s), None
        yield "took", f"{self._took_s:.1f} s", None

    def document(self) -> dict[str, Any]:
        """Give them to machines."""
        report, history = self.report, self.report.history
        mail = next(iter(self.emulator.outbox), None)
        return {
            "accepted": report.accepted,
            "lost": self.lost,
            "duplicates": self.doubled,
            "rejected": report.rejected,
            "bad_rows": report.bad_rows,
            "left_out": report.duplicates,
            "calls": self.emulator.counts.calls,
            "found": history.outcomes["found"],
            "sent_again": history.outcomes["absent"],
            "refusals": history.refusals,
            "share": round(self.share, 4),
            "recipients_per_s": round(self._per_s, 1),
            "elapsed_s": round(self._took_s, 3),
            "mail": mail and {"to": mail.to, "subject": mail.subject, "text": mail.text},
        }

    def show(self) -> None:
        """Print them, and a mail."""
        show_rows(self.rows())
        for mail in self.emulator.outbox[:1]:
            show_mail(mail, f"the first of {len(self.emulator.outbox):,} mails, as its reader sees it")

    @property
    def _took_s(self) -> float:
        began, ended = self.report.started_at, self.report.ended_at
        return (ended - began).total_seconds() if began and ended else 0.0

    @property
    def _per_s(self) -> float:
        return self.report.accepted / self._took_s if self._took_s else 0.0
