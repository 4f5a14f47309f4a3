from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.bounces import Bounce
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import DOMAIN, Case

BOUNCE = {
    "address": "bob@example.com",
    "code": "550",
    "error": "No such mailbox",
    "created_at": "Fri, 21 Oct 2011 11:02:55 UTC",
}
MODEL = Bounce(
    address="bob@example.com",
    code="550",
    error="No such mailbox",
    created_at=datetime(2011, 10, 21, 11, 2, 55, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.bounces.list("b.example.com", limit=1_000, term="bo"),
        http="GET /v3/{domain_name}/bounces",
        path="/v3/b.example.com/bounces",
        query={"limit": ["1000"], "term": ["bo"]},
        answer={"items": [BOUNCE], "paging": {"next": "https://api.mailgun.net/v3/b.example.com/bounces?page=next"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.bounces.get("bob+x/y@example.com"),
        http="GET /v3/{domain_name}/bounces/{address}",
        path="/v3/mg.example.com/bounces/bob%2Bx%2Fy%40example.com",
        answer=BOUNCE,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.bounces.create(
            DOMAIN, "bob@example.com", code=550, created_at=datetime(2026, 1, 2, tzinfo=UTC)
        ),
        http="POST /v3/{domain_name}/bounces",
        path="/v3/mg.example.com/bounces",
        fields={"address": ["bob@example.com"], "code": ["550"], "created_at": ["Fri, 02 Jan 2026 00:00:00 +0000"]},
        answer={"message": "Address has been added to the bounces table"},
        gives=Done(message="Address has been added to the bounces table"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_what_cannot_be_is_said_before_anything_is_sent() -> None:
    """With the argument and its range."""
    async with Mailgun(api_key="key", domain=DOMAIN, transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="limit must be 1 to 1,000, not 1001"):
            mg.bounces.list(limit=1_001)
        with pytest.raises(InvalidArgument, match="created_at must be a datetime with a time zone"):
            await mg.bounces.create("bob@example.com", created_at=datetime(2026, 1, 2))  # noqa: DTZ001 -- the mistake
