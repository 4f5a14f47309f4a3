from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.transport.request import BULK, INTERACTIVE, NORMAL, Priority
from mailgun_async.transport.slots import Slots

FOREVER_S = 3_600.0


async def settled() -> None:
    """Let tasks run that can."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_places_are_counted() -> None:
    """As many as there are, and again when one is given back."""
    slots = Slots(2, kept=0)
    assert [slots.try_take(NORMAL) for _ in range(3)] == [True, True, False]
    slots.give()
    assert slots.try_take(BULK)


def test_bulk_leaves_what_is_kept() -> None:
    """Others may have it."""
    slots = Slots(4, kept=1)
    assert [slots.try_take(BULK) for _ in range(4)] == [True, True, True, False]
    assert slots.try_take(NORMAL)
    assert not slots.try_take(INTERACTIVE)


async def test_a_place_goes_to_the_best_that_waits() -> None:
    """By priority, then by arrival."""
    slots = Slots(1, kept=0)
    served: list[str] = []

    async def wait(name: str, priority: Priority) -> None:
        assert await slots.take(priority, FOREVER_S)
        served.append(name)

    assert slots.try_take(BULK)
    waiting = [
        asyncio.ensure_future(wait(name, priority))
        for name, priority in (("bulk", BULK), ("normal 1", NORMAL), ("normal 2", NORMAL), ("somebody", INTERACTIVE))
    ]
    await settled()
    for _ in waiting:
        slots.give()
        await settled()
    assert served == ["somebody", "normal 1", "normal 2", "bulk"]


async def test_a_place_that_is_kept_from_bulk_does_not_wake_it() -> None:
    """It goes to the next that may have it."""
    slots = Slots(2, kept=1)
    assert slots.try_take(BULK)
    assert slots.try_take(NORMAL)
    bulk = asyncio.ensure_future(slots.take(BULK, FOREVER_S))
    await settled()
    slots.give()
    await settled()
    assert not bulk.done()
    assert slots.try_take(NORMAL)
    slots.give()
    slots.give()
    assert await bulk


async def test_waiting_ends_in_time() -> None:
    """And whoever gave up is not given a place."""
    slots = Slots(1, kept=0)
    assert slots.try_take(NORMAL)
    assert not await slots.take(NORMAL, 0.01)
    slots.give()
    assert slots.try_take(NORMAL)


@pytest.mark.parametrize("given_first", [True, False])
async def test_a_cancelled_wait_keeps_no_place(given_first: bool) -> None:
    """Also when the place came in the same moment."""
    slots = Slots(1, kept=0)
    assert slots.try_take(NORMAL)
    waiting = asyncio.ensure_future(slots.take(NORMAL, FOREVER_S))
    await settled()
    if given_first:
        slots.give()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not given_first:
        slots.give()
    assert slots.try_take(NORMAL)
    assert not slots.try_take(NORMAL)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["take", "give", "cancel"]), st.integers(0, 2)), max_size=40),
    limit=st.integers(1, 5),
)
def test_no_place_is_lost_or_made(steps: list[tuple[str, int]], limit: int) -> None:
    """Whatever is taken, given back and cancelled, in the end as many are free as there were."""

    async def play() -> None:
        slots = Slots(limit, kept=limit // 4)
        held = 0
        waiting: list[asyncio.Future[bool]] = []
        for step, number in steps:
            if step == "take" and slots.try_take(number):  # type: ignore[arg-type]
                held += 1
            elif step == "take":
                waiting.append(asyncio.ensure_future(slots.take(number, FOREVER_S)))  # type: ignore[arg-type]
            elif step == "give" and held:
                slots.give()
                held -= 1
            elif step == "cancel" and waiting:
                waiting[number % len(waiting)].cancel()
            await settled()
            held += sum(call.done() and not call.cancelled() for call in waiting)
            waiting = [call for call in waiting if not call.done()]
            assert held <= limit
        while held or waiting:
            assert held, "a call waits for a free place"
            slots.give()
            held -= 1
            await settled()
            held += sum(call.done() and not call.cancelled() for call in waiting)
            waiting = [call for call in waiting if not call.done()]
        assert [slots.try_take(NORMAL) for _ in range(limit + 1)] == [True] * limit + [False]

    asyncio.run(play())
