"""The suite for journals: chunks of which nobody knows, and what decides about them."""
# ruff: noqa: S101, PLR2004 -- these are tests

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mailgun_async.testing._journal_base import (
    LEASE_UNTIL,
    NOW,
    JournalSuite,
    attempts,
    candidates,
    ended,
    ready,
    record,
    started,
    states,
    take,
)

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import Journal

__all__ = ["LookConformance"]

DUE = LEASE_UNTIL + 15.0


class LookConformance(JournalSuite):
    """Leases that end, look-ups, decisions."""

    async def test_a_lease_that_ended_makes_a_chunk_unknown(self, journal: Journal, other: Journal) -> None:
        """Never planned: its call may have been accepted. Chunks whose lease goes on stay."""
        for candidate, lease_until in zip(await ready(journal, 10, 20, 30), (50.0, 60.0, 70.0), strict=True):
            await take(journal, candidate.key, lease_until=NOW + lease_until)
        assert await other.expire(now=NOW + 49.9, due_at=DUE) == 0
        assert await other.expire(now=NOW + 60.0, due_at=DUE) == 2
        assert await other.expire(now=NOW + 60.0, due_at=DUE) == 0
        assert await states(journal) == {"0": "unknown", "1": "unknown", "2": "intent"}
        kept = await record(journal)
        assert (kept.since, kept.due_at, kept.sent_from, kept.looks) == (NOW + 60.0, DUE, NOW, 0)
        assert kept.owner == "one"
        assert await journal.owners() == {"one"}

    async def test_a_dead_owner_makes_its_chunks_unknown_at_once(self, journal: Journal) -> None:
        """Others' stay, and so do chunks that were settled before."""
        claims = [
            await take(journal, candidate.key, owner=owner)
            for candidate, owner in zip(
                await ready(journal, *[10] * 5), ["one", "two", "three", "one", "one"], strict=True
            )
        ]
        await journal.settle(claims[3], ended("sent", "accepted"))
        await journal.settle(claims[4], ended("planned", "unsent"))
        assert await journal.expire(now=NOW + 1.0, dead={"one", "three", "nobody"}, due_at=DUE) == 2
        assert list((await states(journal)).values()) == ["unknown", "intent", "unknown", "sent", "planned"]
        assert (await record(journal, "2")).since == NOW + 1.0

    async def test_unknown_chunks_are_given_when_they_are_due(self, journal: Journal) -> None:
        """Those first that wait longest, and no more than asked for."""
        claims = await started(journal, *[10] * 4)
        for claim, after in zip(claims, [40.0, 20.0, 30.0, 10.0], strict=True):
            await journal.settle(claim, ended("unknown", "unknown", due_at=NOW + after))
        due = [one.ordinal for one in await journal.unknown(now=NOW + 30.0, limit=9)]
        assert due == ["3", "1", "2"]
        assert [one.ordinal for one in await journal.unknown(now=NOW + 99.0, limit=2)] == ["3", "1"]
        assert await journal.unknown(now=NOW + 9.9, limit=9) == []

    async def test_one_without_a_time_is_due_when_it_became_unknown(self, journal: Journal) -> None:
        """It is not forgotten."""
        (claim,) = await started(journal)
        await journal.settle(claim, ended("unknown", "unknown", at=NOW + 5.0))
        assert await journal.unknown(now=NOW + 5.0, limit=9) == [await record(journal)]

    async def test_only_one_makes_a_look_up(self, journal: Journal, other: Journal) -> None:
        """The other is told, and the next is due later."""
        await started(journal)
        await journal.expire(now=LEASE_UNTIL, due_at=DUE)
        for looks in (1, 2):
            now = DUE * looks
            (mine,) = await journal.unknown(now=now, limit=1)
            (theirs,) = await other.unknown(now=now, limit=1)
            made = await asyncio.gather(journal.look(mine, due_at=DUE * 2), other.look(theirs, due_at=DUE * 2))
            assert sorted(made) == [False, True]
            assert (await record(journal)).looks == looks
        assert await journal.unknown(now=DUE * 2 - 1.0, limit=1) == []
        kept = await record(journal)
        assert (kept.state, kept.since, kept.due_at) == ("unknown", LEASE_UNTIL, DUE * 2)

    async def test_what_is_unknown_no_more_is_not_looked_up(self, journal: Journal) -> None:
        """A look-up would find what is known, or what is said of an attempt before."""
        (claim,) = await started(journal)
        await journal.expire(now=LEASE_UNTIL, due_at=DUE)
        (unknown,) = await journal.unknown(now=DUE, limit=1)
        await journal.resolve(unknown, ended("planned", "absent"))
        assert not await journal.look(unknown, due_at=DUE + 30.0)
        claim = await take(journal, claim.key, now=DUE)
        await journal.settle(claim, ended("unknown", "unknown", due_at=DUE + 15.0))
        assert not await journal.look(unknown, due_at=DUE + 30.0)
        assert (await record(journal)).due_at == DUE + 15.0

    @pytest.mark.parametrize(
        ("state", "outcome"), [("sent", "found"), ("planned", "absent"), ("parked", "absent"), ("parked", "unknown")]
    )
    async def test_an_unknown_chunk_is_decided(
        self, journal: Journal, other: Journal, state: Any, outcome: Any
    ) -> None:
        """It keeps why, and the look-up is recorded as part of its attempt."""
        await started(journal)
        await journal.expire(now=LEASE_UNTIL, due_at=DUE)
        (unknown,) = await journal.unknown(now=DUE, limit=1)
        assert await journal.resolve(unknown, ended(state, outcome, at=DUE + 1.0, reason="why"))
        kept = await record(other)
        assert (kept.state, kept.since, kept.due_at, kept.reason) == (state, DUE + 1.0, None, "why")
        (made,) = await attempts(other)
        assert (made.attempt, made.began_at, made.ended_at, made.outcome) == (1, NOW, DUE + 1.0, outcome)
        assert await other.unknown(now=1e12, limit=9) == []
        assert len(await candidates(other, 1e12)) == (state == "planned")

    async def test_a_chunk_may_have_to_wait_after_it_was_decided(self, journal: Journal) -> None:
        """As any other that is planned."""
        await started(journal)
        await journal.expire(now=LEASE_UNTIL, due_at=DUE)
        (unknown,) = await journal.unknown(now=DUE, limit=1)
        await journal.resolve(unknown, ended("planned", "absent", due_at=DUE + 60.0))
        assert await candidates(journal, DUE + 59.0) == []
        assert len(await candidates(journal, DUE + 60.0)) == 1

    async def test_a_chunk_is_decided_once(self, journal: Journal, other: Journal) -> None:
        """Whoever comes second is told, and leaves no trace."""
        await started(journal)
        await journal.expire(now=LEASE_UNTIL, due_at=DUE)
        (unknown,) = await journal.unknown(now=DUE, limit=1)
        done = await asyncio.gather(
            journal.resolve(unknown, ended("sent", "found", at=DUE)),
            other.resolve(unknown, ended("planned", "absent", at=DUE)),
        )
        assert sorted(done) == [False, True]
        assert await states(journal) == {"0": "sent" if done[0] else "planned"}
        assert len(await attempts(journal)) == 1

    async def test_what_is_known_of_an_attempt_does_not_decide_about_the_next(self, journal: Journal) -> None:
        """The chunk was planned, claimed and lost once more since."""
        (claim,) = await started(journal)
        await journal.expire(now=LEASE_UNTIL, due_at=DUE)
        (stale,) = await journal.unknown(now=DUE, limit=1)
        await journal.resolve(stale, ended("planned", "absent", at=DUE))
        again = await take(journal, claim.key, now=DUE)
        assert not await journal.resolve(stale, ended("planned", "absent", at=DUE + 1.0))
        await journal.settle(again, ended("unknown", "unknown", at=DUE + 2.0))
        assert not await journal.resolve(stale, ended("planned", "absent", at=DUE + 3.0))
        assert await states(journal) == {"0": "unknown"}

    async def test_the_look_ups_of_each_attempt_count_from_nothing(self, journal: Journal) -> None:
        """The next attempt has a schedule of its own."""
        (claim,) = await started(journal)
        await journal.expire(now=LEASE_UNTIL, due_at=DUE)
        await journal.look((await journal.unknown(now=DUE, limit=1))[0], due_at=DUE)
        await journal.resolve(await record(journal), ended("planned", "absent"))
        claim = await take(journal, claim.key, now=DUE)
        await journal.settle(claim, ended("unknown", "unknown"))
        kept = await record(journal)
        assert (kept.looks, kept.sent_from) == (0, DUE)
