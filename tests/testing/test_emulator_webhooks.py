"""Webhooks of the emulator through the public client: of a domain by kind of events and by URL, and of the account."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import ApiError, BadRequest, Conflict, Mailgun, NotFound
from mailgun_async.endpoints.domain_webhooks import Webhooks
from mailgun_async.testing import Emulator

A, B, C, D = (f"https://{letter}.example.com/hook" for letter in "abcd")


def by_kind(webhooks: Webhooks) -> dict[str, list[str]]:
    """URLs by kind of events."""
    kinds = ("accepted", "clicked", "delivered", "opened", "permanent_fail")
    return {kind: found.urls for kind in kinds if (found := getattr(webhooks, kind)) is not None}


# -- of a domain, by kind of events ------------------------------------------------------------------------------------


async def test_a_kind_of_events_gets_urls_others_and_none(mg: Mailgun) -> None:
    """Made, read, replaced, deleted."""
    assert (await mg.domain_webhooks.create("delivered", urls=[A, B])).urls == [A, B]
    assert (await mg.domain_webhooks.get("delivered")).urls == [A, B]
    assert (await mg.domain_webhooks.update("delivered", urls=C)).urls == [C]
    await mg.domain_webhooks.create("opened", urls=A)
    assert by_kind(await mg.domain_webhooks.list()) == {"delivered": [C], "opened": [A]}
    assert (await mg.domain_webhooks.delete("delivered")).urls == [C]
    assert by_kind(await mg.domain_webhooks.list()) == {"opened": [A]}
    for call in (
        mg.domain_webhooks.get("delivered"),
        mg.domain_webhooks.update("delivered", urls=A),
        mg.domain_webhooks.delete("delivered"),
    ):
        with pytest.raises(NotFound, match="Webhook not found"):
            await call


async def test_urls_that_cannot_be_are_refused(mg: Mailgun, api: Any) -> None:
    """No second set for a kind, no more than three, nothing but http."""
    await mg.domain_webhooks.create("delivered", urls=A)
    with pytest.raises(BadRequest, match="already exists"):
        await mg.domain_webhooks.create("delivered", urls=B)
    for url, text in (("ftp://a.org", "invalid URL scheme"), ("https://", "host not found")):
        with pytest.raises(BadRequest, match=text):
            await mg.domain_webhooks.create("opened", urls=url)
    path = "/v3/domains/mg.example.com/webhooks"
    status, body, _ = await api.post(path, {"id": "opened", "url": [A, B, C, D]})
    assert (status, body) == (400, {"Reason": "unable to add more than 3 urls"})
    assert (await api.post(path, {"id": "eaten", "url": A}))[0] == 400
    assert by_kind(await mg.domain_webhooks.list()) == {"delivered": [A]}


# -- of a domain, by URL -----------------------------------------------------------------------------------------------


async def test_a_url_gets_kinds_of_events_others_and_none(mg: Mailgun) -> None:
    """Both versions tell of the same webhooks."""
    await mg.domain_webhooks.create("clicked", urls=B)
    made = await mg.domain_webhooks.create_by_url(A, event_types=["delivered", "clicked"])
    assert by_kind(made) == {"clicked": [B, A], "delivered": [A]}
    changed = await mg.domain_webhooks.update_by_url(A, event_types="opened")
    assert by_kind(changed) == {"clicked": [B], "opened": [A]}
    assert (await mg.domain_webhooks.get("opened")).urls == [A]
    assert by_kind(await mg.domain_webhooks.delete_by_url(urls=[A, C])) == {"clicked": [B]}
    with pytest.raises(NotFound, match="Webhook not found"):
        await mg.domain_webhooks.update_by_url(A, event_types="opened")


async def test_a_kind_of_events_has_each_url_once_and_three_at_most(mg: Mailgun, api: Any) -> None:
    """Nothing changes when one of several kinds is full."""
    await mg.domain_webhooks.create("clicked", urls=[A, B, C])
    with pytest.raises(BadRequest, match=f"Webhook for event type 'clicked' with URL '{A}' already exists"):
        await mg.domain_webhooks.create_by_url(A, event_types=["opened", "clicked"])
    with pytest.raises(BadRequest, match="unable to add more than 3 urls for event type clicked"):
        await mg.domain_webhooks.create_by_url(D, event_types=["opened", "clicked"])
    assert by_kind(await mg.domain_webhooks.list()) == {"clicked": [A, B, C]}
    assert (await api.call("DELETE", "/v4/domains/mg.example.com/webhooks"))[:2] == (400, {"Field": "url"})


async def test_a_domain_has_its_own(mg: Mailgun) -> None:
    """Another has none, and an unknown one is not found."""
    await mg.domains.create("other.org")
    await mg.domain_webhooks.create("clicked", urls=A)
    assert by_kind(await mg.domain_webhooks.list("other.org")) == {}
    with pytest.raises(NotFound, match="Domain not found"):
        await mg.domain_webhooks.list("nowhere.org")


async def test_webhooks_go_with_their_domain(mg: Mailgun) -> None:
    """Made again, it has none."""
    await mg.domains.create("other.org")
    await mg.domain_webhooks.create("other.org", "clicked", urls=A)
    await mg.domains.delete("other.org")
    await mg.domains.create("other.org")
    assert by_kind(await mg.domain_webhooks.list("other.org")) == {}


# -- of the account ----------------------------------------------------------------------------------------------------


async def test_an_accounts_webhook_is_made_replaced_and_deleted(mg: Mailgun, clock: Any) -> None:
    """A change replaces all but its time."""
    made = await mg.account_webhooks.create(A, event_types=["delivered", "opened"], description="first")
    found = await mg.account_webhooks.get(made)
    assert (found.url, found.event_types, found.description) == (A, ["delivered", "opened"], "first")
    assert found.created_at == datetime.fromtimestamp(clock.wall(), UTC)
    await clock.advance(60)
    await mg.account_webhooks.update(made, url=B, event_types="clicked")
    [changed] = await mg.account_webhooks.list().all()
    assert (changed.url, changed.event_types, changed.description) == (B, ["clicked"], "")
    assert changed.created_at == found.created_at
    await mg.account_webhooks.delete(made)
    for call in (
        mg.account_webhooks.get(made),
        mg.account_webhooks.delete(made),
        mg.account_webhooks.update(made, url=A, event_types="clicked"),
    ):
        with pytest.raises(NotFound):
            await call


async def test_several_are_listed_and_deleted_by_id_or_all(mg: Mailgun, api: Any) -> None:
    """Never all by accident."""
    first, second, third = [await mg.account_webhooks.create(url, event_types="opened") for url in (A, B, C)]
    found = await mg.account_webhooks.list(webhook_ids=[third, first]).all()
    assert [webhook.url for webhook in found] == [C, A]
    assert (await api.call("DELETE", "/v1/webhooks"))[0] == 400
    assert (await api.call("DELETE", "/v1/webhooks?webhook_ids=a,,b"))[0] == 400
    await mg.account_webhooks.delete_many(webhook_ids=[first])
    assert [webhook.webhook_id for webhook in await mg.account_webhooks.list().all()] == [second, third]
    await mg.account_webhooks.delete_many(all=True)
    assert await mg.account_webhooks.list().all() == []
    with pytest.raises(NotFound, match="no webhooks found for account"):
        await mg.account_webhooks.delete_many(all=True)


async def test_a_kind_of_events_of_the_account_has_each_url_once_and_three_at_most(mg: Mailgun) -> None:
    """409; one may be replaced by itself."""
    made = [await mg.account_webhooks.create(url, event_types="opened") for url in (A, B, C)]
    with pytest.raises(Conflict, match=f"url {A} already exists for event type opened"):
        await mg.account_webhooks.create(A, event_types=["clicked", "opened"])
    with pytest.raises(Conflict, match="unable to add more than 3 urls for event type opened"):
        await mg.account_webhooks.create(D, event_types="opened")
    await mg.account_webhooks.update(made[0], url=A, event_types="opened", description="again")
    assert len(await mg.account_webhooks.list().all()) == 3


@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        ({"event_types": "opened"}, 400, {"Field": "url", "Value": "missing or invalid url parameter"}),
        ({"url": A}, 400, {"Field": "event_types", "Value": "missing or invalid event_types parameter"}),
        ({"url": A, "event_types": "eaten"}, 404, {"Description": "event_type 'eaten' is invalid"}),
        (
            {"url": A, "event_types": ["opened", "opened"]},
            400,
            {"Field": "event_types", "Value": "duplicate event types: 'opened'"},
        ),
    ],
)
async def test_what_an_account_cannot_have_is_told_in_its_own_form(
    fields: dict[str, Any], status: int, body: dict[str, str], api: Any, mg: Mailgun
) -> None:
    """Other keys than `message`; the client would not send it."""
    assert (await api.post("/v1/webhooks", fields))[:2] == (status, body)
    assert await mg.account_webhooks.list().all() == []


async def test_an_id_that_is_none_is_told_so(mg: Mailgun) -> None:
    """400, unlike one that is unknown."""
    with pytest.raises(ApiError) as caught:
        await mg.account_webhooks.get("x")
    assert caught.value.status == 400


async def test_webhooks_outlive_the_process_in_a_file(tmp_path: Path) -> None:
    """Those of a domain and those of the account."""
    path = tmp_path / "state.db"
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        await mg.domain_webhooks.create("clicked", urls=A)
        made = await mg.account_webhooks.create(B, event_types="opened")
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        assert by_kind(await mg.domain_webhooks.list()) == {"clicked": [A]}
        assert (await mg.account_webhooks.get(made)).url == B
