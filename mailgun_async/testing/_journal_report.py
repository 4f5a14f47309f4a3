"""The suite for journals: steering a campaign, and reading what became of it."""
# ruff: noqa: S101, PLR2004 -- these are tests

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mailgun_async.campaigns.journal import Sum
from mailgun_async.errors import JournalError
from mailgun_async.testing._journal_base import (
    LEASE_UNTIL,
    NOW,
    JournalSuite,
    attempts,
    candidates,
    ended,
    new_chunk,
    new_header,
    ready,
    record,
    refusal,
    rejected_by,
    started,
    states,
    take,
    totals,
)

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import Journal

__all__ = ["ReportConformance"]

STATES: list[Any] = ["ready", "paused", "cancelled"]
MANY = 1_050
"""More than any journal should read at once."""


class ReportConformance(JournalSuite):
    """Pause, resume, cancel, plan again; sums and listings."""

    @pytest.mark.parametrize("state", STATES)
    async def test_what_is_not_planned_cannot_be_steered(self, journal: Journal, state: Any) -> None:
        """Neither nothing, nor a plan that is not complete."""
        with pytest.raises(JournalError):
            await journal.steer(state)
        await journal.begin(new_header(), [])
        with pytest.raises(JournalError):
            await journal.steer(state)
        assert await journal.header() == new_header()

    @pytest.mark.parametrize("state", STATES[1:])
    async def test_nothing_is_claimed_while_it_may_not_be_sent(
        self, journal: Journal, other: Journal, state: Any
    ) -> None:
        """Every process sees it at its next claim; what is on the wire is settled all the same."""
        first, second = await ready(journal, 10, 20)
        claim = await take(journal, first.key)
        await other.steer(state)
        header = await journal.header()
        assert header is not None
        assert header.state == state
        assert await journal.claim(second.key, owner="one", now=NOW, lease_until=LEASE_UNTIL) is None
        assert await journal.settle(claim, ended("sent", "accepted"))
        assert await states(journal) == {"0": "sent", "1": "planned"}

    async def test_what_was_paused_goes_on(self, journal: Journal, other: Journal) -> None:
        """As often as one likes; to pause twice is harmless."""
        (only,) = await ready(journal, 10)
        for state in ("paused", "paused", "ready", "paused", "ready", "ready"):
            await other.steer(state)
        await take(journal, only.key)

    @pytest.mark.parametrize("state", STATES)
    async def test_what_was_cancelled_stays_so(self, journal: Journal, other: Journal, state: Any) -> None:
        """Nothing of it is ever sent."""
        await ready(journal, 10)
        await journal.steer("cancelled")
        with pytest.raises(JournalError):
            await other.steer(state)
        header = await journal.header()
        assert header is not None
        assert header.state == "cancelled"

    @pytest.mark.parametrize("asked", [["refused"], ["parked"], ["refused", "parked"], []])
    async def test_chunks_are_planned_again_by_hand(self, journal: Journal, asked: list[Any]) -> None:
        """Those of the states that are asked for, and no others."""
        claims = await started(journal, 1, 2, 4, 8, 16, 32)
        held = {"0": "refused", "1": "parked", "2": "refused", "3": "sent", "4": "unknown", "5": "intent"}
        for claim, state in zip(claims, list(held.values())[:5], strict=False):
            await journal.settle(claim, ended(state, "unknown", status=400, reason="why"))
        expected = {ordinal: "planned" if state in asked else state for ordinal, state in held.items()}
        counts = [2 ** int(ordinal) for ordinal, state in expected.items() if state == "planned"]
        assert await journal.replan(asked) == Sum(chunks=len(counts), recipients=sum(counts))
        assert await states(journal) == expected
        assert [one.count for one in await candidates(journal)] == counts
        assert await journal.replan(asked) == Sum()

    async def test_what_was_planned_again_is_tried_again(self, journal: Journal) -> None:
        """It says why it was refused until then, and its attempts go on counting."""
        (claim,) = await started(journal)
        await journal.settle(claim, refusal())
        await journal.replan(["refused"])
        kept = await record(journal)
        assert (kept.state, kept.since, kept.attempt, kept.status) == ("planned", None, 1, 400)
        assert (await take(journal, claim.key)).attempt == 2

    async def test_sums_say_how_much_is_in_each_state(self, journal: Journal, other: Journal) -> None:
        """Chunks and recipients."""
        claims = await started(journal, 1, 2, 4, 8)
        await journal.settle(claims[0], ended("sent", "accepted"))
        await journal.settle(claims[2], ended("sent", "accepted"))
        await journal.settle(claims[3], ended("split", "oversize", children=[new_chunk("3.0", 5), new_chunk("3.1", 3)]))
        assert {state: one for state, one in (await other.sums()).items() if one != Sum()} == {
            "sent": Sum(chunks=2, recipients=5),
            "intent": Sum(chunks=1, recipients=2),
            "split": Sum(chunks=1, recipients=8),
            "planned": Sum(chunks=2, recipients=8),
        }

    async def test_chunks_are_listed_in_their_order(self, journal: Journal) -> None:
        """Parts behind what they were cut from, and those of some states when asked."""
        claims = await started(journal, *[8] * 11)
        await journal.settle(claims[2], ended("split", "oversize", children=[new_chunk("2.0", 4), new_chunk("2.1", 4)]))
        half = next(one for one in await candidates(journal) if one.ordinal == "2.0")
        parts = [new_chunk("2.0.0", 2), new_chunk("2.0.1", 2)]
        await journal.settle(await take(journal, half.key), ended("split", "oversize", children=parts))
        await journal.settle(claims[10], ended("sent", "accepted"))
        listed = ["0", "1", "2", "2.0", "2.0.0", "2.0.1", "2.1", *"3456789", "10"]
        assert [one.ordinal async for one in journal.chunks()] == listed
        assert [one.ordinal async for one in journal.chunks(["sent", "split"])] == ["2", "2.0", "10"]
        assert [one.ordinal async for one in journal.chunks({"parked"})] == []
        assert [one.ordinal async for one in journal.chunks([])] == []

    async def test_long_listings_are_whole(self, journal: Journal) -> None:
        """However many are read at once, each comes once and in its order."""
        await journal.begin(new_header(), [])
        rejected = [rejected_by("plan", f"{n}@", n) for n in range(MANY)]
        await journal.add([new_chunk(str(ordinal), 1) for ordinal in range(MANY)], rejected)
        await journal.finish(totals([1] * MANY, rejected=MANY))
        assert [one.ordinal async for one in journal.chunks()] == [str(ordinal) for ordinal in range(MANY)]
        assert [one async for one in journal.rejected()] == rejected
        assert len(await journal.candidates(now=NOW, limit=MANY + 1)) == MANY

    async def test_long_records_of_attempts_are_whole(self, journal: Journal) -> None:
        """Also when many end at the same time."""
        (claim,) = await started(journal)
        some = MANY // 2
        for at in range(some):
            await journal.settle(claim, ended("planned", "unsent", at=NOW + at // 250, waited_s=float(at)))
        assert [attempt.waited_s for attempt in await attempts(journal)] == [float(at) for at in range(some)]

    async def test_the_journal_may_change_while_it_is_listed(self, journal: Journal) -> None:
        """No chunk comes twice, and nothing stands still; a listing may be left before its end."""
        await started(journal, *[1] * 300)
        seen = []
        async for chunk in journal.chunks(["intent", "planned"]):
            seen.append(chunk.ordinal)
            if len(seen) == 1:
                await journal.expire(now=LEASE_UNTIL, due_at=LEASE_UNTIL)
            if len(seen) == 10:
                break
        assert seen == [str(ordinal) for ordinal in range(len(seen))]
        assert set((await states(journal)).values()) == {"unknown"}
