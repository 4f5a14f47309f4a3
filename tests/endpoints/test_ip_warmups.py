from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.ip_warmups import IpWarmup, IpWarmupDetails, WarmupStage
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)

CASES = [
    Case(
        call=lambda mg: mg.ip_warmups.list(limit=2),
        http="GET /v3/ip_warmups",
        path="/v3/ip_warmups",
        query={"limit": ["2"]},
        answer={
            "items": [
                {
                    "ip": "1.2.3.4",
                    "sent_within_stage": "25%",
                    "throttle": 90,
                    "stage_number": 4,
                    "stage_start_volume": 10_000,
                    "stage_start_time": "2025-01-01T00:00:00Z",
                    "stage_volume_limit": 8_000,
                }
            ],
            "paging": {"first": "first", "next": "next"},
        },
        gives=[
            IpWarmup(
                ip="1.2.3.4",
                sent_within_stage="25%",
                throttle=90,
                stage_number=4,
                stage_start_volume=10_000,
                stage_start_time=NEW_YEAR,
                stage_volume_limit=8_000,
            )
        ],
    ),
    Case(
        call=lambda mg: mg.ip_warmups.get("1.2.3.4"),
        http="GET /v3/ip_warmups/{addr}",
        path="/v3/ip_warmups/1.2.3.4",
        answer={
            "details": {
                "sent_within_stage": "20%",
                "throttle": 78,
                "start_volume": 10_000,
                "stage": 2,
                "stage_limit": 4_000,
                "hourly_limit": 100,
                "stage_started_at": "2025-01-01T00:00:00Z",
                "hour_started_at": "2025-01-01T00:00:00Z",
                "plan_started_at": "2025-01-01T00:00:00Z",
                "plan_last_updated_at": "2025-01-01T00:00:00Z",
                "total_stages": 15,
                "stage_history": [
                    {
                        "first_updated_at": "0001-01-01T00:00:00Z",
                        "completed_at": "2025-01-01T00:00:00.000000123Z",
                        "limit": 1_000,
                    }
                ],
            }
        },
        gives=IpWarmupDetails(
            sent_within_stage="20%",
            throttle=78,
            start_volume=10_000,
            stage=2,
            stage_limit=4_000,
            hourly_limit=100,
            stage_started_at=NEW_YEAR,
            hour_started_at=NEW_YEAR,
            plan_started_at=NEW_YEAR,
            plan_last_updated_at=NEW_YEAR,
            total_stages=15,
            stage_history=[WarmupStage(completed_at=NEW_YEAR, limit=1_000)],
        ),
    ),
    Case(
        call=lambda mg: mg.ip_warmups.create("1.2.3.4"),
        http="POST /v3/ip_warmups/{addr}",
        path="/v3/ip_warmups/1.2.3.4",
        answer={"message": "success"},
        gives=Done(message="success"),
    ),
    Case(
        call=lambda mg: mg.ip_warmups.delete("1.2.3.4"),
        http="DELETE /v3/ip_warmups/{addr}",
        path="/v3/ip_warmups/1.2.3.4",
        answer={"message": "success"},
        gives=Done(message="success"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


def test_a_page_has_its_limit() -> None:
    """Said before anything is sent."""
    with pytest.raises(InvalidArgument, match="limit must be 1 to 1,000, not 0"):
        Mailgun(api_key="key", transport=FakeTransport()).ip_warmups.list(limit=0)
