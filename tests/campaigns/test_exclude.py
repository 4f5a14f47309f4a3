from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.campaigns.exclude import make_filter
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import InvalidArgument
from mailgun_async.message import Recipient
from tests.campaigns.planning import chunks_in, people_in, planned

ADDRESSES = ["a@x.de", "B@x.de", "c@X.de", "ä@x.de"]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open one, with nothing in it."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    yield journal
    await journal.close()


@pytest.mark.parametrize(
    ("exclude", "left_out"),
    [
        ({"a@x.de", "b@x.de"}, [True, True, False, False]),
        (frozenset({"A@X.DE", "C@x.de"}), [True, False, True, False]),
        ({"Ada <a@x.de>", " b@x.de\n", "Ä@x.de"}, [True, True, False, True]),
        (dict.fromkeys(["a@x.de"]).keys(), [True, False, False, False]),
        (set(), [False] * 4),
        (lambda address: address.startswith("a"), [True, False, False, False]),
    ],
)
async def test_sets_and_functions_tell_who_is_left_out(exclude: Any, left_out: list[bool]) -> None:
    """Sets whatever the case they are written in; functions get the address as it is."""
    assert await (await make_filter(exclude))(ADDRESSES) == left_out


async def test_a_function_may_be_async() -> None:
    """It is asked one at a time."""
    asked: list[str] = []

    async def exclude(address: str) -> bool:
        asked.append(address)
        await asyncio.sleep(0)
        return address == "c@X.de"

    assert await (await make_filter(exclude))(ADDRESSES) == [False, False, True, False]
    assert asked == ADDRESSES


@pytest.mark.parametrize(
    ("exclude", "text"),
    [
        (["a@x.de"], "exclude is a set of addresses, or a function that is asked about each, not list"),
        ("a@x.de", "not str"),
        ({"a@x.de", 7}, "exclude holds 7, which is no text"),
        ({"a@x.de", "x.de"}, "exclude holds 'x.de', which is no address"),
    ],
)
async def test_what_could_not_exclude_anybody_is_refused(exclude: Any, text: str) -> None:
    """Rather than that somebody gets a mail."""
    with pytest.raises(InvalidArgument, match=text) as raised:
        await make_filter(exclude)
    assert raised.value.field == "exclude"


async def test_the_loop_goes_on_while_a_large_set_is_read() -> None:
    """Others get their turn."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    await make_filter({f"r{number}@x.de" for number in range(10_000)})
    running.cancel()
    assert turns > 10


async def test_those_excluded_are_in_no_chunk_and_counted(journal: SqliteJournal) -> None:
    """Chunks are as full as without them, and names are read before anybody is asked."""
    people = ["Ada <a@x.de>", "b@x.de", Recipient("c@x.de", "Cy"), "d@x.de", "e@x.de", "B@x.de"]
    made = await planned(journal, people, chunk_size=2, exclude={"a@x.de", "b@x.de"})
    assert await people_in(journal) == [["c@x.de", "d@x.de"], ["e@x.de"]]
    assert (await chunks_in(journal))[0][1].mailboxes == {"c@x.de": "Cy <c@x.de>"}
    assert (made.totals.excluded, made.totals.duplicates, made.totals.recipients) == (3, 0, 3)
