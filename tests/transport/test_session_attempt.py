"""A single attempt, of which the caller decides what follows."""

from __future__ import annotations

import asyncio

import pytest

from mailgun_async.config import RatePolicy, RetryPolicy, Timeouts
from mailgun_async.errors import WaitTooLong
from mailgun_async.testing import FakeClock, FakeTransport
from mailgun_async.transport.limiter import Limiter
from mailgun_async.transport.outcome import Accepted, Limited, Refused, Unknown, Unsent
from mailgun_async.transport.request import Request
from mailgun_async.transport.session import Session


def message(**fields: object) -> Request:
    """A call that may not be repeated."""
    return Request(
        method="POST",
        template="/v3/{domain_name}/messages",
        url="https://api.mailgun.net/v3/mg.example.com/messages",
        headers={},
        body=b"x" * 1_000,
        safety="unsafe",
        account="a",
        domain="mg.example.com",
        recipients=1,
        message_id="1@mg.example.com",
        **fields,  # type: ignore[arg-type]
    )


class Bench:
    """A session between a script and a clock."""

    def __init__(self, rate: RatePolicy | None = None) -> None:
        self.clock, self.transport = FakeClock(), FakeTransport()
        self.limiter = Limiter(self.clock, rate)
        self.session = Session(
            self.transport, self.limiter, clock=self.clock, retry=RetryPolicy(), timeouts=Timeouts(answer_s=60.0)
        )
        self.asked: list[float] = []

    async def yes(self, timeout_s: float) -> bool:
        """Let it be sent."""
        assert not self.transport.requests
        self.asked.append(timeout_s)
        return True

    async def no(self, _timeout_s: float) -> bool:
        """Have it not sent."""
        return False

    @property
    def in_flight(self) -> float:
        """Calls that the limiter takes to be under way."""
        return sum(allowance.in_flight for route in self.limiter._routes.values() for allowance in route.allowances)


@pytest.fixture
def bench() -> Bench:
    """A session with the default policies."""
    return Bench()


OUTCOMES = [
    (200, Accepted),
    (400, Refused),
    (429, Limited),
    (502, Unknown),
]


@pytest.mark.parametrize(("status", "kind"), OUTCOMES, ids=str)
async def test_an_attempt_is_returned_with_what_it_proves(bench: Bench, status: int, kind: type) -> None:
    """Whatever that is; nothing is tried again."""
    bench.transport.respond(status, json={})
    attempt = await bench.clock.run(bench.session.attempt(message(), before=bench.yes))
    assert attempt is not None
    assert isinstance(attempt.outcome, kind)
    assert (attempt.status, attempt.number, len(bench.transport.requests)) == (status, 1, 1)
    assert bench.in_flight == 0


async def test_a_failure_is_returned_too(bench: Bench) -> None:
    """It is not raised."""
    bench.transport.fail("connect", sent=False)
    attempt = await bench.session.attempt(message(), before=bench.yes)
    assert attempt is not None
    assert isinstance(attempt.outcome, Unsent)


async def test_the_hook_is_told_how_long_the_attempt_may_take(bench: Bench) -> None:
    """By its size, or by its own timeout."""
    bench.transport.respond(200)
    await bench.session.attempt(message(), before=bench.yes)
    bench.transport.requests.clear()
    bench.transport.respond(200)
    await bench.session.attempt(message(timeout_s=7.0), before=bench.yes)
    assert bench.asked == [60.01, 7.0]
    assert bench.transport.timeouts_s == bench.asked


async def test_when_the_hook_says_no_nothing_is_sent(bench: Bench) -> None:
    """The permit is given back."""
    assert await bench.session.attempt(message(), before=bench.no) is None
    assert bench.transport.requests == []
    assert bench.in_flight == 0


@pytest.mark.parametrize("error", [LookupError("mine"), asyncio.CancelledError()], ids=repr)
async def test_when_the_hook_raises_nothing_is_sent(bench: Bench, error: BaseException) -> None:
    """The permit is given back, and the error is raised."""

    async def raising(_timeout_s: float) -> bool:
        raise error

    with pytest.raises(type(error)):
        await bench.session.attempt(message(), before=raising)
    assert bench.transport.requests == []
    assert bench.in_flight == 0


async def test_a_probe_that_was_not_sent_lets_another_try(bench: Bench) -> None:
    """Else a closed gate would never open."""
    bench.transport.respond(429, headers={"Retry-After": "30"})
    await bench.session.attempt(message(), before=bench.yes)
    bench.transport.requests.clear()
    assert await bench.clock.run(bench.session.attempt(message(), before=bench.no)) is None
    assert bench.clock.elapsed_s == pytest.approx(30.0, abs=1.0)
    bench.transport.respond(200)
    attempt = await bench.clock.run(bench.session.attempt(message(), before=bench.yes))
    assert attempt is not None
    assert isinstance(attempt.outcome, Accepted)
    assert bench.clock.elapsed_s == pytest.approx(30.0, abs=1.0)


async def test_the_hook_is_called_once_there_is_a_permit(bench: Bench) -> None:
    """However long that takes; the attempt says how long."""
    bench.transport.respond(429, headers={"Retry-After": "30"}).respond(200)
    await bench.session.attempt(message(), before=bench.yes)
    bench.transport.requests.clear()
    at: list[float] = []

    async def hook(_timeout_s: float) -> bool:
        at.append(bench.clock.elapsed_s)
        return True

    attempt = await bench.clock.run(bench.session.attempt(message(), before=hook))
    assert attempt is not None
    assert at == pytest.approx([30.0], abs=1.0)
    assert attempt.waited_s == pytest.approx(30.0, abs=1.0)


async def test_cancelled_while_it_waits_for_its_permit_the_hook_is_not_called(bench: Bench) -> None:
    """Nothing was begun."""
    bench.transport.respond(429, headers={"Retry-After": "30"})
    await bench.session.attempt(message(), before=bench.yes)
    bench.asked.clear()
    waiting = asyncio.ensure_future(bench.session.attempt(message(), before=bench.yes))
    await bench.clock.settle()
    waiting.cancel()
    await bench.clock.settle()
    assert (waiting.cancelled(), bench.asked, bench.in_flight) == (True, [], 0)


async def test_cancelled_on_the_wire_the_permit_is_given_back(bench: Bench) -> None:
    """The caller knows nothing of the outcome then."""
    bench.transport.hang(sent=True)
    calling = asyncio.ensure_future(bench.session.attempt(message(), before=bench.yes))
    await bench.clock.settle()
    calling.cancel()
    await bench.clock.settle()
    assert (calling.cancelled(), bench.in_flight) == (True, 0)


async def test_a_wait_that_is_too_long_is_raised() -> None:
    """Before the hook is called."""
    bench = Bench(RatePolicy(max_wait_s=1.0))
    bench.transport.respond(429, headers={"Retry-After": "30"})
    await bench.session.attempt(message(), before=bench.yes)
    with pytest.raises(WaitTooLong):
        await bench.session.attempt(message(), before=bench.yes)
    assert len(bench.asked) == 1
