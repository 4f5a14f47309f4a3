from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mailgun_async.campaigns.preview import PreviewedMail, previewed
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.message import Recipient
from tests.campaigns.planning import mail, planned


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open one, with nothing in it."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    yield journal
    await journal.close()


def test_a_previewed_mail_is_what_its_reader_gets() -> None:
    """In all of its texts."""
    message = mail(subject="%recipient.n%!", text="Hi %recipient.n%", html="<p>%recipient.n% %recipient.m%</p>")
    assert previewed(message, Recipient("a@x.de", "Ada", {"n": "Ada", "m": 2})) == PreviewedMail(
        address="a@x.de", subject="Ada!", text="Hi Ada", html="<p>Ada 2</p>", variables={"n": "Ada", "m": 2}
    )


def test_what_a_stored_template_brings_is_not_there() -> None:
    """It is Mailgun that has it."""
    shown = previewed(mail(text=None, subject=None, template="welcome"), Recipient("a@x.de"))
    assert (shown.subject, shown.text, shown.html) == (None, None, None)


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 10])
async def test_the_first_three_recipients_are_shown(journal: SqliteJournal, chunk_size: int) -> None:
    """Each once, of however many chunks."""
    people = [Recipient(f"{name}@x.de", variables={"n": name}) for name in ("a", "A", "b", "a", "c", "d")]
    made = await planned(journal, people, mail(subject="Hi %recipient.n%"), chunk_size=chunk_size)
    assert [(one.address, one.subject) for one in made.preview] == [
        ("a@x.de", "Hi a"),
        ("b@x.de", "Hi b"),
        ("c@x.de", "Hi c"),
    ]


async def test_of_fewer_all_are_shown(journal: SqliteJournal) -> None:
    """Nobody is made up."""
    assert [one.address for one in (await planned(journal, ["a@x.de", "nobody"])).preview] == ["a@x.de"]
