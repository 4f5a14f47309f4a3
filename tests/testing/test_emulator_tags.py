"""Tags of the emulator through the public client: made by sending, described, deleted, back when sent again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import BadRequest, Mailgun, Message, NotFound
from mailgun_async.endpoints.tags import Tag
from mailgun_async.testing import Emulator


def now(clock: Any) -> datetime:
    """The emulator's time in whole seconds."""
    return datetime.fromtimestamp(int(clock.wall()), UTC)


async def send(mg: Mailgun, *tags: str, domain: str = "mg.example.com", to: Any = "bob@example.com") -> None:
    """Send a message with tags."""
    await mg.messages.send(domain, Message(from_=f"ada@{domain}", to=to, subject="Hi", text="Hello", tags=list(tags)))


async def names(mg: Mailgun, **query: Any) -> list[str]:
    """Names of the tags that are listed."""
    return [tag.tag async for tag in mg.tags.list(**query)]


async def one(mg: Mailgun, name: str) -> Tag:
    """The only tag that begins like this."""
    [found] = await mg.tags.list(tag=name).all()
    return found


async def test_a_tag_is_there_from_the_first_mail_to_its_deletion(mg: Mailgun, clock: Any) -> None:
    """First and last seen are times of mail; sent again it is new."""
    first = now(clock)
    await send(mg, "welcome")
    await clock.advance(60)
    last = now(clock)
    await send(mg, "welcome", "spring")
    tag = await one(mg, "welcome")
    assert (tag.first_seen, tag.last_seen, tag.description) == (first, last, "")
    assert (await mg.tags.update("welcome", description="To new customers")).message == "Tag updated"
    assert (await one(mg, "welcome")).description == "To new customers"
    assert (await mg.tags.delete("welcome")).message == "Tag deleted"
    assert await names(mg) == ["spring"]
    for call in (mg.tags.update("welcome", description="x"), mg.tags.delete("welcome")):
        with pytest.raises(NotFound, match="Tag not found"):
            await call
    await clock.advance(60)
    await send(mg, "welcome")
    again = await one(mg, "welcome")
    assert (again.first_seen, again.description) == (now(clock), "")


async def test_tags_are_listed_by_when_they_were_seen_or_by_name(mg: Mailgun, clock: Any) -> None:
    """Page by page, or by how they begin."""
    for name in ("b-1", "a-1", "b-2"):
        await clock.advance(1)
        await send(mg, name)
    await clock.advance(1)
    await send(mg, "b-1")
    assert await names(mg, limit=2) == ["b-1", "b-2", "a-1"]
    assert await names(mg, sort="firstseen:asc") == ["b-1", "a-1", "b-2"]
    assert await names(mg, sort="tag:desc", skip=1) == ["b-1", "a-1"]
    assert await names(mg, tag="b-") == ["b-1", "b-2"]
    with pytest.raises(BadRequest, match="sort"):
        await names(mg, sort="size")


async def test_a_tag_of_a_recipients_own_is_a_tag(mg: Mailgun, api: Any) -> None:
    """Its variables are filled in."""
    variables = '{"ann@x.org": {"list": "ann"}, "bob@x.org": {"list": "bob"}}'
    await api.send("ann@x.org,bob@x.org", **{"o:tag": "for-%recipient.list%", "recipient-variables": variables})
    assert await names(mg, sort="tag:asc") == ["for-ann", "for-bob"]


async def test_tags_come_with_figures(mg: Mailgun) -> None:
    """When asked for, of what became of the mail."""
    await send(mg, "welcome", to=["ann@example.com", "bob@example.com"])
    await mg.bounces.create("bob@example.com")
    await send(mg, "welcome")
    [tag] = await mg.tags.list(include_metrics=True).all()
    assert tag.metrics is not None
    found = tag.metrics
    assert (found.accepted_count, found.delivered_count, found.permanent_failed_count) == (3, 2, 1)
    assert (await one(mg, "welcome")).metrics == type(found)()


async def test_tags_of_subaccounts_are_their_own(mg: Mailgun) -> None:
    """The account sees them when it asks for them."""
    await send(mg, "mine")
    await send(mg.on_behalf_of("sub1"), "theirs")
    assert await names(mg) == ["mine"]
    assert await names(mg.on_behalf_of("sub1")) == ["theirs"]
    both = {tag.tag: tag.account_id async for tag in mg.tags.list(include_subaccounts=True)}
    assert both == {"mine": "emulator", "theirs": "sub1"}


async def test_limits_tell_how_many_there_are(mg: Mailgun) -> None:
    """Of the account, and of a domain."""
    await mg.domains.create("other.org")
    await mg.domains.verify("other.org")
    await send(mg, "a", "b")
    await send(mg, "c", domain="other.org")
    limits = await mg.tags.get_limits()
    assert (limits.count, limits.limit, limits.limit_reached) == (3, 4_000, False)
    with pytest.deprecated_call():
        assert (await mg.domain_tags.get_limits("other.org")).count == 1


async def test_tags_of_a_domain_are_kept_apart(mg: Mailgun, clock: Any) -> None:
    """The older calls, with their own descriptions, page by page."""
    await mg.domains.create("other.org")
    await mg.domains.verify("other.org")
    seen = now(clock)
    for name in ("c", "a", "b"):
        await send(mg, name)
    await send(mg, "d", domain="other.org")
    with pytest.deprecated_call():
        assert [tag.tag async for tag in mg.domain_tags.list(limit=2)] == ["a", "b", "c"]
        assert [tag.tag async for tag in mg.domain_tags.list(prefix="b")] == ["b"]
        assert (await mg.domain_tags.update("a", description="first")).message == "Tag updated"
        found = await mg.domain_tags.get("a")
        assert (found.description, found.first_seen, found.last_seen) == ("first", seen, seen)
        assert (await mg.domain_tags.delete("a")).message == "Tag deleted"
        with pytest.raises(NotFound, match="Tag not found"):
            await mg.domain_tags.get("a")
    assert await names(mg, sort="tag:asc") == ["a", "b", "c", "d"]


async def test_no_tags_are_told_with_more_than_twenty_figures(api: Any) -> None:
    """400; the client would not ask for it."""
    body = {"include_metrics": True, "pagination": {"limit": 21}}
    status, answer, _ = await api.call("POST", "/v1/analytics/tags", json=body)
    assert (status, answer["message"]) == (400, "limit can't be larger than 20 when metrics are included")


async def test_descriptions_and_deletions_outlive_the_process_in_a_file(tmp_path: Path) -> None:
    """As the mail does that the tags are made of."""
    path = tmp_path / "state.db"
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        await send(mg, "welcome", "spring")
        await mg.tags.update("welcome", description="To new customers")
        await mg.tags.delete("spring")
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        assert [(tag.tag, tag.description) async for tag in mg.tags.list()] == [("welcome", "To new customers")]
