from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._thresholds import Filter
from mailgun_async.endpoints.threshold_limits import ThresholdLimit
from tests.endpoints.table import Case

WHEN = datetime(2026, 2, 1, 10, 30, tzinfo=UTC)
FILTER = Filter(dimension="domain", comparator="=", values=["mg.example.com"])
ITEM = {
    "id": "i1",
    "name": "watch",
    "parent_account_id": "12345",
    "subaccount_id": "67890",
    "created_at": "2026-02-01T10:30:00Z",
    "updated_at": "0001-01-01T00:00:00Z",
    "metric": "seed_test_count",
    "comparator": ">=",
    "limit": "2100",
    "dimension": "subaccount",
    "period": "1M",
    "filters": [{"dimension": "domain", "comparator": "=", "values": ["mg.example.com"]}],
}
MODEL = ThresholdLimit(
    id="i1",
    name="watch",
    parent_account_id="12345",
    subaccount_id="67890",
    created_at=WHEN,
    metric="seed_test_count",
    comparator=">=",
    limit="2100",
    dimension="subaccount",
    period="1M",
    filters=[FILTER],
)

CASES = [
    Case(
        call=lambda mg: mg.threshold_limits.list(),
        http="GET /v1/thresholds/limits",
        path="/v1/thresholds/limits",
        answer={"items": [ITEM], "total": 1},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.threshold_limits.get("hard bounces"),
        http="GET /v1/thresholds/limits/{name}",
        path="/v1/thresholds/limits/hard%20bounces",
        answer=ITEM,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.threshold_limits.create(
            "watch",
            metric="seed_test_count",
            comparator=">=",
            limit=2100,
            dimension="subaccount",
            period="1M",
            filters=[FILTER],
            description="to be seen",
        ),
        http="POST /v1/thresholds/limits",
        path="/v1/thresholds/limits",
        json={
            "name": "watch",
            "metric": "seed_test_count",
            "comparator": ">=",
            "limit": "2100",
            "dimension": "subaccount",
            "period": "1M",
            "filters": [{"dimension": "domain", "comparator": "=", "values": ["mg.example.com"]}],
            "description": "to be seen",
        },
        answer=ITEM,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.threshold_limits.update(
            "old",
            new_name="watch",
            metric="seed_test_count",
            comparator=">=",
            limit=2100,
            dimension="subaccount",
            period="1M",
            filters=[FILTER],
            description="to be seen",
        ),
        http="PUT /v1/thresholds/limits/{name}",
        path="/v1/thresholds/limits/old",
        json={
            "name": "watch",
            "metric": "seed_test_count",
            "comparator": ">=",
            "limit": "2100",
            "dimension": "subaccount",
            "period": "1M",
            "filters": [{"dimension": "domain", "comparator": "=", "values": ["mg.example.com"]}],
            "description": "to be seen",
        },
        answer={"message": "updated"},
        gives=Done(message="updated"),
    ),
    Case(
        call=lambda mg: mg.threshold_limits.delete("watch"),
        http="DELETE /v1/thresholds/limits/{name}",
        path="/v1/thresholds/limits/watch",
        answer={"message": "deleted"},
        gives=Done(message="deleted"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
