"""Suppression lists of the emulator, through the public client, and what becomes of mail to those on them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mailgun_async import Mailgun, NotFound
from mailgun_async.testing import Emulator

DOMAIN = "mg.example.com"
BOB = "bob@example.com"
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


async def test_a_bounce_is_added_read_replaced_and_removed(mg: Mailgun) -> None:
    """One record is there under its address, whatever its case, until it is removed."""
    done = await mg.bounces.create(BOB, code="551", error="No such mailbox", created_at=AT)
    assert done.message == "1 addresses have been added to the bounces table"
    await mg.bounces.create("Bob@example.com", code="550", created_at=AT)
    found = await mg.bounces.get(BOB)
    assert (found.address, found.code, found.error, found.created_at) == ("Bob@example.com", "550", "", AT)
    assert len([one async for one in mg.bounces.list()]) == 1
    removed = await mg.bounces.delete(BOB)
    assert (removed.message, removed.address) == (
        "Bounced addresses for this domain have been removed",
        "Bob@example.com",
    )
    with pytest.raises(NotFound, match="Address not found in bounces table"):
        await mg.bounces.get(BOB)


async def test_a_bounce_that_says_no_more_is_of_now(mg: Mailgun, clock: Any) -> None:
    """Mailgun's defaults: 550, no words, the current time."""
    await mg.bounces.create(BOB)
    found = await mg.bounces.get(BOB)
    assert (found.code, found.error, found.created_at) == ("550", "", datetime.fromtimestamp(clock.wall(), UTC))


async def test_many_are_added_and_listed_page_by_page(mg: Mailgun) -> None:
    """Cursor pages hold every record once, in the order of addresses; `term` keeps those that begin with it."""
    report = await mg.complaints.add_many(f"r{n:04}@example.com" for n in range(1_250))
    assert (report.added, report.failed) == (1_250, [])
    pages = [page async for page in mg.complaints.list(limit=500).pages()]
    assert [len(page.items) for page in pages if page.items] == [500, 500, 250]
    addresses = [one.address for page in pages for one in page.items]
    assert addresses == [f"r{n:04}@example.com" for n in range(1_250)]
    assert len([one async for one in mg.complaints.list(term="r01")]) == 100


async def test_pages_lead_to_their_neighbours(api: Any, mg: Mailgun) -> None:
    """All four URLs of a page are absolute and keep the filters; the page after the last is empty."""
    await mg.bounces.add_many([f"r{n}@example.com" for n in range(5)] + ["other@example.com"])
    url = f"/v3/{DOMAIN}/bounces?limit=2&term=r"
    pages = [await api.get(url)]
    for _ in range(3):
        pages.append(await api.get(pages[-1]["paging"]["next"]))
    assert [[item["address"][:2] for item in page["items"]] for page in pages] == [
        ["r0", "r1"],
        ["r2", "r3"],
        ["r4"],
        [],
    ]
    assert (await api.get(pages[2]["paging"]["previous"]))["items"] == pages[1]["items"]
    assert (await api.get(pages[3]["paging"]["previous"]))["items"] == pages[1]["items"]
    assert (await api.get(pages[0]["paging"]["last"]))["items"][-1] == pages[2]["items"][0]
    assert (await api.get(pages[3]["paging"]["first"]))["items"] == pages[0]["items"]


async def test_one_record_can_come_as_a_form(api: Any) -> None:
    """Fields as they are, tags repeated."""
    path = f"/v3/{DOMAIN}/unsubscribes"
    _, body, _ = await api.post(
        path, {"address": BOB, "tags": ["a", "b"], "created_at": "Fri, 02 Jan 2026 03:04:05 GMT"}
    )
    assert body == {"message": "Address has been added to the unsubscribes table"}
    found = await api.get(f"{path}/{BOB}")
    assert found == {"address": BOB, "tags": ["a", "b"], "created_at": "Fri, 02 Jan 2026 03:04:05 UTC"}


async def test_an_unsubscribe_loses_one_tag_or_all(mg: Mailgun) -> None:
    """The record goes with its last tag."""
    await mg.unsubscribes.create(BOB, tags=["news", "offers"])
    await mg.unsubscribes.delete(BOB, tag="news")
    assert (await mg.unsubscribes.get(BOB)).tags == ["offers"]
    with pytest.raises(NotFound, match="Unsubscribe event for this tag does not exist"):
        await mg.unsubscribes.delete(BOB, tag="news")
    await mg.unsubscribes.delete(BOB, tag="offers")
    with pytest.raises(NotFound, match="Address not found in unsubscribers table"):
        await mg.unsubscribes.get(BOB)


