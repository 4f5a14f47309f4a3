"""The recipients of one call as a journal keeps them: frozen, named and compressed. Pure.

A payload is one line of JSON, `[to, mailboxes]`, and the variables behind it, byte for byte as they are sent. So what
is sent is what was planned, and a call costs no more than decompressing it.
"""

from __future__ import annotations

import zlib
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from mailgun_async import convert
from mailgun_async.batch.chunks import Chunk
from mailgun_async.campaigns.journal import NewChunk
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import ChunkRecord

__all__ = ["LONGEST_ORDINAL", "MESSAGE_ID_VARIABLE", "digest_of", "freeze", "message_id", "pack", "thaw", "thaw_record"]

MESSAGE_ID_VARIABLE: Final = "mg-chunk"
"""Name of the `v:` variable with the same value as the Message-Id: what logs are searched by when each mail has an id
of its own."""
LONGEST_ORDINAL: Final = "4294967295" + ".0" * 10
"""Ten halvings take a chunk of 1,000 apart to its single recipients."""

_DIGEST_IN_ID: Final = 12


def pack(chunk: Chunk) -> bytes:
    """Return the payload of a chunk before it is compressed."""
    return convert.dumps([chunk.to, chunk.mailboxes]) + b"\n" + chunk.variables


def digest_of(packed: bytes) -> str:
    """Return the digest by which a payload, before it is compressed, is known again."""
    return blake2b(packed, digest_size=16).hexdigest()


def message_id(campaign: str, ordinal: str, digest: str, domain: str) -> str:
    """Return the Message-Id of a chunk, without brackets."""
    return f"{campaign}.{ordinal}.{digest[:_DIGEST_IN_ID]}@{domain}"


def freeze(chunk: Chunk, *, campaign: str, ordinal: str, domain: str, source_digest: str | None = None) -> NewChunk:
    """Make a chunk ready for the journal.

    Args:
        chunk: Its recipients.
        campaign: The campaign's id.
        ordinal: Its place in the plan.
        domain: The sending domain.
        source_digest: By default the digest; empty for halves, the former one for chunks that lost duplicates.
    """
    packed = pack(chunk)
    digest = digest_of(packed)
    return NewChunk(
        ordinal=ordinal,
        count=chunk.count,
        digest=digest,
        message_id=message_id(campaign, ordinal, digest, domain),
        payload=zlib.compress(packed, 1),
        source_digest=digest if source_digest is None else source_digest,
    )


def thaw(payload: bytes, *, count: int, digest: str) -> Chunk:
    """Return the recipients of a chunk as they were frozen.

    Raises:
        ValueError: They are not what the digest was taken of: the journal is damaged.
    """
    try:
        packed = zlib.decompress(payload)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if digest_of(packed) != digest:
        raise ValueError("its digest is another")
    head, _, variables = packed.partition(b"\n")
    to, mailboxes = convert.loads(head)
    return Chunk(count, to, mailboxes, variables)


def thaw_record(frozen: bytes, record: ChunkRecord) -> Chunk:
    """Return the recipients of a chunk that a journal has a record of.

    Raises:
        JournalError: The journal is damaged.
    """
    try:
        return thaw(frozen, count=record.count, digest=record.digest)
    except ValueError as error:
        raise JournalError(f"chunk {record.ordinal} of the journal is damaged: {error}") from error
