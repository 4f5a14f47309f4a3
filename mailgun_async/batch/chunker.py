"""Blocks of recipients in, chunks inside the limits out. Pure.

Two limits are about bytes. Mailgun's is on the message, which for each reader is the common parts and that reader's
variables: who would exceed it is rejected. Ours is on the chunk: it bounds the time that encoding one takes, and the
memory of those in flight.
"""

from __future__ import annotations

from collections import deque
from itertools import repeat
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from mailgun_async.batch.addresses import all_distinct, all_ordinary, all_plain, identity, read
from mailgun_async.batch.block import Block, Rejected
from mailgun_async.batch.chunks import encode, json_size
from mailgun_async.errors import InvalidMessage
from mailgun_async.message import MAX_MESSAGE_BYTES, MAX_RECIPIENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mailgun_async.batch.chunks import Chunk

__all__ = ["MAX_CHUNK_BYTES", "Chunker", "Duplicates"]

Duplicates = Literal["later", "report"]
"""What becomes of an address that a chunk has already: it goes into a later chunk, or is only reported."""

MAX_CHUNK_BYTES: Final = 2 * 1024 * 1024
"""Bytes of a chunk's variables: some 2 KB for each of 1,000 recipients. A single recipient may have more."""


class Chunker:
    """Takes blocks, gives chunks, nobody twice in one. It holds less than a chunk and a block.

    Args:
        common_size: Bytes of the message apart from its recipients.
        needed: Names of the variables without which nobody can be sent to.
        duplicates: What becomes of an address that the chunk has already.
    """

    def __init__(
        self, *, common_size: int = 0, needed: frozenset[str] = frozenset(), duplicates: Duplicates = "later"
    ) -> None:
        self.rejected: list[Rejected] = []
        """Who can't be sent to, with reasons."""
        self.duplicates: list[str] = []
        """Addresses left out because the chunk had them, when they are only reported."""
        self._pending = Block()
        self._room = MAX_MESSAGE_BYTES - common_size
        self._needed = needed
        self._later = duplicates == "later"
        self._fitting = MAX_RECIPIENTS

    def __len__(self) -> int:
        """Return how many wait for their chunk."""
        return len(self._pending)

    def add(self, block: Block) -> None:
        """Take a block; reject who can't be sent to."""
        self.take(self.check(block))

    def check(self, block: Block) -> Block:
        """Reject who can't be sent to; return the others, their addresses read, for `take`."""
        self.rejected += block.rejected
        if not all_ordinary(block.addresses) or (block.names is not None and not all_plain(block.names)):
            block = self._read(block)
        elif block.names is not None:
            pairs = zip(block.names, block.addresses, strict=True)
            block.names, block.mailboxes = None, [f"{name} <{address}>" if name else None for name, address in pairs]
        if self._needed and not self._all_supplied(block):
            block = self._without(block, self._why_not_supplied)
        return block

    def take(self, block: Block) -> None:
        """Have those wait for their chunk who passed the check."""
        self._pending = self._pending.plus(block)

    def cut(self, count: int) -> Chunk | None:
        """Return the next chunk, of at most `count`; None when nobody waits."""
        while self._pending.addresses:
            head, again = self._head(min(count, self._fitting))
            chunk = self._encoded(head)
            if chunk is not None:
                if again and not self._later:
                    duplicates, self._pending = self._pending.split(again)
                    self.duplicates += duplicates.addresses
                return chunk
        return None

    def _read(self, block: Block) -> Block:
        """Read each address by itself."""
        kept, addresses, mailboxes = [], [], []
        for index, (text, name) in enumerate(zip(block.addresses, block.names or repeat(None), strict=False)):
            try:
                address, mailbox = read(text, name)
            except InvalidMessage as error:
                self._reject(block, index, str(error))
                continue
            kept.append(index)
            addresses.append(address)
            mailboxes.append(mailbox)
        shown = mailboxes if any(mailboxes) else None
        return attrs.evolve(block.pick(kept), addresses=addresses, names=None, mailboxes=shown)

    def _all_supplied(self, block: Block) -> bool:
        if block.mappings is None:
            return self._needed <= (block.columns or {}).keys()
        try:
            deque(map(itemgetter(*self._needed), block.mappings), maxlen=0)
        except KeyError:
            return False
        return True

    def _head(self, count: int) -> tuple[Block, int]:
        """Take the first `count` off those pending; have duplicates among them wait first, and return how many."""
        head, self._pending = self._pending.split(count) if len(self._pending) > count else (self._pending, Block())
        if all_distinct(head.addresses):
            return head, 0
        first = {identity(head.addresses[index]): index for index in reversed(range(len(head)))}
        firsts = set(first.values())
        again = head.pick(index for index in range(len(head)) if index not in firsts)
        self._pending = again.plus(self._pending)
        return head.pick(sorted(firsts)), len(again)

    def _encoded(self, head: Block) -> Chunk | None:
        """Encode; None when it can't be as it is: then those who can be sent to wait again."""
        try:
            chunk = encode(head)
        except TypeError:
            self._pending = self._without(head, _why_not_json).plus(self._pending)
            return None
        size = len(chunk.variables)
        if size > MAX_CHUNK_BYTES and chunk.count > 1:
            self._fitting = max(1, chunk.count * MAX_CHUNK_BYTES // size * 9 // 10)
            self._pending = head.plus(self._pending)
            return None
        if size > self._room:
            fitting = self._without(head, self._why_too_large)
            if len(fitting) < len(head):
                self._pending = fitting.plus(self._pending)
                return None
        if size < MAX_CHUNK_BYTES // 2:
            self._fitting = min(MAX_RECIPIENTS, 2 * self._fitting)
        return chunk

    def _without(self, block: Block, why_not: Callable[[Mapping[str, Any]], str | None]) -> Block:
        """Reject those for whose variables there is a reason."""
        kept = []
        for index, variables in enumerate(block.variables()):
            reason = why_not(variables)
            if reason is None:
                kept.append(index)
            else:
                self._reject(block, index, reason)
        return block.pick(kept)

    def _reject(self, block: Block, index: int, reason: str) -> None:
        self.rejected.append(Rejected(block.addresses[index], reason, block.line(index)))

    def _why_not_supplied(self, variables: Mapping[str, Any]) -> str | None:
        missing = self._needed - variables.keys()
        return f"no variable {', '.join(sorted(missing))}" if missing else None

    def _why_too_large(self, variables: Mapping[str, Any]) -> str | None:
        size = json_size(variables)
        if size <= self._room:
            return None
        return f"variables of {size:,} bytes: with them the message would be over {MAX_MESSAGE_BYTES:,} bytes"


def _why_not_json(variables: Mapping[str, Any]) -> str | None:
    try:
        json_size(variables)
    except TypeError as error:
        return f"variables can't be written as JSON: {error}"
    return None
