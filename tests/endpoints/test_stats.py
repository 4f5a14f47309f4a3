from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
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

CASES = [
    Case(
        call=lambda mg: mg.stats.get_account_totals(
            events=["accepted", "failed"], start=END, end=END, resolution="day", duration="7d"
        ),
        deprecated=True,
        http="GET /v3/stats/total",
        path="/v3/stats/total",
        query={
            "event": ["accepted", "failed"],
            "start": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "end": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "resolution": ["day"],
            "duration": ["7d"],
        },
        answer=STATS,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.stats.get_domain_totals(
            "b.example.com", events=["accepted", "failed"], start=END, end=END, resolution="day", duration="7d"
        ),
        deprecated=True,
        http="GET /v3/{domain}/stats/total",
        path="/v3/b.example.com/stats/total",
        query={
            "event": ["accepted", "failed"],
            "start": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "end": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "resolution": ["day"],
            "duration": ["7d"],
        },
        answer=STATS,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.stats.get_totals_by_domain(events=["accepted"], timestamp=END, resolution="day", limit=7),
        deprecated=True,
        http="GET /v3/stats/total/domains",
        path="/v3/stats/total/domains",
        query={
            "event": ["accepted"],
            "timestamp": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "resolution": ["day"],
            "limit": ["7"],
        },
        answer=STATS,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.stats.get_filtered(
            events=["accepted", "failed"],
            filter="domain:a.example.com",
            group="domain",
            start=END,
            end=END,
            resolution="day",
            duration="7d",
        ),
        deprecated=True,
        http="GET /v3/stats/filter",
        path="/v3/stats/filter",
        query={
            "event": ["accepted", "failed"],
            "start": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "end": ["Sun, 01 Apr 2012 00:00:00 +0000"],
            "resolution": ["day"],
            "duration": ["7d"],
            "filter": ["domain:a.example.com"],
            "group": ["domain"],
        },
        answer=STATS,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.stats.get_provider_aggregates(),
        deprecated=True,
        http="GET /v3/{domain}/aggregates/providers",
        path="/v3/mg.example.com/aggregates/providers",
        answer={
            "providers": {
                "gmail.com": {"accepted": 0, "clicked": 2, "opened": 1, "unique_clicked": 1, "unsubscribed": 0}
            }
        },
        gives={"gmail.com": AggregateCounts(accepted=0, clicked=2, opened=1, unique_clicked=1, unsubscribed=0)},
    ),
    Case(
        call=lambda mg: mg.stats.get_device_aggregates(),
        deprecated=True,
        http="GET /v3/{domain}/aggregates/devices",
        path="/v3/mg.example.com/aggregates/devices",
        answer={
            "devices": {"gmail.com": {"accepted": 0, "clicked": 2, "opened": 1, "unique_clicked": 1, "unsubscribed": 0}}
        },
        gives={"gmail.com": AggregateCounts(accepted=0, clicked=2, opened=1, unique_clicked=1, unsubscribed=0)},
    ),
    Case(
        call=lambda mg: mg.stats.get_country_aggregates(),
        deprecated=True,
        http="GET /v3/{domain}/aggregates/countries",
        path="/v3/mg.example.com/aggregates/countries",
        answer={
            "countries": {
                "gmail.com": {"accepted": 0, "clicked": 2, "opened": 1, "unique_clicked": 1, "unsubscribed": 0}
            }
        },
        gives={"gmail.com": AggregateCounts(accepted=0, clicked=2, opened=1, unique_clicked=1, unsubscribed=0)},
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
            await mg.stats.get_domain_totals(events=[])


async def test_something_is_counted_by_domain() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", domain=DOMAIN, transport=FakeTransport()) as mg:
        with (
            pytest.warns(DeprecationWarning, match="use mg"),
            pytest.raises(InvalidArgument, match="at least one event"),
        ):
            await mg.stats.get_totals_by_domain(events=[], timestamp=END)
