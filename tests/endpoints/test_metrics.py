from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._figures import Figures
from mailgun_async.endpoints.metrics import DimensionValue, MetricRow, where
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
DAY = {
    "dimensions": [{"dimension": "time", "value": "Wed, 01 Nov 2023 00:00:00 +0000", "display_value": "1 Nov"}],
    "metrics": {"delivered_count": 60, "clicked_rate": "0.8300", "email_validation_count": None},
}
ROW = MetricRow(
    dimensions=[DimensionValue(dimension="time", value="Wed, 01 Nov 2023 00:00:00 +0000", display_value="1 Nov")],
    metrics=Figures(delivered_count=60, clicked_rate="0.8300"),
)
ANSWER = {"pagination": {"skip": 0, "limit": 10, "total": 1}, "items": [DAY], "aggregates": {"metrics": {}}}

CASES = [
    Case(
        call=lambda mg: mg.metrics.query(
            metrics=["delivered_count", "clicked_rate"],
            dimensions=["time", "domain"],
            start=START,
            end=END,
            resolution="month",
            filter=where("domain", "=", "a.example.com", "b.example.com") & where("tag", "contains", "news"),
            include_subaccounts=True,
            include_aggregates=True,
            sort="time:asc",
            limit=10,
            skip=0,
        ),
        http="POST /v1/analytics/metrics",
        path="/v1/analytics/metrics",
        json={
            "start": "Thu, 01 Jan 2026 00:00:00 +0000",
            "end": "Sun, 01 Feb 2026 00:00:00 +0000",
            "metrics": ["delivered_count", "clicked_rate"],
            "dimensions": ["time", "domain"],
            "resolution": "month",
            "filter": {
                "AND": [
                    {
                        "attribute": "domain",
                        "comparator": "=",
                        "values": [
                            {"label": "a.example.com", "value": "a.example.com"},
                            {"label": "b.example.com", "value": "b.example.com"},
                        ],
                    },
                    {"attribute": "tag", "comparator": "contains", "values": [{"label": "news", "value": "news"}]},
                ]
            },
            "include_subaccounts": True,
            "include_aggregates": True,
            "pagination": {"sort": "time:asc", "limit": 10, "skip": 0},
        },
        answer=ANSWER,
        gives=[ROW],
    ),
    Case(
        call=lambda mg: mg.metrics.query_usage(
            metrics=["email_validation_count"],
            dimensions=["subaccount"],
            duration="3m",
            filter=where("domain", "!=", "a.example.com"),
            include_subaccounts=False,
            include_aggregates=False,
            resolution="day",
            limit=10,
            skip=5,
        ),
        http="POST /v1/analytics/usage/metrics",
        path="/v1/analytics/usage/metrics",
        json={
            "duration": "3m",
            "metrics": ["email_validation_count"],
            "dimensions": ["subaccount"],
            "resolution": "day",
            "filter": {
                "AND": [
                    {
                        "attribute": "domain",
                        "comparator": "!=",
                        "values": [{"label": "a.example.com", "value": "a.example.com"}],
                    }
                ]
            },
            "include_subaccounts": False,
            "include_aggregates": False,
            "pagination": {"limit": 10, "skip": 5},
        },
        answer=ANSWER,
        gives=[ROW],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


def test_a_row_tells_what_it_is_about() -> None:
    """By the name of the dimension."""
    assert ROW.value("time") == "Wed, 01 Nov 2023 00:00:00 +0000"
    assert ROW.value("domain") is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"metrics": []}, "name at least one figure"),
        ({"duration": "1 day"}, "duration is a number and h, d or m"),
        ({"duration": "1d", "start": START}, "give start or duration"),
        ({"end": datetime(2026, 1, 1)}, "end must be a datetime with a time zone"),  # noqa: DTZ001 -- the mistake
        ({"limit": 1_501}, "limit must be 1 to 1,500"),
        ({"limit": 1_001, "dimensions": ["tag"]}, "limit must be 1 to 1,000"),
    ],
)
async def test_what_cannot_be_is_said_before_anything_is_sent(arguments: dict[str, Any], says: str) -> None:
    """With the argument and its range."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match=says):
            mg.metrics.query(**{"metrics": ["sent_count"], **arguments})
    with pytest.raises(InvalidArgument, match="the condition on tag has no value"):
        where("tag", "=")