async def test_the_allowlist_holds_addresses_and_domains(mg: Mailgun) -> None:
    """Each entry says which it is."""
    added = await mg.allowlist.create(address=BOB)
    assert (added.type, added.value, added.message) == (
        "address",
        BOB,
        "Address/Domain has been added to the allowlists table",
    )
    await mg.allowlist.create(allowed_domain="example.org")
    entries = [(one.type, one.value) async for one in mg.allowlist.list()]
    assert entries == [("address", BOB), ("domain", "example.org")]
    assert (await mg.allowlist.delete("example.org")).message == "Allowlist address/domain has been removed"
    with pytest.raises(NotFound, match="Address/Domain not found in allowlist table"):
        await mg.allowlist.get("example.org")


@pytest.mark.parametrize(
    ("group", "columns", "rows"),
    [
        ("bounces", "address,code,error,created_at", ['a@example.com,551,"No, none",', "b@example.com,,,"]),
        ("unsubscribes", "address, tags, created_at", ['a@example.com,"news,offers",', "b@example.com,*,"]),
        ("complaints", "address,created_at", ["a@example.com,", 'b@example.com,"Fri, 02 Jan 2026 03:04:05 GMT"']),
        ("allowlist", "address,domain", ["a@example.com,", ",example.org"]),
    ],
)
async def test_a_csv_file_is_imported(mg: Mailgun, group: str, columns: str, rows: list[str]) -> None:
    """Rows without a usable address are left out."""
    records = getattr(mg, group)
    done = await records.import_csv("\n".join([columns, *rows, "nobody,"]).encode())
    assert done.message == "file uploaded successfully for processing. standby..."
    found = [one async for one in records.list()]
    assert len(found) == 2
    assert (await records.get("a@example.com")) == found[0]
    if group == "unsubscribes":
        assert [one.tags for one in found] == [["news", "offers"], ["*"]]
    if group == "bounces":
        assert [(one.code, one.error) for one in found] == [("551", "No, none"), ("550", "")]


@pytest.mark.parametrize("group", ["bounces", "unsubscribes", "complaints", "allowlist"])
async def test_all_of_a_list_is_removed(mg: Mailgun, emulator: Emulator, group: str) -> None:
    """Of one domain: another's list is another list."""
    emulator.add_domain("other.example.com")
    records = getattr(mg, group)
    for domain in (DOMAIN, "other.example.com"):
        await records.import_csv(domain, b"address,code,error,created_at,domain\na@example.com,,,,\n")
    await records.delete_all()
    assert [one async for one in records.list()] == []
    assert len([one async for one in records.list("other.example.com")]) == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"json": [{"address": f"{n}@example.com"} for n in range(1_001)]}, "Batch size should be less than 1000"),
        (
            {"data": b"{", "headers": {"Content-Type": "application/json"}},
            "request body is not a valid JSON array of records",
        ),
        ({"json": {"address": BOB}}, "request body is not a valid JSON array of records"),
        ({"json": [{"address": "bob"}]}, "address parameter is not a valid address. please check documentation"),
        ({"json": [{"address": BOB, "created_at": "now"}]}, "now is not an RFC-2822 compliant date"),
        ({"data": {"code": "550"}}, "address parameter is not a valid address. please check documentation"),
    ],
)
async def test_records_that_cannot_be_used_are_refused(api: Any, options: dict[str, Any], text: str) -> None:
    """None of the batch is kept."""
    status, body, _ = await api.call("POST", f"/v3/{DOMAIN}/bounces", **options)
    assert (status, body) == (400, {"message": text})
    assert (await api.get(f"/v3/{DOMAIN}/bounces"))["items"] == []


@pytest.mark.parametrize(
    ("path", "files", "text"),
    [
        ("whitelists", [], "Missing mandatory parameter: address/domain"),
        ("bounces/import", [], "file parameter is missing"),
        ("bounces/import", [("file", "a.csv", b"mail\nbob@example.com", "text/csv")], "while reading csv header"),
    ],
)
async def test_what_is_missing_is_named(api: Any, path: str, files: Any, text: str) -> None:
    """In Mailgun's words where they are known."""
    status, body, _ = await api.post(f"/v3/{DOMAIN}/{path}", {"nothing": "1"}, files)
    assert (status, body) == (400, {"message": text})


async def test_a_domain_that_is_deleted_loses_its_lists(mg: Mailgun, emulator: Emulator) -> None:
    """Another of the same name begins with none."""
    emulator.add_domain("other.example.com")
    await mg.bounces.create("other.example.com", BOB)
    await mg.bounces.create(BOB)
    await mg.domains.delete("other.example.com")
    emulator.add_domain("other.example.com")
    assert [one async for one in mg.bounces.list("other.example.com")] == []
    assert len([one async for one in mg.bounces.list()]) == 1
