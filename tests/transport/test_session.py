from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import attrs
import pytest

from mailgun_async import errors
from mailgun_async.config import RatePolicy, RetryPolicy, Timeouts
from mailgun_async.testing import FakeClock, FakeTransport
from mailgun_async.transport.limiter import Limiter, Ticket
from mailgun_async.transport.outcome import Accepted, Limited, Refused, Unknown, Unsent
from mailgun_async.transport.request import Exchange, Failure, Request, Response, Safety
from mailgun_async.transport.session import Attempt, Session


def message(**fields: Any) -> Request:
    """A call of POST messages to somebody's address."""
    return Request(
        method="POST",
        template="/v3/{domain}/messages",
        url="https://api.mailgun.net/v3/mg.example.com/messages?for=bob@example.com",
        headers={"Authorization": "Basic c2VjcmV0"},
        body=b"x" * 1_000,
        safety="unsafe",
        account="a",
        domain="mg.example.com",
        recipients=1,
        message_id="1@mg.example.com",
        **fields,
    )


def listing(safety: Safety = "read") -> Request:
    """A call that may be made again."""
    return Request(
        method="GET", template="/v3/routes", url="https://x/v3/routes", headers={}, safety=safety, account="a"
    )


class Counting(Limiter):
    """The real limiter, which also counts its tickets."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.given = 0
        self.observed: list[int | None] = []
        """Statuses of the answers it was shown, None for none."""

    def try_admit(self, request: Request) -> Ticket | None:
        ticket = super().try_admit(request)
        self.given += ticket is not None
        return ticket

    async def admit(self, request: Request) -> Ticket:
        ticket = await super().admit(request)
        self.given += 1
        return ticket

    def observe(self, ticket: Ticket, response: Response | None) -> Any:
        self.observed.append(None if response is None else response.status)
        return super().observe(ticket, response)


@attrs.define
class Bench:
    """A session between a script and a clock."""

    clock: FakeClock
    transport: FakeTransport
    limiter: Counting
    session: Session
    attempts: list[Attempt]

    async def call(self, request: Request) -> Response | None:
        return await self.clock.run(self.session.call(request, on_attempt=self.attempts.append))

    @property
    def tickets_out(self) -> int:
        return self.limiter.given - len(self.limiter.observed)


def made(
    retry: RetryPolicy | None = None, rate: RatePolicy | None = None, roll: Callable[[], float] = lambda: 1.0
) -> Bench:
    """A session whose dice show the most."""
    clock, transport = FakeClock(), FakeTransport()
    limiter = Counting(clock, rate or RatePolicy(), roll=lambda: 0.5)
    session = Session(
        transport, limiter, clock=clock, retry=retry or RetryPolicy(), timeouts=Timeouts(answer_s=60.0), roll=roll
    )
    return Bench(clock, transport, limiter, session, [])


@pytest.fixture
def bench() -> Bench:
    """A session with the default policies."""
    return made()


@pytest.mark.parametrize("watched", [True, False])
async def test_an_accepted_call_returns_its_answer(bench: Bench, watched: bool) -> None:
    """One attempt, one ticket, given back; whoever watches is told."""
    bench.transport.respond(200, body=b"{}")
    response = await bench.session.call(message(), on_attempt=bench.attempts.append if watched else None)
    assert response is not None
    assert response.body == b"{}"
    assert [attempt.outcome for attempt in bench.attempts] == [Accepted(response)] * watched
    assert bench.limiter.observed == [200]
    assert bench.clock.sleeps == []


async def test_an_accepted_call_whose_answer_broke_off_returns_none(bench: Bench) -> None:
    """It was accepted all the same."""
    bench.transport.fail("broken", sent=True, status=200)
    assert await bench.call(message()) is None
    assert bench.limiter.observed == [None]


async def test_an_attempt_may_take_as_long_as_its_size_needs(bench: Bench) -> None:
    """Or as the request says."""
    bench.transport.respond().respond()
    await bench.call(message())
    await bench.call(message(timeout_s=3.0))
    assert bench.transport.timeouts_s == [60.01, 3.0]


async def test_a_refused_call_raises_at_once(bench: Bench) -> None:
    """Asking again would not help."""
    bench.transport.respond(400, json={"message": "to parameter is missing"})
    with pytest.raises(errors.BadRequest, match="to parameter is missing"):
        await bench.call(message())
    assert bench.limiter.observed == [400]


async def test_a_call_that_is_too_large_is_not_tried_again(bench: Bench) -> None:
    """It would be too large again."""
    bench.transport.respond(403, json={"message": "Domain x is not allowed to send large batches yet"})
    with pytest.raises(errors.Forbidden) as caught:
        await bench.call(message())
    assert caught.value.oversize


async def test_a_stopped_account_is_not_tried_again(bench: Bench) -> None:
    """Until somebody acts."""
    text = "You are sending too fast. Your account is on probation and has been temporarily disabled"
    bench.transport.respond(400, json={"message": text})
    with pytest.raises(errors.BadRequest) as caught:
        await bench.call(message())
    assert caught.value.account_stopped


async def test_a_limited_call_waits_for_the_limiter_and_is_sent_again(bench: Bench) -> None:
    """Also what must not be repeated: nothing was accepted. The seconds are those that Mailgun asked for."""
    bench.transport.respond(429, headers={"Retry-After": "30"}).respond(200)
    assert await bench.call(message()) is not None
    assert [type(attempt.outcome) for attempt in bench.attempts] == [Limited, Accepted]
    assert bench.attempts[1].waited_s == pytest.approx(30.05)
    assert bench.limiter.observed == [429, 200]


async def test_limited_calls_spend_no_attempt() -> None:
    """With one attempt allowed, a call outlives five refusals."""
    bench = made(RetryPolicy(max_attempts=1))
    for _ in range(5):
        bench.transport.respond(420, headers={"Retry-After": "2"})
    bench.transport.respond(200)
    assert await bench.call(message()) is not None
    assert len(bench.attempts) == 6


async def test_a_limited_call_that_may_not_wait_raises_what_refused_it() -> None:
    """With the wait that would have been needed; the limiter's own error is its cause."""
    bench = made(rate=RatePolicy(max_wait_s=10.0))
    body = {"message": "Domain x is not allowed to send: recipient limit exceeded, try again after 30 seconds"}
    bench.transport.respond(429, json=body)
    with pytest.raises(errors.RateLimited) as caught:
        await bench.call(message())
    assert (caught.value.status, caught.value.reason) == (429, "recipients")
    assert caught.value.retry_after_s == pytest.approx(30.05)
    assert isinstance(caught.value.__cause__, errors.WaitTooLong)
    assert bench.tickets_out == 0


