from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from mailgun_async.config import RetryPolicy
from mailgun_async.testing import FakeClock
from mailgun_async.transport.outcome import Accepted, Attempt, Limited, Outcome, Refused, Unknown, Unsent
from mailgun_async.transport.request import Failure, Request, Response, Safety
from mailgun_async.transport.retry import again, may_repeat, retry_after_s

UNSENT = Unsent(Failure("connect", sent=False))
UNKNOWN = Unknown(Failure("timeout", sent=True))
LIMITED = Limited(Response(429, {}, b""))
REFUSED = Refused(Response(400, {}, b""))
ACCEPTED = Accepted(None)


def failing(status: int = 503, **headers: str) -> Unknown:
    """A failing server's answer, with these headers."""
    return Unknown(Response(status, CIMultiDict({name.replace("_", "-"): text for name, text in headers.items()}), b""))


class Course:
    """A call whose attempts prove what a list says, each taking so many seconds."""

    def __init__(
        self,
        *outcomes: Outcome,
        safety: Safety = "read",
        policy: RetryPolicy | None = None,
        max_attempts: int | None = None,
        took_s: float = 0.0,
        waited_s: float = 0.0,
        roll: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self.clock = FakeClock()
        self.left = list(outcomes)
        self.began: list[float] = []
        """When attempts after the first began, in seconds from the end of the first."""
        self.request = Request(
            method="POST", template="/", url="", headers={}, safety=safety, max_attempts=max_attempts
        )
        self.policy, self.took_s, self.waited_s, self.roll = policy or RetryPolicy(), took_s, waited_s, roll
        self.zero = self.clock.now()

    async def attempt(self) -> Attempt:
        await self.clock.sleep(self.waited_s)
        self.began.append(self.clock.now() - self.zero)
        await self.clock.sleep(self.took_s)
        return self.made(self.waited_s)

    def made(self, waited_s: float) -> Attempt:
        return Attempt(
            request=self.request,
            number=len(self.began) + 1,
            outcome=self.left.pop(0) if len(self.left) > 1 else self.left[0],
            status=None,
            waited_s=waited_s,
            took_s=self.took_s,
        )

    async def go(self) -> Outcome:
        first = self.made(0.0)
        last = await again(first, self.attempt, policy=self.policy, clock=self.clock, roll=self.roll)
        return last.outcome

    async def run(self) -> Outcome:
        return await self.clock.run(self.go())


@pytest.mark.parametrize(
    ("outcome", "safety", "expected"),
    [
        *((ACCEPTED, safety, False) for safety in ("read", "idempotent", "unsafe")),
        *((REFUSED, safety, False) for safety in ("read", "idempotent", "unsafe")),
        *((LIMITED, safety, True) for safety in ("read", "idempotent", "unsafe")),
        *((UNSENT, safety, True) for safety in ("read", "idempotent", "unsafe")),
        (UNKNOWN, "read", True),
        (UNKNOWN, "idempotent", True),
        (UNKNOWN, "unsafe", False),
        (failing(), "read", True),
        (failing(), "unsafe", False),
    ],
)
async def test_what_may_be_repeated(outcome: Outcome, safety: Safety, expected: bool) -> None:
    """Follows from the proof and from the call's safety; and what may not, is not."""
    assert may_repeat(outcome, safety) is expected
    course = Course(outcome, ACCEPTED, safety=safety)
    assert await course.run() == (ACCEPTED if expected else outcome)
    assert len(course.began) == expected


async def test_waits_double_up_to_the_longest() -> None:
    """With dice that always show the most."""
    course = Course(UNSENT, policy=RetryPolicy(max_attempts=6, base_s=0.5, max_wait_s=3.0))
    assert await course.run() == UNSENT
    assert course.began == [0.5, 1.5, 3.5, 6.5, 9.5]


async def test_waits_are_drawn_from_zero_on() -> None:
    """The dice are the caller's."""
    rolls = iter([0.5, 0.25, 0.0])
    course = Course(UNSENT, UNSENT, UNSENT, ACCEPTED, roll=lambda: next(rolls))
    assert await course.run() == ACCEPTED
    assert course.began == [0.25, 0.5, 0.5]


async def test_the_policy_bounds_attempts() -> None:
    """The first counts."""
    course = Course(UNKNOWN, policy=RetryPolicy(max_attempts=3))
    assert await course.run() == UNKNOWN
    assert len(course.began) == 2


async def test_the_request_may_bound_attempts_itself() -> None:
    """It goes before the policy, either way."""
    course = Course(UNSENT, max_attempts=1)
    assert await course.run() == UNSENT
    assert course.began == []
    course = Course(UNSENT, max_attempts=7)
    assert await course.run() == UNSENT
    assert len(course.began) == 6


async def test_many_attempts_do_not_overflow() -> None:
    """A doubling ceiling ends at the longest wait."""
    course = Course(UNSENT, policy=RetryPolicy(max_attempts=2_000, max_wait_s=0.001, total_s=10.0))
    assert await course.run() == UNSENT
    assert len(course.began) == 1_999


async def test_no_attempt_begins_after_the_whole_time() -> None:
    """Counted from the beginning of the first: 2 + 1 + 2 + 2 + 2 s, and 4 more would be too many."""
    policy = RetryPolicy(max_attempts=99, base_s=1.0, total_s=11.0)
    course = Course(UNSENT, policy=policy, took_s=2.0)
    assert await course.run() == UNSENT
    assert course.began == [1.0, 5.0]


async def test_waits_for_the_limiter_are_not_counted() -> None:
    """Neither by the whole time nor as waits of ours."""
    course = Course(UNSENT, policy=RetryPolicy(max_attempts=4, base_s=1.0, total_s=7.0), waited_s=100.0)
    assert await course.run() == UNSENT
    assert course.began == [101.0, 203.0, 307.0]


async def test_no_time_at_all_means_one_attempt() -> None:
    """Also for what was limited."""
    for outcome in (UNSENT, LIMITED, UNKNOWN):
        course = Course(outcome, policy=RetryPolicy(total_s=0.0), took_s=0.1)
        assert await course.run() == outcome
        assert course.began == []


async def test_limited_spends_no_attempt_and_does_not_wait_here() -> None:
    """The limiter's gate is where it waits."""
    course = Course(*[LIMITED] * 5, ACCEPTED, safety="unsafe", policy=RetryPolicy(max_attempts=1))
    assert await course.run() == ACCEPTED
    assert course.began == [0.0] * 5


async def test_limited_ends_with_the_whole_time() -> None:
    """An account that always refuses does not keep a call for ever."""
    course = Course(LIMITED, policy=RetryPolicy(total_s=10.0), took_s=2.0, waited_s=60.0)
    assert await course.run() == LIMITED
    assert len(course.began) == 5


async def test_other_failures_are_counted_between_limited_ones() -> None:
    """And their waits grow as if nothing had been between."""
    course = Course(UNSENT, LIMITED, UNSENT, LIMITED, UNSENT, ACCEPTED, policy=RetryPolicy(max_attempts=3, base_s=1.0))
    assert await course.run() == UNSENT
    assert course.began == [1.0, 1.0, 3.0, 3.0]


async def test_a_failing_servers_wish_goes_first() -> None:
    """Dice have no say in it."""
    course = Course(failing(Retry_After="7"), ACCEPTED, roll=lambda: 0.0)
    assert await course.run() == ACCEPTED
    assert course.began == [7.0]


async def test_a_failing_servers_wish_is_bounded() -> None:
    """By the policy's longest wait."""
    course = Course(failing(Retry_After="86400"), ACCEPTED, policy=RetryPolicy(max_wait_s=20.0))
    assert await course.run() == ACCEPTED
    assert course.began == [20.0]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry_After": ""}, None),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "\N{SUPERSCRIPT TWO}"}, None),
        ({"Retry_After": " 12 "}, 12.0),
        ({"Retry_After": "Wed, 22 Feb 2023 10:04:01 GMT"}, 61.0),
        ({"Retry_After": "Wed, 22 Feb 2023 10:04:01 GMT", "Date": "Wed, 22 Feb 2023 10:03:32 GMT"}, 29.0),
        ({"Retry_After": "Wed, 22 Feb 2023 10:04:01 GMT", "Date": "Wed, 22 Feb 2023 11:00:00 GMT"}, 0.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], expected: float | None) -> None:
    """A date is compared with the server's own, or with ours at 10:03:00."""
    answer = failing(503, **headers).answer
    assert isinstance(answer, Response)
    assert retry_after_s(answer, wall=1_677_060_180.0) == expected


