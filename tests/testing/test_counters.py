from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailgun_async.testing._counters import Counter, Kind, new_counter

KINDS: tuple[Kind, ...] = ("fixed", "token", "leaky", "sliding", "sliding-strict")


def hit(counter: Counter, now: float, cost: int = 1) -> bool:
    """One call, taken or refused."""
    reading = counter.read(now, cost)
    (counter.take if reading.fits else counter.refuse)(now, cost)
    return reading.fits


def accepted(counter: Counter, times: list[float]) -> list[bool]:
    """Which calls of cost 1 at these times pass."""
    return [hit(counter, now) for now in times]


def test_a_fixed_window_ends_on_the_wall_clock() -> None:
    """Two windows' worth may pass around the edge."""
    counter = new_counter("fixed", 2, 60.0)
    assert accepted(counter, [119.0, 119.0, 119.0, 120.0, 120.0, 120.0]) == [True, True, False, True, True, False]


def test_a_token_window_begins_with_the_first_hit() -> None:
    """And the next one with the first hit after it."""
    counter = new_counter("token", 2, 60.0)
    assert accepted(counter, [119.0, 120.0, 178.9, 179.0, 238.0, 238.9, 239.0]) == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
    ]


def test_a_refused_hit_opens_a_token_window_too() -> None:
    """As in gubernator, which keeps the bucket that it made for a call larger than the limit."""
    counter = new_counter("token", 2, 60.0)
    assert accepted(counter, []) == []
    assert not hit(counter, 100.0, 3)
    assert counter.read(130.0, 1).reset_at == 160.0


def test_a_leaky_bucket_refills_evenly() -> None:
    """After a burst of the whole bucket one unit comes back every window / limit."""
    counter = new_counter("leaky", 3, 60.0)
    assert accepted(counter, [0.0, 0.0, 0.0, 0.0, 19.9, 20.0, 20.1, 60.0, 60.0, 60.0]) == [
        True,
        True,
        True,
        False,
        False,
        True,
        False,
        True,
        True,
        False,
    ]


def test_a_sliding_log_forgets_each_hit_after_one_window() -> None:
    """No edge to cheat at."""
    counter = new_counter("sliding", 2, 60.0)
    assert accepted(counter, [50.0, 59.0, 60.0, 109.9, 110.0, 118.0]) == [True, True, False, False, True, False]


def test_a_strict_sliding_log_counts_refusals() -> None:
    """Who keeps knocking stays out."""
    counter = new_counter("sliding-strict", 2, 60.0)
    assert accepted(counter, [0.0, 0.0, 59.0, 60.0, 100.0, 118.9]) == [True, True, False, True, False, False]
    assert counter.read(118.9, 1).wait_s == 60.0


@pytest.mark.parametrize("kind", ["fixed", "token", "leaky", "sliding"])
def test_a_refused_call_takes_nothing(kind: Kind) -> None:
    """A smaller one still passes."""
    counter = new_counter(kind, 10, 60.0)
    assert hit(counter, 0.0, 8)
    assert not hit(counter, 0.0, 5)
    assert hit(counter, 0.0, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_larger_than_the_limit_never_passes(kind: Kind) -> None:
    """And what remains is the whole limit."""
    reading = new_counter(kind, 10, 60.0).read(0.0, 11)
    assert (reading.fits, reading.remaining) == (False, 10)


def test_readings_tell_what_is_left_and_until_when() -> None:
    """Reset is the window's end, the leaky bucket's being full, or the oldest hit's leaving."""
    readings = {}
    for kind in KINDS:
        counter = new_counter(kind, 4, 60.0)
        counter.take(90.0, 3)
        reading = counter.read(95.0, 2)
        readings[kind] = (reading.remaining, reading.reset_at, round(reading.wait_s, 6))
    assert readings == {
        "fixed": (1, 120.0, 25.0),
        "token": (1, 150.0, 55.0),
        "leaky": (1, pytest.approx(135.0), 10.0),
        "sliding": (1, 150.0, 55.0),
        "sliding-strict": (1, 150.0, 60.0),
    }


def test_a_sliding_wait_reaches_as_far_back_as_it_must() -> None:
    """Enough of the oldest hits have to leave."""
    counter = new_counter("sliding", 4, 60.0)
    for at in (0.0, 10.0, 20.0):
        counter.take(at, 1)
    assert counter.read(30.0, 3).wait_s == 40.0


@given(
    kind=st.sampled_from(["fixed", "token", "leaky", "sliding"]),
    limit=st.integers(1, 20),
    steps=st.lists(st.tuples(st.floats(0, 40, allow_nan=False), st.integers(1, 8)), max_size=60),
)
@settings(max_examples=100, deadline=None)
def test_a_wait_that_was_told_is_long_enough(kind: Kind, limit: int, steps: list[tuple[float, int]]) -> None:
    """Whoever waits as told, and is alone, gets through; nobody ever gets more than the limit at once."""
    counter, now = new_counter(kind, limit, 30.0), 1_000.0
    for after, cost in steps:
        now += after
        reading = counter.read(now, cost)
        assert 0 <= reading.remaining <= limit
        assert reading.fits == (reading.wait_s == 0.0)
        if reading.fits:
            counter.take(now, cost)
        elif cost <= limit:
            now = math.nextafter(now + reading.wait_s, math.inf) + 1e-6
            assert counter.read(now, cost).fits
            counter.take(now, cost)
