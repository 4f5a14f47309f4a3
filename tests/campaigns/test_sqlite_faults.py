"""What can go wrong with a journal's file: each is a clear error, and what is in the journal stays."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from mailgun_async.testing._journal_base import (
    LEASE_UNTIL,
    NOW,
    candidates,
    ended,
    new_chunk,
    ready,
    started,
    states,
    take,
)
from tests.campaigns.in_file import names, run

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="users and signals are those of POSIX")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open journal in a file of its own."""
    journal = SqliteJournal(tmp_path / "journal.db")
    await journal.open()
    yield journal
    await journal.close()


async def test_a_full_disk_is_an_error_that_says_so(journal: SqliteJournal) -> None:
    """Nothing of what did not fit is there, and everything works once there is room."""
    claim, other = await started(journal, 10, 10)
    parts = [new_chunk("0.0", 5, payload=bytes(100_000)), new_chunk("0.1", 5, payload=bytes(100_000))]
    split = ended("split", "oversize", children=parts)
    pages = await run(journal, lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await run(journal, lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())
    for _ in range(2):
        with pytest.raises(JournalError, match="disk is full: make room"):
            await journal.settle(claim, split)
    assert not await run(journal, lambda db: db.in_transaction)
    assert await states(journal) == {"0": "intent", "1": "intent"}
    assert await journal.settle(other, ended("sent", "accepted"))
    await run(journal, lambda db: db.execute("PRAGMA max_page_count = 100000").fetchone())
    assert await journal.settle(claim, split)
    assert await states(journal) == {"0": "split", "0.0": "planned", "0.1": "planned", "1": "sent"}


def _break_in_the_middle(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xa5" * (size // 2))


def _break_one_page(path: Path) -> None:
    page = path.read_bytes().index(b"c1.150.digest@") // 4096
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xa5" * 8)


def _leave_a_column_empty(path: Path) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_master SET sql = replace(sql, 'owner TEXT', 'owner TEXT NOT NULL') WHERE name = 'chunks'")
    db.execute("PRAGMA schema_version = 999")
    db.close()


def _cut_off(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def _break_the_head(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(bytes(512))


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_break_in_the_middle, "is damaged: .* ask Mailgun's logs"),
        (_break_one_page, "is damaged"),
        (_leave_a_column_empty, "is damaged"),
        (_cut_off, "is damaged"),
        (_break_the_head, "is a file of another kind, or its beginning is damaged"),
    ],
)
async def test_a_damaged_file_is_an_error_before_anything_is_sent(
    journal: SqliteJournal, damage: object, why: str
) -> None:
    """It says what not to do about it."""
    await ready(journal, *[10] * 200)
    await journal.close()
    assert callable(damage)
    damage(journal.path)
    before = journal.path.read_bytes()
    with pytest.raises(JournalError, match=why):
        await journal.open()
    assert journal.path.read_bytes() == before


@pytest.mark.parametrize("seed", range(40))
async def test_damage_anywhere_is_a_journal_error_or_harmless(journal: SqliteJournal, seed: int) -> None:
    """Never another exception, whatever bytes are hit."""
    roll = random.Random(seed)  # noqa: S311 -- dice, not secrets
    claims = await started(journal, *[10] * 50)
    for claim in claims[::2]:
        await journal.settle(claim, ended("sent", "accepted"))
    await journal.close()
    with journal.path.open("r+b") as file:
        file.seek(roll.randrange(100, journal.path.stat().st_size))
        file.write(roll.randbytes(roll.choice([1, 4, 200])))
    with suppress(JournalError):
        await journal.open()
        await journal.header()
        await journal.sums()
        await journal.common()
        await states(journal)
        for candidate in await candidates(journal):
            await journal.payload(candidate.key)
        await journal.expire(now=LEASE_UNTIL, due_at=NOW)
        [one async for one in journal.attempts()]
    await journal.close()


async def test_a_record_that_cannot_be_read_is_damage(journal: SqliteJournal) -> None:
    """As when somebody edited the file by hand."""
    await ready(journal, 10)
    await run(journal, lambda db: db.execute("UPDATE campaign SET options = x'7b'"))
    with pytest.raises(JournalError, match="is damaged"):
        await journal.header()


async def test_a_newer_version_is_an_error_that_says_what_to_do(journal: SqliteJournal) -> None:
    """And leaves the file as it is."""
    await ready(journal, 10)
    await run(journal, lambda db: db.execute("PRAGMA user_version = 7"))
    await journal.close()
    with pytest.raises(JournalError, match="has version 7, and this release knows versions up to 1: use the release"):
        await journal.open()
    assert await asyncio.to_thread(_asked, journal.path, "PRAGMA user_version") == [(7,)]


def _asked(path: Path, *statements: str) -> list[object]:
    """Do something with a file as another program would."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        return [db.execute(statement).fetchall() for statement in statements][-1]
    finally:
        db.close()


async def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Not a byte of it changes."""
    path = tmp_path / "other.db"
    await asyncio.to_thread(_asked, path, "CREATE TABLE thing (x)", "INSERT INTO thing VALUES (1)")
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"other\.db is a database of another program: give another path"):
        await SqliteJournal(path).open()
    assert path.read_bytes() == before
    assert names(tmp_path) == ["other.db"]


