from __future__ import annotations

import pytest

from mailgun_async.campaigns.backoff import Backoff
from mailgun_async.config import RetryPolicy


@pytest.fixture
def backoff() -> Backoff:
    """One whose die shows the most."""
    return Backoff(RetryPolicy(base_s=0.5, max_wait_s=30.0, total_s=300.0), lambda: 1.0)


def waits(backoff: Backoff, times: int, *, sent: bool) -> list[float]:
    """Fail so many times in a row, each call begun when the wait before was over; return the waits."""
    found, now = [], 100.0
    for _ in range(times):
        backoff.failed(now, now, sent=sent)
        found.append(max(0.0, backoff.until - now))
        now = max(now, backoff.until)
    return found


def test_what_is_not_sent_waits_twice_as_long_each_time(backoff: Backoff) -> None:
    """Up to the policy's longest wait."""
    assert waits(backoff, 8, sent=False) == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_single_calls_of_unknown_fate_wait_for_nothing(backoff: Backoff) -> None:
    """Three in a row do."""
    assert waits(backoff, 5, sent=True) == [0.0, 0.0, 0.5, 1.0, 2.0]


def test_the_wait_is_drawn_evenly(backoff: Backoff) -> None:
    """From nothing to its ceiling, so that processes do not come back together."""
    backoff.roll = lambda: 0.25
    assert waits(backoff, 2, sent=False) == [0.125, 0.25]


def test_calls_that_were_under_way_together_are_one_failure(backoff: Backoff) -> None:
    """Eight workers do not wait 128 times as long as one."""
    for _ in range(8):
        backoff.failed(90.0, 100.0, sent=False)
    assert (backoff.failures, backoff.until) == (1, 100.5)


def test_an_answer_ends_it(backoff: Backoff) -> None:
    """Whatever it says."""
    waits(backoff, 5, sent=False)
    backoff.answered()
    assert (backoff.until, backoff.exhausted(1e9)) == (0.0, False)
    assert waits(backoff, 1, sent=False) == [0.5]


def test_it_is_exhausted_after_the_policys_time(backoff: Backoff) -> None:
    """Counted from the first failure's end."""
    backoff.failed(90.0, 100.0, sent=False)
    backoff.failed(101.0, 399.0, sent=False)
    assert [backoff.exhausted(now) for now in (399.9, 400.0)] == [False, True]


def test_it_never_overflows(backoff: Backoff) -> None:
    """However long it goes on."""
    assert waits(backoff, 2_000, sent=False)[-1] == 30.0
