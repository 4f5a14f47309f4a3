from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints.validation import Engagement, Validated
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

ANSWER = {
    "address": "ada@example.com",
    "is_disposable_address": False,
    "is_role_address": True,
    "reason": ["mailbox_is_role"],
    "result": "deliverable",
    "risk": "low",
    "did_you_mean": "ada@example.org",
    "root_address": "a@example.com",
    "last_seen": 1_790_000_000,
    "engagement": {"engaging": True, "behavior": "clicker", "is_bot": False},
}
MODEL = Validated(
    address="ada@example.com",
    is_disposable_address=False,
    is_role_address=True,
    reason=["mailbox_is_role"],
    result="deliverable",
    risk="low",
    did_you_mean="ada@example.org",
    root_address="a@example.com",
    last_seen=datetime.fromtimestamp(1_790_000_000, UTC),
    engagement=Engagement(engaging=True, behavior="clicker", is_bot=False),
)

CASES = [
    Case(
        call=lambda mg: mg.validation.validate("ada@example.com", provider_lookup=False),
        http="GET /v4/address/validate",
        path="/v4/address/validate",
        query={"address": ["ada@example.com"], "provider_lookup": ["false"]},
        answer=ANSWER,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.validation.validate_form("ada@example.com", provider_lookup=True),
        http="POST /v4/address/validate",
        path="/v4/address/validate",
        query={"provider_lookup": ["true"]},
        fields={"address": ["ada@example.com"]},
        answer=ANSWER,
        gives=MODEL,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_an_address_may_be_too_long() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="address has 513 characters: at most 512"):
            await mg.validation.validate("a" * 513)
