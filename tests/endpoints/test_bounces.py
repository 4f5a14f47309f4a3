from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._suppressions import Removed
from mailgun_async.endpoints.bounces import Bounce
from tests.endpoints.table import DOMAIN, Case

WHEN = datetime(2011, 10, 21, 11, 2, 55, tzinfo=UTC)
RECORD = {
    "address": "bob@example.com",
    "code": "550",
    "error": "No such mailbox",
    "created_at": "Fri, 21 Oct 2011 11:02:55 UTC",
}
MODEL = Bounce(address="bob@example.com", code="550", error="No such mailbox", created_at=WHEN)

CASES = [
    Case(
        call=lambda mg: mg.bounces.list("b.example.com", limit=1_000, term="bo"),
        http="GET /v3/{domain_name}/bounces",
        path="/v3/b.example.com/bounces",
        query={"limit": ["1000"], "term": ["bo"]},
        answer={"items": [RECORD], "paging": {"next": "https://api.mailgun.net/v3/b.example.com/bounces?page=next"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.bounces.get("bob+x/y@example.com"),
        http="GET /v3/{domain_name}/bounces/{address}",
        path="/v3/mg.example.com/bounces/bob%2Bx%2Fy%40example.com",
        answer=RECORD,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.bounces.create(DOMAIN, "bob@example.com", code="550", error="Gone", created_at=WHEN),
        http="POST /v3/{domain_name}/bounces",
        path="/v3/mg.example.com/bounces",
        json=[
            {
                "address": "bob@example.com",
                "code": "550",
                "error": "Gone",
                "created_at": "Fri, 21 Oct 2011 11:02:55 +0000",
            }
        ],
        answer={"message": "1 addresses have been added"},
        gives=Done(message="1 addresses have been added"),
    ),
    Case(
        call=lambda mg: mg.bounces.import_csv(b"address\nbob@example.com\n"),
        http="POST /v3/{domain_name}/bounces/import",
        path="/v3/mg.example.com/bounces/import",
        files=[("file", "records.csv", b"address\nbob@example.com\n")],
        status=202,
        answer={"message": "file uploaded successfully for processing. standby..."},
        gives=Done(message="file uploaded successfully for processing. standby..."),
    ),
    Case(
        call=lambda mg: mg.bounces.delete("bob@example.com"),
        http="DELETE /v3/{domain_name}/bounces/{address}",
        path="/v3/mg.example.com/bounces/bob%40example.com",
        answer={"message": "It has been removed", "address": "bob@example.com"},
        gives=Removed(message="It has been removed", address="bob@example.com"),
    ),
    Case(
        call=lambda mg: mg.bounces.delete_all("b.example.com"),
        http="DELETE /v3/{domain_name}/bounces",
        path="/v3/b.example.com/bounces",
        answer={"message": "They have been removed"},
        gives=Done(message="They have been removed"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_a_date_before_all_dates_is_none() -> None:
    """It is how Mailgun writes that it has none."""
    case = CASES[1]
    answer = {"address": "bob@example.com", "created_at": "Mon, 01 Jan 0001 00:00:00 UTC"}
    await attrs.evolve(case, answer=answer, gives=Bounce(address="bob@example.com")).check()
