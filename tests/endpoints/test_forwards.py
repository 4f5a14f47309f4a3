from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.forwards import Forward, ForwardTargets
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

RULE = {
    "id": "f1",
    "account_id": "a1",
    "domain_id": "d1",
    "domain_name": "mg.example.com",
    "match": "info@mg.example.com",
    "forward": {"urls": ["https://example.com/mail"], "recipients": ["ada@example.com"], "store": "https://s"},
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-02T10:00:00Z",
}
MODEL = Forward(
    id="f1",
    account_id="a1",
    domain_id="d1",
    domain_name="mg.example.com",
    match="info@mg.example.com",
    forward=ForwardTargets(urls=["https://example.com/mail"], recipients=["ada@example.com"], store="https://s"),
    created_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
    updated_at=datetime(2026, 3, 2, 10, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.forwards.list(domain="mg.example.com", limit=5),
        http="GET /v3/forwards",
        path="/v3/forwards",
        query={"domain.name": ["mg.example.com"], "limit": ["5"]},
        answer={"items": [RULE], "paging": {"next": "https://api.mailgun.net/v3/forwards?page=x"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.forwards.get("f1"),
        http="GET /v3/forwards/{id}",
        path="/v3/forwards/f1",
        answer=RULE,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.forwards.create("info@mg.example.com", url="https://example.com/mail"),
        http="POST /v3/forwards",
        path="/v3/forwards",
        query={"match": ["info@mg.example.com"], "forward.url": ["https://example.com/mail"]},
        answer=RULE,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.forwards.update(
            "f1", match="info@mg.example.com", recipient="ada@example.com", store="https://s"
        ),
        http="PUT /v3/forwards/{id}",
        path="/v3/forwards/f1",
        query={
            "match": ["info@mg.example.com"],
            "forward.recipient": ["ada@example.com"],
            "forward.store": ["https://s"],
        },
        answer=RULE,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.forwards.delete("f1", domain="mg.example.com"),
        http="DELETE /v3/forwards/{id}",
        path="/v3/forwards/f1",
        query={"domain.name": ["mg.example.com"]},
        answer={"message": "deleted"},
        gives=Done(message="deleted"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_a_forward_leads_somewhere() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="a forward needs url, recipient or store"):
            await mg.forwards.create("info@mg.example.com")
