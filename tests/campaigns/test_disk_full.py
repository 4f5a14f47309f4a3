"""A disk that becomes full in the middle of a campaign: an error, a journal that is whole, and it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailgun_async import Campaign, Message
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from mailgun_async.testing import Emulator
from tests.campaigns.in_file import run
from tests.campaigns.worker import campaign, client

MAIL = Message(from_="Ada <ada@mg.example.com>", subject="Hi", text="Hello")
PEOPLE = [f"r{number}@example.com" for number in range(300)]


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """A local Mailgun."""
    async with Emulator() as running:
        yield running


@pytest.fixture
async def spring(emulator: Emulator, tmp_path: Path) -> AsyncIterator[Campaign]:
    """A campaign in a file."""
    async with client(emulator.url) as mg, campaign(mg, tmp_path / "journal.db", "resend") as made:
        yield made


async def fill_disk(spring: Campaign) -> None:
    """Let the file grow no more."""
    assert isinstance(spring._journal, SqliteJournal)
    pages = await run(spring._journal, lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await run(spring._journal, lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone())


async def make_room(spring: Campaign) -> None:
    """Let the file grow again."""
    assert isinstance(spring._journal, SqliteJournal)
    await run(spring._journal, lambda db: db.execute("PRAGMA max_page_count = 100000").fetchone())


async def test_while_sending_it_is_an_error_and_nobody_gets_two_mails(emulator: Emulator, spring: Campaign) -> None:
    """The calls whose outcome could not be written down are looked up once there is room."""
    await spring.plan(MAIL, PEOPLE, chunk_size=1)
    await fill_disk(spring)
    with pytest.raises(JournalError, match="disk is full: make room"):
        await spring.send()
    sent = emulator.calls
    assert (await spring.report()).accepted <= sent < len(PEOPLE)
    await make_room(spring)
    report = await spring.send()
    assert sorted(emulator.outbox.recipients()) == sorted(PEOPLE)
    assert (report.accepted, report.complete) == (len(PEOPLE), True)


async def test_while_planning_it_is_an_error_and_nothing_is_planned(emulator: Emulator, spring: Campaign) -> None:
    """Once there is room it is planned anew."""
    await fill_disk(spring)
    with pytest.raises(JournalError, match="disk is full: make room"):
        await spring.plan(MAIL, PEOPLE, chunk_size=1)
    with pytest.raises(JournalError, match="call plan"):
        await spring.send()
    await make_room(spring)
    await spring.plan(MAIL, PEOPLE, chunk_size=100)
    assert (await spring.send()).accepted == emulator.outbox.tally().addresses == len(PEOPLE)
