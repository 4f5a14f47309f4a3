from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints.routes import Route, RouteDeleted
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

ROUTE = {
    "id": "4f3bad2335335426750048c6",
    "priority": 0,
    "description": "Sample",
    "expression": 'match_recipient(".*@samples.mailgun.org")',
    "actions": ['forward("https://example.com/mail")', "stop()"],
    "created_at": "Wed, 15 Feb 2012 13:03:31 GMT",
}
MODEL = Route(
    id="4f3bad2335335426750048c6",
    priority=0,
    description="Sample",
    expression='match_recipient(".*@samples.mailgun.org")',
    actions=['forward("https://example.com/mail")', "stop()"],
    created_at=datetime(2012, 2, 15, 13, 3, 31, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.routes.list(limit=2, skip=4),
        http="GET /v3/routes",
        path="/v3/routes",
        query={"limit": ["2"], "skip": ["4"]},
        answer={"total_count": 5, "items": [ROUTE]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.routes.get("4f3b/x"),
        http="GET /v3/routes/{id}",
        path="/v3/routes/4f3b%2Fx",
        answer={"route": ROUTE},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.routes.create(
            "catch_all()", actions=["store()", 'forward("a@example.com, b@example.com")'], priority=3, description="all"
        ),
        http="POST /v3/routes",
        path="/v3/routes",
        fields={
            "expression": ["catch_all()"],
            "action": ["store()", 'forward("a@example.com, b@example.com")'],
            "priority": ["3"],
            "description": ["all"],
        },
        answer={"message": "Route has been created", "route": ROUTE},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.routes.update(
            "4f3b", expression="catch_all()", actions="stop()", priority=0, description=""
        ),
        http="PUT /v3/routes/{id}",
        path="/v3/routes/4f3b",
        fields={"expression": ["catch_all()"], "action": ["stop()"], "priority": ["0"], "description": [""]},
        answer={"message": "Route has been updated", "route": ROUTE},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.routes.update("4f3b", priority=1),
        http="PUT /v3/routes/{id}",
        path="/v3/routes/4f3b",
        fields={"priority": ["1"]},
        answer={"message": "Route has been updated", "route": ROUTE},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.routes.delete("4f3b"),
        http="DELETE /v3/routes/{id}",
        path="/v3/routes/4f3b",
        answer={"message": "Route has been deleted", "id": "4f3b"},
        gives=RouteDeleted(message="Route has been deleted", id="4f3b"),
    ),
    Case(
        call=lambda mg: mg.routes.match("bob@samples.mailgun.org"),
        http="GET /v3/routes/match",
        path="/v3/routes/match",
        query={"address": ["bob@samples.mailgun.org"]},
        answer={"route": ROUTE},
        gives=MODEL,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_what_cannot_be_is_said_before_anything_is_sent() -> None:
    """With the field and the limit."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="a route needs an action"):
            await mg.routes.create("catch_all()", actions=[])
        with pytest.raises(InvalidArgument, match="expression has 4,098 bytes: at most 4,096"):
            await mg.routes.create("é" * 2_049, actions="stop()")
        with pytest.raises(InvalidArgument, match="action has 5,000 bytes: at most 4,096"):
            await mg.routes.update("1", actions="x" * 5_000)
