"""Planning what a journal holds already: whether it is the same, and if not, what differs."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from hashlib import blake2b
from typing import TYPE_CHECKING

from mailgun_async.campaigns import payload
from mailgun_async.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from mailgun_async.batch.chunks import Chunk
    from mailgun_async.campaigns.intake import Intake
    from mailgun_async.campaigns.journal import ChunkRecord, CommonPart, Header, Journal, Totals

__all__ = ["check_same"]


async def check_same(
    journal: Journal, planned: Header, header: Header, common: Sequence[CommonPart], intake: Intake
) -> None:
    """Compare with the plan in the journal, reading the source to its end when nothing else differs.

    Raises:
        JournalError: They differ, and the text says in what.
        Exception: What the source raised.
    """
    differences = [*_in_header(planned, header), *_in_parts(await journal.common(), common)]
    if not differences and planned.totals is not None:
        differences = await _in_recipients(journal, planned.totals, intake)
    if differences:
        raise JournalError(
            f"the journal holds another plan: {'; '.join(differences)}. send() goes on with the plan that is there; "
            "another campaign needs a journal of its own"
        )


def _in_header(planned: Header, header: Header) -> Iterator[str]:
    before = {"domain": planned.domain, "name": planned.name, **planned.options}
    after = {"domain": header.domain, "name": header.name, **header.options}
    if header.name is None:  # it need not be told again
        del after["name"]
    for option, value in after.items():
        if value != before.get(option):
            yield f"{option} was {before.get(option)!r}, is {value!r}"


def _in_parts(planned: Iterable[CommonPart], common: Iterable[CommonPart]) -> Iterator[str]:
    before, after = _by_name(planned), _by_name(common)
    for name in dict.fromkeys([*before, *after]):
        if sorted(before[name]) != sorted(after[name]):
            yield f"{name} differs"


def _by_name(parts: Iterable[CommonPart]) -> defaultdict[str, list[bytes]]:
    named = defaultdict[str, list[bytes]](list)
    for part in parts:
        named[part.name].append(part.data)
    return named


async def _in_recipients(journal: Journal, totals: Totals, intake: Intake) -> list[str]:
    """Compare chunk by chunk; those that lost everybody to duplicates are in the digest of all alone."""
    records = _uncut(journal)
    record = await anext(records, None)
    whole = blake2b(digest_size=16)
    differences: list[str] = []
    ordinal = place = 0
    while not intake.ended:
        chunk = await intake.next()
        intake.take_rejected()
        if chunk is None:
            continue
        digest = await asyncio.to_thread(_digest, chunk)
        whole.update(digest.encode())
        if record is not None and record.ordinal == str(ordinal):
            if record.source_digest != digest and not differences:
                differences.append(f"recipients differ from chunk {ordinal} on (recipient {place + 1:,})")
            record = await anext(records, None)
        ordinal, place = ordinal + 1, place + chunk.count
    more = intake.taken - totals.taken
    if more:
        who = "recipient" if abs(more) == 1 else "recipients"
        differences.append(f"{abs(more):,} {who} {'more' if more > 0 else 'fewer'} than planned")
    elif not differences and whole.hexdigest() != totals.source_digest:
        differences.append("recipients differ")
    return differences


async def _uncut(journal: Journal) -> AsyncIterator[ChunkRecord]:
    """Yield the chunks that were planned, without the halves of some."""
    async for record in journal.chunks():
        if record.source_digest:
            yield record


def _digest(chunk: Chunk) -> str:
    return payload.digest_of(payload.pack(chunk))
