from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async.endpoints.users import AddressParts, EmailDetails, User, UserAuth, UserPreferences
from tests.endpoints.table import Case

WHEN = datetime(2022, 12, 20, 16, 52, 1, 892_000, tzinfo=UTC)
USER = {
    "id": "123",
    "name": "John Doe",
    "activated": True,
    "is_disabled": False,
    "email": "johndoe@example.com",
    "email_details": {
        "address": "johndoe@example.com",
        "is_valid": True,
        "parts": {"local_part": "johndoe", "domain": "example.com"},
    },
    "role": "basic",
    "account_id": "567",
    "opened_ip": "67.111.60.111",
    "is_master": True,
    "metadata": {},
    "tfa_enabled": True,
    "tfa_active": True,
    "tfa_created_at": "2022-12-20T16:52:01.892000",
    "password_updated_at": None,
    "preferences": {"programming_language": "curl", "time_format": "%m/%d/%y %I:%M %p", "time_zone": "US/Eastern"},
    "auth": {"method": "sinch", "prior_details": {}, "prior_method": ""},
    "github_user_id": None,
    "salesforce_user_id": None,
    "migration_status": "done",
}
MODEL = User(
    id="123",
    name="John Doe",
    activated=True,
    is_disabled=False,
    email="johndoe@example.com",
    email_details=EmailDetails(
        address="johndoe@example.com", is_valid=True, parts=AddressParts(local_part="johndoe", domain="example.com")
    ),
    role="basic",
    account_id="567",
    opened_ip="67.111.60.111",
    is_master=True,
    metadata={},
    tfa_enabled=True,
    tfa_active=True,
    tfa_created_at=WHEN,
    preferences=UserPreferences(programming_language="curl", time_format="%m/%d/%y %I:%M %p", time_zone="US/Eastern"),
    auth=UserAuth(method="sinch", prior_method="", prior_details={}),
    migration_status="done",
)

CASES = [
    Case(
        call=lambda mg: mg.users.list(role="basic", limit=2, skip=4),
        http="GET /v5/users",
        path="/v5/users",
        query={"role": ["basic"], "limit": ["2"], "skip": ["4"]},
        answer={"users": [USER], "total": 1},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.users.get("123"),
        http="GET /v5/users/{user_id}",
        path="/v5/users/123",
        answer=USER,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.users.get_me(),
        http="GET /v5/users/me",
        path="/v5/users/me",
        answer=USER,
        gives=MODEL,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
