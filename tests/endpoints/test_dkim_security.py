from __future__ import annotations

from datetime import timedelta

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.dkim_security import RotatedDomain, RotationRecord
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

NAME, VALUE = "pdk1._domainkey.b.example.com", "pdk1._domainkey.1.service.mailgun.com"

CASES = [
    Case(
        call=lambda mg: mg.dkim_security.update_rotation(
            "b.example.com", rotation_enabled=True, rotation_interval=timedelta(weeks=2)
        ),
        http="PUT /v1/dkim_management/domains/{name}/rotation",
        path="/v1/dkim_management/domains/b.example.com/rotation",
        fields={"rotation_enabled": ["true"], "rotation_interval": ["14d"]},
        answer={
            "domain": {
                "id": "2",
                "account_id": "1",
                "sid": "7",
                "name": "b.example.com",
                "state": "enabled",
                "active_selector": "pdk1",
                "rotation_enabled": "true",
                "rotation_interval": "14d",
                "records": [{"name": NAME, "type": "CNAME", "identifier": "DKIM", "value": VALUE, "comment": "c"}],
            }
        },
        gives=RotatedDomain(
            id="2",
            account_id="1",
            sid="7",
            name="b.example.com",
            state="enabled",
            active_selector="pdk1",
            rotation_enabled=True,
            rotation_interval="14d",
            records=[RotationRecord(name=NAME, type="CNAME", identifier="DKIM", value=VALUE, comment="c")],
        ),
    ),
    Case(
        call=lambda mg: mg.dkim_security.update_rotation(rotation_enabled=False),
        http="PUT /v1/dkim_management/domains/{name}/rotation",
        path="/v1/dkim_management/domains/mg.example.com/rotation",
        fields={"rotation_enabled": ["false"]},
        answer={"domain": {"name": "mg.example.com", "rotation_enabled": False}},
        gives=RotatedDomain(name="mg.example.com", rotation_enabled=False),
    ),
    Case(
        call=lambda mg: mg.dkim_security.rotate(),
        http="POST /v1/dkim_management/domains/{name}/rotate",
        path="/v1/dkim_management/domains/mg.example.com/rotate",
        answer={"message": "ok"},
        gives=Done(message="ok"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


@pytest.mark.parametrize(
    ("interval", "told"), [(timedelta(days=4), "4 days, 0:00:00"), (timedelta(days=5, hours=12), "5 days, 12:00:00")]
)
async def test_an_interval_is_five_days_or_more_and_whole(interval: timedelta, told: str) -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match=f"rotation_interval must be whole days, 5 or more, not {told}"):
            await mg.dkim_security.update_rotation(rotation_enabled=True, rotation_interval=interval)
