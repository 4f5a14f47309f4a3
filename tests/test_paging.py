from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from mailgun_async.errors import DecodingError, InvalidArgument
from mailgun_async.paging import ByBodySkip, BySkip, ByToken, ByUrl, OnePage, Pages, Paging, Step


@attrs.define
class Row:
    n: int


class Served:
    """Pages by the steps that ask for them, and the steps that were asked."""

    def __init__(self, *answers: Mapping[str, Any] | list[Any]) -> None:
        self.answers = list(answers)
        self.asked: list[Step] = []
        self.cancelled = 0
        self.hold: asyncio.Event | None = None

    async def read(self, step: Step) -> bytes:
        self.asked.append(step)
        answer = self.answers[len(self.asked) - 1]
        if self.hold is not None and len(self.asked) > 1:
            try:
                await self.hold.wait()
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
        return json.dumps(answer).encode()

    def pages(self, paging: Paging, first: Step | None = None, **options: Any) -> Pages[Row]:
        return Pages(self.read, Row, paging, first or Step(), **options)


def rows(*numbers: int) -> list[dict[str, int]]:
    """Items of a page."""
    return [{"n": number} for number in numbers]


def by_url(*pages: list[dict[str, int]]) -> Served:
    """Pages as Mailgun gives them: the last has a next one too, which is empty."""
    return Served(
        *({"items": page, "paging": {"next": f"https://x/{number + 1}"}} for number, page in enumerate([*pages, []]))
    )


async def numbers(pages: Pages[Row]) -> list[int]:
    """What a listing gives."""
    return [row.n async for row in pages]


async def test_urls_are_followed_until_a_page_is_empty() -> None:
    """The last page has a next one as well."""
    served = by_url(rows(1, 2), rows(3))
    assert await numbers(served.pages(ByUrl())) == [1, 2, 3]
    assert [step.url for step in served.asked] == [None, "https://x/1", "https://x/2"]


async def test_a_cursor_that_comes_again_ends_the_listing() -> None:
    """A listing never goes round."""
    turn = {"items": rows(1), "paging": {"next": "https://x/a"}}
    back = {"items": rows(2), "paging": {"next": "https://x/b"}}
    served = Served(turn, back, turn)
    assert await numbers(served.pages(ByUrl())) == [1, 2, 1]
    assert len(served.asked) == 3


async def test_the_next_page_is_asked_for_while_this_one_is_worked_on() -> None:
    """One page ahead and no more; switched off, none."""
    served = by_url(rows(1, 2), rows(3), rows(4))
    async for _ in served.pages(ByUrl()):
        assert len(served.asked) == 2
        break
    served = by_url(rows(1, 2), rows(3))
    async for _ in served.pages(ByUrl(), fetch_ahead=False):
        assert len(served.asked) == 1
        break


async def test_leaving_early_gives_back_what_was_asked_ahead() -> None:
    """No task is left behind."""
    served = by_url(rows(1), rows(2))
    served.hold = asyncio.Event()
    async for row in served.pages(ByUrl()):
        assert row.n == 1
        break
    for _ in range(5):  # Python closes what a loop left behind in turns of its own
        await asyncio.sleep(0)
    assert served.cancelled == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize(("most", "asked"), [(0, 0), (1, 1), (2, 1), (3, 2), (9, 3)])
async def test_max_items_bounds_items_and_calls(most: int, asked: int) -> None:
    """Nothing is asked that is not needed."""
    served = by_url(rows(1, 2), rows(3, 4))
    assert await numbers(served.pages(ByUrl(), max_items=most)) == [1, 2, 3, 4][:most]
    assert len(served.asked) == asked


def test_max_items_is_not_negative() -> None:
    """Said before anything is asked."""
    with pytest.raises(InvalidArgument, match="max_items must be 0 or more, not -1"):
        by_url().pages(ByUrl(), max_items=-1)


