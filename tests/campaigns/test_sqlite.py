from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import sys
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.campaigns import tables
from mailgun_async.campaigns.journal import Claim, RejectedRecipient
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from mailgun_async.testing import JournalConformance
from mailgun_async.testing._journal_base import (
    LEASE_UNTIL,
    NOW,
    ended,
    new_chunk,
    new_header,
    ready,
    rejected_by,
    states,
    take,
    totals,
)
from tests.campaigns.in_file import names, run


class TestSqliteJournal(JournalConformance):
    @pytest.fixture
    def connect(self, tmp_path: Path) -> Callable[[], SqliteJournal]:
        return lambda: SqliteJournal(tmp_path / "journal.db")


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open journal in a file of its own."""
    journal = SqliteJournal(tmp_path / "journal.db")
    await journal.open()
    yield journal
    await journal.close()


async def pragma(journal: SqliteJournal, name: str) -> Any:
    """Ask the journal's own connection."""
    (value,) = await run(journal, lambda db: db.execute(f"PRAGMA {name}").fetchone())
    return value


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")
async def test_only_its_owner_may_read_the_file_and_its_companions(tmp_path: Path) -> None:
    """Whatever the umask: addresses are in all of them."""
    mask = os.umask(0)
    try:
        journal = SqliteJournal(tmp_path / "journal.db")
        await journal.open()
        await ready(journal, 10)
    finally:
        os.umask(mask)
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in names(tmp_path)}
    await journal.close()
    assert modes == dict.fromkeys(("journal.db", "journal.db-wal", "journal.db-shm"), 0o600)


async def test_a_closed_journal_is_one_file(tmp_path: Path, journal: SqliteJournal) -> None:
    """It can be copied and mailed to somebody."""
    await ready(journal, 10)
    await journal.close()
    assert names(tmp_path) == ["journal.db"]


async def test_what_was_committed_is_on_the_disk(journal: SqliteJournal) -> None:
    """The log is synced at every commit, and readers do not wait for writers."""
    assert await pragma(journal, "journal_mode") == "wal"
    assert await pragma(journal, "synchronous") == 2  # FULL
    assert await pragma(journal, "busy_timeout") == 10_000


async def test_the_file_says_what_it_is(journal: SqliteJournal) -> None:
    """In its head, where other programs look."""
    assert await pragma(journal, "application_id") == int.from_bytes(b"mgaj", "big")
    assert await pragma(journal, "user_version") == 1


@pytest.mark.parametrize("path", ["journal.db", Path("journal.db"), "it's?mode=ro#.db", ":memory:", "file:x"])
async def test_any_path_is_that_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | Path) -> None:
    """Also those by which SQLite means something else; and it stays the same when the program goes elsewhere."""
    monkeypatch.chdir(tmp_path)
    journal = SqliteJournal(path)
    monkeypatch.chdir("/")
    await journal.open()
    await ready(journal, 10)
    await journal.close()
    assert names(tmp_path) == [str(path)]


async def test_an_empty_file_becomes_a_journal(tmp_path: Path) -> None:
    """Somebody made a temporary file, or was killed between making it and filling it."""
    (tmp_path / "journal.db").touch()
    journal = SqliteJournal(tmp_path / "journal.db")
    await journal.open()
    await ready(journal, 10)
    await journal.close()


async def test_several_may_make_the_file_at_once(tmp_path: Path) -> None:
    """Each finds a whole journal."""
    for n in range(5):
        handles = [SqliteJournal(tmp_path / f"{n}.db") for _ in range(6)]
        await asyncio.gather(*(handle.open() for handle in handles))
        assert [await handle.header() for handle in handles] == [None] * 6
        await asyncio.gather(*(handle.close() for handle in handles))


async def test_opening_twice_is_harmless(journal: SqliteJournal) -> None:
    """There is one connection, and what was begun here still was."""
    await journal.begin(new_header(), [])
    connection = journal._connection
    await journal.open()
    assert journal._connection is connection
    await journal.finish(totals([]))


