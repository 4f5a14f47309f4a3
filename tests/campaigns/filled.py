"""Journals with something in them, for the tests of what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailgun_async.batch.chunks import Chunk
from mailgun_async.campaigns.journal import Claim, Header, Journal, NewChunk, RejectedRecipient, Settlement, Totals
from mailgun_async.campaigns.payload import freeze

BEGAN = 1_764_000_000.0
"""When the campaigns of these tests begin to be sent."""


def chunk(ordinal: str, count: int) -> NewChunk:
    """Make a chunk whose recipients are `<ordinal>-<number>@example.com`."""
    recipients: dict[str, dict[str, Any]] = {f"{ordinal}-{number}@example.com": {} for number in range(count)}
    return freeze(Chunk.of(recipients, {}), campaign="c1", ordinal=ordinal, domain="mg.example.com")


async def fill(
    journal: Journal,
    counts: Sequence[int] = (),
    *,
    rejected: Sequence[RejectedRecipient] = (),
    bad_rows: int = 0,
    duplicates: int = 0,
    excluded: int = 0,
    name: str | None = "spring",
) -> None:
    """Plan a campaign with chunks of so many recipients."""
    header = Header(
        id="c1",
        name=name,
        domain="mg.example.com",
        created_at=BEGAN - 60,
        state="planning",
        options={},
        common_size=0,
    )
    await journal.begin(header, [])
    await journal.add([chunk(str(ordinal), count) for ordinal, count in enumerate(counts)], rejected)
    await journal.finish(
        Totals(
            taken=sum(counts) + len(rejected) + bad_rows + duplicates + excluded,
            recipients=sum(counts),
            chunks=len(counts),
            rejected=len(rejected),
            bad_rows=bad_rows,
            duplicates=duplicates,
            excluded=excluded,
            source_digest="",
        )
    )


async def claim(journal: Journal, after_s: float = 0.0, ordinal: str | None = None) -> Claim:
    """Claim the first chunk that is due so many seconds after the beginning, or the one with an ordinal."""
    now = BEGAN + after_s
    due = await journal.candidates(now=now, limit=100)
    first = next(one for one in due if ordinal in {None, one.ordinal})
    claimed = await journal.claim(first.key, owner="host:1:a", now=now, lease_until=now + 60)
    assert claimed is not None
    return claimed


def accepted(after_s: float = 1.0, **more: Any) -> Settlement:
    """Make the settlement of a call accepted so many seconds after the beginning."""
    return Settlement(state="sent", outcome="accepted", at=BEGAN + after_s, status=200, **more)
