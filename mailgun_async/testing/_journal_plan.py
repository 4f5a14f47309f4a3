"""The suite for journals: planning."""
# ruff: noqa: S101 -- these are tests

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from mailgun_async.campaigns.journal import CommonPart, RejectedRecipient
from mailgun_async.errors import JournalError
from mailgun_async.testing._journal_base import (
    COMMON,
    JournalSuite,
    candidates,
    new_chunk,
    new_header,
    ordinals,
    ready,
    record,
    rejected_by,
    started,
    states,
    totals,
)

if TYPE_CHECKING:
    from mailgun_async.campaigns.journal import Journal
    from mailgun_async.testing.journals import Connect

__all__ = ["PlanConformance"]


class PlanConformance(JournalSuite):
    """Open and close, begin, add, replace, finish."""

    async def test_a_new_journal_is_empty(self, journal: Journal) -> None:
        """Everything can be asked, and there is nothing."""
        assert await journal.header() is None
        assert await journal.common() == []
        assert await candidates(journal) == []
        assert await journal.unknown(now=1e12, limit=10) == []
        assert await journal.next_due_at() is None
        assert await journal.owners() == set()
        assert await states(journal) == {}
        assert [one async for one in journal.attempts()] == []
        assert [one async for one in journal.rejected()] == []

    async def test_closing_twice_is_harmless(self, journal: Journal) -> None:
        """And a closed one can be opened again."""
        await journal.close()
        await journal.close()
        await journal.open()
        assert await journal.header() is None

    async def test_one_never_opened_can_be_closed(self, connect: Connect) -> None:
        """As happens when opening has failed."""
        await connect().close()

    async def test_a_closed_journal_says_so(self, connect: Connect) -> None:
        """As everything that can go wrong with it does."""
        with pytest.raises(JournalError):
            await connect().header()

    @pytest.mark.parametrize("name", ["spring sale", None, "Frühling"])
    async def test_a_plan_that_begins_keeps_its_header(self, journal: Journal, name: str | None) -> None:
        """It is being planned, whatever else is known of it."""
        header = new_header(name=name)
        await journal.begin(header, [])
        assert await journal.header() == header

    async def test_common_parts_keep_their_order_and_bytes(self, journal: Journal) -> None:
        """Fields may be repeated, and their order may matter."""
        parts = [*COMMON, *(CommonPart(name="o:tag", data=bytes([n])) for n in range(12, 0, -1)), COMMON[0]]
        await journal.begin(new_header(), parts)
        assert await journal.common() == parts

    async def test_chunks_are_kept_as_they_were_added(self, journal: Journal) -> None:
        """With all that names them, planned, and never tried."""
        await journal.begin(new_header(), [])
        chunk = new_chunk("0", 7)
        await journal.add([chunk])
        kept = await record(journal)
        names = attrs.asdict(chunk)
        del names["payload"]
        assert {name: getattr(kept, name) for name in names} == names
        nothing = (kept.owner, kept.lease_until, kept.due_at, kept.since, kept.sent_from)
        assert nothing == (None, None, None, None, None)
        assert (kept.status, kept.reason, kept.body) == (None, None, None)
        assert (kept.state, kept.attempt, kept.looks) == ("planned", 0, 0)
        assert await journal.payload(kept.key) == chunk.payload

    async def test_chunks_come_in_the_order_of_the_plan(self, journal: Journal) -> None:
        """Which is that of numbers, not of letters."""
        await journal.begin(new_header(), [])
        for start in (0, 9):
            await journal.add([new_chunk(str(ordinal), 1) for ordinal in range(start, start + 9)])
        await journal.finish(totals([1] * 18))
        assert list(await states(journal)) == [str(ordinal) for ordinal in range(18)]

    async def test_who_cannot_be_sent_to_is_kept(self, journal: Journal) -> None:
        """With the line of the file where there is one, and in any script."""
        rejected = [
            RejectedRecipient(address="bob@", reason="has no domain", by="plan", line=7),
            RejectedRecipient(address="bøb 😀", reason="is not an address", by="plan"),
        ]
        await journal.begin(new_header(), [])
        await journal.add([], rejected[:1])
        await journal.add([new_chunk("0")], rejected[1:])
        assert [one async for one in journal.rejected()] == rejected

    async def test_a_plan_never_finished_is_thrown_away_by_the_next(self, journal: Journal, other: Journal) -> None:
        """Nothing of it is left, neither for the same process nor for another."""
        for at, one in enumerate((journal, other, journal)):
            await one.begin(new_header(id=f"c{at}", name=str(at)), COMMON[: 2 - at])
            assert await states(one) == {}
            await one.add([new_chunk("0"), new_chunk("1")], [rejected_by("plan")])
        assert await journal.common() == []
        header = await journal.header()
        assert header is not None
        assert (header.id, header.name) == ("c2", "2")
        assert [await journal.payload(chunk.key) async for chunk in journal.chunks()] == [
            new_chunk("0").payload,
            new_chunk("1").payload,
        ]
        assert len([one async for one in journal.rejected()]) == 1

    async def test_who_lost_the_plan_to_another_is_told(self, journal: Journal, other: Journal) -> None:
        """Or two plans would become one."""
        await journal.begin(new_header(id="mine"), [])
        await other.begin(new_header(id="theirs"), [])
        await other.add([new_chunk("0", 3)])
        key = (await record(other)).key
        with pytest.raises(JournalError):
            await journal.add([new_chunk("1")])
        with pytest.raises(JournalError):
            await journal.replace(key, None)
        with pytest.raises(JournalError):
            await journal.finish(totals([3]))
        await other.finish(totals([3]))
        assert await states(journal) == {"0": "planned"}

    async def test_what_belongs_to_no_plan_is_not_added(self, journal: Journal, other: Journal) -> None:
        """Neither before one begins, nor after it is finished, nor by one who did not begin it."""
        with pytest.raises(JournalError):
            await journal.add([new_chunk("0")])
        await journal.begin(new_header(), [])
        with pytest.raises(JournalError):
            await other.add([new_chunk("0")])
        await journal.finish(totals([]))
        with pytest.raises(JournalError):
            await journal.add([new_chunk("0")])
        assert await states(journal) == {}

    @pytest.mark.parametrize("state", ["ready", "paused", "cancelled"])
    async def test_a_finished_plan_is_not_thrown_away(self, journal: Journal, other: Journal, state: Any) -> None:
        """Whatever became of it."""
        await started(journal, 10, 20)
        await journal.steer(state)
        before = await journal.header()
        for one in (journal, other):
            with pytest.raises(JournalError):
                await one.begin(new_header(id="another"), [])
        assert await journal.header() == before
        assert await states(journal) == {"0": "intent", "1": "intent"}

    async def test_a_chunk_may_lose_recipients_while_it_is_planned(self, journal: Journal) -> None:
        """It keeps its key and its place; the one that lost all is gone."""
        await journal.begin(new_header(), [])
        await journal.add([new_chunk(str(ordinal)) for ordinal in range(3)])
        keys = [chunk.key async for chunk in journal.chunks()]
        smaller = new_chunk("1", 4, digest="smaller", payload=b"fewer", message_id="c1.1.smaller@mg.example.com")
        await journal.replace(keys[1], smaller, [rejected_by("plan", "1@")])
        await journal.replace(keys[0], None, [rejected_by("plan", "0@")])
        await journal.finish(totals([4, 10], rejected=2))
        first, second = await candidates(journal)
        assert (first.key, second.key) == (keys[1], keys[2])
        assert (first.ordinal, first.count, first.digest) == ("1", 4, "smaller")
        assert first.message_id == smaller.message_id
        assert await journal.payload(first.key) == b"fewer"
        assert [one.address async for one in journal.rejected()] == ["1@", "0@"]
        with pytest.raises(JournalError):
            await journal.payload(keys[0])

    async def test_a_finished_plan_is_ready_and_knows_its_totals(self, journal: Journal, other: Journal) -> None:
        """From then on it may be sent, by anybody."""
        await ready(journal, 10, 20)
        assert await other.header() == new_header(state="ready", totals=totals([10, 20]))
        assert await ordinals(other) == ["0", "1"]
        with pytest.raises(JournalError):
            await journal.finish(totals([10, 20]))

    @pytest.mark.parametrize("wrong", [{"chunks": 3}, {"recipients": 31}, {"rejected": 0}, {"taken": 38}])
    async def test_a_plan_that_does_not_add_up_is_not_finished(self, journal: Journal, wrong: dict[str, int]) -> None:
        """It stays what it was, and can be finished with what is true."""
        await journal.begin(new_header(), [])
        await journal.add([new_chunk("0", 10), new_chunk("1", 20)], [rejected_by("plan")])
        with pytest.raises(JournalError):
            await journal.finish(totals([10, 20], **{"rejected": 1, **wrong}))
        assert await journal.header() == new_header()
        await journal.finish(totals([10, 20], rejected=1))
        assert await states(journal) == {"0": "planned", "1": "planned"}

    async def test_a_plan_outlives_its_process(self, journal: Journal, connect: Connect) -> None:
        """All of it is there when the journal is opened again."""
        found = await ready(journal, 10, 20)
        await journal.close()
        again = connect()
        await again.open()
        try:
            assert await again.header() == new_header(state="ready", totals=totals([10, 20]))
            assert await again.common() == COMMON
            assert await candidates(again) == found
            assert await again.payload(found[1].key) == new_chunk("1").payload
        finally:
            await again.close()
            await journal.open()
