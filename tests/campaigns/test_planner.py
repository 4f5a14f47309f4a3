from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.batch.recipients import CsvRecipients, JsonLinesRecipients
from mailgun_async.campaigns import payload
from mailgun_async.campaigns.journal import NewChunk, RejectedRecipient
from mailgun_async.campaigns.planner import new_campaign_id
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import InvalidArgument, InvalidMessage, JournalError
from mailgun_async.message import MAX_OPTION_BYTES, Attachment, Recipient
from tests.campaigns.planning import (
    DOMAIN,
    NOW,
    all_in,
    chunks_in,
    common_in,
    mail,
    names_in,
    people_in,
    planned,
    rejected_in,
    streamed,
)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open one, with nothing in it."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    yield journal
    await journal.close()


def numbered(count: int) -> list[str]:
    """Make that many addresses."""
    return [f"r{number}@x.de" for number in range(count)]


# -- what is planned ---------------------------------------------------------------------------------------------------


async def test_recipients_are_cut_into_chunks_in_their_order(journal: SqliteJournal) -> None:
    """The last one is as large as what is left."""
    made = await planned(journal, numbered(5), chunk_size=2)
    assert await people_in(journal) == [["r0@x.de", "r1@x.de"], ["r2@x.de", "r3@x.de"], ["r4@x.de"]]
    assert [record.ordinal for record, _ in await chunks_in(journal)] == ["0", "1", "2"]
    assert (made.calls, made.totals.chunks, made.totals.recipients, made.totals.taken) == (3, 3, 5, 5)


async def test_a_plan_is_named_in_the_journal(journal: SqliteJournal) -> None:
    """With when and how it was made."""
    made = await planned(journal, numbered(2), name="spring", chunk_size=2, campaign="abc123")
    assert (made.id, made.name, made.domain, made.already_planned) == ("abc123", "spring", DOMAIN, False)
    header = await journal.header()
    assert header is not None
    assert (header.id, header.name, header.domain, header.created_at) == ("abc123", "spring", DOMAIN, NOW)
    assert (header.state, header.totals) == ("ready", made.totals)
    assert header.options == {"chunk_size": 2, "address_key": None, "template_from_recipients": False}
    assert header.common_size == sum([len(part.data) for part in await journal.common()])


async def test_every_chunk_has_a_message_id_of_its_own(journal: SqliteJournal) -> None:
    """Made of the campaign, the ordinal and the digest of what is in it."""
    await planned(journal, numbered(4), chunk_size=2)
    records = [record for record, _ in await chunks_in(journal)]
    assert [record.message_id for record in records] == [
        payload.message_id("c1", record.ordinal, record.digest, DOMAIN) for record in records
    ]
    assert [record.source_digest for record in records] == [record.digest for record in records]


def test_ids_of_campaigns_are_drawn() -> None:
    """Short, and never twice the same."""
    drawn = {new_campaign_id() for _ in range(100)}
    assert len(drawn) == 100
    assert all(len(one) == 10 and one.isalnum() and one == one.lower() for one in drawn)


def _csv(path: Path) -> CsvRecipients:
    path.write_text("email,n\na@x.de,1\nb@x.de,2\n")
    return CsvRecipients(path)


def _gzipped_csv(path: Path) -> CsvRecipients:
    path = path.with_suffix(".csv.gz")
    path.write_bytes(gzip.compress(b"email,n\na@x.de,1\nb@x.de,2\n"))
    return CsvRecipients(path)


def _json_lines(path: Path) -> JsonLinesRecipients:
    path.write_text('{"email": "a@x.de", "n": "1"}\n{"email": "b@x.de", "n": "2"}\n')
    return JsonLinesRecipients(path)


_ROWS = [{"email": "a@x.de", "n": "1"}, {"email": "b@x.de", "n": "2"}]


@pytest.mark.parametrize(
    "source",
    [
        _csv,
        _gzipped_csv,
        _json_lines,
        lambda _path: _ROWS,
        lambda _path: iter(_ROWS),
        lambda _path: streamed(_ROWS),
        lambda _path: [Recipient(row["email"], variables={"n": row["n"]}) for row in _ROWS],
    ],
)
async def test_recipients_come_from_anything(journal: SqliteJournal, tmp_path: Path, source: Any) -> None:
    """With their variables."""
    made = await planned(journal, source(tmp_path / "people"), mail(text="No. %recipient.n%"))
    ((_, chunk),) = await chunks_in(journal)
    assert chunk.entries() == {"a@x.de": {"n": "1"}, "b@x.de": {"n": "2"}}
    assert [one.text for one in made.preview] == ["No. 1", "No. 2"]


