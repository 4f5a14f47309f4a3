from __future__ import annotations

import asyncio
from typing import Any

import attrs
import pytest

from mailgun_async.campaigns.alarm import Alarm
from mailgun_async.campaigns.deck import Deck, Spread
from mailgun_async.campaigns.journal import Candidate
from tests.campaigns.filled import fill
from tests.campaigns.stand_in import Bench


@pytest.fixture
async def bench() -> Bench:
    """A campaign's surroundings."""
    return Bench.made()


async def dealing(bench: Bench, *counts: int, **more: Any) -> Deck:
    """Make a deck of chunks of so many recipients."""
    journal = bench.journal()
    await journal.open()
    if counts:
        await fill(journal, counts)
    alarm = Alarm(bench.clock, 1.0)
    options = {"on_sums": lambda _sums: None, "roll": lambda: 0.5} | more
    return Deck(journal=journal, clock=bench.clock, alarm=alarm, **options)


async def ordinals(deck: Deck, count: int) -> list[str]:
    """Deal so many."""
    return [one.ordinal for _ in range(count) if (one := await deck.deal()) is not None]


async def claim(bench: Bench, deck: Deck, candidate: Candidate, *, owner: str = "a") -> bool:
    """Claim a chunk."""
    now = bench.clock.wall()
    return await deck.journal.claim(candidate.key, owner=owner, now=now, lease_until=now + 60.0) is not None


async def test_each_chunk_is_dealt_once(bench: Bench) -> None:
    """In the order of the plan, over more than one handful."""
    deck = await dealing(bench, *[1] * 40)
    assert await ordinals(deck, 40) == [str(number) for number in range(40)]


async def test_a_chunk_that_was_given_up_is_dealt_again(bench: Bench) -> None:
    """It is planned still."""
    deck = await dealing(bench, 1)
    candidate = await deck.deal()
    assert candidate is not None
    deck.release(candidate)
    assert await deck.deal() == candidate


async def test_who_comes_too_late_begins_elsewhere(bench: Bench) -> None:
    """So that two processes do not go for the same chunks one after the other."""
    deck = await dealing(bench, *[1] * 4)
    candidate = await deck.deal()
    assert candidate is not None
    assert await claim(bench, deck, candidate, owner="somebody else")
    deck.release(candidate)
    await deck.came_too_late()
    assert sorted(dealt := await ordinals(deck, 3)) == ["1", "2", "3"]
    assert dealt != ["1", "2", "3"]


async def test_it_waits_for_what_may_be_planned_again(bench: Bench) -> None:
    """And deals it when it is."""
    deck = await dealing(bench, 1)
    candidate = await deck.deal()
    waiting = asyncio.ensure_future(deck.deal())
    await bench.clock.advance(10.0)
    assert not waiting.done()
    assert candidate is not None
    deck.release(candidate)
    deck.alarm.ring()
    assert await bench.clock.run(waiting) == candidate
    assert bench.clock.elapsed_s == pytest.approx(10.0)


async def test_it_sees_what_other_processes_plan(bench: Bench) -> None:
    """Within a second."""
    deck = await dealing(bench, 1)
    assert bench.store.chunks
    await deck.deal()
    waiting = asyncio.ensure_future(deck.deal())
    await bench.clock.settle()
    chunk = bench.chunk("0")
    bench.store.chunks[99] = attrs.evolve(chunk, key=99, ordinal="1")
    assert (await bench.clock.run(waiting)) is not None
    assert bench.clock.elapsed_s <= 1.0


@pytest.mark.parametrize("state", ["paused", "cancelled"])
async def test_nothing_is_dealt_when_nothing_may_be_claimed(bench: Bench, state: Any) -> None:
    """Not even what is in the hand, once that was noticed."""
    deck = await dealing(bench, 1, 1)
    await deck.deal()
    await deck.journal.steer(state)
    await deck.came_too_late()
    assert await deck.deal() is None
    assert deck.closed


async def test_nothing_planned_is_nothing_to_deal(bench: Bench) -> None:
    """Nor is a journal that is empty."""
    assert await (await dealing(bench)).deal() is None


async def test_it_ends_when_all_is_settled(bench: Bench) -> None:
    """Not before: what is on the wire may come back."""
    deck = await dealing(bench, 1)
    candidate = await deck.deal()
    assert candidate is not None
    assert await claim(bench, deck, candidate)
    waiting = asyncio.ensure_future(deck.deal())
    await bench.clock.advance(5.0)
    assert not waiting.done()
    bench.store.chunks[candidate.key] = attrs.evolve(bench.chunk("0"), state="sent")
    assert await bench.clock.run(waiting) is None


def test_a_spread_begins_chunks_evenly() -> None:
    """The first at once, the last one step before the end."""
    spread = Spread(began_at=100.0, over_s=50.0, chunks=5)
    assert [spread.due_at(left) for left in (5, 4, 3, 2, 1)] == [100.0, 110.0, 120.0, 130.0, 140.0]


def test_chunks_that_came_to_be_more_are_begun_at_once() -> None:
    """Halves were not counted when it began."""
    assert Spread(began_at=100.0, over_s=50.0, chunks=5).due_at(8) == 100.0


async def test_an_alarm_ends_at_the_earliest(bench: Bench) -> None:
    """Of what is due, and the time to look around."""
    alarm = Alarm(bench.clock, 10.0)
    for seconds in (7.0, 3.0, 30.0):
        alarm.due(bench.clock.wall() + seconds)
    ends = []
    for _ in range(4):
        await bench.clock.run(alarm.wait())
        ends.append(round(bench.clock.elapsed_s, 3))
    assert ends == [3.0, 7.0, 17.0, 27.0]


async def test_an_alarm_that_rang_before_does_not_let_wait(bench: Bench) -> None:
    """What it rang for is not missed."""
    alarm = Alarm(bench.clock, 10.0)
    alarm.ring()
    await alarm.wait()
    assert bench.clock.elapsed_s == 0.0
    await bench.clock.run(alarm.wait())
    assert bench.clock.elapsed_s == 10.0
