from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailgun_async.batch.addresses import identity
from mailgun_async.batch.chunks import Chunk
from mailgun_async.campaigns import duplicates as duplicates_module
from mailgun_async.campaigns import planner
from mailgun_async.campaigns.duplicates import Duplicates
from mailgun_async.campaigns.planner import Plan
from mailgun_async.campaigns.sqlite import SqliteJournal
from mailgun_async.errors import JournalError
from mailgun_async.message import Recipient
from tests.campaigns.planning import all_in, chunks_in, mail, names_in, people_in, planned


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournal]:
    """An open one, with nothing in it."""
    journal = SqliteJournal(tmp_path / "campaign.db")
    await journal.open()
    yield journal
    await journal.close()


def _chunk(addresses: list[str], mailboxes: dict[str, str] | None = None) -> Chunk:
    return Chunk.of({address: {} for address in addresses}, mailboxes or {})


async def _places(*chunks: Chunk, **options: Any) -> list[int]:
    """Search chunks; return the places of those found."""
    async with Duplicates(**options) as found:
        for chunk in chunks:
            await found.add(chunk)
        count = await found.search()
        places = found.among(0, sum(chunk.count for chunk in chunks))
    assert count == len(places)
    return places


# -- searching ---------------------------------------------------------------------------------------------------------


async def test_addresses_that_an_earlier_chunk_has_are_found() -> None:
    """Whatever their case; the first stays."""
    chunks = [_chunk(["a@x.de", "b@x.de"]), _chunk(["c@x.de", "A@x.de"]), _chunk(["a@X.de", "d@x.de", "c@x.de"])]
    assert await _places(*chunks) == [3, 4, 6]
    assert await _places(*chunks[:1]) == []
    assert await _places() == []


async def test_those_with_names_are_found_too() -> None:
    """They stand behind the bare ones."""
    named = _chunk(["a@x.de", "b@x.de"], {"a@x.de": "Ada <a@x.de>"})
    assert await _places(named, _chunk(["A@x.de", "b@x.de"])) == [2, 3]
    assert await _places(_chunk(["a@x.de"]), named, _chunk(["b@x.de"])) == [2, 3]


async def test_a_chunk_is_asked_about_by_itself() -> None:
    """Places are counted from its first recipient."""
    async with Duplicates() as found:
        for addresses in (["a@x.de", "b@x.de", "c@x.de"], ["a@x.de"], ["d@x.de", "c@x.de", "b@x.de"]):
            await found.add(_chunk(addresses))
        assert await found.search() == 3
        assert [found.among(0, 3), found.among(3, 1), found.among(4, 3)] == [[], [0], [1, 2]]


@pytest.mark.parametrize("hash_of", [lambda _address: 0, len, lambda address: -len(address), hash])
async def test_equal_hashes_are_no_equal_addresses(hash_of: Callable[[str], int]) -> None:
    """Addresses are compared."""
    chunks = [_chunk(["a@x.de", "b@x.de"]), _chunk(["c@x.de", "b@x.de"]), _chunk(["ä@x.de"])]
    assert await _places(*chunks, hash_of=hash_of) == [3]


async def test_pages_are_searched_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Though they were written one after the other, most of them to a file."""
    monkeypatch.setattr(duplicates_module, "_PAGE", 7)
    monkeypatch.setattr(duplicates_module, "_IN_MEMORY", 100)
    chunks = [_chunk([f"r{number}@x.de" for number in range(start, start + 10)]) for start in range(0, 300, 9)]
    assert await _places(*chunks, directory=tmp_path) == list(range(10, 10 * len(chunks), 10))


async def test_nothing_stays_on_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also when the search never takes place."""
    monkeypatch.setattr(duplicates_module, "_IN_MEMORY", 1)
    async with Duplicates(tmp_path) as found:
        await found.add(_chunk(["a@x.de"]))
    async with Duplicates(tmp_path) as found:
        await found.add(_chunk(["a@x.de"]))
        await found.search()
    assert names_in(tmp_path) == []


