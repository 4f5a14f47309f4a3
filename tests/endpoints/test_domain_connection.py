from __future__ import annotations

import pytest

from mailgun_async.endpoints.domain_connection import Connection
from tests.endpoints.table import Case

CASES = [
    Case(
        call=lambda mg: mg.domain_connection.get(),
        http="GET /v3/domains/{name}/connection",
        path="/v3/domains/mg.example.com/connection",
        answer={"connection": {"require_tls": True, "skip_verification": False}},
        gives=Connection(require_tls=True, skip_verification=False),
    ),
    Case(
        call=lambda mg: mg.domain_connection.get("b.example.com"),
        http="GET /v3/domains/{name}/connection",
        path="/v3/domains/b.example.com/connection",
        answer={"require_tls": False, "skip_verification": True},
        gives=Connection(require_tls=False, skip_verification=True),
    ),
    Case(
        call=lambda mg: mg.domain_connection.update("b.example.com", require_tls=True, skip_verification=False),
        http="PUT /v3/domains/{name}/connection",
        path="/v3/domains/b.example.com/connection",
        fields={"require_tls": ["true"], "skip_verification": ["false"]},
        answer={"message": "updated", "require_tls": True, "skip_verification": False},
        gives=Connection(message="updated", require_tls=True, skip_verification=False),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model; both forms of the answer are read."""
    await case.check()
