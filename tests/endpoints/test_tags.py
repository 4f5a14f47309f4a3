from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._figures import Figures
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.tags import Tag, TagLimits
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

TAG = {
    "account_id": "12345",
    "parent_account_id": "1",
    "tag": "news",
    "description": "Every week",
    "first_seen": "Thu, 11 Dec 2025 01:49:40 UTC",
    "last_seen": "Thu, 11 Dec 2025 01:49:40 UTC",
    "metrics": {"delivered_count": 7, "opened_rate": "0.5"},
    "account_name": "shop",
}
WHEN = datetime(2025, 12, 11, 1, 49, 40, tzinfo=UTC)
MODEL = Tag(
    account_id="12345",
    parent_account_id="1",
    tag="news",
    description="Every week",
    first_seen=WHEN,
    last_seen=WHEN,
    metrics=Figures(delivered_count=7, opened_rate="0.5"),
    account_name="shop",
)

CASES = [
    Case(
        call=lambda mg: mg.tags.list(
            tag="ne", include_subaccounts=True, include_metrics=True, sort="lastseen:desc", limit=20, skip=40
        ),
        http="POST /v1/analytics/tags",
        path="/v1/analytics/tags",
        json={
            "tag": "ne",
            "include_subaccounts": True,
            "include_metrics": True,
            "pagination": {"sort": "lastseen:desc", "limit": 20, "skip": 40},
        },
        answer={"items": [TAG], "pagination": {"sort": "lastseen:desc", "limit": 20, "total": 41}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.tags.update("news", description="Every week"),
        http="PUT /v1/analytics/tags",
        path="/v1/analytics/tags",
        json={"tag": "news", "description": "Every week"},
        answer={"message": "Tag updated"},
        gives=Done(message="Tag updated"),
    ),
    Case(
        call=lambda mg: mg.tags.delete("news"),
        http="DELETE /v1/analytics/tags",
        path="/v1/analytics/tags",
        json={"tag": "news"},
        answer={"message": "Tag deleted"},
        gives=Done(message="Tag deleted"),
    ),
    Case(
        call=lambda mg: mg.tags.get_limits(),
        http="GET /v1/analytics/tags/limits",
        path="/v1/analytics/tags/limits",
        answer={"limit": 4000, "count": 7, "limit_reached": False},
        gives=TagLimits(limit=4000, count=7, limit_reached=False),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_a_page_with_figures_is_smaller() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        mg.tags.list(limit=1_000)
        with pytest.raises(InvalidArgument, match="limit must be 1 to 20, not 21"):
            mg.tags.list(include_metrics=True, limit=21)
