"""One run of a command that works on a campaign: shown while it goes on, and ended in good order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from mailgun_async.cli._campaign_show import exit_of, next_steps, rows
from mailgun_async.cli._campaign_view import CampaignView
from mailgun_async.cli._command import text_of
from mailgun_async.cli._exit import Exit, code_of
from mailgun_async.cli._journal import opened
from mailgun_async.cli._show import show_rows
from mailgun_async.cli._signals import Stops
from mailgun_async.errors import ApiError, DeliveryUnknown, TransportError, WaitTooLong

if TYPE_CHECKING:
    from mailgun_async import Mailgun
    from mailgun_async.campaigns.campaign import Campaign
    from mailgun_async.campaigns.report import CampaignReport
    from mailgun_async.cli._command import Output

__all__ = ["CampaignRun"]

_STOPPING = "stopping: calls on the wire are finished; Ctrl-C once more gives them up"
_ENDINGS = (ApiError, TransportError, DeliveryUnknown, WaitTooLong)
"""Errors after which the journal tells how far it came; any other says that nothing was begun."""

Job = Callable[["Campaign", CampaignView], Awaitable[object]]


@attrs.define(kw_only=True)
class CampaignRun:
    """Does a job on a campaign, once, and tells what it came to."""

    path: Path
    output: Output
    interrupted: bool = False
    error: Exception | None = None
    """What ended it before its end."""

    def run(self, client: Mailgun, job: Job, **settings: Any) -> Exit:
        """Do the job; `settings` are those of `Mailgun.campaign`.

        Raises:
            MailgunError: Nothing was begun, or the journal can't be read or written.
        """
        with Stops() as stops:  # until the report is out
            with CampaignView() as view:
                try:
                    stops.run(self._work(client, job, view, settings), lambda: view.note(_STOPPING))
                except asyncio.CancelledError:
                    self.interrupted = True
            report = asyncio.run(_report(self.path))
            code = self._exit(report)
            if self.output.json:
                stopped = None if self.error is None else text_of(self.error)
                more = {"stopped": stopped, "interrupted": self.interrupted, "exit_code": int(code)}
                self.output.document(report.as_dict() | more)
            else:
                self._show(report)
        return code

    async def _work(self, client: Mailgun, job: Job, view: CampaignView, settings: dict[str, Any]) -> None:
        async with client, client.campaign(self.path, **settings) as campaign:
            following = asyncio.create_task(view.follow(campaign))
            try:
                await job(campaign, view)
            except _ENDINGS as error:
                self.error = error
            finally:
                following.cancel()
                await asyncio.wait({following})

    def _exit(self, report: CampaignReport) -> Exit:
        if self.interrupted:
            return Exit.INTERRUPTED
        return exit_of(report) if self.error is None else code_of(self.error)

    def _show(self, report: CampaignReport) -> None:
        show_rows(rows(report))
        if self.error is not None:
            self.output.alarm(f"stopped: {text_of(self.error)}")
        if self.interrupted and report.sums["intent"].chunks:
            print("Calls on the wire that were given up are looked up by the next run before it decides about them.")
        for text in next_steps(report, self.path):
            print(text)


async def _report(path: Path) -> CampaignReport:
    from mailgun_async.campaigns.report import report  # noqa: PLC0415 -- loaded when there is something to tell

    async with opened(path) as journal:
        return await report(journal, now=time.time())
