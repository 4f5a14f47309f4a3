from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._stats import (
    AcceptedCounts,
    AggregateCounts,
    DeliveredCounts,
    FailedCounts,
    PermanentCounts,
    Stats,
    StatsStep,
    TemporaryCounts,
    UniqueCounts,
)
from mailgun_async.endpoints.domain_tags import DomainTag, TagAggregates, TagCount
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import DOMAIN, Case

END = datetime(2012, 4, 1, tzinfo=UTC)
STATS = {
    "description": "All",
    "start": "Tue, 14 Feb 2012 00:00:00 UTC",
    "end": "Fri, 01 Apr 2012 00:00:00 UTC",
    "resolution": "month",
    "stats": [
        {
            "time": "Fri, 01 Apr 2012 00:00:00 UTC",
            "accepted": {"incoming": 2, "outgoing": 1, "total": 3},
            "delivered": {"smtp": 15, "http": 10, "optimized": 5, "total": 20},
            "failed": {"temporary": {"espblock": 1, "total": 1}, "permanent": {"suppress-bounce": 4, "total": 4}},
            "opened": {"total": 20, "unique": 1},
        }
    ],
}
MODEL = Stats(
    description="All",
    start=datetime(2012, 2, 14, tzinfo=UTC),
    end=END,
    resolution="month",
    stats=[
        StatsStep(
            time=END,
            accepted=AcceptedCounts(incoming=2, outgoing=1, total=3),
            delivered=DeliveredCounts(smtp=15, http=10, optimized=5, total=20),
            failed=FailedCounts(
                temporary=TemporaryCounts(espblock=1, total=1), permanent=PermanentCounts(suppress_bounce=4, total=4)
            ),
            opened=UniqueCounts(total=20, unique=1),
        )
    ],
)
TAG = {
    "tag": "news",
    "description": "Every week",
    "first-seen": "2023-01-02 02:14:27 +0000 UTC",
    "last-seen": "2023-09-06 18:45:51 +0000 UTC",
}
TAG_MODEL = DomainTag(
    tag="news",
    description="Every week",
    first_seen=datetime(2023, 1, 2, 2, 14, 27, tzinfo=UTC),
    last_seen=datetime(2023, 9, 6, 18, 45, 51, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.domain_tags.list("b.example.com", prefix="ne", limit=10),
        deprecated=True,
        http="GET /v3/{domain}/tags",
        path="/v3/b.example.com/tags",
        query={"prefix": ["ne"], "limit": ["10"]},
        answer={"items": [TAG], "paging": {"next": "https://api.mailgun.net/v3/x"}},
        gives=[TAG_MODEL],
    ),
    Case(
        call=lambda mg: mg.domain_tags.get("news"),
        deprecated=True,
        http="GET /v3/{domain}/tag",
        path="/v3/mg.example.com/tag",
        query={"tag": ["news"]},
        answer=TAG,
        gives=TAG_MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_tags.update("b.example.com", "news", description="Every week"),
        deprecated=True,
        http="PUT /v3/{domain}/tag",
        path="/v3/b.example.com/tag",
        query={"tag": ["news"], "description": ["Every week"]},
        answer={"message": "Tag updated"},
        gives=Done(message="Tag updated"),
    ),
    Case(
        call=lambda mg: mg.domain_tags.delete("b.example.com", "news"),
        deprecated=True,
        http="DELETE /v3/{domain}/tag",
        path="/v3/b.example.com/tag",
        query={"tag": ["news"]},
        answer={"message": "Tag deleted"},
        gives=Done(message="Tag deleted"),
    ),
    Case(
        call=lambda mg: mg.domain_tags.get_aggregates("b.example.com", "news", type="provider"),
        deprecated=True,
        http="GET /v3/{domain}/tag/stats/aggregates",
        path="/v3/b.example.com/tag/stats/aggregates",
        query={"tag": ["news"], "type": ["provider"]},
        answer={
            "tag": "news",
            "provider": {
                "gmail.com": {"accepted": 0, "clicked": 2, "opened": 1, "unique_clicked": 1, "unsubscribed": 0}
            },
        },
        gives=TagAggregates(
            tag="news",
            provider={"gmail.com": AggregateCounts(accepted=0, clicked=2, opened=1, unique_clicked=1, unsubscribed=0)},
        ),
    ),
    Case(
        call=lambda mg: mg.domain_tags.get_stats(
            "b.example.com",
            "news",
            events=["accepted", "failed"],
            provider="gmail.com",
            device="mobile",
            country="de",
            start=END,
            end=END,
            resolution="day",
            duration="7d",
        ),
        deprecated=True,
        http="GET /v3/{domain}/tag/stats",
        path="/v3/b.example.com/tag/stats",
        query={
            "event": ["accepted", "failed"],
            "start": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "end": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "resolution": ["day"],
            "duration": ["7d"],
            "tag": ["news"],
            "provider": ["gmail.com"],
            "device": ["mobile"],
            "country": ["de"],
        },
        answer=STATS,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.domain_tags.get_limits(),
        deprecated=True,
        http="GET /v3/domains/{domain}/limits/tag",
        path="/v3/domains/mg.example.com/limits/tag",
        answer={"limit": 20000, "count": 1500},
        gives=TagCount(limit=20000, count=1500),
    ),
    Case(
        call=lambda mg: mg.domain_tags.list_devices(),
        deprecated=True,
        http="GET /v3/domains/{domain}/tag/devices",
        path="/v3/domains/mg.example.com/tag/devices",
        answer={"items": ["a", "b"]},
        gives=["a", "b"],
    ),
    Case(
        call=lambda mg: mg.domain_tags.list_providers(),
        deprecated=True,
        http="GET /v3/domains/{domain}/tag/providers",
        path="/v3/domains/mg.example.com/tag/providers",
        answer={"items": ["a", "b"]},
        gives=["a", "b"],
    ),
    Case(
        call=lambda mg: mg.domain_tags.list_countries(),
        deprecated=True,
        http="GET /v3/domains/{domain}/tag/countries",
        path="/v3/domains/mg.example.com/tag/countries",
        answer={"items": ["a", "b"]},
        gives=["a", "b"],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_something_is_counted() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", domain=DOMAIN, transport=FakeTransport()) as mg:
        with (
            pytest.warns(DeprecationWarning, match="use mg"),
            pytest.raises(InvalidArgument, match="at least one event"),
        ):
            await mg.domain_tags.get_stats("news", events=[])
