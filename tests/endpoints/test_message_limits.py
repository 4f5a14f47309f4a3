from __future__ import annotations

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints.message_limits import MessageLimit, Success
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

CASES = [
    Case(
        call=lambda mg: mg.message_limits.get(),
        http="GET /v5/accounts/limit/custom/monthly",
        path="/v5/accounts/limit/custom/monthly",
        answer={"limit": 10000, "current": 7, "period": "1m"},
        gives=MessageLimit(limit=10000, current=7, period="1m"),
    ),
    Case(
        call=lambda mg: mg.message_limits.set(10_000),
        http="PUT /v5/accounts/limit/custom/monthly",
        path="/v5/accounts/limit/custom/monthly",
        query={"limit": ["10000"]},
        answer={"success": True},
        gives=Success(success=True),
    ),
    Case(
        call=lambda mg: mg.message_limits.delete(),
        http="DELETE /v5/accounts/limit/custom/monthly",
        path="/v5/accounts/limit/custom/monthly",
        answer={"success": True},
        gives=Success(success=True),
    ),
    Case(
        call=lambda mg: mg.message_limits.enable(),
        http="PUT /v5/accounts/limit/custom/enable",
        path="/v5/accounts/limit/custom/enable",
        answer={"success": True},
        gives=Success(success=True),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_a_limit_is_not_negative() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="limit must be 0 or more, not -1"):
            await mg.message_limits.set(-1)
