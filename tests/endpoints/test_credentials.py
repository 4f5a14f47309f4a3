from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints.credentials import Credential, CredentialDeleted, CredentialsDeleted, CredentialsSet
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case

ADA = "ada@mg.example.com"
CREDENTIAL = {"mailbox": ADA, "login": ADA, "created_at": "Wed, 08 Mar 2023 23:34:57 +0000", "size_bytes": None}
MODEL = Credential(mailbox=ADA, login=ADA, created_at=datetime(2023, 3, 8, 23, 34, 57, tzinfo=UTC))
CREATED = {"message": "Created 1 credentials pair(s)", "note": "n", "credentials": {ADA: "secret"}}
CREATED_MODEL = CredentialsSet(message="Created 1 credentials pair(s)", note="n", credentials={ADA: "secret"})

CASES = [
    Case(
        call=lambda mg: mg.credentials.list("b.example.com", limit=2, skip=4),
        http="GET /v3/domains/{domain_name}/credentials",
        path="/v3/domains/b.example.com/credentials",
        query={"limit": ["2"], "skip": ["4"]},
        answer={"items": [CREDENTIAL], "total_count": 5},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.credentials.create(ADA, password="secret", system=True),
        http="POST /v3/domains/{domain_name}/credentials",
        path="/v3/domains/mg.example.com/credentials",
        fields={"login": [ADA], "password": ["secret"], "system": ["true"]},
        answer={"message": "Created 1 credentials pair(s)"},
        gives=CredentialsSet(message="Created 1 credentials pair(s)"),
    ),
    Case(
        call=lambda mg: mg.credentials.update("b.example.com", ADA, password="secret"),
        http="PUT /v3/domains/{domain_name}/credentials/{spec}",
        path="/v3/domains/b.example.com/credentials/ada%40mg.example.com",
        fields={"password": ["secret"]},
        answer=CREATED,
        gives=CREATED_MODEL,
    ),
    Case(
        call=lambda mg: mg.credentials.update(ADA),
        http="PUT /v3/domains/{domain_name}/credentials/{spec}",
        path="/v3/domains/mg.example.com/credentials/ada%40mg.example.com",
        fields={},
        answer=CREATED,
        gives=CREATED_MODEL,
    ),
    Case(
        call=lambda mg: mg.credentials.delete(ADA),
        http="DELETE /v3/domains/{domain_name}/credentials/{spec}",
        path="/v3/domains/mg.example.com/credentials/ada%40mg.example.com",
        answer={"message": "Credentials have been deleted", "spec": ADA},
        gives=CredentialDeleted(message="Credentials have been deleted", spec=ADA),
    ),
    Case(
        call=lambda mg: mg.credentials.delete_all("b.example.com"),
        http="DELETE /v3/domains/{domain_name}/credentials",
        path="/v3/domains/b.example.com/credentials",
        answer={"message": "All domain credentials have been deleted", "count": 2},
        gives=CredentialsDeleted(message="All domain credentials have been deleted", count=2),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


@pytest.mark.parametrize("size", [7, "7"])
async def test_a_size_is_a_number_however_it_is_written(size: object) -> None:
    """Older answers have a number, newer ones text or nothing."""
    answer = {"items": [{"login": ADA, "size_bytes": size}], "total_count": 5}
    await attrs.evolve(CASES[0], answer=answer, gives=[Credential(login=ADA, size_bytes=7)]).check()


def test_passwords_are_not_shown() -> None:
    """An answer in a log gives nothing away."""
    assert "secret" not in repr(CREATED_MODEL)


def test_a_page_has_its_limit() -> None:
    """Said before anything is sent."""
    with pytest.raises(InvalidArgument, match="limit must be 1 to 1,000, not 0"):
        Mailgun(api_key="key", domain="mg.example.com", transport=FakeTransport()).credentials.list(limit=0)
