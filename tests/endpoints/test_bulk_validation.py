from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun, ValidationFailed
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._validation import JobStarted, ValidationSummary
from mailgun_async.endpoints.bulk_validation import BulkValidationJob, DownloadUrl
from mailgun_async.testing import FakeClock, FakeTransport
from tests.endpoints.table import Case

WHEN = datetime(2017, 5, 12, 17, 16, 45, tzinfo=UTC)
JOB = {
    "id": "shop",
    "created_at": "Fri, 12 May 2017 17:16:45 GMT",
    "quantity": 3,
    "records_processed": 3,
    "status": "uploaded",
    "is_preview": False,
    "reason": "",
    "download_url": {"csv": "https://results.example.net/shop.csv", "json": "https://api.mailgun.net/shop.json"},
    "summary": {"result": {"deliverable": 3}, "risk": {"low": 3}},
}
MODEL = BulkValidationJob(
    id="shop",
    created_at=WHEN,
    quantity=3,
    records_processed=3,
    status="uploaded",
    is_preview=False,
    reason="",
    download_url=DownloadUrl(csv="https://results.example.net/shop.csv", json="https://api.mailgun.net/shop.json"),
    summary=ValidationSummary(result={"deliverable": 3.0}, risk={"low": 3.0}),
)

CASES = [
    Case(
        call=lambda mg: mg.bulk_validation.list(limit=500),
        http="GET /v4/address/validate/bulk",
        path="/v4/address/validate/bulk",
        query={"limit": ["500"]},
        answer={"jobs": [JOB], "total": 1, "paging": {"next": "https://api.mailgun.net/v4/x"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.bulk_validation.create("shop", b"email\nada@example.com\n"),
        http="POST /v4/address/validate/bulk/{list_id}",
        path="/v4/address/validate/bulk/shop",
        files=[("file", "records.csv", b"email\nada@example.com\n")],
        status=202,
        answer={"id": "shop", "message": "started"},
        gives=JobStarted(id="shop", message="started"),
    ),
    Case(
        call=lambda mg: mg.bulk_validation.get("shop"),
        http="GET /v4/address/validate/bulk/{list_id}",
        path="/v4/address/validate/bulk/shop",
        answer=JOB,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.bulk_validation.delete("shop"),
        http="DELETE /v4/address/validate/bulk/{list_id}",
        path="/v4/address/validate/bulk/shop",
        answer={"message": "deleted"},
        gives=Done(message="deleted"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


def test_creation_may_be_seconds_since_1970() -> None:
    """The reference and the guide differ."""
    assert datetime.fromtimestamp(1_494_609_405, UTC) == WHEN


async def test_waits_until_the_results_may_be_fetched() -> None:
    """Looking again and again."""
    clock, transport = FakeClock(), FakeTransport()
    for status in ("created", "processing", "completed", "uploading", "uploaded"):
        transport.respond(json={**JOB, "created_at": 1_494_609_405, "status": status})
    async with Mailgun(api_key="key", transport=transport, clock=clock) as mg:
        assert await clock.run(mg.bulk_validation.wait("shop", every_s=30.0)) == MODEL
    assert clock.sleeps == [30.0] * 4


@pytest.mark.parametrize("status", ["failed", "deleted"])
async def test_a_job_may_fail(status: str) -> None:
    """With Mailgun's reason."""
    transport = FakeTransport().respond(json={**JOB, "status": status, "reason": "no such column"})
    async with Mailgun(api_key="key", transport=transport) as mg:
        with pytest.raises(ValidationFailed, match=f"{status}: no such column"):
            await mg.bulk_validation.wait("shop")


async def test_results_are_fetched_and_the_key_stays_at_home() -> None:
    """It goes to Mailgun's own hosts alone."""
    transport = FakeTransport().respond(body=b"csv").respond(body=b"json")
    async with Mailgun(api_key="key", transport=transport) as mg:
        assert await mg.bulk_validation.download(MODEL) == b"csv"
        assert await mg.bulk_validation.download(MODEL, format="json") == b"json"
        with pytest.raises(ValidationFailed, match="the job x has no csv to download"):
            await mg.bulk_validation.download(BulkValidationJob(id="x"))
    assert [request.url for request in transport.requests] == list(JOB["download_url"].values())  # type: ignore[attr-defined]
    assert ["Authorization" in request.headers for request in transport.requests] == [False, True]


async def test_what_cannot_be_is_said_before_anything_is_sent() -> None:
    """The id of a list is no mailing list."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="a name of your own without @"):
            await mg.bulk_validation.get("list@example.com")
        with pytest.raises(InvalidArgument, match="every_s must be more than 0"):
            await mg.bulk_validation.wait("shop", every_s=0)
