from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailgun_async.endpoints.mailing_lists import MailingList, MailingListDeleted
from tests.endpoints.table import Case

LIST = {
    "address": "developers@mailgun.net",
    "name": "Developers",
    "description": "Describe the mailing list",
    "access_level": "readonly",
    "reply_preference": "list",
    "created_at": "Tue, 09 Aug 2011 20:50:27 -0000",
    "members_count": 2,
}
MODEL = MailingList(
    address="developers@mailgun.net",
    name="Developers",
    description="Describe the mailing list",
    access_level="readonly",
    reply_preference="list",
    created_at=datetime(2011, 8, 9, 20, 50, 27, tzinfo=UTC),
    members_count=2,
)
ALL = {
    "address": ["dev@mg.example.com"],
    "name": ["Developers"],
    "description": ["All of us"],
    "access_level": ["members"],
}

CASES = [
    Case(
        call=lambda mg: mg.mailing_lists.list(address="dev@mg.example.com", limit=3, skip=6),
        http="GET /v3/lists",
        path="/v3/lists",
        query={"address": ["dev@mg.example.com"], "limit": ["3"], "skip": ["6"]},
        answer={"total_count": 1, "items": [LIST]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.mailing_lists.list_pages(limit=3),
        http="GET /v3/lists/pages",
        path="/v3/lists/pages",
        query={"limit": ["3"]},
        answer={"items": [LIST], "paging": {"next": "https://api.mailgun.net/v3/lists/pages?page=next"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.mailing_lists.get("dev@mg.example.com"),
        http="GET /v3/lists/{list_address}",
        path="/v3/lists/dev%40mg.example.com",
        answer={"list": LIST},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.mailing_lists.create(
            "dev@mg.example.com",
            name="Developers",
            description="All of us",
            access_level="members",
            reply_preference="sender",
        ),
        http="POST /v3/lists",
        path="/v3/lists",
        fields={**ALL, "reply_preference": ["sender"]},
        status=201,
        answer={"list": LIST, "message": "Mailing list has been created"},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.mailing_lists.update(
            "old@mg.example.com",
            address="dev@mg.example.com",
            name="Developers",
            description="All of us",
            access_level="members",
            reply_preference="list",
            list_id="dev",
        ),
        http="PUT /v3/lists/{list_address}",
        path="/v3/lists/old%40mg.example.com",
        fields={**ALL, "reply_preference": ["list"], "list-id": ["dev"]},
        answer={"list": LIST, "message": "Mailing list has been updated"},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.mailing_lists.delete("dev@mg.example.com"),
        http="DELETE /v3/lists/{list_address}",
        path="/v3/lists/dev%40mg.example.com",
        answer={"address": "dev@mg.example.com", "message": "Mailing list has been removed"},
        gives=MailingListDeleted(address="dev@mg.example.com", message="Mailing list has been removed"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()