async def test_the_key_of_the_address_can_be_named(journal: SqliteJournal) -> None:
    """For rows of a database."""
    await planned(journal, [{"mail_to": "a@x.de", "email": "not this"}], address_key="mail_to")
    ((_, chunk),) = await chunks_in(journal)
    assert chunk.entries() == {"a@x.de": {"email": "not this"}}


async def test_names_are_kept(journal: SqliteJournal) -> None:
    """Ready for the wire."""
    await planned(journal, ["Ada <a@x.de>", Recipient("b@x.de", "Bob, Sr."), "c@x.de"])
    ((_, chunk),) = await chunks_in(journal)
    assert (chunk.to, chunk.mailboxes) == ("c@x.de", {"a@x.de": "Ada <a@x.de>", "b@x.de": '"Bob, Sr." <b@x.de>'})


async def test_many_names_are_kept_in_their_order(journal: SqliteJournal) -> None:
    """They are read a few at a time, and nobody is lost between."""
    people = [Recipient(f"r{number}@x.de", "Ä, Ö") if number % 50 else 7 for number in range(1_000)]
    made = await planned(journal, people)
    assert await all_in(journal) == [one.address for one in people if isinstance(one, Recipient)]
    assert (made.totals.taken, made.totals.rejected) == (1_000, 20)


async def test_stored_templates_get_the_variables_of_recipients(journal: SqliteJournal) -> None:
    """Those asked for, in the same order every time, though a set has none."""
    wanted = {"n", "m", "k"}
    people = [Recipient("a@x.de", variables={"n": 1, "m": 2, "k": 3})]
    await planned(journal, people, mail(text=None, template="welcome"), template_from_recipients=wanted)
    assert list(json.loads((await common_in(journal))["t:variables"])) == ["k", "m", "n"]
    header = await journal.header()
    assert header is not None
    assert header.options["template_from_recipients"] == ["k", "m", "n"]


# -- who is left out ---------------------------------------------------------------------------------------------------


async def test_who_cannot_be_sent_to_is_kept_with_the_reason(journal: SqliteJournal, tmp_path: Path) -> None:
    """And the line of the file; rows without anybody are counted."""
    path = tmp_path / "people.csv"
    path.write_text("email,n\na@x.de,1\nnobody,2\nb@x.de\n,4\nc@x.de,5\n")
    made = await planned(journal, CsvRecipients(path))
    assert await all_in(journal) == ["a@x.de", "c@x.de"]
    assert await rejected_in(journal) == [
        RejectedRecipient(address="nobody", reason="'nobody' in recipients is not an address", by="plan", line=3)
    ]
    totals = made.totals
    assert (totals.taken, totals.recipients, totals.rejected, totals.bad_rows) == (5, 2, 1, 2)


async def test_who_lacks_a_variable_of_the_message_is_rejected(journal: SqliteJournal) -> None:
    """Unless a mailing list brings it."""
    people = [Recipient("a@x.de", variables={"n": 1}), "b@x.de"]
    await planned(journal, people, mail(text="%recipient.n%"))
    assert [(one.address, one.reason) for one in await rejected_in(journal)] == [("b@x.de", "no variable n")]


