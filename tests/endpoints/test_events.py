from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.convert import JsonObject, OneOrMany
from mailgun_async.endpoints._events import (
    DeliveryStatus,
    Envelope,
    Event,
    EventMessage,
    Flags,
    MessageHeaders,
    RouteRef,
    Storage,
)
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import DOMAIN, Case

ENTRY = {
    "id": "JDhS",
    "event": "failed",
    "timestamp": 1377075564.5,
    "routes": [{"id": "r1", "priority": 1}],
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
MODEL = Event(
    id="JDhS",
    event="failed",
    timestamp=datetime.fromtimestamp(1_377_075_564.5, UTC),
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
    extra={"new-thing": 1, "account": {"id": "12345", "parent-id": "1"}, "domain": {"name": "example.com"}},
    routes=[RouteRef(id="r1", priority=1)],
)
START = datetime.fromtimestamp(1_790_000_000, UTC)

CASES = [
    Case(
        call=lambda mg: mg.events.list(
            "b.example.com",
            begin=START,
            end=START,
            ascending=True,
            event="failed OR rejected",
            recipient="bob@example.org",
            recipients="r",
            from_="ada@example.com",
            to="bob",
            subject="Hi",
            message_id="<1@example.com>",
            mailing_list="l@example.com",
            attachment="a.txt",
            size=">10",
            tags="news",
            severity="permanent",
            limit=300,
        ),
        deprecated=True,
        http="GET /v3/{domain_name}/events",
        path="/v3/b.example.com/events",
        query={
            "begin": ["1790000000"],
            "end": ["1790000000"],
            "ascending": ["yes"],
            "event": ["failed OR rejected"],
            "recipient": ["bob@example.org"],
            "recipients": ["r"],
            "from": ["ada@example.com"],
            "to": ["bob"],
            "subject": ["Hi"],
            "message-id": ["1@example.com"],
            "list": ["l@example.com"],
            "attachment": ["a.txt"],
            "size": [">10"],
            "tags": ["news"],
            "severity": ["permanent"],
            "limit": ["300"],
        },
        answer={"items": [ENTRY], "paging": {"next": "https://api.mailgun.net/v3/b.example.com/events/W3siY"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.events.get_page("W3siY="),
        http="GET /v3/{domain_name}/events/{page_id}",
        path="/v3/mg.example.com/events/W3siY%3D",
        answer={"items": [ENTRY], "paging": {"next": "https://api.mailgun.net/v3/mg.example.com/events/W3siZ"}},
        gives=[MODEL],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_pages_follow_by_a_cursor_in_the_path() -> None:
    """Until one is empty."""
    url = "https://api.mailgun.net/v3/mg.example.com/events/next"
    transport = FakeTransport().respond(json={"items": [ENTRY], "paging": {"next": url}})
    transport.respond(json={"items": [], "paging": {"next": url}})
    async with Mailgun(api_key="key", domain=DOMAIN, transport=transport) as mg:
        assert await mg.events.get_page("first").all() == [MODEL]
    assert transport.requests[1].url == url


async def test_a_cursor_leads_to_mailgun_alone() -> None:
    """The key goes nowhere else."""
    transport = FakeTransport().respond(json={"items": [ENTRY], "paging": {"next": "https://mailgun.net.example.com/"}})
    async with Mailgun(api_key="key", domain=DOMAIN, transport=transport) as mg:
        with pytest.raises(InvalidArgument, match="the key is sent nowhere else"):
            await mg.events.get_page("first").all()
    assert len(transport.requests) == 1