async def test_a_limited_call_without_time_raises_what_refused_it() -> None:
    """When the policy tries nothing again."""
    bench = made(RetryPolicy(total_s=0.0))
    bench.transport.answer(lambda request, exchange: slow_refusal(bench.clock))
    with pytest.raises(errors.RateLimited) as caught:
        await bench.call(message())
    assert caught.value.retry_after_s == 30.0


async def slow_refusal(clock: FakeClock) -> Response:
    """A 429 that takes 0.1 s."""
    await clock.sleep(0.1)
    return Response(429, {"Retry-After": "30"}, b"")


async def test_a_call_that_may_not_wait_is_not_sent() -> None:
    """While the gate is closed for others, nothing was refused to it."""
    bench = made(rate=RatePolicy(max_wait_s=10.0))
    bench.transport.respond(429, headers={"Retry-After": "30"})
    with pytest.raises(errors.RateLimited):
        await bench.call(message())
    with pytest.raises(errors.WaitTooLong):
        await bench.call(message())
    assert len(bench.transport.requests) == 1
    assert len(bench.attempts) == 1


async def test_a_wait_that_is_too_long_ends_a_call_that_was_not_sent() -> None:
    """Its failure before was no refusal, so there is none to raise."""
    bench = made(rate=RatePolicy(max_wait_s=10.0))
    bench.transport.fail("connect", sent=False).respond(429, headers={"Retry-After": "99"})
    first = asyncio.ensure_future(bench.session.call(message()))
    await bench.clock.settle()
    with pytest.raises(errors.RateLimited):
        await bench.session.call(message())
    with pytest.raises(errors.WaitTooLong):
        await bench.clock.run(first)
    assert bench.tickets_out == 0


async def test_an_unsent_message_is_sent_again(bench: Bench) -> None:
    """After 0.5, 1 and 2 s; the fourth attempt is the last."""
    for _ in range(4):
        bench.transport.fail("connect", sent=False)
    with pytest.raises(errors.ConnectError, match="not sent"):
        await bench.call(message())
    assert bench.clock.sleeps == [0.5, 1.0, 2.0]
    assert bench.limiter.observed == [None] * 4