async def test_a_file_that_cannot_be_written_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And what to do."""
    monkeypatch.setattr(duplicates_module, "_IN_MEMORY", 1)
    async with Duplicates(tmp_path / "gone") as found:
        await found.add(_chunk(["a@x.de"]))
        with pytest.raises(JournalError, match=r"a temporary file in .*gone fails: No such file .*plan again"):
            await found.search()


# -- taking out --------------------------------------------------------------------------------------------------------


async def test_duplicates_inside_a_chunk_and_across_are_taken_out(journal: SqliteJournal) -> None:
    """And both counted."""
    people = ["a@x.de", "b@x.de", "a@x.de", "c@x.de", "B@x.de", "d@x.de", "a@x.de", "e@x.de"]
    made = await planned(journal, people, chunk_size=4)
    assert await people_in(journal) == [["a@x.de", "b@x.de", "c@x.de"], ["d@x.de", "e@x.de"]]
    assert (made.totals.duplicates, made.totals.recipients, made.totals.chunks) == (3, 5, 2)


async def test_a_chunk_that_lost_some_is_another(journal: SqliteJournal) -> None:
    """With a digest and a Message-Id of its own, but known by what was cut."""
    await planned(journal, ["a@x.de", "b@x.de", "a@x.de", "c@x.de"], chunk_size=2)
    (first, _), (second, chunk) = await chunks_in(journal)
    assert (second.ordinal, second.count, chunk.to) == ("1", 1, "c@x.de")
    assert first.source_digest == first.digest
    assert second.source_digest != second.digest
    assert second.digest[:12] in second.message_id


async def test_the_first_keeps_its_variables_and_its_spelling(journal: SqliteJournal) -> None:
    """Names too; what comes later is dropped whole."""
    people = [
        Recipient("A@x.de", "Ada", {"n": 1}),
        Recipient("b@x.de"),
        Recipient("a@x.de", variables={"n": 2}),
        Recipient("c@x.de", "Cy", {"n": 3}),
    ]
    await planned(journal, people, chunk_size=2)
    (_, first), (_, second) = await chunks_in(journal)
    assert (first.entries(), first.mailboxes) == ({"A@x.de": {"n": 1}, "b@x.de": {}}, {"A@x.de": "Ada <A@x.de>"})
    assert (second.entries(), second.mailboxes) == ({"c@x.de": {"n": 3}}, {"c@x.de": "Cy <c@x.de>"})


async def test_a_chunk_that_lost_everybody_is_gone(journal: SqliteJournal) -> None:
    """The others keep their ordinals."""
    made = await planned(journal, ["a@x.de", "b@x.de", "b@x.de", "A@x.de", "c@x.de"], chunk_size=2)
    assert [(record.ordinal, record.count) for record, _ in await chunks_in(journal)] == [("0", 2), ("2", 1)]
    assert (made.totals.chunks, made.totals.recipients, made.totals.duplicates) == (2, 3, 2)


async def test_who_was_rejected_is_nobodys_first(journal: SqliteJournal) -> None:
    """Whoever comes later with all that is needed gets the mail."""
    people = [
        Recipient("a@x.de"),
        Recipient("a@x.de", variables={"n": {1, 2}}),
        Recipient("b@x.de", variables={"n": 1}),
        Recipient("a@x.de", variables={"n": 2}),
    ]
    made = await planned(journal, people, mail(text="%recipient.n%"))
    assert await all_in(journal) == ["b@x.de", "a@x.de"]
    assert (made.totals.rejected, made.totals.duplicates) == (2, 0)


async def test_a_damaged_chunk_ends_the_plan(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made of it."""

    async def payload(_key: int) -> bytes:
        return b"damaged"

    monkeypatch.setattr(journal, "payload", payload)
    with pytest.raises(JournalError, match="chunk 1 of the journal is damaged"):
        await planned(journal, ["a@x.de", "a@x.de"], chunk_size=1)


# -- any list ----------------------------------------------------------------------------------------------------------

_LOCAL = st.sampled_from(["a", "A", "b", "ab", "aB", "ä", "Ä", "ΑΣ", "ας", "İ", "ß", "a.b", '"a,b"', "A+1"])
_PEOPLE = st.lists(
    st.builds(
        lambda local, number, shown: Recipient(f"{local}{number}@x.de" if local[-1] != '"' else f"{local}@x.de", shown),
        _LOCAL,
        st.integers(0, 6),
        st.sampled_from([None, None, "Ada"]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    people=_PEOPLE,
    chunk_size=st.integers(1, 9),
    page=st.integers(1, 20),
    hash_of=st.sampled_from([hash, len, lambda _address: 7]),
)
async def test_what_is_planned_is_what_a_dict_would_leave(
    people: list[Recipient], chunk_size: int, page: int, hash_of: Callable[[str], int]
) -> None:
    """In order, for any list, however chunks and pages fall and whatever hashes collide."""
    firsts: dict[str, Recipient] = {}
    for number, one in enumerate(people):
        one.variables = {"n": number}
        firsts.setdefault(identity(one.address), one)
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates_module, "_PAGE", page)
        patch.setattr(planner, "Duplicates", lambda where: Duplicates(where, hash_of=hash_of))
        made, found = await _plan_in(Path(directory), people, chunk_size)
    assert found == [(one.address, one.name, one.variables) for one in firsts.values()]
    assert made.totals.duplicates == len(people) - len(firsts)


async def _plan_in(
    directory: Path, people: list[Recipient], chunk_size: int
) -> tuple[Plan, list[tuple[str, str | None, Any]]]:
    journal = SqliteJournal(directory / "campaign.db")
    await journal.open()
    try:
        made = await planned(journal, people, chunk_size=chunk_size)
        chunks = [chunk for _, chunk in await chunks_in(journal)]
    finally:
        await journal.close()
    return made, [(one.address, one.name, one.variables) for chunk in chunks for one in chunk.recipients()]


@given(st.lists(st.text(st.characters(exclude_characters=",", exclude_categories=["Cs"])), min_size=1))
def test_to_lower_all_at_once_is_to_lower_each(texts: list[str]) -> None:
    """What stands behind a comma has no influence on what stands before it."""
    assert identity(",".join(texts)).split(",") == list(map(identity, texts))
