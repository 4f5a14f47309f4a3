from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.batch.recipients import CsvRecipients
from mailgun_async.campaigns.journal import Journal, Settlement
from mailgun_async.campaigns.payload import freeze, thaw
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from mailgun_async.message import Attachment, Recipient
from tests.campaigns.planning import NOW, chunks_in, difference, mail, planned, streamed

PEOPLE = [*(f"r{number}@x.de" for number in range(20)), "nobody", "R3@x.de", "out@x.de"]
"""Twenty, and one of each kind that is left out."""
OPTIONS: dict[str, Any] = {"chunk_size": 4, "exclude": {"out@x.de"}}


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """One that holds the plan of PEOPLE."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    await planned(journal, PEOPLE, mail(tags=["a", "b"]), name="spring", **OPTIONS)
    yield journal
    await journal.close()


async def _all_of(journal: Journal) -> Any:
    return await journal.header(), await journal.common(), await chunks_in(journal)


@pytest.mark.parametrize("wrap", [list, iter, streamed])
async def test_the_same_again_is_the_plan_that_is_there(journal: SqliteJournal, wrap: Any) -> None:
    """From whatever it is read, and by whatever id it would have got; nothing changes."""
    before = await _all_of(journal)
    made = await planned(journal, wrap(PEOPLE), mail(tags={"b", "a"}), campaign="c2", now=NOW + 60, **OPTIONS)
    assert (made.id, made.name, made.already_planned, made.totals) == ("c1", "spring", True, before[0].totals)
    assert [one.address for one in made.preview] == ["r0@x.de", "r1@x.de", "r2@x.de"]
    assert await _all_of(journal) == before


async def test_a_plan_that_is_being_sent_is_the_same_still(tmp_path: Path) -> None:
    """Whatever became of its chunks."""
    journal = SqliteJournal(tmp_path / "other.db")
    await journal.open()
    await planned(journal, PEOPLE, chunk_size=2)
    first = (await journal.candidates(now=NOW, limit=1))[0]
    claim = await journal.claim(first.key, owner="o", now=NOW, lease_until=NOW + 60)
    assert claim is not None
    whole = thaw(await journal.payload(first.key), count=first.count, digest=first.digest)
    halves = [
        freeze(half, campaign="c1", ordinal=f"0.{at}", domain="mg.example.com", source_digest="")
        for at, half in enumerate(whole.halves())
    ]
    await journal.settle(claim, Settlement(state="split", outcome="oversize", at=NOW, children=halves))
    await journal.steer("paused")
    made = await planned(journal, PEOPLE, chunk_size=2)
    assert made.already_planned
    assert [one.address for one in made.preview] == ["r0@x.de", "r1@x.de", "r2@x.de"]
    await journal.close()


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"subject": "Ho"}, "subject differs"),
        ({"subject": "Ho", "text": "Ha"}, "subject differs; text differs"),
        ({"tags": ["a"]}, "o:tag differs"),
        ({"html": "<p>"}, "html differs"),
        ({"subject": None}, "subject differs"),
        ({"attachments": [Attachment(content=b"x", filename="x.txt")]}, "attachment differs"),
    ],
)
async def test_another_message_is_another_plan(journal: SqliteJournal, fields: dict[str, Any], text: str) -> None:
    """The error names its fields, and the source is not read for it."""
    source = iter(PEOPLE * 100)
    assert await difference(journal, source, mail(**{"tags": ["a", "b"]} | fields), **OPTIONS) == text
    assert len(list(source)) > 2_000


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"chunk_size": 5}, "chunk_size was 4, is 5"),
        ({"address_key": "mail"}, "address_key was None, is 'mail'"),
        ({"name": "autumn"}, "name was 'spring', is 'autumn'"),
    ],
)
async def test_another_option_is_another_plan(journal: SqliteJournal, options: dict[str, Any], text: str) -> None:
    """Both values are named."""
    assert await difference(journal, PEOPLE, mail(tags=["a", "b"]), **OPTIONS | options) == text


async def test_a_changed_attachment_is_another_plan(tmp_path: Path) -> None:
    """What is in it counts."""
    journal = SqliteJournal(tmp_path / "other.db")
    await journal.open()
    path = tmp_path / "a.txt"
    path.write_text("as planned")
    message = mail(attachments=[Attachment(path=path)])
    await planned(journal, PEOPLE, message)
    assert (await planned(journal, PEOPLE, message)).already_planned
    path.write_text("as changed")
    assert await difference(journal, PEOPLE, message) == "attachment differs"
    await journal.close()


@pytest.mark.parametrize(
    ("people", "text"),
    [
        (
            [*PEOPLE[:9], "x9@x.de", *PEOPLE[10:]],
            "recipients differ from chunk 2 on (recipient 9)",
        ),
        (
            [*PEOPLE, "1@x.de", "2@x.de", "3@x.de"],
            "3 recipients more than planned",
        ),
        (
            PEOPLE[:14],
            "recipients differ from chunk 3 on (recipient 13); 9 recipients fewer than planned",
        ),
        (
            ["new@x.de", *PEOPLE],
            "recipients differ from chunk 0 on (recipient 1); 1 recipient more than planned",
        ),
        (
            [*PEOPLE[:21], "r5@x.de", PEOPLE[22]],
            "recipients differ",
        ),
    ],
)
async def test_other_recipients_are_another_plan(journal: SqliteJournal, people: list[str], text: str) -> None:
    """Where they begin to differ, and by how many, is told; a chunk that is gone differs as well."""
    assert await difference(journal, people, mail(tags=["a", "b"]), **OPTIONS) == text


async def test_other_variables_are_another_plan(tmp_path: Path) -> None:
    """They are what is sent."""
    journal = SqliteJournal(tmp_path / "other.db")
    await journal.open()
    people = [Recipient(f"r{number}@x.de", variables={"n": number}) for number in range(12_500)]
    await planned(journal, people)
    people[12_345].variables = {"n": 0}
    assert await difference(journal, people) == "recipients differ from chunk 12 on (recipient 12,001)"
    await journal.close()


@pytest.mark.parametrize("source", [[], iter([]), streamed([])])
async def test_an_exhausted_source_is_not_needed_any_more(journal: SqliteJournal, source: Any) -> None:
    """The error says so, rather than that everybody is missing."""
    with pytest.raises(JournalError, match=r"no recipients: .* holds a complete plan already, and send\(\) goes on"):
        await planned(journal, source, mail(tags=["a", "b"]), **OPTIONS)


async def test_a_file_can_be_planned_again(tmp_path: Path) -> None:
    """A program that is run again after a crash does so."""
    journal = SqliteJournal(tmp_path / "other.db")
    await journal.open()
    path = tmp_path / "people.csv"
    path.write_text("email,n\n" + "\n" * 300 + "a@x.de,1\nb@x.de\nc@x.de,2\n")
    message = mail(text=None, template="welcome")
    first = await planned(journal, CsvRecipients(path), message, template_from_recipients=True, chunk_size=2)
    again = await planned(journal, CsvRecipients(path), message, template_from_recipients=True, chunk_size=2)
    assert (first.already_planned, again.already_planned) == (False, True)
    assert first.totals == again.totals
    await journal.close()