async def test_skip_grows_until_the_total_is_reached() -> None:
    """The other parameters stay."""
    served = Served({"total_count": 3, "items": rows(1, 2)}, {"total_count": 3, "items": rows(3)})
    assert await numbers(served.pages(BySkip(), Step(query={"limit": 2, "state": "active"}))) == [1, 2, 3]
    assert [step.query for step in served.asked] == [
        {"limit": 2, "state": "active"},
        {"limit": 2, "state": "active", "skip": 2},
    ]


async def test_without_a_total_a_short_page_is_the_last() -> None:
    """And an empty one."""
    served = Served({"items": rows(1, 2)}, {"items": rows(3)})
    assert await numbers(served.pages(BySkip(), Step(query={"limit": 2}))) == [1, 2, 3]
    served = Served({"items": rows(1)}, {"items": []})
    assert await numbers(served.pages(BySkip())) == [1]
    assert len(served.asked) == 2


async def test_skip_in_the_body() -> None:
    """`pagination.skip` grows beside the limit that was given."""
    served = Served({"pagination": {"total": 2}, "items": rows(1)}, {"pagination": {"total": 2}, "items": rows(2)})
    first = Step(json={"start": "x", "pagination": {"limit": 1}})
    assert await numbers(served.pages(ByBodySkip(), first)) == [1, 2]
    assert served.asked[1].json == {"start": "x", "pagination": {"limit": 1, "skip": 1}}


async def test_a_token_is_posted_back() -> None:
    """Until there is none, it does not change, or nothing comes."""
    served = Served({"items": rows(1), "pagination": {"next": "a"}}, {"items": rows(2), "pagination": {"next": "a"}})
    first = Step(json={"pagination": {"limit": 1}})
    assert await numbers(served.pages(ByToken(), first)) == [1, 2]
    assert served.asked[1].json == {"pagination": {"limit": 1, "token": "a"}}


async def test_one_page_may_be_all() -> None:
    """No other is asked for."""
    served = Served({"items": rows(1, 2)})
    assert await numbers(served.pages(OnePage())) == [1, 2]
    assert len(served.asked) == 1


async def test_whole_pages_and_the_first_alone() -> None:
    """With all else that the document says."""
    document = {"items": rows(1, 2), "paging": {"next": "https://x/1"}, "total": 7}
    first = await Served(document).pages(ByUrl()).first()
    assert [row.n for row in first.items] == [1, 2]
    assert first.extra == {"paging": {"next": "https://x/1"}, "total": 7}
    pages = [page async for page in by_url(rows(1, 2), rows(3)).pages(ByUrl()).pages()]
    assert [len(page.items) for page in pages] == [2, 1]
    assert await by_url(rows(1), rows(2)).pages(ByUrl()).all() == [Row(1), Row(2)]


@pytest.mark.parametrize("answer", [{"items": None}, {}, []])
async def test_nothing_is_an_empty_listing(answer: Any) -> None:
    """However it is written."""
    assert await numbers(Served(answer).pages(ByUrl())) == []


async def test_what_is_no_page_is_told() -> None:
    """With its place, and the body whole."""
    with pytest.raises(DecodingError, match="no list 'items'"):
        await numbers(Served({"items": {}}).pages(ByUrl()))
    with pytest.raises(DecodingError) as caught:
        await numbers(Served({"items": [{"n": 1}, {"m": 2}]}).pages(ByUrl()))
    assert caught.value.path == "items[1].n"
    assert b'"m": 2' in caught.value.body


async def test_an_error_of_a_page_ahead_is_raised_when_its_turn_comes() -> None:
    """The page before it is given first."""
    served = by_url(rows(1))
    served.answers.pop()
    listing = served.pages(ByUrl()).pages()
    assert [row.n for row in (await anext(listing)).items] == [1]
    with pytest.raises(IndexError):
        await anext(listing)


async def test_an_error_of_a_page_ahead_that_nobody_wants_is_dropped() -> None:
    """Leaving early leaves no complaint behind."""
    served = by_url(rows(1))
    served.answers.pop()
    listing = served.pages(ByUrl()).pages()
    await anext(listing)
    await asyncio.sleep(0)
    await listing.aclose()
    assert len(served.asked) == 2