@pytest.mark.parametrize("kind", ["timeout", "broken", "not_http"])
async def test_a_message_of_unknown_fate_is_not_sent_again(bench: Bench, kind: Any) -> None:
    """It may have arrived; the error names the id to look up."""
    cause = OSError("gone")
    bench.transport.fail(kind, sent=True, cause=cause)
    with pytest.raises(errors.DeliveryUnknown) as caught:
        await bench.call(message())
    assert caught.value.message_id == "1@mg.example.com"
    assert caught.value.__cause__ is cause
    assert len(bench.attempts) == 1


@pytest.mark.parametrize("status", [302, 307, 408, 500, 502, 503, 504, 520])
async def test_a_message_to_a_failing_server_is_not_sent_again(bench: Bench, status: int) -> None:
    """A 5xx can be an accepted message."""
    bench.transport.respond(status, headers={"Retry-After": "1"})
    with pytest.raises(errors.DeliveryUnknown) as caught:
        await bench.call(message())
    assert caught.value.status == status
    assert bench.limiter.observed == [status]


async def test_the_caller_may_choose_to_repeat_a_message(bench: Bench) -> None:
    """By calling it idempotent."""
    bench.transport.respond(502).respond(200)
    request = attrs.evolve(message(), safety="idempotent")
    assert await bench.call(request) is not None
    assert bench.clock.sleeps == [0.5]


@pytest.mark.parametrize("safety", ["read", "idempotent"])
async def test_what_may_be_repeated_is(bench: Bench, safety: Safety) -> None:
    """After whatever failed, until it is answered."""
    bench.transport.fail("broken", sent=True, status=200).respond(503, headers={"Retry-After": "4"})
    bench.transport.fail("timeout", sent=True).respond(200, body=b"[]")
    response = await bench.call(listing(safety))
    assert response is not None
    assert response.body == b"[]"
    assert bench.clock.sleeps == [0.5, 4.0, 2.0]
    assert [attempt.number for attempt in bench.attempts] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("fail", "error"),
    [
        (lambda script: script.fail("timeout", sent=True), errors.Timeout),
        (lambda script: script.fail("broken", sent=True), errors.TransportError),
        (lambda script: script.respond(500), errors.ServerError),
    ],
)
async def test_what_fails_too_often_raises_how_it_failed_last(
    bench: Bench, fail: Callable[[FakeTransport], object], error: type[errors.MailgunError]
) -> None:
    """Four times by default."""
    for _ in range(4):
        fail(bench.transport)
    with pytest.raises(error):
        await bench.call(listing())
    assert len(bench.attempts) == 4


async def test_a_read_that_is_redirected_is_a_wrong_address(bench: Bench) -> None:
    """And is not tried again."""
    bench.transport.respond(301)
    with pytest.raises(errors.UnexpectedAnswer):
        await bench.call(listing())


@pytest.mark.parametrize("watched", [True, False])
async def test_a_wrong_path_is_an_unexpected_answer(bench: Bench, watched: bool) -> None:
    """Status 200 notwithstanding."""
    bench.transport.respond(200, body=b"Mailgun Magnificent API")
    with pytest.raises(errors.UnexpectedAnswer):
        await bench.session.call(message(), on_attempt=bench.attempts.append if watched else None)
    assert [type(attempt.outcome) for attempt in bench.attempts] == [Refused] * watched


