"""Mailing lists of the emulator and their members, through the public client."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import BadRequest, Mailgun, NotFound
from mailgun_async.endpoints.mailing_list_members import Member, Members
from mailgun_async.testing import Emulator

DEVS = "devs@mg.example.com"
ALICE = "alice@example.com"


@pytest.fixture
async def mg(mg: Mailgun) -> Mailgun:
    """A client of the emulator, whose account has one list."""
    await mg.mailing_lists.create(DEVS, name="Developers")
    return mg


# -- lists -------------------------------------------------------------------------------------------------------------


async def test_a_list_is_created_with_mailguns_defaults(mg: Mailgun) -> None:
    """It can be posted to by the API alone, and replies go to the list."""
    created = await mg.mailing_lists.create("news@mg.example.com", description="All of it")
    assert created == await mg.mailing_lists.get("News@mg.example.com")
    assert (created.name, created.description, created.members_count) == ("", "All of it", 0)
    assert (created.access_level, created.reply_preference) == ("readonly", "list")
    assert created.created_at is not None


async def test_a_list_is_changed_and_what_is_left_out_stays(mg: Mailgun) -> None:
    """With a new address it takes its members along."""
    await mg.mailing_list_members.create(DEVS, ALICE)
    changed = await mg.mailing_lists.update(DEVS, address="dev@mg.example.com", access_level="members")
    assert (changed.address, changed.name, changed.access_level) == ("dev@mg.example.com", "Developers", "members")
    assert changed.members_count == 1
    assert (await mg.mailing_list_members.get("dev@mg.example.com", ALICE)).address == ALICE
    assert (await mg.mailing_lists.update("dev@mg.example.com", name="Dev")).name == "Dev"
    with pytest.raises(NotFound, match=f"Mailing list {DEVS} not found"):
        await mg.mailing_lists.get(DEVS)


async def test_a_list_is_removed_with_its_members(mg: Mailgun) -> None:
    """A new one of the same address begins empty."""
    await mg.mailing_list_members.create(DEVS, ALICE)
    gone = await mg.mailing_lists.delete(DEVS)
    assert (gone.address, gone.message) == (DEVS, "Mailing list has been removed")
    with pytest.raises(NotFound):
        await mg.mailing_lists.delete(DEVS)
    assert (await mg.mailing_lists.create(DEVS)).members_count == 0
    assert [one async for one in mg.mailing_list_members.list(DEVS)] == []


async def test_lists_are_listed_by_skipping_and_by_cursor(mg: Mailgun) -> None:
    """Both ways give every list once; `address` gives the one."""
    await mg.mailing_lists.delete(DEVS)
    addresses = [f"list{n}@mg.example.com" for n in range(7)]
    for address in reversed(addresses):
        await mg.mailing_lists.create(address)
    assert [one.address async for one in mg.mailing_lists.list(limit=3)] == addresses
    assert [one.address async for one in mg.mailing_lists.list_pages(limit=3)] == addresses
    assert [one.address async for one in mg.mailing_lists.list(address=addresses[2])] == [addresses[2]]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"address": "a@mg.example.com", "access_level": "none"},
            "Invalid access level 'none'. It can be any of: 'readonly', 'members', 'everyone'.",
        ),
        (
            {"address": "a@mg.example.com", "reply_preference": "none"},
            "Invalid reply preference 'none'. It can be any of: 'sender', 'list'",
        ),
        ({"address": "nobody"}, "address parameter is not a valid address. please check documentation"),
        ({"name": "No address"}, "'address' parameter is missing"),
        ({"address": DEVS}, f"Duplicate object: mailing list '{DEVS}' already exists"),
    ],
)
async def test_a_list_that_cannot_be_is_refused(mg: Mailgun, api: Any, fields: dict[str, str], text: str) -> None:
    """Before anything is kept."""
    status, body, _ = await api.post("/v3/lists", fields)
    assert (status, body) == (400, {"message": text})
    assert len([one async for one in mg.mailing_lists.list()]) == 1


async def test_a_list_cannot_take_the_address_of_another(mg: Mailgun) -> None:
    """Neither loses its members over it."""
    await mg.mailing_lists.create("news@mg.example.com")
    with pytest.raises(BadRequest, match="already exists"):
        await mg.mailing_lists.update("news@mg.example.com", address=DEVS)
    assert (await mg.mailing_lists.get("news@mg.example.com")).address == "news@mg.example.com"


# -- members -----------------------------------------------------------------------------------------------------------


async def test_a_member_is_added_changed_and_removed(mg: Mailgun) -> None:
    """`vars` are whatever JSON holds; what is left out of a change stays."""
    added = await mg.mailing_list_members.create(DEVS, ALICE, name="Alice", vars={"age": 27, "langs": ["en"]})
    assert added == Member(address=ALICE, name="Alice", vars={"age": 27, "langs": ["en"]}, subscribed=True)
    changed = await mg.mailing_list_members.update(DEVS, "Alice@example.com", subscribed=False, vars={"age": 28})
    assert changed == Member(address=ALICE, name="Alice", vars={"age": 28}, subscribed=False)
    assert await mg.mailing_list_members.get(DEVS, ALICE) == changed
    assert (await mg.mailing_lists.get(DEVS)).members_count == 1
    assert (await mg.mailing_list_members.delete(DEVS, ALICE)).address == ALICE
    with pytest.raises(NotFound, match=r"Member alice@example\.com of mailing list devs@mg\.example\.com not found"):
        await mg.mailing_list_members.get(DEVS, ALICE)


async def test_a_member_moves_to_a_new_address(mg: Mailgun) -> None:
    """Unless somebody is there."""
    await mg.mailing_list_members.create_many(DEVS, [ALICE, "bob@example.com"])
    with pytest.raises(BadRequest, match=r"Address already exists 'bob@example\.com'"):
        await mg.mailing_list_members.update(DEVS, ALICE, address="bob@example.com")
    await mg.mailing_list_members.update(DEVS, ALICE, address="al@example.com")
    assert [one.address async for one in mg.mailing_list_members.list(DEVS)] == ["al@example.com", "bob@example.com"]


async def test_a_second_member_of_one_address_is_an_error_or_a_change(mg: Mailgun) -> None:
    """`upsert` decides."""
    await mg.mailing_list_members.create(DEVS, ALICE, name="Alice", vars={"a": 1})
    with pytest.raises(BadRequest, match=f"Address already exists '{ALICE}'"):
        await mg.mailing_list_members.create(DEVS, ALICE)
    changed = await mg.mailing_list_members.create(DEVS, ALICE, name="Al", upsert=True)
    assert (changed.name, changed.vars) == ("Al", {"a": 1})


async def test_many_members_come_as_json(mg: Mailgun) -> None:
    """Addresses and records mixed; those that are there stay as they are unless `upsert` says otherwise."""
    await mg.mailing_list_members.create(DEVS, ALICE, name="Alice")
    many: list[Member | str] = [
        Member(address=ALICE, name="Al"),
        "bob@example.com",
        Member(address="eve@example.com", subscribed=False),
    ]
    done = await mg.mailing_list_members.create_many(DEVS, many)
    assert done.message == "Mailing list upload started in background"
    assert done.task_id
    assert done.list is not None
    assert (done.list.address, done.list.members_count) == (DEVS, 3)
    members = [(one.address, one.name, one.subscribed) async for one in mg.mailing_list_members.list(DEVS)]
    assert members == [(ALICE, "Alice", True), ("bob@example.com", "", True), ("eve@example.com", "", False)]
    await mg.mailing_list_members.create_many(DEVS, many, upsert=True)
    assert (await mg.mailing_list_members.get(DEVS, ALICE)).name == "Al"


async def test_many_members_come_as_csv(mg: Mailgun) -> None:
    """`subscribed` holds for rows that do not say; rows that cannot be used are left out."""
    rows = [
        "address,name,vars,subscribed",
        'a@example.com,Ann,"{""n"": 1}",yes',
        "b@example.com,,,",
        "nobody,,,",
        "c@example.com,,{,",
    ]
    await mg.mailing_list_members.import_csv(DEVS, "\n".join(rows).encode(), subscribed=False)
    members = [(one.address, one.name, one.vars, one.subscribed) async for one in mg.mailing_list_members.list(DEVS)]
    assert members == [("a@example.com", "Ann", {"n": 1}, True), ("b@example.com", "", {}, False)]


async def test_members_are_listed_by_skipping_and_by_cursor(mg: Mailgun) -> None:
    """Both ways give every member once, all or by whether they are subscribed."""
    addresses = [f"r{n:03}@example.com" for n in range(250)]
    await mg.mailing_list_members.create_many(DEVS, [Member(address=one, subscribed=one < "r200") for one in addresses])
    assert [one.address async for one in mg.mailing_list_members.list(DEVS, limit=60)] == addresses
    assert [one.address async for one in mg.mailing_list_members.list_pages(DEVS, limit=60)] == addresses
    assert len([one async for one in mg.mailing_list_members.list(DEVS, subscribed=True)]) == 200
    assert len([one async for one in mg.mailing_list_members.list_pages(DEVS, subscribed=False, limit=20)]) == 50
    assert [one.address async for one in mg.mailing_list_members.list(DEVS, address="r007@example.com")] == [
        "r007@example.com"
    ]


@pytest.mark.parametrize(
    ("path", "fields", "files", "text"),
    [
        ("members", {"address": ALICE, "vars": "[1]"}, [], "'vars' parameter is not a valid JSON"),
        ("members", {"name": "A"}, [], "address parameter is not a valid address. please check documentation"),
        ("members.json", {"members": "{"}, [], "'members' parameter is not a valid JSON"),
        ("members.json", {"members": "[1]"}, [], "'members' parameter is not a valid JSON"),
        ("members.json", {"members": str([0] * 1_001).replace("0", '""')}, [], "Batch size should be less than 1000"),
        ("members.csv", {"upsert": "yes"}, [], "members parameter is missing"),
        ("members.csv", {}, [("members", "m.csv", b"mail\nx", "text/csv")], "while reading csv header"),
        (
            "members.csv",
            {},
            [("members", "m.csv", b" " * (5 * 1024 * 1024 + 1), "text/csv")],
            "CSV file is too big, max allowed size is 5 MB",
        ),
    ],
)
async def test_members_that_cannot_be_read_are_refused(
    mg: Mailgun, api: Any, *, path: str, fields: dict[str, str], files: Any, text: str
) -> None:
    """None of them is kept."""
    status, body, _ = await api.post(f"/v3/lists/{DEVS}/{path}", fields, files)
    assert (status, body) == (400, {"message": text})
    assert (await mg.mailing_lists.get(DEVS)).members_count == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda members, address: members.list(address).first(),
        lambda members, address: members.get(address, ALICE),
        lambda members, address: members.create(address, ALICE),
        lambda members, address: members.create_many(address, [ALICE]),
        lambda members, address: members.import_csv(address, b"address\n"),
    ],
    ids=["list", "get", "create", "create_many", "import_csv"],
)
async def test_members_of_no_list_are_not_found(mg: Mailgun, call: Callable[[Members, str], Awaitable[object]]) -> None:
    """In the words of the list."""
    with pytest.raises(NotFound, match=r"Mailing list no@mg\.example\.com not found"):
        await call(mg.mailing_list_members, "no@mg.example.com")


async def test_lists_and_members_outlive_the_process(tmp_path: Path) -> None:
    """In the file, when there is one."""
    path = tmp_path / "mail.db"
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        await mg.mailing_lists.create(DEVS)
        await mg.mailing_list_members.create(DEVS, ALICE, vars={"n": 1})
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        assert (await mg.mailing_lists.get(DEVS)).members_count == 1
        assert (await mg.mailing_list_members.get(DEVS, ALICE)).vars == {"n": 1}
