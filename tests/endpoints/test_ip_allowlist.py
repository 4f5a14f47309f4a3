from __future__ import annotations

import pytest

from mailgun_async.endpoints.ip_allowlist import AllowedIp
from tests.endpoints.table import Case

ANSWER = {"addresses": [{"ip_address": "10.11.11.111", "description": "OnPrem Server"}]}
MODEL = [AllowedIp(ip_address="10.11.11.111", description="OnPrem Server")]

CASES = [
    Case(
        call=lambda mg: mg.ip_allowlist.list(),
        http="GET /v2/ip_whitelist",
        path="/v2/ip_whitelist",
        answer=ANSWER,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_allowlist.create("10.11.11.111", description="OnPrem Server"),
        http="POST /v2/ip_whitelist",
        path="/v2/ip_whitelist",
        fields={"address": ["10.11.11.111"], "description": ["OnPrem Server"]},
        answer=ANSWER,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_allowlist.update("10.11.11.111", description=""),
        http="PUT /v2/ip_whitelist",
        path="/v2/ip_whitelist",
        fields={"address": ["10.11.11.111"], "description": [""]},
        answer=ANSWER,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.ip_allowlist.delete("10.11.11.0/24"),
        http="DELETE /v2/ip_whitelist",
        path="/v2/ip_whitelist",
        query={"address": ["10.11.11.0/24"]},
        answer={"addresses": []},
        gives=[],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
