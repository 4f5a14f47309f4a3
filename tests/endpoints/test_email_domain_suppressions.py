from __future__ import annotations

import pytest

from mailgun_async.endpoints._group import Done
from tests.endpoints.table import Case

CASES = [
    Case(
        call=lambda mg: mg.email_domain_suppressions.get("example.org"),
        http="GET /v3/accounts/email_domain_suppressions/{email_domain}",
        path="/v3/accounts/email_domain_suppressions/example.org",
        answer={"message": "found"},
        gives=Done(message="found"),
    ),
    Case(
        call=lambda mg: mg.email_domain_suppressions.create({"example.org": {}}),
        http="POST /v3/accounts/email_domain_suppressions",
        path="/v3/accounts/email_domain_suppressions",
        json={"example.org": {}},
        answer={"message": "added"},
        gives=Done(message="added"),
    ),
    Case(
        call=lambda mg: mg.email_domain_suppressions.delete("example.org"),
        http="DELETE /v3/accounts/email_domain_suppressions/{email_domain}",
        path="/v3/accounts/email_domain_suppressions/example.org",
        answer={"message": "gone"},
        gives=Done(message="gone"),
    ),
    Case(
        call=lambda mg: mg.email_domain_suppressions.delete_all(),
        http="DELETE /v3/accounts/email_domain_suppressions",
        path="/v3/accounts/email_domain_suppressions",
        answer={"message": "gone"},
        gives=Done(message="gone"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
