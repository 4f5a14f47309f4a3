from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints.allowlist import AllowedEntry, AllowlistChange
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import DOMAIN, Case

ENTRY = {
    "value": "example.org",
    "type": "domain",
    "reason": "partners",
    "createdAt": "Fri, 21 Oct 2011 11:02:55 UTC",
}
MODEL = AllowedEntry(
    value="example.org",
    type="domain",
    reason="partners",
    created_at=datetime(2011, 10, 21, 11, 2, 55, tzinfo=UTC),
)

CASES = [
    Case(
        call=lambda mg: mg.allowlist.list("b.example.com", limit=10, term="ex"),
        http="GET /v3/{domain_name}/whitelists",
        path="/v3/b.example.com/whitelists",
        query={"limit": ["10"], "term": ["ex"]},
        answer={"items": [ENTRY], "paging": {"next": "https://api.mailgun.net/v3/b.example.com/whitelists?page=next"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.allowlist.get("example.org"),
        http="GET /v3/{domain_name}/whitelists/{value}",
        path="/v3/mg.example.com/whitelists/example.org",
        answer=ENTRY,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.allowlist.create(allowed_domain="example.org"),
        http="POST /v3/{domain_name}/whitelists",
        path="/v3/mg.example.com/whitelists",
        fields={"domain": ["example.org"]},
        answer={"message": "It has been added", "type": "domain", "value": "example.org"},
        gives=AllowlistChange(message="It has been added", type="domain", value="example.org"),
    ),
    Case(
        call=lambda mg: mg.allowlist.create("b.example.com", address="bob@example.com"),
        http="POST /v3/{domain_name}/whitelists",
        path="/v3/b.example.com/whitelists",
        fields={"address": ["bob@example.com"]},
        answer={"message": "It has been added", "type": "address", "value": "bob@example.com"},
        gives=AllowlistChange(message="It has been added", type="address", value="bob@example.com"),
    ),
    Case(
        call=lambda mg: mg.allowlist.import_csv(DOMAIN, b"domain\nexample.org\n"),
        http="POST /v3/{domain_name}/whitelists/import",
        path="/v3/mg.example.com/whitelists/import",
        files=[("file", "records.csv", b"domain\nexample.org\n")],
        status=202,
        answer={"message": "file uploaded successfully for processing. standby..."},
        gives=Done(message="file uploaded successfully for processing. standby..."),
    ),
    Case(
        call=lambda mg: mg.allowlist.delete("bob@example.com"),
        http="DELETE /v3/{domain_name}/whitelists/{value}",
        path="/v3/mg.example.com/whitelists/bob%40example.com",
        answer={"message": "It has been removed", "value": "bob@example.com"},
        gives=AllowlistChange(message="It has been removed", value="bob@example.com"),
    ),
    Case(
        call=lambda mg: mg.allowlist.delete_all(),
        http="DELETE /v3/{domain_name}/whitelists",
        path="/v3/mg.example.com/whitelists",
        answer={"message": "They have been removed"},
        gives=Done(message="They have been removed"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


@pytest.mark.parametrize("both", [{}, {"address": "a@example.com", "allowed_domain": "example.com"}])
async def test_an_entry_is_an_address_or_a_domain(both: dict[str, str]) -> None:
    """Neither and both are errors, and nothing is sent."""
    async with Mailgun(api_key="key", domain=DOMAIN, transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="give one of address and allowed_domain"):
            await mg.allowlist.create(**both)
