from __future__ import annotations

from typing import Any

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints.domain_webhooks import Webhooks, WebhookTest, WebhookUrls
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

A, B = "https://a.example.com/hook?x=1&y=2", "https://b.example.com"
ALL = {"webhooks": {"delivered": {"urls": [A, B]}, "opened": None, "clicked": {"urls": [A]}, "trapped": {"urls": [B]}}}
MODEL = Webhooks(delivered=WebhookUrls(urls=[A, B]), clicked=WebhookUrls(urls=[A]), extra={"trapped": {"urls": [B]}})

CASES = [
    Case(
        call=lambda mg: mg.domain_webhooks.list(),
        http="GET /v3/domains/{domain}/webhooks",
        path="/v3/domains/mg.example.com/webhooks",
        answer=ALL,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.get("b.example.com", "temporary_fail"),
        http="GET /v3/domains/{domain_name}/webhooks/{webhook_name}",
        path="/v3/domains/b.example.com/webhooks/temporary_fail",
        answer={"webhook": {"urls": [A]}},
        gives=WebhookUrls(urls=[A]),
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.create("delivered", urls=[A, B]),
        http="POST /v3/domains/{domain}/webhooks",
        path="/v3/domains/mg.example.com/webhooks",
        fields={"id": ["delivered"], "url": [A, B]},
        answer={"message": "Webhook has been created", "webhook": {"urls": [A, B]}},
        gives=WebhookUrls(urls=[A, B]),
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.update("b.example.com", "delivered", urls=B),
        http="PUT /v3/domains/{domain_name}/webhooks/{webhook_name}",
        path="/v3/domains/b.example.com/webhooks/delivered",
        fields={"url": [B]},
        answer={"message": "Webhook has been updated", "webhook": {"urls": [B]}},
        gives=WebhookUrls(urls=[B]),
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.delete("accepted"),
        http="DELETE /v3/domains/{domain_name}/webhooks/{webhook_name}",
        path="/v3/domains/mg.example.com/webhooks/accepted",
        answer={"message": "Webhook has been deleted", "webhook": {"urls": [B]}},
        gives=WebhookUrls(urls=[B]),
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.test("clicked", url=A),
        http="PUT /v3/domains/{domain_name}/webhooks/{webhook_name}/test",
        path="/v3/domains/mg.example.com/webhooks/clicked/test",
        fields={"url": [A]},
        answer={"code": 200, "message": "OK"},
        gives=WebhookTest(code=200, message="OK"),
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.create_by_url(A, event_types=["delivered", "clicked"]),
        http="POST /v4/domains/{domain}/webhooks",
        path="/v4/domains/mg.example.com/webhooks",
        fields={"url": [A], "event_types": ["delivered", "clicked"]},
        answer=ALL,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.update_by_url("b.example.com", A, event_types="delivered"),
        http="PUT /v4/domains/{domain}/webhooks",
        path="/v4/domains/b.example.com/webhooks",
        fields={"url": [A], "event_types": ["delivered"]},
        answer=ALL,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.delete_by_url("b.example.com", urls=[A, B]),
        http="DELETE /v4/domains/{domain}/webhooks",
        path="/v4/domains/b.example.com/webhooks",
        query={"url": [f"{A},{B}"]},
        answer={"webhooks": {}},
        gives=Webhooks(),
    ),
    Case(
        call=lambda mg: mg.domain_webhooks.delete_by_url(urls=A),
        http="DELETE /v4/domains/{domain}/webhooks",
        path="/v4/domains/mg.example.com/webhooks",
        query={"url": [A]},
        answer={"webhooks": {}},
        gives=Webhooks(),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_unknown_events_are_refused_before_anything_is_sent() -> None:
    """A domain alone, in place of the kind of events, is one of them."""
    hooks = Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()).domain_webhooks
    unknown: Any = "bounced"
    with pytest.raises(InvalidArgument, match=r"'b\.example\.com' is none of accepted, clicked, .*, unsubscribed"):
        await hooks.get("b.example.com")
    for call in (
        hooks.create(unknown, urls=A),
        hooks.update(unknown, urls=A),
        hooks.delete(unknown),
        hooks.test(unknown, url=A),
        hooks.create_by_url(A, event_types=["opened", unknown]),
        hooks.update_by_url(A, event_types=unknown),
    ):
        with pytest.raises(InvalidArgument, match="'bounced' is none of accepted"):
            await call


async def test_too_many_urls_are_refused_before_anything_is_sent() -> None:
    """Or none; and no kinds of events."""
    hooks = Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()).domain_webhooks
    with pytest.raises(InvalidArgument, match="urls must be 1 to 3, not 4"):
        await hooks.create("opened", urls=[A, A, A, A])
    with pytest.raises(InvalidArgument, match="urls must be 1 to 3, not 0"):
        await hooks.update("opened", urls=[])
    with pytest.raises(InvalidArgument, match="event_types must name at least one"):
        await hooks.create_by_url(A, event_types=[])


@pytest.mark.parametrize("urls", [[], ["https://a.example.com/?x=1,2"], "https://a.example.com/?x=1,2", [""]])
async def test_urls_that_mailgun_would_cut_are_not_deleted(urls: Any) -> None:
    """It takes several, joined by commas."""
    hooks = Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()).domain_webhooks
    with pytest.raises(InvalidArgument, match="none may be empty or have a comma"):
        await hooks.delete_by_url(urls=urls)
