"""`Campaign`: a journal, and what can be done with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, overload

from mailgun_async.campaigns import owners
from mailgun_async.campaigns.kept import KeptCampaign
from mailgun_async.campaigns.planner import Plan, new_campaign_id, plan
from mailgun_async.campaigns.reconcile import LOOKS_S, TRUST_AFTER_S, OnUnknown
from mailgun_async.campaigns.setup import Setup, check_policy, check_sending
from mailgun_async.errors import InvalidArgument
from mailgun_async.message import MAX_RECIPIENTS, Message

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta
    from typing import Unpack

    from mailgun_async.batch.source import Recipients
    from mailgun_async.campaigns.exclude import Exclude
    from mailgun_async.campaigns.journal import Journal, Sum
    from mailgun_async.campaigns.progress import OnChunk
    from mailgun_async.campaigns.report import CampaignReport
    from mailgun_async.endpoints._campaign import CampaignCalls

__all__ = ["Campaign", "PlanOptions"]


class PlanOptions(TypedDict, total=False):
    """The options of `Campaign.plan`, where they are explained."""

    name: str | None
    exclude: Exclude | None
    chunk_size: int
    address_key: str | None
    template_from_recipients: bool | Collection[str]


class Campaign(KeptCampaign):
    """A campaign that survives crashes: planned once, sent effectively once. Made by `Mailgun.campaign`.

    ::

        async with mg.campaign("spring-sale.db") as campaign:
            await campaign.plan("mg.example.com", message, CsvRecipients("people.csv"))
            report = await campaign.send()

    All of its state is in its journal, a file by default: run the same again after a crash, or on the same file in
    several processes at once, and it goes on. Calls of which nobody knows whether they were accepted are looked up by
    their Message-Id before anything is decided; what remains uncertain even so is said in `campaigns.reconcile`.
    """

    def __init__(
        self,
        journal: Journal | str | os.PathLike[str],
        calls: CampaignCalls,
        *,
        on_unknown: OnUnknown | None = None,
        trust_after_s: float = TRUST_AFTER_S,
        looks_s: Sequence[float] = LOOKS_S,
    ) -> None:
        """Take a journal and what calls Mailgun; see `Mailgun.campaign` for the rest."""
        check_policy(on_unknown)
        if not looks_s or looks_s[0] <= 0 or list(looks_s) != sorted(looks_s):
            raise InvalidArgument(f"looks_s must be seconds over 0, in their order, not {looks_s}", field="looks_s")
        if trust_after_s < 0:
            raise InvalidArgument(f"trust_after_s must be 0 or more, not {trust_after_s}", field="trust_after_s")
        super().__init__(_of_file(journal) if isinstance(journal, (str, os.PathLike)) else journal, calls.clock)
        self._calls = calls
        usual: OnUnknown = "resend" if calls.reads_logs else "park"
        self._setup = Setup(
            journal=self._journal,
            calls=calls,
            on_unknown=on_unknown or usual,
            trust_after_s=trust_after_s,
            looks_s=tuple(looks_s),
        )

    # -- plan ----------------------------------------------------------------------------------------------------------

    @overload
    async def plan(self, message: Message, recipients: Recipients, /, **options: Unpack[PlanOptions]) -> Plan: ...

    @overload
    async def plan(
        self, domain: str, message: Message, recipients: Recipients, /, **options: Unpack[PlanOptions]
    ) -> Plan: ...

    async def plan(
        self,
        domain: Any,
        message: Any,
        recipients: Any = None,
        /,
        *,
        name: str | None = None,
        exclude: Exclude | None = None,
        chunk_size: int = MAX_RECIPIENTS,
        address_key: str | None = None,
        template_from_recipients: bool | Collection[str] = False,
    ) -> Plan:
        """Freeze the campaign in its journal; send nothing.

        The recipients are read once. An address that is there twice, wherever, gets one mail. Everything is in the
        journal then, attachments too: to send it takes the journal and a key.

        A plan that was interrupted is begun anew. Planned again with the same content it changes nothing and returns
        the plan, so that a program can be run again as it is.

        Args:
            domain: The sending domain; the client's default domain when left out.
            message: What is sent, as for `Messages.send_batch`.
            recipients: Who gets it, as for `Messages.send_batch`.
            name: What the campaign is called in reports.
            exclude: Who is left out: a set of addresses, or a function of an address that says so, and may be async.
            chunk_size: Most recipients of a call, 1 to 1,000.
            address_key: The key of the address in mappings. Default: `email`, else `address`.
            template_from_recipients: Variables of the recipients to pass on to the stored template; True means all
                that the first recipients have.

        Raises:
            ConfigError: There is no domain.
            JournalError: The journal holds another campaign, and the text says what differs; or it can't be used.
            InvalidMessage: The message breaks a rule of Mailgun's, or needs a variable that a file has no column for.
            InvalidArgument: An argument is outside its range, or the file can't be used.
            Exception: What the source or `exclude` raised.
        """
        if recipients is None:
            domain, message, recipients = None, domain, message
        if not isinstance(message, Message):
            raise InvalidArgument("plan takes a domain, a Message and recipients", field="message")
        return await plan(
            self._journal,
            self._calls.domain(domain),
            message,
            recipients,
            campaign=new_campaign_id(),
            now=self._calls.clock.wall(),
            name=name,
            chunk_size=chunk_size,
            exclude=exclude,
            address_key=address_key,
            template_from_recipients=template_from_recipients,
        )

    # -- send ----------------------------------------------------------------------------------------------------------

    async def send(
        self,
        *,
        max_in_flight: int = 8,
        on_chunk: OnChunk | None = None,
        until: datetime | None = None,
        spread_over: timedelta | None = None,
    ) -> CampaignReport:
        """Send what is planned, and return when every chunk is settled. `POST /v3/{domain_name}/messages`.

        Unknown chunks are looked up meanwhile (`POST /v1/analytics/logs`), so that the last half hour may pass with
        look-ups alone. Chunks that are refused for their size are halved and the size is kept; those that are refused
        for an address are sent without it. While the network is down all calls wait, up to the client's
        `RetryPolicy.total_s`.

        Paused or cancelled (`pause`, `cancel`, in any process), or when `until` has come, it begins nothing more,
        finishes the calls on the wire and returns; so it does when its task is cancelled, and raises `CancelledError`
        then. Whatever happened, calling it again goes on.

        Args:
            max_in_flight: Most calls at the same time, 1 or more.
            on_chunk: Told when a chunk came into another state, once that is in the journal. What it returns is awaited
                if it can be; what it raises ends the sending.
            until: Nothing is begun after it, and nothing looked up; it must have a time zone.
            spread_over: Begin what is left evenly over so much time from now on. The message's own `delivery_time` is
                another thing: it is Mailgun that waits then.

        Raises:
            JournalError: There is no complete plan, it is paused or was cancelled; or the journal can't be read or
                written. An outcome that could not be recorded is looked up later.
            InvalidArgument: An argument is outside its range.
            ApiError: Mailgun refuses what every chunk would meet: the key (401), the plan (402), the domain (403, 404,
                or disabled). The chunk is planned again.
            ConnectError: The network was down for too long.
            DeliveryUnknown: Mailgun has failed for too long. The chunks are looked up by the next `send`.
            MailgunError: Nothing was left to do but look-ups, and they have failed for too long.
            WaitTooLong: The client's `RatePolicy.max_wait_s` is shorter than the rate limit asks for.
            Exception: What `on_chunk` raised.
        """
        until_at, spread_s = check_sending(max_in_flight, until, spread_over)
        header = await self._ready()
        await self._calls.open()
        owner = owners.enter()
        try:
            sender = await self._setup.sender(header, owner=owner, on_chunk=on_chunk, spread_s=spread_s)
            await sender.run(max_in_flight=max_in_flight, until=until_at)
        finally:
            owners.leave(owner)
        return await self.report()

    async def reconcile(self, *, on_unknown: OnUnknown | None = None) -> CampaignReport:
        """Look up what is unknown, on its schedule, until nothing is; send nothing. `POST /v1/analytics/logs`.

        Args:
            on_unknown: Another policy than the campaign's, for this time.

        Raises:
            JournalError: There is no complete plan, or the journal can't be read or written.
            Unauthorized: The key is wrong.
            MailgunError: Look-ups have failed for longer than the client's `RetryPolicy.total_s`.
        """
        check_policy(on_unknown)
        header = await self._planned()
        await self._calls.open()
        await self._setup.reconciler(header, on_unknown=on_unknown).until_known()
        return await self.report()

    async def retry_refused(self) -> Sum:
        """Plan the chunks again that Mailgun refused, once what it disliked was put right; return how much that is.

        Raises:
            JournalError: There is no complete plan, or the journal can't be written.
        """
        await self._planned()
        return await self._journal.replan({"refused"})

    async def retry_parked(self) -> Sum:
        """Plan the parked chunks again, of which nobody knows whether they were accepted; return how much that is.

        They are looked up once more before, where there is a key that may. Those that the logs have by now are sent,
        and not planned again; all others may reach their recipients twice.

        Raises:
            JournalError: There is no complete plan, or the journal can't be written.
            MailgunError: A look-up failed; nothing was planned again.
        """
        header = await self._planned()
        await self._calls.open()
        await self._setup.reconciler(header).find_parked()
        return await self._journal.replan({"parked"})


def _of_file(path: str | os.PathLike[str]) -> Journal:
    from mailgun_async.campaigns.sqlite import SqliteJournal  # noqa: PLC0415 -- a journal of your own needs no SQLite

    return SqliteJournal(Path(path))
