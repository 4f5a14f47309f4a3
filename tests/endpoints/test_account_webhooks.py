from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints.account_webhooks import AccountWebhook
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

URL = "https://a.example.com/hook"
WEBHOOK = {
    "webhook_id": "507f",
    "description": "d",
    "url": URL,
    "event_types": ["delivered", "opened"],
    "created_at": "2026-02-16T19:06:01Z",
}
MODEL = AccountWebhook(
    webhook_id="507f",
    description="d",
    url=URL,
    event_types=["delivered", "opened"],
    created_at=datetime(2026, 2, 16, 19, 6, 1, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.account_webhooks.list(webhook_ids=["507f", "507e"]),
        http="GET /v1/webhooks",
        path="/v1/webhooks",
        query={"webhook_ids": ["507f,507e"]},
        answer={"webhooks": [WEBHOOK]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.account_webhooks.get("507f"),
        http="GET /v1/webhooks/{webhook_id}",
        path="/v1/webhooks/507f",
        answer=WEBHOOK,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.account_webhooks.create(URL, event_types=["delivered", "opened"], description="d"),
        http="POST /v1/webhooks",
        path="/v1/webhooks",
        fields={"description": ["d"], "event_types": ["delivered", "opened"], "url": [URL]},
        answer={"webhook_id": "507f"},
        gives="507f",
    ),
    Case(
        call=lambda mg: mg.account_webhooks.update("507f", url=URL, event_types="opened", description=""),
        http="PUT /v1/webhooks/{webhook_id}",
        path="/v1/webhooks/507f",
        fields={"description": [""], "event_types": ["opened"], "url": [URL]},
        status=204,
    ),
    Case(
        call=lambda mg: mg.account_webhooks.delete("507f"),
        http="DELETE /v1/webhooks/{webhook_id}",
        path="/v1/webhooks/507f",
        status=204,
    ),
    Case(
        call=lambda mg: mg.account_webhooks.delete_many(webhook_ids=["507f", "507e"]),
        http="DELETE /v1/webhooks",
        path="/v1/webhooks",
        query={"webhook_ids": ["507f,507e"]},
        status=204,
    ),
    Case(
        call=lambda mg: mg.account_webhooks.delete_many(all=True),
        http="DELETE /v1/webhooks",
        path="/v1/webhooks",
        query={"all": ["true"]},
        status=204,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_all_webhooks_come_on_one_page() -> None:
    """No other is asked for, though the answer does not say how many there are."""
    answer = {"webhooks": [WEBHOOK, WEBHOOK]}
    transport = FakeTransport().respond(json=answer).respond(json=answer)
    async with Mailgun(api_key="key", transport=transport) as mg:
        assert await mg.account_webhooks.list().all() == [MODEL, MODEL]
        assert len(transport.requests) == 1
        assert await mg.account_webhooks.list(max_items=1).all() == [MODEL]


@pytest.mark.parametrize("options", [{}, {"all": False}, {"webhook_ids": ["1"], "all": True}])
async def test_what_to_delete_is_said_in_one_way(options: dict[str, Any]) -> None:
    """All of them only when it is said."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="give either webhook_ids or all=True"):
            await mg.account_webhooks.delete_many(**options)


@pytest.mark.parametrize("webhook_ids", [[], [""], "507f"])
async def test_no_ids_are_not_all_of_them(webhook_ids: Any) -> None:
    """Mailgun would take it so."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="webhook_ids must be a list of at least one id"):
            await mg.account_webhooks.delete_many(webhook_ids=webhook_ids)
        with pytest.raises(InvalidArgument, match="webhook_ids must be a list of at least one id"):
            mg.account_webhooks.list(webhook_ids=webhook_ids)


async def test_a_webhook_needs_events_that_there_are() -> None:
    """Said before anything is sent."""
    unknown: Any = "bounced"
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="'bounced' is none of accepted"):
            await mg.account_webhooks.create(URL, event_types=unknown)
        with pytest.raises(InvalidArgument, match="event_types must name at least one"):
            await mg.account_webhooks.update("507f", url=URL, event_types=[])