async def test_those_rejected_are_written_as_they_come(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many they are, few are held; chunks are as full as ever."""
    added: list[tuple[int, int]] = []
    add = journal.add

    async def watched(chunks: Any, rejected: Any = ()) -> None:
        added.append((len(chunks), len(rejected)))
        await add(chunks, rejected)

    monkeypatch.setattr(journal, "add", watched)
    made = await planned(journal, [*["nobody"] * 2_500, *numbered(2), *["nobody"] * 2_500, *numbered(4)], chunk_size=3)
    assert (made.totals.rejected, made.totals.taken, made.totals.duplicates) == (5_000, 5_006, 2)
    assert max(rejected for _, rejected in added) <= 1_100
    assert [len(people) for people in await people_in(journal)] == [2, 2]


async def test_a_file_without_a_needed_column_is_refused(journal: SqliteJournal, tmp_path: Path) -> None:
    """Before anything is planned."""
    with pytest.raises(InvalidMessage, match=r"%recipient\.name% is used, and no column has that name; there is n"):
        await planned(journal, _csv(tmp_path / "people.csv"), mail(text="Hi %recipient.name%"))
    assert await journal.header() is None


async def test_everybody_taken_is_accounted_for(journal: SqliteJournal, tmp_path: Path) -> None:
    """Whatever became of them."""
    path = tmp_path / "people.csv"
    rows = ["a@x.de,1", "nobody,2", "b@x.de", "A@X.de,3", "out@x.de,4", "b@x.de,5", "c@x.de,6", "a@x.de,7", "c@x.de,8"]
    path.write_text("email,n\n" + "\n".join(rows) + "\n")
    totals = (await planned(journal, CsvRecipients(path), chunk_size=2, exclude={"out@x.de"})).totals
    assert (totals.recipients, totals.rejected, totals.bad_rows, totals.duplicates, totals.excluded) == (3, 1, 1, 3, 1)
    assert totals.taken == 9


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"to": "bob@x.de"}, "to", "to of a campaign's message must be empty"),
        ({"recipient_variables": {"bob@x.de": {}}}, "recipient-variables", "recipient-variables of a campaign's"),
        ({"cc": "bob@x.de"}, "cc", "a campaign can't have cc or bcc"),
        ({"headers": {"message-id": "<1@x.de>"}}, "h:Message-Id", "a campaign can't have a Message-Id of yours"),
        ({"variables": {"mg-chunk": "1"}}, "v:mg-chunk", "v:mg-chunk is the campaign's own"),
        ({"delivery_time_optimize_period": timedelta(hours=24)}, "o:deliverytime-optimize-period", "at most 1 a call"),
        ({"text": None}, "text", "nothing to read"),
        ({"attachments": [Attachment(path="/no/such/file")]}, "attachment", "can't attach /no/such/file"),
    ],
)
async def test_a_message_that_is_not_for_a_campaign_is_refused(
    journal: SqliteJournal, fields: dict[str, Any], field: str, text: str
) -> None:
    """Before anything is planned."""
    with pytest.raises(InvalidMessage, match=text) as raised:
        await planned(journal, ["a@x.de"], mail(**fields))
    assert raised.value.field == field
    assert await journal.header() is None


@pytest.mark.parametrize("size", [0, 1001])
async def test_chunks_have_one_to_a_thousand_recipients(journal: SqliteJournal, size: int) -> None:
    """As calls have."""
    with pytest.raises(InvalidArgument, match=f"chunk_size must be 1 to 1000, not {size}"):
        await planned(journal, ["a@x.de"], chunk_size=size)


async def test_the_ids_of_a_call_count_against_the_size_of_options(journal: SqliteJournal) -> None:
    """Both of them, at the length that the halves of the last chunk will need."""
    longest = payload.message_id("c1", payload.LONGEST_ORDINAL, "f" * 32, DOMAIN)
    reserved = len("h:Message-Id<>") + len("v:mg-chunk") + 2 * len(longest)
    value = "x" * (MAX_OPTION_BYTES - reserved - len("h:X-A"))
    with pytest.raises(InvalidMessage, match=f"have {MAX_OPTION_BYTES + 1} bytes together: at most {MAX_OPTION_BYTES}"):
        await planned(journal, ["a@x.de"], mail(headers={"X-A": f"{value}x"}))
    await planned(journal, ["a@x.de"], mail(headers={"X-A": value}))


@pytest.mark.parametrize("source", [[], iter([]), streamed([])])
async def test_a_source_without_anybody_is_refused(journal: SqliteJournal, source: Any) -> None:
    """It is a mistake more often than a campaign, and would use the journal up."""
    with pytest.raises(InvalidArgument, match="no recipients: the source is empty") as raised:
        await planned(journal, source)
    assert raised.value.field == "recipients"
    assert await journal.header() is None


async def test_a_plan_may_leave_everybody_out(journal: SqliteJournal) -> None:
    """Its totals say why."""
    made = await planned(journal, ["nobody", "a@x.de"], exclude={"a@x.de"})
    assert (made.calls, made.totals.rejected, made.totals.excluded, made.preview) == (0, 1, 1, [])


# -- what is frozen ----------------------------------------------------------------------------------------------------


async def test_attachments_are_frozen(journal: SqliteJournal, tmp_path: Path) -> None:
    """What changes on disk afterwards is not what is sent."""
    path = tmp_path / "offer.pdf"
    path.write_bytes(b"%PDF as planned")
    files = [Attachment(path=path), Attachment(content=b"%PDF in memory", filename="b.pdf")]
    await planned(journal, ["a@x.de"], mail(attachments=files))
    path.write_bytes(b"%PDF changed")
    attached = [part.data for part in await journal.common() if part.name == "attachment"]
    assert [data.split(b"\r\n\r\n", 1)[1] for data in attached] == [b"%PDF as planned\r\n", b"%PDF in memory\r\n"]
    assert b'filename="offer.pdf"\r\nContent-Type: application/pdf' in attached[0]


async def test_what_calls_have_in_common_is_kept_by_name(journal: SqliteJournal) -> None:
    """In the order in which it is sent."""
    await planned(journal, ["a@x.de"], mail(tags=["a", "b"], variables={"k": 1}))
    assert [part.name for part in await journal.common()] == ["from", "subject", "text", "o:tag", "o:tag", "v:k"]
    assert (await common_in(journal))["v:k"] == "1"


async def test_commits_are_few(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks are written in groups of about a megabyte."""
    sizes: list[int] = []
    add = journal.add

    async def watched(chunks: list[NewChunk], rejected: Any = ()) -> None:
        sizes.append(len(chunks))
        await add(chunks, rejected)

    monkeypatch.setattr(journal, "add", watched)
    people = ({"email": address, "x": "y" * 200} for address in numbered(9_000))
    await planned(journal, people, chunk_size=300)
    assert sum(sizes) == 30
    assert len(sizes) <= 4


async def test_the_loop_goes_on_while_a_source_that_never_waits_is_read(journal: SqliteJournal) -> None:
    """Others get their turn between blocks."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    await planned(journal, ("nobody" for _ in range(2_000)), chunk_size=100)
    running.cancel()
    assert turns > 20


# -- what interrupts ---------------------------------------------------------------------------------------------------


def _failing(people: Iterable[str], error: BaseException) -> Iterator[str]:
    yield from people
    raise error


async def test_a_source_that_fails_leaves_no_plan(journal: SqliteJournal) -> None:
    """The next one starts clean, and may be another."""
    with pytest.raises(ZeroDivisionError):
        await planned(journal, _failing(numbered(300), ZeroDivisionError()), chunk_size=100)
    header = await journal.header()
    assert header is not None
    assert (header.state, header.totals) == ("planning", None)
    made = await planned(journal, ["other@x.de"], mail(subject="Other"), campaign="c2")
    assert (made.id, made.already_planned, await all_in(journal)) == ("c2", False, ["other@x.de"])
    assert (await common_in(journal))["subject"] == "Other"


async def test_a_cancelled_plan_leaves_none(journal: SqliteJournal, tmp_path: Path) -> None:
    """Nor anything in the directory of the journal."""
    before = names_in(tmp_path)
    waits = asyncio.Event()

    async def source() -> AsyncIterator[str]:
        for address in numbered(2_000):
            yield address
        waits.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(planned(journal, source(), chunk_size=10))
    await waits.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    header = await journal.header()
    assert header is not None
    assert header.state == "planning"
    assert names_in(tmp_path) == before
    assert (await planned(journal, numbered(3))).totals.recipients == 3


async def test_a_plan_that_somebody_else_begins_anew_is_given_up(journal: SqliteJournal, tmp_path: Path) -> None:
    """Two would mix, so the later one wins."""
    other = SqliteJournal(tmp_path / "campaign.db")
    await other.open()

    async def source() -> AsyncIterator[str]:
        for address in numbered(200):
            yield address
        await planned(other, ["b@x.de"], campaign="c2")

    try:
        with pytest.raises(JournalError, match="no plan is under way that was begun here"):
            await planned(journal, source(), chunk_size=50)
    finally:
        await other.close()
    assert await all_in(journal) == ["b@x.de"]


async def test_what_excludes_may_fail(journal: SqliteJournal) -> None:
    """Its error is the caller's own."""

    def exclude(address: str) -> bool:
        raise LookupError(address)

    with pytest.raises(LookupError, match=r"a@x\.de"):
        await planned(journal, ["a@x.de"], exclude=exclude)
