"""Addresses that an earlier chunk has already, found across a whole campaign.

The chunker sees to it that nobody is in one chunk twice. Across chunks, a set of all addresses would take a hundred
bytes and more for each. So addresses are dealt by their hash into buckets in a temporary file: those that are equal are
in the same bucket, which is searched alone, with a set that small. Addresses themselves are compared, never hashes.
What stays in memory is a bit for each recipient: set when it is to be taken out.

The first occurrence in the source's order stays, in whatever case it is written.
"""

from __future__ import annotations

import asyncio
import re
from array import array
from contextlib import contextmanager
from itertools import accumulate
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final, Self

import attrs

from mailgun_async.batch.addresses import identity
from mailgun_async.campaigns import payload
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from mailgun_async.batch.chunks import Chunk
    from mailgun_async.campaigns.journal import ChunkRecord, Journal, NewChunk

__all__ = ["Duplicates", "take_out"]

# Of ten million addresses, a bucket holds 40,000: some 5 MB. A larger page would have no room in a processor's cache.
_BUCKETS: Final = 256
_PAGE: Final = 16 * 1024
_AT_ONCE: Final = 16
_IN_MEMORY: Final = 1024 * 1024


@attrs.frozen
class _Page:
    """Addresses that were written at once: those of each bucket, and in the end the bucket of each, a byte."""

    start: int
    """Place of the first."""
    bounds: array[int]
    """Where in the file each bucket begins, then the buckets' bytes, and where those end."""


class Duplicates:
    """Gets chunks as they are cut, tells afterwards who in them is somebody's second.

    Args:
        directory: Where the temporary file goes; None for the system's choice.
        hash_of: Equal texts must have equal hashes; the better they are spread, the smaller the buckets.
    """

    def __init__(self, directory: Path | None = None, *, hash_of: Callable[[str], int] = hash) -> None:
        self.found = 0
        """Recipients to be taken out, once they were searched for."""
        self._hash_of = hash_of
        self._buckets: list[list[str]] = [[] for _ in range(_BUCKETS)]
        self._dealt = bytearray()
        """The bucket of each address that is held."""
        self._written = 0
        self._pages: list[_Page] = []
        self._second = bytearray()
        self._directory = directory
        self._file = SpooledTemporaryFile[bytes](_IN_MEMORY, dir=None if directory is None else str(directory))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        # It is deleted too, which takes long when it is large.
        await asyncio.to_thread(self._file.close)

    async def add(self, chunk: Chunk) -> None:
        """Take the next chunk.

        Raises:
            JournalError: The temporary file can't be written.
        """
        addresses, buckets = identities(chunk), self._buckets
        dealt = bytes([hashed % _BUCKETS for hashed in map(self._hash_of, addresses)])
        for bucket, address in zip(dealt, addresses, strict=True):
            buckets[bucket].append(address)
        self._dealt += dealt
        if len(self._dealt) >= _PAGE:
            await asyncio.to_thread(self._write_page)

    async def search(self) -> int:
        """Search all that was added; return how many are to be taken out.

        Raises:
            JournalError: The temporary file can't be used.
        """
        await asyncio.to_thread(self._write_page)
        self._second = bytearray(-(-self._written // 8))
        for bucket in range(0, _BUCKETS, _AT_ONCE):
            await asyncio.to_thread(self._search, range(bucket, bucket + _AT_ONCE))
        return self.found

    def among(self, start: int, count: int) -> list[int]:
        """Return which of `count` recipients from the place `start` on are to be taken out, the first being 0."""
        end = start + count
        if not any(self._second[start // 8 : -(-end // 8)]):
            return []
        return [place - start for place in range(start, end) if self._second[place // 8] >> place % 8 & 1]

    def _write_page(self) -> None:
        pieces = ["\n".join(addresses).encode() for addresses in self._buckets]
        pieces.append(bytes(self._dealt))
        with self._translated():
            at = self._file.seek(0, 2)
            self._file.write(b"".join(pieces))
        self._pages.append(_Page(self._written, array("Q", accumulate(map(len, pieces), initial=at))))
        self._written += len(self._dealt)
        self._dealt.clear()
        for addresses in self._buckets:
            addresses.clear()

    def _search(self, buckets: Iterable[int]) -> None:
        for bucket in buckets:
            seen: set[str] = set()
            for page in self._pages:
                read = self._read(page, bucket)
                addresses = read.decode().split("\n") if read else []
                if len(set(addresses)) == len(addresses) and seen.isdisjoint(addresses):
                    seen.update(addresses)
                else:
                    self._mark(page, bucket, addresses, seen)

    def _mark(self, page: _Page, bucket: int, addresses: Iterable[str], seen: set[str]) -> None:
        """Mark those seen before."""
        dealt = self._read(page, _BUCKETS)
        for address, found in zip(addresses, re.finditer(re.escape(bytes([bucket])), dealt), strict=True):
            if address in seen:
                place = page.start + found.start()
                self._second[place // 8] |= 1 << place % 8
                self.found += 1
            seen.add(address)

    def _read(self, page: _Page, bucket: int) -> bytes:
        start, end = page.bounds[bucket : bucket + 2]
        with self._translated():
            self._file.seek(start)
            return self._file.read(end - start)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = self._directory or "the system's directory for temporary files"
            raise JournalError(
                f"duplicates can't be searched for, a temporary file in {where} fails: {error.strerror}. "
                "Mend that and plan again: nothing was planned"
            ) from error


async def take_out(journal: Journal, duplicates: Duplicates, *, campaign: str, domain: str) -> int:
    """Take those found out of the chunks of a plan that is under way; return how many chunks are left empty, and gone.

    Args:
        journal: It holds the chunks that were added, all of them, in their order.
        duplicates: Searched.
        campaign: The campaign's id.
        domain: The sending domain.

    Raises:
        JournalError: The journal can't be read or written, or a chunk of it is damaged.
    """
    start = emptied = 0
    async for record in journal.chunks():
        second = duplicates.among(start, record.count)
        start += record.count
        if second:
            frozen = await journal.payload(record.key)
            left = await asyncio.to_thread(_without, frozen, second, record, campaign, domain)
            await journal.replace(record.key, left)
            emptied += left is None
    return emptied


def _without(frozen: bytes, second: Iterable[int], record: ChunkRecord, campaign: str, domain: str) -> NewChunk | None:
    chunk = payload.thaw_record(frozen, record)
    addresses = _addresses(chunk)
    left = chunk.without({addresses[at] for at in second})
    if not left.count:
        return None
    return payload.freeze(
        left, campaign=campaign, ordinal=record.ordinal, domain=domain, source_digest=record.source_digest
    )


def _addresses(chunk: Chunk) -> list[str]:
    return [*(chunk.to.split(",") if chunk.to else ()), *chunk.mailboxes]


def identities(chunk: Chunk) -> list[str]:
    """Return what identifies each of a chunk, in the order in which `_addresses` has them."""
    # No letter is written differently in lower case because of a comma beside it.
    bare = identity(chunk.to).split(",") if chunk.to else []
    return bare + [identity(address) for address in chunk.mailboxes] if chunk.mailboxes else bare
