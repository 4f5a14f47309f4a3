"""Whatever holds recipients as blocks of them. What is iterated over is never held whole."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import suppress
from functools import reduce
from itertools import compress, groupby, islice
from operator import not_
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, runtime_checkable

from mailgun_async.batch.block import Block, Rejected
from mailgun_async.errors import InvalidArgument
from mailgun_async.message import Recipient

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Blocks", "Recipients", "RecipientsInBlocks", "in_blocks"]


@runtime_checkable
class RecipientsInBlocks(Protocol):
    """A source that gives many recipients at once, as `CsvRecipients` does."""

    def blocks(self, size: int, /) -> AsyncIterator[Block]:
        """Yield the recipients from the start, at most `size` at a time."""


One = str | Recipient | Mapping[str, Any]
"""`ada@example.com`, `Ada <ada@example.com>`, a `Recipient`, or a mapping with the address under one of its keys."""

Recipients = Iterable[One] | AsyncIterable[One] | RecipientsInBlocks

_ADDRESS_KEYS: Final = ("email", "address")


class Blocks:
    """The blocks of a source, one at a time; the first may be looked at before. Closes what the source holds open."""

    def __init__(self, blocks: AsyncIterator[Block]) -> None:
        self._blocks = blocks
        self._first: Block | None = None

    async def peek(self) -> Block:
        """Return the block that `next` will return, which has somebody in it; an empty one at the end."""
        while self._first is None or not self._first.taken:
            following = await anext(self._blocks, None)
            if following is None:
                break
            self._first = following
        return Block() if self._first is None else self._first

    async def next(self) -> Block | None:
        """Return the next block; None at the end."""
        if self._first is not None:
            block, self._first = self._first, None
            return block
        return await anext(self._blocks, None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if isinstance(self._blocks, AsyncGenerator):
            await self._blocks.aclose()


def in_blocks(source: Recipients, size: int, *, address_key: str | None = None) -> Blocks:
    """Read a source in blocks of at most `size`.

    Args:
        source: Where recipients come from.
        size: At least 1.
        address_key: The key of a mapping's address. Default: `email`, else `address`.

    Raises:
        InvalidArgument: The source is no iterable of recipients.
    """
    if isinstance(source, RecipientsInBlocks):
        return Blocks(source.blocks(size))
    if isinstance(source, (str, bytes, Mapping)):
        raise InvalidArgument(
            f"recipients must be an iterable of recipients, not {type(source).__name__}: "
            "give a list of addresses or of Recipient(address, variables=...)",
            field="recipients",
        )
    if isinstance(source, AsyncIterable):
        return Blocks(_of_async(source, size, address_key))
    if isinstance(source, Iterable):
        return Blocks(_of_iterable(source, size, address_key))
    raise InvalidArgument(
        f"recipients must be iterable, not {type(source).__name__}: for a file there is CsvRecipients(path)",
        field="recipients",
    )


async def _of_iterable(source: Iterable[One], size: int, key: str | None) -> AsyncIterator[Block]:
    iterator = iter(source)
    while items := list(islice(iterator, size)):
        yield _block(items, key)


async def _of_async(source: AsyncIterable[One], size: int, key: str | None) -> AsyncIterator[Block]:
    items: list[One] = []
    async for item in source:
        items.append(item)
        if len(items) == size:
            yield _block(items, key)
            items = []
    if items:
        yield _block(items, key)


def _block(items: Sequence[Any], key: str | None) -> Block:
    if len(set(map(type, items))) == 1:
        return _of_one_kind(items, key)
    blocks = [_of_one_kind(list(alike), key) for _, alike in groupby(items, type)]
    whole = reduce(Block.plus, blocks)
    whole.rejected = [rejected for block in blocks for rejected in block.rejected]
    return whole


def _of_one_kind(items: Sequence[Any], key: str | None) -> Block:
    first = items[0]
    if isinstance(first, str):
        return Block(list(items))
    if isinstance(first, Recipient):
        return _of_recipients(items)
    if isinstance(first, Mapping):
        return _of_mappings(items, key)
    reason = f"a recipient is text, a Recipient or a mapping, not {type(first).__name__}"
    return Block(rejected=[Rejected(repr(item)[:100], reason) for item in items])


def _of_recipients(items: Sequence[Recipient]) -> Block:
    names = [item.name for item in items]
    return _only_text(
        Block(
            [item.address for item in items],
            mappings=[item.variables for item in items],
            names=names if any(names) else None,
        )
    )


def _of_mappings(items: Sequence[Mapping[str, Any]], key: str | None) -> Block:
    if key is None:
        key = next((name for name in _ADDRESS_KEYS if name in items[0]), _ADDRESS_KEYS[0])
    copies = [dict(item) for item in items]
    return _only_text(Block([copy.pop(key, None) for copy in copies], mappings=list[Mapping[str, Any]](copies)))


def _only_text(block: Block) -> Block:
    """Reject addresses that are no text."""
    with suppress(TypeError):
        "".join(block.addresses)
        return block
    addresses: Sequence[object] = block.addresses
    is_text = [isinstance(address, str) for address in addresses]
    kept = block.pick(compress(range(len(block)), is_text))
    others = compress(addresses, map(not_, is_text))
    kept.rejected = [Rejected("" if other is None else repr(other)[:100], "no address") for other in others]
    return kept
