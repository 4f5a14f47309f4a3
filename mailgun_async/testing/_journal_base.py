"""What all parts of the suite for journals share: the fixtures, and a campaign small enough to be looked through."""
# ruff: noqa: S101 -- these are tests

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import pytest_asyncio

from mailgun_async.campaigns.journal import CommonPart, Header, NewChunk, RejectedRecipient, Settlement, Totals

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from mailgun_async.campaigns.journal import AttemptRecord, Candidate, ChunkRecord, Claim, Journal
    from mailgun_async.testing.journals import Connect

__all__ = [
    "LEASE_UNTIL",
    "NOW",
    "JournalSuite",
    "assert_adds_up",
    "attempts",
    "candidates",
    "ended",
    "new_chunk",
    "new_header",
    "ordinals",
    "ready",
    "record",
    "refusal",
    "rejected_by",
    "started",
    "states",
    "take",
    "totals",
]

NOW = 1_790_000_000.0
LEASE_UNTIL = NOW + 100.0

COMMON = [CommonPart(name="subject", data=b"Hi"), CommonPart(name="attachment", data=bytes(range(256)))]


class JournalSuite:
    """The fixtures."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def connect(self) -> NoReturn:
        """Return a function that makes a handle on a journal, the same journal at each call, empty at first."""
        pytest.fail("override the fixture `connect`, see mailgun_async.testing.JournalConformance", pytrace=False)

    @pytest_asyncio.fixture
    async def journal(self, connect: Connect) -> AsyncIterator[Journal]:
        """An open journal; whatever a test did to it, it has to add up in the end."""
        journal = connect()
        await journal.open()
        try:
            yield journal
            await assert_adds_up(journal)
        finally:
            await journal.close()

    @pytest_asyncio.fixture
    async def other(self, journal: Journal, connect: Connect) -> AsyncIterator[Journal]:  # noqa: ARG002 -- to be there first
        """The same journal as another process sees it."""
        other = connect()
        await other.open()
        try:
            yield other
        finally:
            await other.close()


def new_header(**changes: Any) -> Header:
    """Return the header of a campaign that is about to be planned."""
    values: dict[str, Any] = {
        "id": "c1",
        "name": "spring sale",
        "domain": "mg.example.com",
        "created_at": NOW - 1000.0,
        "state": "planning",
        "options": {"chunk_size": 10, "address_key": None, "nested": {"list": [1, 2.5, "ü"], "yes": True}},
        "common_size": sum(len(part.data) for part in COMMON),
    }
    return Header(**(values | changes))


def new_chunk(ordinal: str, count: int = 10, **changes: Any) -> NewChunk:
    """Return a chunk whose payload and names tell which it is."""
    values: dict[str, Any] = {
        "ordinal": ordinal,
        "count": count,
        "digest": f"digest {ordinal}",
        "message_id": f"c1.{ordinal}.digest@mg.example.com",
        "payload": b"\0\xff" + f"payload {ordinal}".encode(),
        "source_digest": f"source {ordinal}",
    }
    return NewChunk(**(values | changes))


def totals(counts: Sequence[int], **changes: int) -> Totals:
    """Return the totals of chunks of so many recipients."""
    held = {"recipients": sum(counts), "chunks": len(counts), "rejected": 0}
    held |= {"bad_rows": 1, "duplicates": 2, "excluded": 3}
    held |= changes
    taken = held["recipients"] + held["rejected"] + held["bad_rows"] + held["duplicates"] + held["excluded"]
    return Totals(source_digest="of the source", **{"taken": taken, **held, **changes})


async def ready(journal: Journal, *counts: int) -> list[Candidate]:
    """Plan a campaign with chunks of so many recipients; return them."""
    await journal.begin(new_header(), COMMON)
    await journal.add([new_chunk(str(ordinal), count) for ordinal, count in enumerate(counts)])
    await journal.finish(totals(counts))
    return await candidates(journal)


async def candidates(journal: Journal, now: float = NOW) -> list[Candidate]:
    """Return all chunks that may be claimed."""
    return await journal.candidates(now=now, limit=10_000)


async def ordinals(journal: Journal, now: float = NOW) -> list[str]:
    """Return the ordinals of all chunks that may be claimed."""
    return [candidate.ordinal for candidate in await candidates(journal, now)]


async def take(
    journal: Journal, key: int, owner: str = "one", now: float = NOW, lease_until: float = LEASE_UNTIL
) -> Claim:
    """Claim a chunk that can be claimed."""
    claim = await journal.claim(key, owner=owner, now=now, lease_until=lease_until)
    assert claim is not None
    return claim


async def started(journal: Journal, *counts: int) -> list[Claim]:
    """Plan a campaign and claim all of its chunks."""
    return [await take(journal, candidate.key) for candidate in await ready(journal, *counts or (10,))]


def ended(state: Any, outcome: Any, at: float = NOW + 10.0, **more: Any) -> Settlement:
    """Return a settlement."""
    return Settlement(state=state, outcome=outcome, at=at, **more)


def refusal(**more: Any) -> Settlement:
    """Return the settlement of a call that Mailgun refused for good."""
    values: dict[str, Any] = {
        "status": 400,
        "reason": "to parameter is not a valid address",
        "body": b'{"message":"\xff"}',
    }
    return ended("refused", "refused", **(values | more))


def rejected_by(by: Any, address: str = "bob@example", line: int | None = None) -> RejectedRecipient:
    """Return somebody who can't be sent to."""
    return RejectedRecipient(address=address, reason="is not an address", by=by, line=line)


async def record(journal: Journal, ordinal: str = "0") -> ChunkRecord:
    """Return a chunk as it stands."""
    (found,) = [chunk async for chunk in journal.chunks() if chunk.ordinal == ordinal]
    return found


async def states(journal: Journal) -> dict[str, str]:
    """Return the state of each chunk by its ordinal, in the journal's order."""
    return {chunk.ordinal: chunk.state async for chunk in journal.chunks()}


async def attempts(journal: Journal) -> list[AttemptRecord]:
    """Return all attempts that were recorded."""
    return [attempt async for attempt in journal.attempts()]


async def assert_adds_up(journal: Journal) -> None:
    """Assert that everybody of a finished plan is in one place, and that sums and chunks say the same."""
    sums = {state: (one.chunks, one.recipients) for state, one in (await journal.sums()).items() if one.chunks}
    counted: dict[str, tuple[int, int]] = {}
    async for chunk in journal.chunks():
        chunks, recipients = counted.get(chunk.state, (0, 0))
        counted[chunk.state] = (chunks + 1, recipients + chunk.count)
    assert sums == counted
    header = await journal.header()
    if header is not None and header.totals is not None:
        refused = [one async for one in journal.rejected() if one.by == "mailgun"]
        held = sum(recipients for state, (_, recipients) in sums.items() if state != "split")
        assert held + len(refused) == header.totals.recipients
