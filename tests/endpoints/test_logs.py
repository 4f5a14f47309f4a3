from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.convert import JsonObject, OneOrMany
from mailgun_async.endpoints._events import (
    Account,
    DeliveryStatus,
    DomainRef,
    Envelope,
    EventMessage,
    Flags,
    LogEvent,
    MessageHeaders,
    Storage,
)
from mailgun_async.endpoints.logs import where
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

START = datetime(2026, 1, 1, tzinfo=UTC)
ENTRY = {
    "id": "JDhS",
    "event": "failed",
    "@timestamp": "2024-07-08T16:30:18.530Z",
    "account": {"id": "12345", "parent-id": "1"},
    "severity": "permanent",
    "reason": "bounce",
    "delivery-status": {"message": "no such mailbox", "attempt-no": 5, "code": 550, "session-seconds": 15.026},
    "domain": {"name": "example.com"},
    "recipient": "bob@example.org",
    "recipient-domain": "example.org",
    "envelope": {
        "sender": "ada@example.com",
        "transport": "smtp",
        "sending-ip": "198.51.100.1",
        "targets": "bob@example.org",
    },
    "message": {
        "headers": {"to": "bob@example.org", "from": "ada@example.com", "subject": "Hi", "message-id": "1@example.com"},
        "size": 7,
    },
    "user-variables": '{"order": 7}',
    "storage": {"key": "k", "url": ["https://storage.api.mailgun.net/k"], "region": "us-east4"},
    "tags": ["news"],
    "flags": {"is-test-mode": False},
    "new-thing": 1,
}
MODEL = LogEvent(
    id="JDhS",
    event="failed",
    timestamp=datetime(2024, 7, 8, 16, 30, 18, 530_000, tzinfo=UTC),
    severity="permanent",
    reason="bounce",
    delivery_status=DeliveryStatus(message="no such mailbox", attempt_no=5, code=550, session_seconds=15.026),
    recipient="bob@example.org",
    recipient_domain="example.org",
    envelope=Envelope(sender="ada@example.com", transport="smtp", sending_ip="198.51.100.1", targets="bob@example.org"),
    message=EventMessage(
        headers=MessageHeaders(to="bob@example.org", from_="ada@example.com", subject="Hi", message_id="1@example.com"),
        size=7,
    ),
    user_variables=JsonObject({"order": 7}),
    storage=Storage(key="k", url=OneOrMany(["https://storage.api.mailgun.net/k"]), region="us-east4"),
    tags=["news"],
    flags=Flags(is_test_mode=False),
    extra={"new-thing": 1},
    account=Account(id="12345", parent_id="1"),
    domain=DomainRef(name="example.com"),
)

CASES = [
    Case(
        call=lambda mg: mg.logs.query(
            start=START,
            end=START,
            events=["failed"],
            metric_events=["hard_bounces"],
            filter=where("message_id", "=", "<1@example.com>") & where("severity", "=", "permanent"),
            include_subaccounts=True,
            include_totals=True,
            sort="timestamp:asc",
            limit=100,
        ),
        http="POST /v1/analytics/logs",
        path="/v1/analytics/logs",
        json={
            "start": "Thu, 01 Jan 2026 00:00:00 +0000",
            "end": "Thu, 01 Jan 2026 00:00:00 +0000",
            "events": ["failed"],
            "metric_events": ["hard_bounces"],
            "filter": {
                "AND": [
                    {
                        "attribute": "message_id",
                        "comparator": "=",
                        "values": [{"label": "1@example.com", "value": "1@example.com"}],
                    },
                    {
                        "attribute": "severity",
                        "comparator": "=",
                        "values": [{"label": "permanent", "value": "permanent"}],
                    },
                ]
            },
            "include_subaccounts": True,
            "include_totals": True,
            "pagination": {"sort": "timestamp:asc", "limit": 100},
        },
        answer={"items": [ENTRY], "pagination": {"next": "t1", "total": 1}},
        gives=[MODEL],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_pages_follow_by_token() -> None:
    """Until one is empty."""
    transport = FakeTransport().respond(json={"items": [ENTRY], "pagination": {"next": "t1"}})
    transport.respond(json={"items": [], "pagination": {"next": "t2"}})
    async with Mailgun(api_key="key", transport=transport) as mg:
        assert await mg.logs.query(duration="2h").all() == [MODEL]
    assert transport.json() == {"duration": "2h", "pagination": {"token": "t1"}}


async def test_variables_may_come_as_an_object_and_urls_as_one_text() -> None:
    """Events have them so."""
    answer = {**ENTRY, "user-variables": {"order": 7}, "storage": {"key": "k", "url": "https://storage"}}
    storage = Storage(key="k", url=OneOrMany(["https://storage"]))
    answers = {"items": [answer], "pagination": {}}
    await attrs.evolve(CASES[0], answer=answers, gives=[attrs.evolve(MODEL, storage=storage)]).check()


async def test_what_cannot_be_is_said_before_anything_is_sent() -> None:
    """With the argument and its range."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="limit must be 1 to 100, not 101"):
            mg.logs.query(limit=101)
    with pytest.raises(InvalidArgument, match="the condition on tag has no value"):
        where("tag", "=")
