"""A campaign's recipients on their way from the source into chunks, counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.batch.addresses import all_ordinary
from mailgun_async.batch.chunker import Chunker
from mailgun_async.batch.source import Blocks
from mailgun_async.campaigns.exclude import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailgun_async.batch.block import Block, Rejected
    from mailgun_async.batch.chunks import Chunk

__all__ = ["Intake"]

_MANY: Final = 1_000
_PIECE: Final = 100


@attrs.define(kw_only=True, eq=False)
class Intake:
    """Reads a source once, to its end."""

    blocks: Blocks
    chunker: Chunker
    """It reports duplicates."""
    size: int
    """Most recipients of a chunk."""
    is_excluded: Filter | None = None
    taken: int = 0
    bad_rows: int = 0
    excluded: int = 0
    rejected: int = 0
    duplicates: int = 0
    """Those whose own chunk had their address already."""
    cut: int = 0
    """Those in the chunks so far."""
    ended: bool = False
    """Nothing follows."""

    async def next(self) -> Chunk | None:
        """Return the next chunk; None at the end, and also when many were rejected before there was one.

        Raises:
            Exception: What the source raised, or `exclude`.
        """
        drained = await self._fill()
        await asyncio.sleep(0)
        full = len(self.chunker) >= self.size
        chunk = self.chunker.cut(self.size) if full or drained else None
        self.ended = drained and chunk is None
        self.cut += 0 if chunk is None else chunk.count
        self.duplicates += len(self.chunker.duplicates)
        self.chunker.duplicates.clear()
        return chunk

    def take_rejected(self) -> list[Rejected]:
        """Return who was rejected since the last time."""
        rejected = self.chunker.rejected[:]
        self.chunker.rejected.clear()
        self.rejected += len(rejected)
        return rejected

    async def _fill(self) -> bool:
        """Have a chunk's worth of recipients wait; return whether the source has come to its end."""
        while len(self.chunker) < self.size and len(self.chunker.rejected) < _MANY:
            block = await self.blocks.next()
            if block is None:
                return True
            self.taken += block.taken
            self.bad_rows += block.bad_rows
            for piece in _pieces(block):
                # The source need not have waited for anything, and others must get their turn.
                await asyncio.sleep(0)
                self.chunker.take(await self._kept(self.chunker.check(piece)))
        return False

    async def _kept(self, block: Block) -> Block:
        if self.is_excluded is None:
            return block
        out = await self.is_excluded(block.addresses)
        self.excluded += sum(out)
        return block.pick(at for at, excluded in enumerate(out) if not excluded) if any(out) else block


def _pieces(block: Block) -> Iterator[Block]:
    """Cut a block whose addresses have to be read one by one, so that no step takes long."""
    if block.names is None and all_ordinary(block.addresses):
        yield block
        return
    rejected = block.rejected
    while len(block) > _PIECE:
        piece, block = block.split(_PIECE)
        yield piece
    block.rejected = rejected
    yield block