async def test_an_older_version_is_brought_up_to_date(
    tmp_path: Path, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, and what it held is there."""
    await ready(journal, 10)
    await journal.close()
    steps = (
        ("ALTER TABLE campaign ADD COLUMN motto TEXT DEFAULT 'on'",),
        ("UPDATE campaign SET motto = motto || '!'",),
    )
    monkeypatch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, *steps))
    newer = SqliteJournal(tmp_path / "journal.db")
    await newer.open()
    assert await pragma(newer, "user_version") == 3
    assert await run(newer, lambda db: db.execute("SELECT motto FROM campaign").fetchall()) == [("on!",)]
    assert await states(newer) == {"0": "planned"}
    await newer.close()


async def test_a_step_that_fails_leaves_the_older_version(
    tmp_path: Path, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release before can go on with it."""
    await ready(journal, 10)
    await journal.close()
    broken = ("ALTER TABLE campaign ADD COLUMN motto", "this is no SQL")
    with monkeypatch.context() as patch:
        patch.setattr(tables, "MIGRATIONS", (*tables.MIGRATIONS, broken))
        with pytest.raises(JournalError, match="syntax error"):
            await SqliteJournal(tmp_path / "journal.db").open()
    await journal.open()
    assert await pragma(journal, "user_version") == 1
    assert "motto" not in await run(journal, lambda db: db.execute("SELECT sql FROM sqlite_master").fetchone()[0])


async def test_texts_that_are_not_quite_text_are_kept(journal: SqliteJournal) -> None:
    """A damaged file of recipients may hold half a character, and that is why its line is rejected."""
    await journal.begin(new_header(name="half \udc80"), [])
    odd = ["half \ud83d", "nul \0 inside", "new\nline"]
    await journal.add([], [RejectedRecipient(address=text, reason=text, by="plan") for text in odd])
    kept = [(one.address, one.reason) async for one in journal.rejected()]
    assert kept == [(text, text) for text in ("half \\ud83d", "nul \0 inside", "new\nline")]


async def test_what_is_not_there_cannot_be_changed(journal: SqliteJournal) -> None:
    """A claim of another journal, say."""
    await journal.begin(new_header(), [])
    with pytest.raises(JournalError, match="no chunk with key 7"):
        await journal.replace(7, new_chunk("7"), [rejected_by("plan")])
    await journal.finish(totals([]))
    claim = Claim(key=7, owner="one", attempt=1, began_at=NOW, lease_until=LEASE_UNTIL)
    with pytest.raises(JournalError, match="no chunk with key 7"):
        await journal.settle(claim, ended("sent", "accepted"))
    assert [one async for one in journal.attempts()] == []


async def test_no_two_chunks_have_the_same_ordinal(journal: SqliteJournal) -> None:
    """They would share a Message-Id; and nothing is kept of what was to be added with one."""
    await journal.begin(new_header(), [])
    with pytest.raises(JournalError, match="UNIQUE"):
        await journal.add([new_chunk("0"), new_chunk("0")], [rejected_by("plan")])
    assert await states(journal) == {}
    await journal.finish(totals([]))


async def test_changing_a_chunk_does_not_write_its_recipients_again(tmp_path: Path, journal: SqliteJournal) -> None:
    """They are by far the largest of what is kept, and never change."""
    await journal.begin(new_header(), [])
    await journal.add([new_chunk("0", payload=bytes(1_000_000))])
    await journal.finish(totals([10]))
    await run(journal, lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    claim = await take(journal, 1)
    await journal.settle(claim, ended("sent", "accepted"))
    assert 0 < (tmp_path / "journal.db-wal").stat().st_size < 100_000


async def test_throwing_a_plan_away_does_not_write_it_again(tmp_path: Path, journal: SqliteJournal) -> None:
    """As overwriting it with zeros would, for hundreds of megabytes."""
    await journal.begin(new_header(), [])
    await journal.add([new_chunk("0", payload=bytes(1_000_000))])
    await run(journal, lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())
    await journal.begin(new_header(), [])
    assert 0 < (tmp_path / "journal.db-wal").stat().st_size < 100_000


async def _settle_one(journal: SqliteJournal) -> None:
    (candidate,) = await journal.candidates(now=NOW, limit=1)
    claim = await take(journal, candidate.key)
    await journal.settle(claim, ended("planned", "limited", due_at=NOW))


async def _expire_none(journal: SqliteJournal) -> None:
    await journal.expire(now=NOW, dead={"nobody"}, due_at=NOW)


async def _look_up(journal: SqliteJournal) -> None:
    (unknown,) = await journal.unknown(now=NOW, limit=1)
    await journal.look(unknown, due_at=NOW)
    await journal.next_due_at()


async def _filled(directory: Path, count: int) -> SqliteJournal:
    """A journal with as many planned chunks as unknown, sent and waiting ones."""
    journal = SqliteJournal(directory / f"{count}.db")
    await journal.open()
    await ready(journal, *[1] * count)
    for state, due_at, fourth in (("sent", None, 0), ("unknown", NOW, 1), ("planned", LEASE_UNTIL, 2)):
        await run(journal, _filling(state, due_at, fourth))
    return journal


def _filling(state: str, due_at: float | None, fourth: int) -> Callable[[sqlite3.Connection], object]:
    update = "UPDATE chunks SET state = ?, due_at = ?, attempt = 1, sent_from = 1 WHERE key % 4 = ?"
    return lambda db: db.execute(update, (state, due_at, fourth))


async def _list_unknown(journal: SqliteJournal) -> None:
    assert [chunk async for chunk in journal.chunks(["unknown"])]


async def _steps(directory: Path, count: int, work: Callable[[SqliteJournal], Awaitable[None]]) -> int:
    """Steps of SQLite's machine that something takes with so many chunks."""
    journal = await _filled(directory, count)
    steps = 0

    def tick() -> None:
        nonlocal steps
        steps += 1

    await run(journal, lambda db: db.set_progress_handler(tick, 1))
    await work(journal)
    await journal.close()
    assert steps
    return steps


@pytest.mark.parametrize("work", [_settle_one, _expire_none, _look_up])
async def test_the_work_for_one_chunk_does_not_grow_with_their_number(
    tmp_path: Path, work: Callable[[SqliteJournal], Awaitable[None]]
) -> None:
    """It finds its way by an index."""
    assert await _steps(tmp_path, 4_000, work) < await _steps(tmp_path, 40, work) * 1.1


async def test_a_listing_takes_as_long_as_there_are_chunks(tmp_path: Path) -> None:
    """They are not gone through, or sorted, again for each few that are read."""
    assert await _steps(tmp_path, 8_000, _list_unknown) < await _steps(tmp_path, 2_000, _list_unknown) * 4.4


async def test_long_listings_take_no_more_memory_than_short_ones(journal: SqliteJournal) -> None:
    """They are read a few at a time."""
    await journal.begin(new_header(), [])
    many = 20_000
    await journal.add([], [rejected_by("plan", f"{n}@{'x' * 100}") for n in range(many)])
    tracemalloc.start()
    try:
        count = 0
        async for _ in journal.rejected():
            count += 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == many
    assert peak < 500_000
