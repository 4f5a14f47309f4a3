"""The public types, as two type checkers see them. Read, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, assert_type

from mailgun_async import (
    Attachment,
    BatchReport,
    Campaign,
    CampaignReport,
    CampaignStatus,
    ChunkMoved,
    ChunkResult,
    CsvRecipients,
    DeclaredLimit,
    DeliveryUnknown,
    JsonLinesRecipients,
    Mailgun,
    Message,
    Plan,
    RateLimited,
    RatePolicy,
    Recipient,
    RetryPolicy,
    Sent,
    Timeouts,
)
from mailgun_async.endpoints.domains import DomainWithRecords
from mailgun_async.endpoints.messages import SendingQueues, StoredMessage

message = Message(
    from_="Ada <ada@mg.example.com>",
    to=["bob@example.com", Recipient("eve@example.com", name="Eve", variables={"plan": "gold"})],
    subject="Hi",
    text="Hi",
    attachments=[Attachment(filename="a.txt", content=b"a")],
    tags=["welcome"],
    delivery_time=datetime(2027, 1, 1, tzinfo=UTC),
    deliver_within=timedelta(hours=1),
    tracking="htmlonly",
    headers={"Reply-To": "ada@example.com"},
    variables={"order": 7},
)


def show(result: ChunkResult) -> None:
    assert_type(result.report, BatchReport)


async def show_slowly(result: ChunkResult) -> None:
    assert_type(result.report.accepted, int)


def watch(moved: ChunkMoved) -> None:
    assert_type(moved.progress.accepted, int)


async def campaigns(mg: Mailgun) -> None:
    async with mg.campaign("spring-sale.db", on_unknown="park", looks_s=[15.0]) as campaign:
        assert_type(campaign, Campaign)
        assert_type(await campaign.plan("mg.example.com", message, addresses(), exclude={"eve@example.com"}), Plan)
        assert_type(await campaign.plan(message, CsvRecipients("a.csv"), name="spring", chunk_size=500), Plan)
        assert_type(
            await campaign.send(max_in_flight=4, on_chunk=watch, until=datetime.now(UTC), spread_over=timedelta(1)),
            CampaignReport,
        )
        assert_type(await campaign.reconcile(on_unknown="resend"), CampaignReport)
        assert_type(await campaign.report(), CampaignReport)
        assert_type(await campaign.status(), CampaignStatus)
        assert_type((await campaign.retry_refused()).recipients, int)


async def addresses() -> AsyncIterator[str]:
    yield "bob@example.com"


async def main() -> None:
    async with Mailgun(
        api_key="key",
        region="eu",
        sending_keys={"mg.example.com": "key"},
        timeouts=Timeouts(connect_s=5.0),
        retry=RetryPolicy(max_attempts=2),
        rate=RatePolicy(declared=(DeclaredLimit(rate_class="messages", limit=100.0, window_s=3600.0),)),
    ) as mg:
        assert_type(mg, Mailgun)
        assert_type(await mg.messages.send("mg.example.com", message), Sent)
        assert_type(await mg.messages.send(message), Sent)
        assert_type(await mg.messages.send(message, on_unknown="resend"), Sent)
        assert_type(await mg.messages.send_mime("mg.example.com", ["bob@example.com"], b"..."), Sent)
        assert_type(await mg.messages.get_stored("mg.example.com", "key"), StoredMessage)
        assert_type(await mg.messages.get_sending_queues("mg.example.com"), SendingQueues)
        assert_type(
            await mg.messages.send_batch("mg.example.com", message, CsvRecipients("a.csv"), on_chunk=show), BatchReport
        )
        assert_type(await mg.messages.send_batch("mg.example.com", message, addresses()), BatchReport)
        assert_type(
            await mg.messages.send_batch("mg.example.com", message, ["bob@example.com"], on_chunk=show_slowly),
            BatchReport,
        )
        assert_type(
            await mg.messages.send_batch("mg.example.com", message, [{"email": "bob@example.com", "plan": "gold"}]),
            BatchReport,
        )
        assert_type(await mg.messages.send_batch(message, [Recipient("bob@example.com")], max_in_flight=2), BatchReport)
        assert_type(await mg.messages.send_batch(message, JsonLinesRecipients("a.jsonl")), BatchReport)
        assert_type(await mg.domains.get("mg.example.com"), DomainWithRecords)
        assert_type(
            await mg.request("GET", "/v4/domains/{name}", DomainWithRecords, path={"name": "x"}), DomainWithRecords
        )
        assert_type(await mg.request("GET", "/v5/users"), Any)
        assert_type(mg.with_options(priority="bulk", timeout=5.0), Mailgun)
        assert_type(mg.on_behalf_of("id"), Mailgun)


def read(error: Exception) -> None:
    if isinstance(error, DeliveryUnknown):
        assert_type(error.message_id, str | None)
    if isinstance(error, RateLimited):
        assert_type(error.retry_after_s, float | None)
        assert_type(error.status, int)
