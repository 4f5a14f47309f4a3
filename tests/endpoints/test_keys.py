from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.keys import Key, PublicKey
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

WHEN = datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC)
KEY = {
    "id": "e2153fd0-e0277777",
    "description": "api key",
    "kind": "user",
    "role": "admin",
    "created_at": "2006-01-02T15:04:05",
    "updated_at": "2006-01-02T15:04:05",
    "requestor": "janedoe@example.com",
    "user_name": "Jane Doe",
    "domain_name": None,
    "is_disabled": False,
}
MODEL = Key(
    id="e2153fd0-e0277777",
    description="api key",
    kind="user",
    role="admin",
    created_at=WHEN,
    updated_at=WHEN,
    requestor="janedoe@example.com",
    user_name="Jane Doe",
    is_disabled=False,
)

CASES = [
    Case(
        call=lambda mg: mg.keys.list(domain_name="mg.example.com", kind="domain"),
        http="GET /v1/keys",
        path="/v1/keys",
        query={"domain_name": ["mg.example.com"], "kind": ["domain"]},
        answer={"total_count": 1, "items": [KEY]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.keys.create(
            role="sending",
            kind="domain",
            domain_name="mg.example.com",
            description="shop",
            expiration=timedelta(days=1),
            user_id="7",
            user_name="Ada",
            email="ada@example.com",
        ),
        http="POST /v1/keys",
        path="/v1/keys",
        fields={
            "role": ["sending"],
            "kind": ["domain"],
            "domain_name": ["mg.example.com"],
            "description": ["shop"],
            "expiration": ["86400"],
            "user_id": ["7"],
            "user_name": ["Ada"],
            "email": ["ada@example.com"],
        },
        answer={"message": "great success", "key": {**KEY, "secret": "be careful"}},
        gives=attrs.evolve(MODEL, secret="be careful"),
    ),
    Case(
        call=lambda mg: mg.keys.delete("e2153fd0-e0277777"),
        http="DELETE /v1/keys/{key_id}",
        path="/v1/keys/e2153fd0-e0277777",
        answer={"message": "key deleted"},
        gives=Done(message="key deleted"),
    ),
    Case(
        call=lambda mg: mg.keys.regenerate_public(),
        http="POST /v1/keys/public",
        path="/v1/keys/public",
        answer={"key": "pubkey-1", "message": "done"},
        gives=PublicKey(key="pubkey-1", message="done"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


def test_no_repr_shows_a_secret() -> None:
    """Neither that of a key nor that of the public one."""
    assert "be careful" not in repr(Key(secret="be careful"))
    assert "pubkey-1" not in repr(PublicKey(key="pubkey-1"))


async def test_a_key_lives_at_least_a_second() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="expiration must be at least a second"):
            await mg.keys.create(role="admin", expiration=timedelta(milliseconds=10))
