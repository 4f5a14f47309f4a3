"""The recipients of one call, and their form on the wire. Pure.

A chunk gives everybody in it an entry in `recipient-variables`: with it Mailgun makes a mail of its own for each, and
nobody sees another's address. It is kept as its bytes; the rare one that must be taken apart, because Mailgun refused
it, is read back from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

import attrs
import orjson

from mailgun_async.batch.addresses import shown_name
from mailgun_async.message import Recipient
from mailgun_async.transport.encoding import field

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mailgun_async.batch.block import Block

__all__ = ["Chunk", "encode", "json_size"]


@attrs.frozen
class Chunk:
    """Recipients of one call, encoded."""

    count: int
    to: str = attrs.field(repr=False)
    """Bare addresses, comma joined."""
    mailboxes: Mapping[str, str] = attrs.field(repr=False)
    """The others by address, each as it goes into a `to` part of its own."""
    variables: bytes = attrs.field(repr=False)
    """JSON: the variables of each by address, in the order of the source."""

    @classmethod
    def of(cls, entries: Mapping[str, Mapping[str, Any]], mailboxes: Mapping[str, str]) -> Self:
        """Make one of the variables by address; mailboxes of others are left out."""
        own = {address: mailboxes[address] for address in entries if address in mailboxes} if mailboxes else {}
        bare = [address for address in entries if address not in own] if own else entries
        return cls(len(entries), ",".join(bare), own, orjson.dumps(entries))

    @classmethod
    def merge(cls, chunks: Iterable[Chunk]) -> Self:
        """Put chunks together that have nobody in common."""
        entries: dict[str, Any] = {}
        mailboxes: dict[str, str] = {}
        for chunk in chunks:
            entries |= chunk.entries()
            mailboxes |= chunk.mailboxes
        return cls.of(entries, mailboxes)

    def parts(self) -> list[bytes]:
        """Return the multipart parts that name the recipients."""
        made = [field("to", self.to)] if self.to else []
        made += [field("to", mailbox) for mailbox in self.mailboxes.values()]
        made.append(field("recipient-variables", self.variables))
        return made

    def entries(self) -> dict[str, dict[str, Any]]:
        """Return the variables of each by address."""
        found: dict[str, dict[str, Any]] = orjson.loads(self.variables)
        return found

    def recipients(self) -> list[Recipient]:
        """Return the recipients, fit to be given to another batch."""
        names = {address: shown_name(mailbox, address) for address, mailbox in self.mailboxes.items()}
        return [Recipient(address, names.get(address), own) for address, own in self.entries().items()]

    def split(self, size: int) -> list[Chunk]:
        """Cut into chunks of at most `size`."""
        if self.count <= size:
            return [self]
        entries = list(self.entries().items())
        return [self.of(dict(entries[at : at + size]), self.mailboxes) for at in range(0, self.count, size)]

    def halves(self) -> tuple[Chunk, Chunk]:
        """Cut a chunk of two or more in the middle."""
        first, second = self.split((self.count + 1) // 2)
        return first, second

    def only(self, addresses: Collection[str]) -> Chunk:
        """Leave all others out."""
        return self.of({a: own for a, own in self.entries().items() if a in addresses}, self.mailboxes)

    def without(self, addresses: Collection[str]) -> Chunk:
        """Leave some out."""
        return self.of({a: own for a, own in self.entries().items() if a not in addresses}, self.mailboxes)


def encode(block: Block) -> Chunk:
    """Encode recipients whose addresses were read and differ.

    Raises:
        TypeError: Somebody's variables can't be written as JSON.
    """
    mailboxes = {a: shown for a, shown in zip(block.addresses, block.mailboxes or (), strict=False) if shown}
    bare = [a for a in block.addresses if a not in mailboxes] if mailboxes else block.addresses
    return Chunk(len(block), ",".join(bare), mailboxes, _json(block))


def json_size(variables: Mapping[str, Any]) -> int:
    """Return the bytes of one recipient's variables as JSON.

    Raises:
        TypeError: They can't be written.
    """
    # One level deeper, as in the chunk: the depth is limited too.
    return len(_dumps({"": variables})) - len('{"":}')


def _json(block: Block) -> bytes:
    if block.mappings is None:
        columns = block.columns or {}
        plain = _joined([block.addresses, *columns.values()], tuple(columns))
        if plain is not None:
            return plain
    return _dumps(dict(zip(block.addresses, block.variables(), strict=True)))


def _dumps(value: object) -> bytes:
    return orjson.dumps(value, _plain_dict)


def _plain_dict(value: object) -> dict[Any, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _joined(columns: Sequence[list[str]], names: tuple[str, ...]) -> bytes | None:
    """Write columns as JSON, the first of them being the keys; None when some text has to be escaped.

    It takes a third of the time that a dict for each row and its encoding take.
    """
    if b"\\" in orjson.dumps(columns):
        return None
    step, count = 2 * len(columns), len(columns[0])
    pieces = [""] * (step * count)
    for place, (texts, after) in enumerate(zip(columns, _between(names), strict=True)):
        pieces[2 * place :: step] = texts
        pieces[2 * place + 1 :: step] = [after] * count
    return f'{{"{"".join(pieces)[:-2]}}}'.encode()


@lru_cache(maxsize=32)
def _between(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what follows the address and each value, up to where the next text begins."""
    if not names:
        return ('":{},"',)
    keys = [orjson.dumps(name).decode() for name in names]
    return (f'":{{{keys[0]}:"', *(f'",{key}:"' for key in keys[1:]), '"},"')
