from __future__ import annotations

from typing import Any

import attrs
import pytest

from mailgun_async import InvalidArgument, Mailgun
from mailgun_async.endpoints.mailing_list_members import Member, MemberUpload
from mailgun_async.testing import FakeTransport
from tests.endpoints.table import Case
from tests.endpoints.test_mailing_lists import LIST
from tests.endpoints.test_mailing_lists import MODEL as LIST_MODEL

DEV = "dev@mg.example.com"
ROUTE = "/v3/lists/dev%40mg.example.com/members"
ALICE = {"address": "alice@example.com", "name": "Alice", "vars": {"age": 27}, "subscribed": True}
MODEL = Member(address="alice@example.com", name="Alice", vars={"age": 27}, subscribed=True)
UPLOAD = {"list": LIST, "task-id": "4321", "message": "started"}
UPLOADED = MemberUpload(list=LIST_MODEL, task_id="4321", message="started")

CASES = [
    Case(
        call=lambda mg: mg.mailing_list_members.list(
            DEV, address="alice@example.com", subscribed=True, limit=2, skip=4
        ),
        http="GET /v3/lists/{list_address}/members",
        path=ROUTE,
        query={"address": ["alice@example.com"], "subscribed": ["true"], "limit": ["2"], "skip": ["4"]},
        answer={"total_count": 1, "items": [ALICE]},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.mailing_list_members.list_pages(DEV, subscribed=False, limit=2),
        http="GET /v3/lists/{list_address}/members/pages",
        path=f"{ROUTE}/pages",
        query={"subscribed": ["false"], "limit": ["2"]},
        answer={"items": [ALICE], "paging": {"next": "https://api.mailgun.net/v3/lists/pages"}},
        gives=[MODEL],
    ),
    Case(
        call=lambda mg: mg.mailing_list_members.get(DEV, "alice@example.com"),
        http="GET /v3/lists/{list_address}/members/{member_address}",
        path=f"{ROUTE}/alice%40example.com",
        answer=ALICE,
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.mailing_list_members.create(
            DEV, "alice@example.com", name="Alice", vars={"age": 27}, subscribed=True, upsert=False
        ),
        http="POST /v3/lists/{list_address}/members",
        path=ROUTE,
        fields={
            "address": ["alice@example.com"],
            "name": ["Alice"],
            "vars": ['{"age":27}'],
            "subscribed": ["yes"],
            "upsert": ["no"],
        },
        answer={"member": ALICE, "message": "Mailing list member has been created"},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.mailing_list_members.create_many(DEV, [MODEL, "bob@example.com"], upsert=True),
        http="POST /v3/lists/{list_address}/members.json",
        path=f"{ROUTE}.json",
        fields={
            "members": [
                '[{"address":"alice@example.com","name":"Alice","vars":{"age":27},"subscribed":true},"bob@example.com"]'
            ],
            "upsert": ["yes"],
        },
        answer=UPLOAD,
        gives=UPLOADED,
    ),
    Case(
        call=lambda mg: mg.mailing_list_members.import_csv(
            DEV, b"address\nalice@example.com\n", subscribed=True, upsert=True
        ),
        http="POST /v3/lists/{list_address}/members.csv",
        path=f"{ROUTE}.csv",
        fields={"subscribed": ["yes"], "upsert": ["yes"]},
        files=[("members", "records.csv", b"address\nalice@example.com\n")],
        answer=UPLOAD,
        gives=UPLOADED,
    ),
    Case(
        call=lambda mg: mg.mailing_list_members.update(
            DEV, "old@example.com", address="alice@example.com", name="Alice", vars={}, subscribed=False
        ),
        http="PUT /v3/lists/{list_address}/members/{member_address}",
        path=f"{ROUTE}/old%40example.com",
        fields={"address": ["alice@example.com"], "name": ["Alice"], "vars": ["{}"], "subscribed": ["no"]},
        answer={"member": ALICE, "message": "Mailing list member has been updated"},
        gives=MODEL,
    ),
    Case(
        call=lambda mg: mg.mailing_list_members.delete(DEV, "alice@example.com"),
        http="DELETE /v3/lists/{list_address}/members/{member_address}",
        path=f"{ROUTE}/alice%40example.com",
        answer={"member": {"address": "alice@example.com"}, "message": "Mailing list member has been deleted"},
        gives=Member(address="alice@example.com"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_calls(case: Case) -> None:
    """Each call makes exactly its request, and gives its model."""
    await case.check()


async def test_a_member_may_come_under_a_key() -> None:
    """The document has it at the top, some answers under `member`."""
    [case] = [case for case in CASES if case.http.startswith("GET") and case.path.endswith("alice%40example.com")]
    await attrs.evolve(case, answer={"member": ALICE}).check()


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([], "members must be 1 to 1,000, not 0"),
        (["a@example.com"] * 1_001, "members must be 1 to 1,000, not 1,001"),
        ([{"address": "a@example.com"}], "a member is an address or a Member"),
    ],
)
async def test_what_is_no_call_of_members(members: Any, says: str) -> None:
    """Said before anything is sent."""
    async with Mailgun(api_key="key", transport=FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match=says):
            await mg.mailing_list_members.create_many(DEV, members)
