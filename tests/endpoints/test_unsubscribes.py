from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._suppressions import Removed
from mailgun_async.endpoints.unsubscribes import Unsubscribe
from tests.endpoints.table import DOMAIN, Case

WHEN = datetime(2011, 10, 21, 11, 2, 55, tzinfo=UTC)
RECORD = {"address": "bob@example.com", "tags": ["news"], "created_at": "Fri, 21 Oct 2011 11:02:55 UTC"}
MODEL = Unsubscribe(address="bob@example.com", tags=["news"], created_at=WHEN)

CASES = [
    Case(
        call=lambda mg: mg.unsubscribes.list("b.example.com", limit=1_000, term="bo"),
        http="GET /v3/{domain_name}/unsubscribes",
        path="/v3/b.example.com/unsubscribes",
        query={"limit": ["1000"], "term": ["bo"]},
        answer={
            "items": [RECORD],
            "paging": {"next": "https://api.mailgun.net/v3/b.example.com/unsubscribes?page=next"},
        },
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.unsubscribes.get("bob+x/y@example.com"),
        http="GET /v3/{domain_name}/unsubscribes/{address}",
        path="/v3/mg.example.com/unsubscribes/bob%2Bx%2Fy%40example.com",
        answer=RECORD,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.unsubscribes.create(DOMAIN, "bob@example.com", tags=["news"], created_at=WHEN),
        http="POST /v3/{domain_name}/unsubscribes",
        path="/v3/mg.example.com/unsubscribes",
        json=[{"address": "bob@example.com", "tags": ["news"], "created_at": "Fri, 21 Oct 2011 11:02:55 +0000"}],
        answer={"message": "1 addresses have been added"},
        gives=Done(message="1 addresses have been added"),
    ),
    Case(
        call=lambda mg: mg.unsubscribes.import_csv(b"address\nbob@example.com\n"),
        http="POST /v3/{domain_name}/unsubscribes/import",
        path="/v3/mg.example.com/unsubscribes/import",
        files=[("file", "records.csv", b"address\nbob@example.com\n")],
        status=202,
        answer={"message": "file uploaded successfully for processing. standby..."},
        gives=Done(message="file uploaded successfully for processing. standby..."),
    ),
    Case(
        call=lambda mg: mg.unsubscribes.delete("bob@example.com", tag="news"),
        http="DELETE /v3/{domain_name}/unsubscribes/{address}",
        path="/v3/mg.example.com/unsubscribes/bob%40example.com",
        query={"tag": ["news"]},
        answer={"message": "It has been removed", "address": "bob@example.com"},
        gives=Removed(message="It has been removed", address="bob@example.com"),
    ),
    Case(
        call=lambda mg: mg.unsubscribes.delete_all("b.example.com"),
        http="DELETE /v3/{domain_name}/unsubscribes",
        path="/v3/b.example.com/unsubscribes",
        answer={"message": "They have been removed"},
        gives=Done(message="They have been removed"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