async def test_what_an_attempt_raises_ends_the_call() -> None:
    """Nothing is tried after it."""
    course = Course(UNSENT)

    async def broken() -> Attempt:
        raise LookupError

    with pytest.raises(LookupError):
        await course.clock.run(
            again(course.made(0.0), broken, policy=RetryPolicy(), clock=course.clock, roll=lambda: 0.5)
        )


@pytest.mark.parametrize("when", ["waiting", "trying"])
async def test_cancelling_ends_the_call(when: str) -> None:
    """While it waits and while it tries."""
    course = Course(UNSENT, took_s=5.0)
    call = asyncio.ensure_future(course.go())
    await course.clock.settle()
    if when == "trying":
        await course.clock.advance(1.0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await course.clock.advance(100.0)
    assert len(course.began) == (when == "trying")


async def test_calls_do_not_share_their_state() -> None:
    """Ten at once, each with its own count."""
    clock = FakeClock()
    courses = [Course(UNSENT, policy=RetryPolicy(max_attempts=n)) for n in range(1, 11)]
    for course in courses:
        course.clock = clock
    await clock.run(asyncio.gather(*(course.go() for course in courses)))
    assert [len(course.began) for course in courses] == list(range(10))


@settings(max_examples=60, deadline=None)
@given(
    outcomes=st.lists(
        st.sampled_from([UNSENT, UNKNOWN, LIMITED, failing(), REFUSED, ACCEPTED]), min_size=1, max_size=8
    ),
    safety=st.sampled_from(["read", "idempotent", "unsafe"]),
    max_attempts=st.integers(1, 5),
    roll=st.floats(0.0, 1.0, exclude_max=True),
)
def test_a_call_that_must_not_be_repeated_never_is(
    outcomes: list[Any], safety: Safety, max_attempts: int, roll: float
) -> None:
    """Nothing follows an accepted, refused or (unless it is safe) unknown attempt, nor too many failed ones."""
    course = Course(*outcomes, REFUSED, safety=safety, policy=RetryPolicy(max_attempts=max_attempts), roll=lambda: roll)
    last = asyncio.run(course.run())
    tried = [*outcomes, REFUSED][: len(course.began) + 1]
    assert tried[-1] == last
    assert all(may_repeat(outcome, safety) for outcome in tried[:-1])
    assert sum(not isinstance(outcome, Limited) for outcome in tried) <= max_attempts
