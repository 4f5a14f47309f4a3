from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._limits import MessageLimit, Success
from mailgun_async.endpoints.subaccounts import DelegatedIpPool, Started, Subaccount
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

SUBACCOUNT = {
    "id": "123",
    "name": "Shop",
    "created_at": "Wed, 06 Nov 2024 19:48:29 GMT",
    "updated_at": "Wed, 28 May 2025 20:03:05 GMT",
    "status": "open",
}
MODEL = Subaccount(
    id="123",
    name="Shop",
    status="open",
    created_at=datetime(2024, 11, 6, 19, 48, 29, tzinfo=UTC),
    updated_at=datetime(2025, 5, 28, 20, 3, 5, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.subaccounts.list(sort="asc", name="Shop", enabled=True, closed=False, limit=2, skip=4),
        http="GET /v5/accounts/subaccounts",
        path="/v5/accounts/subaccounts",
        query={
            "sort": ["asc"],
            "filter": ["Shop"],
            "enabled": ["true"],
            "closed": ["false"],
            "limit": ["2"],
            "skip": ["4"],
        },
        answer={"subaccounts": [SUBACCOUNT], "total": 1},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.subaccounts.get("123"),
        http="GET /v5/accounts/subaccounts/{subaccount_id}",
        path="/v5/accounts/subaccounts/123",
        answer={"subaccount": SUBACCOUNT},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.subaccounts.create("Shop"),
        http="POST /v5/accounts/subaccounts",
        path="/v5/accounts/subaccounts",
        fields={"name": ["Shop"]},
        answer={"subaccount": SUBACCOUNT},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.subaccounts.delete("123"),
        http="DELETE /v5/accounts/subaccounts",
        path="/v5/accounts/subaccounts",
        headers={"X-Mailgun-On-Behalf-Of": "123"},
        answer={"message": "Subaccount successfully deleted"},
        gives=Done(message="Subaccount successfully deleted"),
    ),
    Case(
        call=lambda mg: mg.subaccounts.disable("123", reason="spam", note="see ticket"),
        http="POST /v5/accounts/subaccounts/{subaccount_id}/disable",
        path="/v5/accounts/subaccounts/123/disable",
        query={"reason": ["spam"], "note": ["see ticket"]},
        answer={"subaccount": SUBACCOUNT},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.subaccounts.enable("123"),
        http="POST /v5/accounts/subaccounts/{subaccount_id}/enable",
        path="/v5/accounts/subaccounts/123/enable",
        answer={"subaccount": SUBACCOUNT},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.subaccounts.get_limit("123"),
        http="GET /v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly",
        path="/v5/accounts/subaccounts/123/limit/custom/monthly",
        answer={"limit": 10000, "current": 0, "period": "1m"},
        gives=MessageLimit(limit=10000, current=0, period="1m"),
    ),
    Case(
        call=lambda mg: mg.subaccounts.set_limit("123", 10_000),
        http="PUT /v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly",
        path="/v5/accounts/subaccounts/123/limit/custom/monthly",
        query={"limit": ["10000"]},
        answer={"success": True},
        gives=Success(success=True),
    ),
    Case(
        call=lambda mg: mg.subaccounts.delete_limit("123"),
        http="DELETE /v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly",
        path="/v5/accounts/subaccounts/123/limit/custom/monthly",
        answer={"success": True},
        gives=Success(success=True),
    ),
    Case(
        call=lambda mg: mg.subaccounts.update_features(
            "123", email_preview=True, inbox_placement=False, sending=True, validations=True, validations_bulk=False
        ),
        http="PUT /v5/accounts/subaccounts/{subaccount_id}/features",
        path="/v5/accounts/subaccounts/123/features",
        fields={
            "email_preview": ['{"enabled":true}'],
            "inbox_placement": ['{"enabled":false}'],
            "sending": ['{"enabled":true}'],
            "validations": ['{"enabled":true}'],
            "validations_bulk": ['{"enabled":false}'],
        },
        answer={"features": {"validations": {"enabled": True}}},
        gives={"validations": {"enabled": True}},
    ),
    Case(
        call=lambda mg: mg.subaccounts.list_ip_pools(),
        http="GET /v5/accounts/subaccounts/ip_pools/all",
        path="/v5/accounts/subaccounts/ip_pools/all",
        answer={"items": [{"pool_id": "p1", "subaccount_id": "123"}], "total_count": 1},
        gives=[DelegatedIpPool(pool_id="p1", subaccount_id="123")],
    ),
    Case(
        deprecated=True,
        call=lambda mg: mg.subaccounts.delegate_ip_pool("123"),
        http="PUT /v5/accounts/subaccounts/{subaccountId}/ip_pool",
        path="/v5/accounts/subaccounts/123/ip_pool",
        answer={"message": "started", "reference_id": "r1"},
        gives=Started(message="started", reference_id="r1"),
    ),
    Case(
        deprecated=True,
        call=lambda mg: mg.subaccounts.revoke_ip_pool("123", pool_id="p1"),
        http="DELETE /v5/accounts/subaccounts/{subaccountId}/ip_pool",
        path="/v5/accounts/subaccounts/123/ip_pool",
        query={"pool_id": ["p1"]},
        answer={"message": "started", "reference_id": "r1"},
        gives=Started(message="started", reference_id="r1"),
    ),
    Case(
        deprecated=True,
        call=lambda mg: mg.subaccounts.link_ip("123"),
        http="PUT /v5/accounts/subaccounts/{subaccountId}/ip",
        path="/v5/accounts/subaccounts/123/ip",
        answer={"message": "success"},
        gives=Done(message="success"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_what_is_deprecated_says_so_and_names_what_to_use() -> None:
    """At the call."""
    async with Mailgun(api_key="key", transport=FakeTransport().respond(json={"message": "success"})) as mg:
        with pytest.warns(DeprecationWarning, match="use mg.ips.update_subaccount_assignments"):
            call = mg.subaccounts.link_ip("123")
        assert (await call).message == "success"


async def test_a_limit_is_not_negative() -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="limit must be 0 or more, not -1"):
            await mg.subaccounts.set_limit("123", -1)
