from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._thresholds import Filter
from mailgun_async.endpoints.send_alerts import AlertHit, SendAlert
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
    "metric": "hard_bounce_rate",
    "comparator": ">=",
    "limit": "0.99",
    "dimension": "subaccount",
    "period": "1h",
    "filters": [{"dimension": "domain", "comparator": "=", "values": ["mg.example.com"]}],
    "alert_channels": ["email"],
}
MODEL = SendAlert(
    id="i1",
    name="watch",
    parent_account_id="12345",
    subaccount_id="67890",
    created_at=WHEN,
    metric="hard_bounce_rate",
    comparator=">=",
    limit="0.99",
    dimension="subaccount",
    period="1h",
    filters=[FILTER],
    alert_channels=["email"],
)
HIT = {
    "id": "h1",
    "name": "hard bounce rate",
    "created_at": "2026-02-01T10:30:00Z",
    "triggered": True,
    "expires_at": "0001-01-01T00:00:00Z",
    "latest_value": "10",
    "metric": "hard_bounce_rate",
    "comparator": "<",
    "limit": "2100",
    "dimension": "subaccount",
}

CASES = [
    Case(
        call=lambda mg: mg.send_alerts.list(),
        http="GET /v1/thresholds/alerts/send",
        path="/v1/thresholds/alerts/send",
        answer={"items": [ITEM], "total": 1},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.send_alerts.get("hard bounces"),
        http="GET /v1/thresholds/alerts/send/{name}",
        path="/v1/thresholds/alerts/send/hard%20bounces",
        answer=ITEM,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.send_alerts.create(
            "watch",
            metric="hard_bounce_rate",
            comparator=">=",
            limit=0.99,
            dimension="subaccount",
            period="1h",
            filters=[FILTER],
            description="to be seen",
            alert_channels=["email", "slack"],
        ),
        http="POST /v1/thresholds/alerts/send",
        path="/v1/thresholds/alerts/send",
        json={
            "name": "watch",
            "metric": "hard_bounce_rate",
            "comparator": ">=",
            "limit": "0.99",
            "dimension": "subaccount",
            "period": "1h",
            "filters": [{"dimension": "domain", "comparator": "=", "values": ["mg.example.com"]}],
            "description": "to be seen",
            "alert_channels": ["email", "slack"],
        },
        answer=ITEM,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.send_alerts.update(
            "old",
            new_name="watch",
            metric="hard_bounce_rate",
            comparator=">=",
            limit=0.99,
            dimension="subaccount",
            period="1h",
            filters=[FILTER],
            description="to be seen",
            alert_channels=["email", "slack"],
        ),
        http="PUT /v1/thresholds/alerts/send/{name}",
        path="/v1/thresholds/alerts/send/old",
        json={
            "name": "watch",
            "metric": "hard_bounce_rate",
            "comparator": ">=",
            "limit": "0.99",
            "dimension": "subaccount",
            "period": "1h",
            "filters": [{"dimension": "domain", "comparator": "=", "values": ["mg.example.com"]}],
            "description": "to be seen",
            "alert_channels": ["email", "slack"],
        },
        answer={"message": "updated"},
        gives=Done(message="updated"),
    ),
    Case(
        call=lambda mg: mg.send_alerts.delete("watch"),
        http="DELETE /v1/thresholds/alerts/send/{name}",
        path="/v1/thresholds/alerts/send/watch",
        answer={"message": "deleted"},
        gives=Done(message="deleted"),
    ),
    Case(
        call=lambda mg: mg.send_alerts.list_hits(),
        http="GET /v1/thresholds/hits",
        path="/v1/thresholds/hits",
        answer={"items": [HIT], "total": 1},
        gives=[
            AlertHit(
                id="h1",
                name="hard bounce rate",
                triggered=True,
                latest_value="10",
                metric="hard_bounce_rate",
                comparator="<",
                limit="2100",
                dimension="subaccount",
                created_at=WHEN,
            )
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
