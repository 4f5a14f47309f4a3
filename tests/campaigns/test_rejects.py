from __future__ import annotations

import csv
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailgun_async.campaigns.journal import RejectedRecipient, Settlement
from mailgun_async.campaigns.rejects import COLUMNS, write_rejects
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from tests.campaigns.filled import BEGAN, accepted, chunk, claim, fill


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open one, with nothing in it."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    yield journal
    await journal.close()


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


async def test_everybody_who_was_not_reached_is_written_with_the_reason(journal: SqliteJournal, tmp_path: Path) -> None:
    """Those accepted and those who wait for their turn are not."""
    nobody = RejectedRecipient(address='no"body,', reason="not an address", by="plan", line=7)
    guilty = RejectedRecipient(address="0-1@example.com", reason="not valid", by="mailgun")
    await fill(journal, [2, 2, 1, 1, 1], rejected=[nobody])
    split = Settlement(
        state="split", outcome="refused", at=BEGAN, children=[chunk("0.0", 1)], rejected=[guilty], reason="bad"
    )
    settlements = (
        ("0", split),
        ("1", Settlement(state="refused", outcome="refused", at=BEGAN, reason="bad tag")),
        ("2", Settlement(state="unknown", outcome="unknown", at=BEGAN, reason="502", due_at=BEGAN)),
        ("3", Settlement(state="parked", outcome="unknown", at=BEGAN, body=b"gone")),
        ("0.0", accepted()),
    )
    for ordinal, settlement in settlements:
        await journal.settle(await claim(journal, ordinal=ordinal), settlement)
    path = tmp_path / "rejects.csv"
    path.write_text("what was here before")
    assert await write_rejects(journal, path) == 6
    rows = _read(path)
    assert list(rows[0]) == list(COLUMNS)
    assert [tuple(row.values()) for row in rows] == [
        ('no"body,', "not planned", "not an address", "", "", "7"),
        ("0-1@example.com", "rejected", "not valid", "", "", ""),
        ("1-0@example.com", "refused", "bad tag", chunk("1", 2).message_id, "1", ""),
        ("1-1@example.com", "refused", "bad tag", chunk("1", 2).message_id, "1", ""),
        ("2-0@example.com", "unknown", "502", chunk("2", 1).message_id, "2", ""),
        ("3-0@example.com", "parked", "gone", chunk("3", 1).message_id, "3", ""),
    ]
    assert not path.with_name("rejects.csv.part").exists()


async def test_who_was_planned_when_it_was_cancelled_is_written_too(journal: SqliteJournal, tmp_path: Path) -> None:
    """Nothing will be sent to them."""
    await fill(journal, [2])
    await journal.steer("cancelled")
    await write_rejects(journal, tmp_path / "rejects.csv")
    assert [row["status"] for row in _read(tmp_path / "rejects.csv")] == ["cancelled", "cancelled"]


async def test_thousands_are_written_in_their_order(journal: SqliteJournal, tmp_path: Path) -> None:
    """None is left out between two writes."""
    many = [RejectedRecipient(address=f"a{number}", reason="no", by="plan", line=number) for number in range(2_500)]
    await fill(journal, rejected=many)
    assert await write_rejects(journal, tmp_path / "rejects.csv") == 2_500
    assert [row["line"] for row in _read(tmp_path / "rejects.csv")] == [str(number) for number in range(2_500)]


async def test_without_a_plan_nothing_is_written(journal: SqliteJournal, tmp_path: Path) -> None:
    """There is nobody."""
    with pytest.raises(JournalError, match="holds no complete plan"):
        await write_rejects(journal, tmp_path / "rejects.csv")
    assert not (tmp_path / "rejects.csv").exists()


async def test_a_damaged_journal_leaves_the_former_file(journal: SqliteJournal, tmp_path: Path) -> None:
    """Half a file could be taken for a whole one."""
    await fill(journal, [2])
    await journal.settle(await claim(journal), Settlement(state="refused", outcome="refused", at=BEGAN))
    with sqlite3.connect(journal.path) as db:
        db.execute("UPDATE payloads SET payload = x'00'")
    db.close()
    (tmp_path / "rejects.csv").write_text("former")
    with pytest.raises(JournalError, match="chunk 0 of the journal is damaged"):
        await write_rejects(journal, tmp_path / "rejects.csv")
    assert (tmp_path / "rejects.csv").read_text() == "former"
    assert not (tmp_path / "rejects.csv.part").exists()