@pytest.mark.parametrize(
    ("sent", "status", "outcome"), [(False, None, Unsent), (True, None, Unknown), (True, 200, Accepted)]
)
async def test_a_cancelled_call_gives_its_ticket_back(
    bench: Bench, sent: bool, status: int | None, outcome: type[object]
) -> None:
    """And tells the watcher how far it had come."""
    bench.transport.hang(sent=sent, status=status)
    call = asyncio.ensure_future(bench.session.call(message(), on_attempt=bench.attempts.append))
    await bench.clock.advance(3.0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert bench.limiter.observed == [None]
    assert bench.tickets_out == 0
    (attempt,) = bench.attempts
    assert isinstance(attempt.outcome, outcome)
    assert (attempt.status, attempt.took_s) == (status, 3.0)


async def test_a_call_cancelled_before_its_turn_leaves_nothing_behind(bench: Bench) -> None:
    """It waited for the limiter, and had no ticket yet."""
    bench.transport.respond(429, headers={"Retry-After": "30"}).respond(200)
    limited = asyncio.ensure_future(bench.session.call(message()))
    await bench.clock.settle()
    waiting = asyncio.ensure_future(bench.session.call(message(), on_attempt=bench.attempts.append))
    await bench.clock.settle()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await bench.clock.run(limited)
    assert bench.attempts == []
    assert bench.tickets_out == 0


async def test_what_a_body_raises_gives_the_ticket_back(bench: Bench) -> None:
    """It is the caller's own error, and no attempt."""

    def missing(request: Request, exchange: Exchange) -> Response:
        raise FileNotFoundError

    bench.transport.answer(missing)
    with pytest.raises(FileNotFoundError):
        await bench.call(message())
    assert bench.limiter.observed == [None]
    assert bench.attempts == []


async def test_a_watcher_is_told_of_every_attempt(bench: Bench) -> None:
    """Which, how it ended, how long it waited and took."""

    async def slow(request: Request, exchange: Exchange) -> Failure:
        await bench.clock.sleep(2.0)
        return Failure("connect", sent=False)

    bench.transport.answer(slow).respond(404)
    request = message()
    with pytest.raises(errors.NotFound):
        await bench.call(request)
    first, second = bench.attempts
    assert first == Attempt(
        request=request,
        number=1,
        outcome=Unsent(Failure("connect", sent=False)),
        status=None,
        waited_s=0.0,
        took_s=2.0,
    )
    assert (second.number, second.status, type(second.outcome)) == (2, 404, Refused)


async def test_who_asks_is_told_when_an_attempt_leaves(bench: Bench) -> None:
    """When it has its permit, not when it begins to wait for one."""
    started: list[float] = []
    bench.transport.respond(429, headers={"Retry-After": "30"}).respond(200)
    begin = bench.clock.now()
    call = bench.session.call(message(), on_start=lambda: started.append(bench.clock.now() - begin))
    await bench.clock.run(call)
    assert started == [0.0, pytest.approx(30.05)]


async def test_attempts_are_logged_without_keys_or_addresses(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Accepted ones at DEBUG, others at INFO."""
    caplog.set_level(logging.DEBUG, "mailgun_async.transport")
    bench.transport.fail("connect", sent=False).respond(420, json={"message": "bob@example.com limit exceeded"})
    bench.transport.respond(200)
    await bench.call(message())
    records = [record for record in caplog.records if record.name == "mailgun_async.transport"]
    told = [(record.levelname, record.getMessage()) for record in records if "attempt" in record.getMessage()]
    head = "POST /v3/{domain}/messages"
    assert told == [
        ("INFO", f"{head}: unsent (connect), status None, attempt 1, waited 0.000 s, took 0.000 s"),
        ("INFO", f"{head}: limited, status 420, attempt 2, waited 0.000 s, took 0.000 s"),
        ("DEBUG", f"{head}: accepted, status 200, attempt 3, waited 0.500 s, took 0.000 s"),
    ]
    assert "c2VjcmV0" not in caplog.text
    assert "bob" not in caplog.text


async def test_success_is_not_logged_unless_debugging(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A campaign is no news."""
    caplog.set_level(logging.INFO, "mailgun_async.transport")
    bench.transport.respond(200)
    await bench.call(message())
    assert caplog.records == []


async def test_closing_closes_the_transport(bench: Bench) -> None:
    """Connections are given back."""
    await bench.session.close()
    assert bench.transport.closed


def test_a_process_without_failures_never_loads_tenacity() -> None:
    """Nor aiohttp, until a transport is made."""
    code = "import mailgun_async.transport.session, sys; print({'tenacity', 'aiohttp'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 -- ours
    assert loaded.stdout == "set()\n"


async def test_a_success_that_nobody_watches_makes_no_attempt(bench: Bench) -> None:
    """Nor an outcome: of what one call does, that would be the most for nothing."""
    made: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and "attrs generated" in frame.f_code.co_filename:
            made.append(frame.f_code.co_filename)

    bench.transport.respond(200)
    sys.setprofile(note)
    try:
        await bench.session.call(message())
    finally:
        sys.setprofile(None)
    assert any("Exchange" in name for name in made)
    assert not any("outcome" in name for name in made)


async def test_a_success_never_enters_the_retry_room(bench: Bench) -> None:
    """No task, no sleep, no second look."""
    tasks = len(asyncio.all_tasks())
    bench.transport.answer(lambda request, exchange: counted())
    seen: list[int] = []

    async def counted() -> Response:
        seen.append(len(asyncio.all_tasks()))
        return Response(200, {}, b"")

    await bench.session.call(message())
    assert seen == [tasks]
    assert bench.clock.sleeps == []
