"""A journal among processes and tasks: some hold its lock, some are cancelled, some are killed."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from mailgun_async.testing._journal_base import (
    LEASE_UNTIL,
    NOW,
    assert_adds_up,
    candidates,
    ended,
    new_chunk,
    ready,
    record,
    started,
    states,
    take,
)
from tests.campaigns.in_file import names, run

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="users and signals are those of POSIX")

LOCK = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN " + sys.argv[2])
print("locked", flush=True)
sys.stdin.readline()
db.execute("ROLLBACK")
print("free", flush=True)
"""

FORGET = """
import asyncio, sys
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.testing._journal_base import ready

async def main():
    global journal
    journal = SqliteJournal(sys.argv[1])
    await journal.open()
    await ready(journal, 10)

asyncio.run(main())
"""

COMMIT = """
import asyncio, sys
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.testing._journal_base import LEASE_UNTIL, NOW, candidates, ended, new_chunk, take

async def main():
    journal = SqliteJournal(sys.argv[1])
    await journal.open()
    for candidate in await candidates(journal):
        claim = await take(journal, candidate.key)
        print("intent", candidate.ordinal, flush=True)
        halves = [new_chunk(f"{candidate.ordinal}.{half}", 5) for half in (0, 1)]
        await journal.settle(claim, ended("split", "oversize", children=halves))
        print("split", candidate.ordinal, flush=True)

asyncio.run(main())
"""


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open journal that does not wait long."""
    journal = SqliteJournal(tmp_path / "journal.db", busy_timeout_s=0.05)
    await journal.open()
    yield journal
    await journal.close()


class Lock:
    """Another process that writes, and does not come to an end."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    async def _hear(self, word: bytes) -> None:
        assert self._child.stdout is not None
        assert await self._child.stdout.readline() == word

    async def end(self) -> None:
        """Let go."""
        assert self._child.stdin is not None
        self._child.stdin.write(b"\n")
        await self._hear(b"free\n")


@asynccontextmanager
async def locked(path: Path, how: str = "IMMEDIATE") -> AsyncIterator[Lock]:
    """Hold the file's lock in a real process."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", LOCK, path, how, stdin=pipe, stdout=pipe)
    lock = Lock(child)
    await lock._hear(b"locked\n")
    try:
        yield lock
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.communicate()


async def test_a_journal_that_somebody_locks_is_an_error_after_a_while(journal: SqliteJournal) -> None:
    """It can still be read meanwhile, and everything works afterwards."""
    claim, _ = await started(journal, 10, 10)
    async with locked(journal.path) as lock:
        with pytest.raises(JournalError, match=r"journal\.db is locked by another process") as caught:
            await journal.settle(claim, ended("sent", "accepted"))
        assert isinstance(caught.value.__cause__, sqlite3.OperationalError)
        assert await states(journal) == {"0": "intent", "1": "intent"}
        await lock.end()
        assert await journal.settle(claim, ended("sent", "accepted"))


async def test_a_lock_that_is_let_go_in_time_is_only_a_wait(tmp_path: Path, journal: SqliteJournal) -> None:
    """Nobody notices, and the event loop goes on."""
    claim, _ = await started(journal, 10, 10)
    patient = SqliteJournal(tmp_path / "journal.db")
    await patient.open()
    async with locked(journal.path) as lock:
        settling = asyncio.create_task(patient.settle(claim, ended("sent", "accepted")))
        await asyncio.sleep(0.05)
        assert not settling.done()
        await lock.end()
        assert await settling
    await patient.close()


@pytest.mark.parametrize("how", ["EXCLUSIVE", "IMMEDIATE"])
async def test_a_file_that_somebody_else_is_making_can_be_waited_for(tmp_path: Path, how: str) -> None:
    """Or is an error, when they do not come to an end."""
    path = tmp_path / "journal.db"
    path.touch()
    async with locked(path, how) as lock:
        with pytest.raises(JournalError, match="locked by another process"):
            await SqliteJournal(path, busy_timeout_s=0.05).open()
        journal = SqliteJournal(path)
        opening = asyncio.create_task(journal.open())
        await asyncio.sleep(0.05)
        await lock.end()
        await opening
    await ready(journal, 10)
    await journal.close()


async def test_a_claim_cancelled_while_it_waits_is_given_back(tmp_path: Path, journal: SqliteJournal) -> None:
    """It is made once the lock is gone, and nobody is there to take it."""
    (only,) = await ready(journal, 10)
    patient = SqliteJournal(tmp_path / "journal.db")
    await patient.open()
    async with locked(journal.path) as lock:
        claiming = asyncio.create_task(patient.claim(only.key, owner="one", now=NOW, lease_until=LEASE_UNTIL))
        await asyncio.sleep(0.05)
        claiming.cancel()
        await asyncio.sleep(0)
        await lock.end()
        with pytest.raises(asyncio.CancelledError):
            await claiming
    kept = await record(journal)
    assert (kept.state, kept.attempt) == ("planned", 1)
    await patient.close()


async def test_opening_may_be_cancelled(tmp_path: Path) -> None:
    """Neither a thread nor a connection is left over."""
    threads = set(threading.enumerate())
    for turns in range(4):
        journal = SqliteJournal(tmp_path / "journal.db")
        opening = asyncio.create_task(journal.open())
        for _ in range(turns):
            await asyncio.sleep(0)
        opening.cancel()
        with suppress(asyncio.CancelledError):
            await opening
        await journal.close()
    for thread in set(threading.enumerate()) - threads:
        thread.join(timeout=5.0)
    assert set(threading.enumerate()) <= threads
    assert names(tmp_path) == ["journal.db"]


async def test_a_process_that_forgets_to_close_it_comes_to_its_end(tmp_path: Path) -> None:
    """And what it had committed is there."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", FORGET, tmp_path / "journal.db")
    assert await asyncio.wait_for(child.wait(), timeout=30.0) == 0
    journal = SqliteJournal(tmp_path / "journal.db")
    await journal.open()
    assert await states(journal) == {"0": "planned"}
    await journal.close()


