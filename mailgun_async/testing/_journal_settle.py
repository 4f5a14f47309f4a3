"""The suite for journals: what becomes of a chunk that was claimed."""
# ruff: noqa: S101, PLR2004 -- these are tests

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from mailgun_async.campaigns.journal import AttemptRecord
from mailgun_async.errors import JournalError
from mailgun_async.testing._journal_base import (
    LEASE_UNTIL,
    NOW,
    JournalSuite,
    assert_adds_up,
    attempts,
    candidates,
    ended,
    new_chunk,
    ready,
    record,
    refusal,
    rejected_by,
    started,
    states,
    take,
)

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import Claim, Journal, Settlement

__all__ = ["SettleConformance"]

LATE = LEASE_UNTIL + 50.0


async def _expired(journal: Journal, *counts: int) -> list[Claim]:
    claims = await started(journal, *counts)
    await journal.expire(now=LEASE_UNTIL, due_at=LEASE_UNTIL + 15.0)
    return claims


class SettleConformance(JournalSuite):
    """Settlements in time and late, and chunks that are split."""

    @pytest.mark.parametrize(
        "settlement",
        [
            ended("sent", "accepted", status=200),
            ended("planned", "limited", status=429, reason="slow down", due_at=NOW + 60.0),
            ended("planned", "unsent", reason="connection refused"),
            ended("planned", "given back"),
            ended("unknown", "unknown", status=502, reason="bad gateway", due_at=NOW + 15.0),
            refusal(),
            ended("parked", "unknown", reason="may have been accepted"),
        ],
        ids=lambda settlement: f"{settlement.outcome}-{settlement.state}",
    )
    async def test_a_claimed_chunk_comes_into_its_next_state(
        self, journal: Journal, other: Journal, settlement: Settlement
    ) -> None:
        """With what is to be kept of why; other chunks stay what they are."""
        claim, _ = await started(journal, 10, 20)
        assert await journal.settle(claim, settlement)
        kept = await record(other)
        assert (kept.state, kept.since, kept.sent_from) == (settlement.state, settlement.at, NOW)
        assert (kept.status, kept.reason, kept.body) == (settlement.status, settlement.reason, settlement.body)
        assert (kept.due_at, kept.attempt, kept.looks) == (settlement.due_at, 1, 0)
        assert await states(other) == {"0": settlement.state, "1": "intent"}

    async def test_an_attempt_that_ended_is_recorded(self, journal: Journal, other: Journal) -> None:
        """With its times, and the seconds that it had to wait."""
        (claim,) = await started(journal)
        await journal.settle(claim, ended("planned", "limited", at=NOW + 3.0, status=429, waited_s=2.5))
        claim = await take(journal, claim.key, now=NOW + 4.0)
        await journal.settle(claim, ended("sent", "accepted", at=NOW + 5.0, status=200))
        common: dict[str, Any] = {"ordinal": "0", "count": 10}
        assert await attempts(other) == [
            AttemptRecord(
                **common, attempt=1, began_at=NOW, ended_at=NOW + 3.0, outcome="limited", status=429, waited_s=2.5
            ),
            AttemptRecord(
                **common,
                attempt=2,
                began_at=NOW + 4.0,
                ended_at=NOW + 5.0,
                outcome="accepted",
                status=200,
                waited_s=0.0,
            ),
        ]

    async def test_attempts_come_in_the_order_of_their_ends(self, journal: Journal) -> None:
        """Whatever the order in which they were told of."""
        claims = await started(journal, *[10] * 4)
        for claim, after in zip(claims, [3.0, 1.0, 4.0, 2.0], strict=True):
            await journal.settle(claim, ended("sent", "accepted", at=NOW + after))
        assert [attempt.ordinal for attempt in await attempts(journal)] == ["1", "3", "0", "2"]

    async def test_a_lease_that_ended_unnoticed_changes_nothing(self, journal: Journal) -> None:
        """Nobody has decided anything yet."""
        (claim,) = await started(journal)
        assert await journal.settle(claim, refusal(at=LATE))
        assert await states(journal) == {"0": "refused"}

    async def test_an_acceptance_that_comes_late_is_what_is_true(self, journal: Journal, other: Journal) -> None:
        """Its lease ran out, and the chunk became unknown."""
        (claim,) = await _expired(other)
        assert await journal.settle(claim, ended("sent", "accepted", at=LATE, status=200))
        kept = await record(other)
        assert (kept.state, kept.since, kept.due_at, kept.status) == ("sent", LATE, None, 200)
        assert await other.unknown(now=1e12, limit=9) == []

    @pytest.mark.parametrize(("state", "outcome"), [("planned", "absent"), ("parked", "absent")])
    async def test_an_acceptance_is_true_whatever_was_decided_without_knowing(
        self, journal: Journal, other: Journal, state: Any, outcome: Any
    ) -> None:
        """Or the chunk would be sent once more."""
        (claim,) = await _expired(journal)
        (unknown,) = await other.unknown(now=LATE, limit=1)
        assert await other.resolve(unknown, ended(state, outcome, at=LATE))
        assert await journal.settle(claim, ended("sent", "accepted", at=LATE + 1.0))
        assert await states(other) == {"0": "sent"}
        assert await candidates(other, 1e12) == []

    @pytest.mark.parametrize(
        "settlement",
        [
            refusal(at=LATE),
            ended("planned", "limited", at=LATE),
            ended("unknown", "unknown", at=LATE, due_at=LATE + 99.0),
            ended("split", "oversize", at=LATE, children=[new_chunk("0.0", 5), new_chunk("0.1", 5)], size=5),
        ],
        ids=lambda settlement: settlement.outcome,
    )
    async def test_any_other_outcome_that_comes_late_is_only_recorded(
        self, journal: Journal, settlement: Settlement
    ) -> None:
        """The chunk stays to be looked up."""
        (claim,) = await _expired(journal)
        before = await record(journal), await journal.header()
        assert not await journal.settle(claim, settlement)
        assert (await record(journal), await journal.header()) == before
        assert await states(journal) == {"0": "unknown"}
        assert [(one.outcome, one.ended_at) for one in await attempts(journal)] == [(settlement.outcome, LATE)]

    @pytest.mark.parametrize(
        "late", [ended("sent", "accepted", at=LATE), refusal(at=LATE)], ids=lambda one: one.outcome
    )
    async def test_an_outcome_after_a_newer_claim_is_only_recorded(
        self, journal: Journal, other: Journal, late: Settlement
    ) -> None:
        """The chunk is the newer one's, whose own outcome counts."""
        (claim,) = await _expired(journal)
        (unknown,) = await other.unknown(now=LATE, limit=1)
        await other.resolve(unknown, ended("planned", "absent", at=LATE - 10.0))
        newer = await take(other, claim.key, owner="two", now=LATE - 5.0, lease_until=LATE + 200.0)
        before = await record(journal)
        assert not await journal.settle(claim, late)
        assert await record(journal) == before
        assert await other.settle(newer, ended("planned", "unsent", at=LATE + 1.0))
        ends = [(one.attempt, one.began_at, one.outcome) for one in await attempts(journal)]
        assert ends == [(1, NOW, "absent"), (1, NOW, late.outcome), (2, LATE - 5.0, "unsent")]

    @pytest.mark.parametrize("state", ["sent", "refused", "split"])
    async def test_what_is_known_is_not_changed_by_an_outcome_that_comes_late(
        self, journal: Journal, state: Any
    ) -> None:
        """It is only recorded."""
        (claim,) = await started(journal)
        children = [new_chunk("0.0", 5), new_chunk("0.1", 5)] if state == "split" else []
        assert await journal.settle(claim, ended(state, "oversize", children=children))
        before = await record(journal)
        assert not await journal.settle(claim, ended("sent", "accepted", at=LATE))
        assert await record(journal) == before
        assert len(await attempts(journal)) == 2

    async def test_a_claim_of_somebody_else_moves_nothing(self, journal: Journal) -> None:
        """Owner and attempt must both be those of the chunk."""
        (claim,) = await started(journal)
        for stranger in (attrs.evolve(claim, owner="two"), attrs.evolve(claim, attempt=2)):
            assert not await journal.settle(stranger, ended("sent", "accepted"))
        assert await states(journal) == {"0": "intent"}

    async def test_a_split_chunk_is_followed_by_its_parts(self, journal: Journal, other: Journal) -> None:
        """They are planned, have payloads of their own, and stand behind it."""
        claim, *_ = await started(journal, 10, 20)
        parts = [new_chunk("0.0", 5, source_digest=""), new_chunk("0.1", 3, source_digest="")]
        gone = [rejected_by("mailgun", "bob@nowhere"), rejected_by("mailgun", "eve@nowhere")]
        assert await journal.settle(claim, ended("split", "refused", status=400, children=parts, rejected=gone))
        assert await states(other) == {"0": "split", "0.0": "planned", "0.1": "planned", "1": "intent"}
        assert [one async for one in other.rejected()] == gone
        for part, candidate in zip(parts, await candidates(other), strict=True):
            assert (candidate.ordinal, candidate.count, candidate.digest) == (part.ordinal, part.count, part.digest)
            assert await other.payload(candidate.key) == part.payload
            kept = await record(other, part.ordinal)
            assert (kept.attempt, kept.since, kept.source_digest, kept.message_id) == (0, None, "", part.message_id)
        await assert_adds_up(other)

    async def test_a_chunk_of_one_may_be_split_into_nobody(self, journal: Journal) -> None:
        """Its only recipient can't be sent to."""
        (claim,) = await started(journal, 1)
        gone = rejected_by("mailgun", "bob@nowhere")
        assert await journal.settle(claim, ended("split", "refused", rejected=[gone]))
        assert await states(journal) == {"0": "split"}
        assert [one async for one in journal.rejected()] == [gone]

    @pytest.mark.parametrize(
        ("state", "parts", "gone"), [("split", [5, 4], 0), ("split", [5, 5], 1), ("split", [], 0), ("refused", [10], 0)]
    )
    async def test_nobody_is_lost_or_doubled_by_a_split(
        self, journal: Journal, state: Any, parts: list[int], gone: int
    ) -> None:
        """A settlement whose parts are not all of the chunk is an error, and changes nothing."""
        (claim,) = await started(journal, 10)
        children = [new_chunk(f"0.{half}", count) for half, count in enumerate(parts)]
        before = await record(journal)
        with pytest.raises(JournalError):
            await journal.settle(
                claim, ended(state, "oversize", children=children, rejected=[rejected_by("mailgun")] * gone)
            )
        assert await record(journal) == before
        assert await states(journal) == {"0": "intent"}
        assert await attempts(journal) == []
        assert [one async for one in journal.rejected()] == []

    async def test_the_size_is_remembered_only_downwards(self, journal: Journal, other: Journal) -> None:
        """Whoever learns of a smaller one."""
        claims = await started(journal, *[10] * 4)
        seen = []
        for claim, size in zip(claims, [500, 700, None, 125], strict=True):
            await journal.settle(claim, ended("planned", "oversize", size=size))
            header = await other.header()
            assert header is not None
            seen.append(header.size)
        assert seen == [500, 500, 500, 125]

    @pytest.mark.parametrize("turns", [0, 1, 2, 5])
    async def test_a_cancelled_settlement_is_done_whole_or_not_at_all(self, journal: Journal, turns: int) -> None:
        """And the journal goes on."""
        (claim,) = await started(journal)
        parts = [new_chunk("0.0", 5), new_chunk("0.1", 5)]
        task = asyncio.create_task(journal.settle(claim, ended("split", "oversize", children=parts)))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        done = {"0": "split", "0.0": "planned", "0.1": "planned"}
        found = await states(journal)
        assert found in ({"0": "intent"}, done)
        assert len(await attempts(journal)) == (found == done)
        if found != done:
            assert await journal.settle(claim, ended("sent", "accepted"))
        await assert_adds_up(journal)

    async def test_the_sums_are_those_of_the_plan_after_every_step(self, journal: Journal, other: Journal) -> None:
        """Through all states that a chunk can be in."""
        await ready(journal, 8, 10, 20)

        async def step(ordinal: str, settlement: Settlement) -> None:
            (candidate,) = [one for one in await candidates(journal, 1e12) if one.ordinal == ordinal]
            claim = await take(journal, candidate.key, now=1e12)
            await assert_adds_up(other)
            assert await other.settle(claim, settlement)
            await assert_adds_up(journal)

        await step("0", ended("split", "oversize", children=[new_chunk("0.0", 4), new_chunk("0.1", 4)]))
        await step(
            "0.0", ended("split", "refused", children=[new_chunk("0.0.0", 3)], rejected=[rejected_by("mailgun")])
        )
        await step("0.1", refusal())
        await step("0.0.0", ended("sent", "accepted"))
        await step("1", ended("planned", "limited", due_at=NOW))
        await step("2", ended("unknown", "unknown", due_at=NOW))
        (unknown,) = await other.unknown(now=NOW, limit=9)
        await other.resolve(unknown, ended("parked", "absent"))
        await assert_adds_up(journal)
        assert (await journal.replan(["refused", "parked"])).recipients == 24
        await assert_adds_up(other)
        assert list((await states(journal)).values()) == ["split", "split", "sent", "planned", "planned", "planned"]
