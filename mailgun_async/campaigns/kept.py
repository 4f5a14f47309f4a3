"""What can be done with a campaign's journal alone, without any call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mailgun_async.campaigns.progress import CampaignStatus
from mailgun_async.campaigns.rejects import write_rejects
from mailgun_async.campaigns.report import report
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    import os
    from types import TracebackType
    from typing import Self

    from mailgun_async.campaigns.journal import Header, Journal
    from mailgun_async.campaigns.report import CampaignReport
    from mailgun_async.transport.clock import Clock

__all__ = ["KeptCampaign"]


class KeptCampaign:
    """A campaign as its journal has it: to be read, and to be steered."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock

    # -- life ----------------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Open the journal, or make one; `async with` does it.

        Raises:
            JournalError: It can't be opened, or is no journal.
        """
        await self._journal.open()

    async def close(self) -> None:
        """Close the journal; harmless twice. What is to be sent stays in it."""
        await self._journal.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # -- read ----------------------------------------------------------------------------------------------------------

    async def report(self) -> CampaignReport:
        """Add up what became of everybody, from the journal alone.

        Raises:
            JournalError: There is no complete plan, or what is in the journal does not add up to it.
        """
        return await report(self._journal, now=self._clock.wall())

    async def status(self) -> CampaignStatus:
        """Return how far it is: cheap, also for campaigns of millions, and while others send.

        Raises:
            JournalError: Nothing was planned, or the journal can't be read.
        """
        header = await self._begun()
        started_at = header.started_at
        return CampaignStatus(
            id=header.id,
            name=header.name,
            domain=header.domain,
            state=header.state,
            recipients=0 if header.totals is None else header.totals.recipients,
            sums=await self._journal.sums(),
            started_at=None if started_at is None else datetime.fromtimestamp(started_at, UTC),
        )

    async def write_rejects(self, path: str | os.PathLike[str]) -> int:
        """Write everybody who was not accepted, and will not be by itself, to a CSV file; return how many.

        Its columns are `address`, `status`, `reason`, `message_id`, `chunk` and `line`; `campaigns.rejects` says more.

        Raises:
            JournalError: There is no complete plan, or the journal is damaged.
            OSError: The file can't be written.
        """
        return await write_rejects(self._journal, path)

    # -- steer ---------------------------------------------------------------------------------------------------------

    async def pause(self) -> None:
        """Let no other chunk be begun, in whatever process; calls on the wire are finished.

        Raises:
            JournalError: There is no complete plan, or it was cancelled.
        """
        await self._journal.steer("paused")

    async def resume(self) -> None:
        """Let chunks be begun again; call `send` to have it done.

        Raises:
            JournalError: There is no complete plan, or it was cancelled.
        """
        await self._journal.steer("ready")

    async def cancel(self) -> None:
        """Let no other chunk be begun, for good; what was planned and not begun is never sent.

        Raises:
            JournalError: There is no complete plan.
        """
        await self._journal.steer("cancelled")

    # -- what there must be --------------------------------------------------------------------------------------------

    async def _begun(self) -> Header:
        header = await self._journal.header()
        if header is None:
            raise JournalError("nothing was planned in this journal: call plan() first")
        return header

    async def _planned(self) -> Header:
        header = await self._begun()
        if header.totals is None:
            raise JournalError("the plan was not completed: call plan() again, with all recipients")
        return header

    async def _ready(self) -> Header:
        header = await self._planned()
        if header.state == "paused":
            raise JournalError("the campaign is paused: call resume() first")
        if header.state == "cancelled":
            raise JournalError("the campaign was cancelled, which is for good: nothing more of it is sent")
        return header
