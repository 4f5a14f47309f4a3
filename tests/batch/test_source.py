from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from types import MappingProxyType
from typing import Any

import pytest

from mailgun_async.batch.block import Block, Rejected
from mailgun_async.batch.source import Blocks, in_blocks
from mailgun_async.errors import InvalidArgument
from mailgun_async.message import Recipient


async def read(blocks: Blocks) -> list[Block]:
    """All blocks to the end."""
    async with blocks:
        found = []
        while (block := await blocks.next()) is not None:
            found.append(block)
        return found


def people(blocks: Iterable[Block]) -> list[tuple[str, dict[str, Any]]]:
    """Address and variables of each."""
    pairs = [pair for block in blocks for pair in zip(block.addresses, block.variables(), strict=True)]
    return [(address, dict(variables)) for address, variables in pairs]


async def streamed(items: Iterable[Any]) -> AsyncIterator[Any]:
    """Make an async iterable of any other."""
    for item in items:
        await asyncio.sleep(0)
        yield item


@pytest.mark.parametrize("wrap", [list, iter, streamed])
async def test_addresses_come_in_blocks_of_the_size_asked_for(wrap: Any) -> None:
    """From lists, iterators and async iterators alike, in their order."""
    addresses = [f"r{number}@x.de" for number in range(5)]
    blocks = await read(in_blocks(wrap(addresses), 2))
    assert [block.addresses for block in blocks] == [addresses[:2], addresses[2:4], addresses[4:]]
    assert people(blocks) == [(address, {}) for address in addresses]


@pytest.mark.parametrize("wrap", [list, streamed])
async def test_a_full_last_block_is_followed_by_none(wrap: Any) -> None:
    """Nor is there one when nobody comes."""
    assert len(await read(in_blocks(wrap(["a@x", "b@x"]), 2))) == 1
    assert await read(in_blocks(wrap([]), 2)) == []


async def test_a_source_is_read_no_further_than_needed() -> None:
    """One block at a time, and the first one only when it is asked for."""
    pulled: list[int] = []

    def source() -> Iterator[str]:
        for number in range(10):
            pulled.append(number)
            yield f"r{number}@x.de"

    blocks = in_blocks(source(), 2)
    assert pulled == []
    assert len(await blocks.peek()) == 2
    assert await blocks.peek() is await blocks.next()
    assert pulled == [0, 1]


async def test_the_end_can_be_peeked_at() -> None:
    """Then there is an empty block to look at, and none to take."""
    blocks = in_blocks([], 2)
    assert len(await blocks.peek()) == 0
    assert await blocks.next() is None


async def test_blocks_without_anybody_are_not_peeked_at() -> None:
    """Those of nothing but blank lines tell nothing of the rest; those of who is rejected do."""

    class Source:
        async def blocks(self, _size: int, /) -> AsyncIterator[Block]:
            for block in (Block(), Block(), Block(bad_rows=1), Block(["a@x"])):
                yield block

    blocks = in_blocks(Source(), 2)
    assert (await blocks.peek()).bad_rows == 1
    assert [block.taken for block in await read(blocks)] == [1, 1]


async def test_recipients_bring_names_and_variables() -> None:
    """As they are."""
    given = [Recipient("a@x", "Ada", {"n": 1}), Recipient("b@x", variables=MappingProxyType({"n": 2}))]
    (block,) = await read(in_blocks(given, 10))
    assert people([block]) == [("a@x", {"n": 1}), ("b@x", {"n": 2})]
    assert block.names == ["Ada", None]


async def test_recipients_without_names_make_no_list_of_them() -> None:
    """Nothing has to be looked at then."""
    (block,) = await read(in_blocks([Recipient("a@x")], 10))
    assert block.names is None


@pytest.mark.parametrize(
    ("items", "key"),
    [
        ([{"email": "a@x", "n": 1}, {"email": "b@x", "m": 2}], None),
        ([{"address": "a@x", "n": 1}, {"address": "b@x", "m": 2}], None),
        ([{"to": "a@x", "n": 1}, {"to": "b@x", "m": 2}], "to"),
        ([MappingProxyType({"email": "a@x", "n": 1}), MappingProxyType({"email": "b@x", "m": 2})], None),
    ],
)
async def test_all_keys_but_the_address_are_variables(items: list[dict[str, Any]], key: str | None) -> None:
    """The mappings stay as they were."""
    before = [dict(item) for item in items]
    assert people(await read(in_blocks(items, 10, address_key=key))) == [("a@x", {"n": 1}), ("b@x", {"m": 2})]
    assert items == before


async def test_kinds_may_be_mixed() -> None:
    """Their order is kept, and what is no recipient is rejected."""
    items: list[Any] = ["a@x", "b@x", Recipient("c@x", "Cy", {"n": 3}), {"email": "d@x", "n": 4}, 7, "e@x", None]
    (block,) = await read(in_blocks(items, 10))
    assert people([block]) == [("a@x", {}), ("b@x", {}), ("c@x", {"n": 3}), ("d@x", {"n": 4}), ("e@x", {})]
    assert block.names == [None, None, "Cy", None, None]
    assert block.rejected == [
        Rejected("7", "a recipient is text, a Recipient or a mapping, not int"),
        Rejected("None", "a recipient is text, a Recipient or a mapping, not NoneType"),
    ]
    assert block.taken == 7


async def test_what_has_no_address_is_rejected() -> None:
    """Missing, None, or no text."""
    items: list[Any] = [{"n": 1}, {"email": None}, {"email": 7}, {"email": "a@x"}]
    (block,) = await read(in_blocks(items, 10, address_key="email"))
    assert block.addresses == ["a@x"]
    assert block.rejected == [Rejected("", "no address"), Rejected("", "no address"), Rejected("7", "no address")]


async def test_a_recipient_whose_address_is_no_text_is_rejected() -> None:
    """The others keep their own names."""
    (block,) = await read(in_blocks([Recipient(None, "No"), Recipient("b@x", "Bo")], 10))  # type: ignore[arg-type]
    assert (block.addresses, block.names) == (["b@x"], ["Bo"])


async def test_a_source_of_blocks_is_asked_for_them() -> None:
    """As the files are."""

    class Source:
        async def blocks(self, size: int) -> AsyncIterator[Block]:
            yield Block([f"{size}@x"])

    assert people(await read(in_blocks(Source(), 3))) == [("3@x", {})]


async def test_a_source_of_blocks_that_can_be_closed_is_closed() -> None:
    """Also when it was not read to its end."""
    closed = []

    class Source:
        async def blocks(self, _size: int) -> AsyncGenerator[Block, None]:
            try:
                yield Block(["a@x"])
                yield Block(["b@x"])
            finally:
                closed.append(True)

    async with in_blocks(Source(), 3) as blocks:
        await blocks.next()
    assert closed == [True]


async def test_a_source_of_blocks_need_not_be_a_generator() -> None:
    """Any async iterator does."""

    class Source:
        def blocks(self, _size: int) -> AsyncIterator[Block]:
            return self

        def __aiter__(self) -> AsyncIterator[Block]:
            return self

        async def __anext__(self) -> Block:
            raise StopAsyncIteration

    async with in_blocks(Source(), 3) as blocks:
        assert await blocks.next() is None


@pytest.mark.parametrize("source", ["a@x.de", b"a@x.de", {"a@x.de": {}}, 7, None])
def test_what_holds_no_recipients_is_refused(source: Any) -> None:
    """Text would be read by letters, a mapping by keys alone."""
    with pytest.raises(InvalidArgument, match="recipients must be"):
        in_blocks(source, 2)