async def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    """The list of recipients, say, given in the wrong place."""
    path = tmp_path / "recipients.csv"
    path.write_text("email,name\n" + "bob@example.com,Bob\n" * 100)
    before = path.read_bytes()
    with pytest.raises(JournalError, match=r"recipients\.csv is a file of another kind"):
        await SqliteJournal(path).open()
    assert path.read_bytes() == before


@pytest.mark.parametrize(("name", "why"), [("no/journal.db", "No such file or directory"), ("", "must be a file")])
async def test_a_path_that_cannot_be_a_file_is_an_error(tmp_path: Path, name: str, why: str) -> None:
    """A directory that is not there, or the directory itself."""
    with pytest.raises(JournalError, match=why):
        await SqliteJournal(tmp_path / name).open()


@pytest.fixture
def deniable() -> Iterator[Path]:
    """A directory whose owner can be denied things: root, who can not, is somebody else for as long."""
    directory = Path(tempfile.mkdtemp())
    root = os.geteuid() == 0
    if root:
        os.chown(directory, 65534, 65534)
        os.seteuid(65534)
    try:
        yield directory
    finally:
        if root:
            os.seteuid(0)
        permit(directory)
        shutil.rmtree(directory)


def permit(directory: Path, mode: int = 0o700) -> None:
    """Let the owner write all files in a directory, and itself, or not."""
    directory.chmod(0o700)
    for path in directory.iterdir():
        path.chmod(0o600)
    directory.chmod(mode)


@posix_only
async def test_a_file_that_may_not_be_written_can_be_read(deniable: Path) -> None:
    """A change is an error that says what is missing."""
    journal = SqliteJournal(deniable / "journal.db")
    await journal.open()
    (only,) = await ready(journal, 10)
    await journal.close()
    journal.path.chmod(0o400)
    await journal.open()
    assert await states(journal) == {"0": "planned"}
    with pytest.raises(JournalError, match="can't be written by this user: give the right"):
        await take(journal, only.key)
    await journal.close()
    permit(deniable)
    await journal.open()
    await take(journal, only.key)
    await journal.close()


@posix_only
async def test_a_directory_that_may_not_be_written_is_an_error(deniable: Path) -> None:
    """For a new journal, and for one that is there, as it needs its companions."""
    journal = SqliteJournal(deniable / "journal.db")
    await journal.open()
    await journal.close()
    permit(deniable, 0o500)
    with pytest.raises(JournalError, match=r"can't be written by this user: .* its directory"):
        await journal.open()
    with pytest.raises(JournalError, match="can't be made: Permission denied"):
        await SqliteJournal(deniable / "new.db").open()