@pytest.mark.parametrize("seed", range(3))
async def test_no_transaction_is_left_open_by_whoever_is_cancelled(journal: SqliteJournal, seed: int) -> None:
    """Every change is whole, and so is the connection."""
    roll = random.Random(seed)  # noqa: S311 -- dice, not secrets

    async def work(key: int) -> None:
        claim = await journal.claim(key, owner="one", now=NOW, lease_until=LEASE_UNTIL)
        assert claim is not None
        parts = [new_chunk(f"{key - 1}.0", 4), new_chunk(f"{key - 1}.1", 6)]
        await journal.settle(claim, ended("split", "oversize", children=parts))

    tasks = [asyncio.create_task(work(candidate.key)) for candidate in await ready(journal, *[10] * 30)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        roll.choice(tasks).cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(end) for end in ends} <= {type(None), asyncio.CancelledError}
    assert not await run(journal, lambda db: db.in_transaction)
    await assert_adds_up(journal)
    for candidate in await candidates(journal):
        assert await journal.settle(await take(journal, candidate.key), ended("sent", "accepted"))
    await journal.expire(now=LEASE_UNTIL, due_at=LEASE_UNTIL)
    assert set((await states(journal)).values()) <= {"sent", "split", "unknown"}


@posix_only
@pytest.mark.parametrize("lines", [1, 20, 37])
async def test_what_a_killed_process_had_committed_is_there(journal: SqliteJournal, lines: int) -> None:
    """All of it, nothing of it by half, and at most one step that it could not tell of."""
    await ready(journal, *[10] * 100)
    await journal.close()
    told = await asyncio.to_thread(_killed_after, lines, journal.path)
    await journal.open()
    assert await run(journal, lambda db: db.execute("PRAGMA integrity_check").fetchall()) == [("ok",)]
    await assert_adds_up(journal)
    found = await states(journal)
    known = {ordinal: state for state, ordinal in (line.split() for line in told)}
    ahead = [ordinal for ordinal in found if "." not in ordinal and found[ordinal] != known.get(ordinal, "planned")]
    assert len(known) >= lines // 2
    assert len(ahead) <= 1
    split = [ordinal for ordinal, state in found.items() if state == "split"]
    assert {ordinal for ordinal in found if "." in ordinal} == {f"{one}.{half}" for one in split for half in (0, 1)}


def _killed_after(lines: int, path: Path) -> list[str]:
    """Kill a process that commits one step after another; return what it told of."""
    with subprocess.Popen([sys.executable, "-c", COMMIT, path], stdout=subprocess.PIPE, text=True) as child:  # noqa: S603 -- our own interpreter
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.readlines()
    assert child.returncode == -signal.SIGKILL
    return told
