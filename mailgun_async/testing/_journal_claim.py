"""The suite for journals: which chunks may be sent, and who may send them."""
# ruff: noqa: S101, PLR2004 -- these are tests

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mailgun_async.campaigns.journal import Claim
from mailgun_async.testing._journal_base import (
    LEASE_UNTIL,
    NOW,
    JournalSuite,
    attempts,
    candidates,
    ended,
    new_chunk,
    new_header,
    ordinals,
    ready,
    record,
    refusal,
    started,
    states,
    take,
)

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import Journal
    from mailgun_async.testing.journals import Connect

__all__ = ["ClaimConformance"]

RACES = 20


class ClaimConformance(JournalSuite):
    """Candidates, claims, leases."""

    async def test_candidates_come_in_their_order_with_their_names(self, journal: Journal) -> None:
        """That of numbers, not of letters."""
        found = await ready(journal, *range(1, 13))
        assert [one.ordinal for one in found] == [str(ordinal) for ordinal in range(12)]
        assert (found[10].count, found[10].digest, found[10].message_id) == (
            11,
            new_chunk("10").digest,
            new_chunk("10").message_id,
        )

    async def test_no_more_candidates_are_given_than_asked_for(self, journal: Journal) -> None:
        """The first, without those to skip."""
        keys = [one.key for one in await ready(journal, *[10] * 5)]
        assert [one.ordinal for one in await journal.candidates(now=NOW, limit=2)] == ["0", "1"]
        left = await journal.candidates(now=NOW, limit=2, skip={keys[0], keys[2], 987_654})
        assert [one.ordinal for one in left] == ["1", "3"]
        assert await journal.candidates(now=NOW, limit=2, skip=keys) == []

    async def test_only_planned_chunks_are_candidates(self, journal: Journal) -> None:
        """Whatever else became of the others."""
        claims = await started(journal, *[10] * 6)
        settlements = [ended("sent", "accepted"), refusal(), ended("unknown", "unknown"), ended("parked", "unknown")]
        for claim, settlement in zip(claims, settlements, strict=False):
            await journal.settle(claim, settlement)
        await journal.settle(claims[4], ended("planned", "unsent"))
        assert await ordinals(journal, now=1e12) == ["4"]

    async def test_a_planned_chunk_is_a_candidate_once_it_is_due(self, journal: Journal) -> None:
        """In its place, whether others had to wait or not."""
        claims = await started(journal, *[10] * 5)
        for claim, due_at in zip(claims, [NOW + 70.0, None, NOW + 60.0, NOW + 80.0, None], strict=True):
            await journal.settle(claim, ended("planned", "limited", due_at=due_at))
        assert await ordinals(journal, NOW + 59.9) == ["1", "4"]
        assert await ordinals(journal, NOW + 60.0) == ["1", "2", "4"]
        assert await ordinals(journal, NOW + 75.0) == ["0", "1", "2", "4"]
        for limit, first in ((1, ["0"]), (3, ["0", "1", "2"])):
            assert [one.ordinal for one in await journal.candidates(now=NOW + 75.0, limit=limit)] == first

    async def test_halves_come_before_all_others(self, journal: Journal) -> None:
        """In their order, whether they had to wait or not: they are what is left of something begun."""
        first, second, third, *_ = await started(journal, *[10] * 5)
        await journal.settle(third, ended("split", "oversize", children=[new_chunk("2.0", 5), new_chunk("2.1", 5)]))
        await journal.settle(second, ended("split", "oversize", children=[new_chunk("1.0", 5), new_chunk("1.1", 5)]))
        await journal.settle(first, ended("planned", "unsent"))
        half = await take(journal, (await candidates(journal))[0].key)
        await journal.settle(half, ended("planned", "limited", due_at=NOW + 5.0))
        other_half = await take(journal, (await candidates(journal))[0].key)
        parts = [new_chunk("1.1.0", 3), new_chunk("1.1.1", 2)]
        await journal.settle(other_half, ended("split", "oversize", children=parts))
        expected = ["1.0", "1.1.0", "1.1.1", "2.0", "2.1", "0"]
        for limit in range(1, 7):
            found = await journal.candidates(now=NOW + 9.0, limit=limit)
            assert [one.ordinal for one in found] == expected[:limit]

    async def test_it_is_known_when_the_next_is_due(self, journal: Journal) -> None:
        """Of those that wait for something, planned or unknown."""
        claims = await started(journal, *[10] * 4)
        assert await journal.next_due_at() is None
        await journal.settle(claims[0], ended("planned", "unsent"))
        assert await journal.next_due_at() is None
        await journal.settle(claims[1], ended("planned", "limited", due_at=NOW + 60.0))
        assert await journal.next_due_at() == NOW + 60.0
        await journal.settle(claims[2], ended("unknown", "unknown", due_at=NOW + 15.0))
        assert await journal.next_due_at() == NOW + 15.0
        (unknown,) = await journal.unknown(now=NOW + 15.0, limit=1)
        await journal.look(unknown, due_at=NOW + 75.0)
        assert await journal.next_due_at() == NOW + 60.0
        await take(journal, claims[1].key, now=NOW + 60.0)
        assert await journal.next_due_at() == NOW + 75.0
        await journal.resolve(unknown, ended("sent", "found"))
        assert await journal.next_due_at() is None

    async def test_a_claim_moves_a_chunk_to_intent(self, journal: Journal, other: Journal) -> None:
        """With its owner, its lease and its number, seen by everybody."""
        (only,) = await ready(journal, 10)
        claim = await journal.claim(only.key, owner="host:1:x", now=NOW, lease_until=LEASE_UNTIL)
        assert claim == Claim(key=only.key, owner="host:1:x", attempt=1, began_at=NOW, lease_until=LEASE_UNTIL)
        kept = await record(other)
        assert (kept.state, kept.owner, kept.lease_until, kept.attempt) == ("intent", "host:1:x", LEASE_UNTIL, 1)
        assert (kept.since, kept.sent_from, kept.due_at) == (NOW, NOW, None)
        assert await ordinals(other) == []

    async def test_the_first_claim_starts_the_campaign(self, journal: Journal) -> None:
        """Later ones do not change when."""
        first, second = await ready(journal, 10, 10)
        header = await journal.header()
        assert header is not None
        assert header.started_at is None
        await take(journal, first.key, now=NOW + 1.0)
        await take(journal, second.key, now=NOW + 2.0)
        header = await journal.header()
        assert header is not None
        assert header.started_at == NOW + 1.0

    async def test_what_is_claimed_cannot_be_claimed(self, journal: Journal, other: Journal) -> None:
        """By nobody, the owner included, and nothing of the claim changes."""
        (only,) = await ready(journal, 10)
        await take(journal, only.key)
        before = await record(journal)
        for one, owner in ((journal, "one"), (other, "two")):
            assert await one.claim(only.key, owner=owner, now=NOW + 1.0, lease_until=NOW + 999.0) is None
        assert await record(journal) == before

    async def test_of_two_who_claim_at_once_one_gets_it(self, journal: Journal, other: Journal) -> None:
        """Each time, and never both."""
        for candidate in await ready(journal, *[10] * RACES):
            got = await asyncio.gather(
                *(
                    one.claim(candidate.key, owner=owner, now=NOW, lease_until=LEASE_UNTIL)
                    for one, owner in ((journal, "one"), (other, "two"), (journal, "three"), (other, "four"))
                )
            )
            (claim,) = [one for one in got if one is not None]
            assert claim.attempt == 1
            kept = await record(journal, candidate.ordinal)
            assert (kept.owner, kept.attempt) == (claim.owner, 1)

    async def test_several_workers_share_the_chunks(self, journal: Journal, other: Journal) -> None:
        """Each chunk is sent by one of them, once."""
        await ready(journal, *[10] * RACES)
        sent: list[int] = []

        async def work(one: Journal, owner: str) -> None:
            while found := await one.candidates(now=NOW, limit=3):
                for candidate in found:
                    claim = await one.claim(candidate.key, owner=owner, now=NOW, lease_until=LEASE_UNTIL)
                    if claim is not None:
                        sent.append(claim.key)
                        assert await one.settle(claim, ended("sent", "accepted"))

        await asyncio.gather(work(journal, "one"), work(other, "two"), work(journal, "three"), work(other, "four"))
        assert len(sent) == len(set(sent)) == RACES
        assert set((await states(journal)).values()) == {"sent"}
        assert {(attempt.attempt, attempt.outcome) for attempt in await attempts(journal)} == {(1, "accepted")}

    async def test_what_is_not_due_cannot_be_claimed(self, journal: Journal) -> None:
        """Even by one who saw it as a candidate before."""
        (claim,) = await started(journal)
        await journal.settle(claim, ended("planned", "limited", due_at=NOW + 60.0))
        assert await journal.claim(claim.key, owner="two", now=NOW + 59.9, lease_until=NOW + 99.0) is None
        again = await take(journal, claim.key, now=NOW + 60.0)
        assert again.attempt == 2
        assert (await record(journal)).due_at is None

    async def test_nothing_of_a_plan_under_way_can_be_claimed(self, journal: Journal) -> None:
        """It may yet change."""
        await journal.begin(new_header(), [])
        await journal.add([new_chunk("0")])
        key = (await record(journal)).key
        assert await journal.claim(key, owner="one", now=NOW, lease_until=LEASE_UNTIL) is None
        assert await states(journal) == {"0": "planned"}

    async def test_what_does_not_exist_cannot_be_claimed(self, journal: Journal) -> None:
        """Nor is it made by trying."""
        (only,) = await ready(journal, 10)
        assert await journal.claim(only.key + 1, owner="one", now=NOW, lease_until=LEASE_UNTIL) is None
        assert await states(journal) == {"0": "planned"}

    async def test_every_claim_counts(self, journal: Journal) -> None:
        """Also one whose call was not sent; what was said of the attempt before is not said of the next."""
        (claim,) = await started(journal)
        await journal.settle(claim, ended("planned", "limited", status=429, reason="slow down", body=b"{}"))
        claim = await take(journal, claim.key, owner="two")
        kept = await record(journal)
        assert (kept.attempt, kept.owner, claim.attempt) == (2, "two", 2)
        assert (kept.status, kept.reason, kept.body) == (None, None, None)
        await journal.settle(claim, ended("planned", "given back"))
        assert (await take(journal, claim.key)).attempt == 3

    @pytest.mark.parametrize("turns", [0, 1, 2, 5])
    async def test_a_cancelled_claim_is_given_back(self, journal: Journal, other: Journal, turns: int) -> None:
        """Whoever was cancelled can't know that the chunk is theirs."""
        (only,) = await ready(journal, 10)
        task = asyncio.create_task(journal.claim(only.key, owner="one", now=NOW, lease_until=LEASE_UNTIL))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        try:
            # It was over before it could be cancelled.
            claim = await task
            assert claim is not None
            await journal.settle(claim, ended("planned", "given back"))
        except asyncio.CancelledError:
            pass
        assert await states(other) == {"0": "planned"}
        await take(other, only.key)

    async def test_the_owners_of_what_is_on_the_wire_are_known(self, journal: Journal, other: Journal) -> None:
        """Not those of chunks that are settled."""
        first, second, third, _ = await ready(journal, *[10] * 4)
        claim = await take(journal, first.key, owner="one")
        await take(journal, second.key, owner="two")
        await take(other, third.key, owner="two")
        assert await other.owners() == {"one", "two"}
        await journal.settle(claim, ended("sent", "accepted"))
        assert await other.owners() == {"two"}

    async def test_claims_outlive_their_process(self, journal: Journal, connect: Connect) -> None:
        """And can be settled after the journal was opened again."""
        (claim,) = await started(journal)
        await journal.close()
        again = connect()
        await again.open()
        try:
            assert await again.owners() == {"one"}
            assert await again.settle(claim, ended("sent", "accepted"))
        finally:
            await again.close()
            await journal.open()
        assert await states(journal) == {"0": "sent"}
