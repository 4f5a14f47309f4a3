from __future__ import annotations

import asyncio

import pytest

from mailgun_async.config import RetryPolicy, Timeouts
from mailgun_async.testing import FakeClock, FakeTransport
from mailgun_async.transport.limiter import Limiter
from mailgun_async.transport.outcome import Attempt
from mailgun_async.transport.request import BULK, Request
from mailgun_async.transport.session import Session

REQUEST = Request(
    method="POST",
    template="/v3/{domain_name}/messages",
    url="https://api.mailgun.net/v3/mg.example.com/messages",
    headers={},
    safety="unsafe",
    domain="mg.example.com",
    recipients=1,
    priority=BULK,
)


@pytest.fixture
def clock() -> FakeClock:
    """Stands still."""
    return FakeClock()


@pytest.fixture
def transport() -> FakeTransport:
    """Answers from a script."""
    return FakeTransport()


@pytest.fixture
def session(clock: FakeClock, transport: FakeTransport) -> Session:
    """A session between the two."""
    return Session(transport, Limiter(clock), clock=clock, retry=RetryPolicy(), timeouts=Timeouts())


async def test_every_attempt_is_told_before_it_is_sent(
    session: Session, clock: FakeClock, transport: FakeTransport
) -> None:
    """And again after it has ended: between the two it may be on the wire."""
    transport.respond(429, headers={"Retry-After": "5"}).fail("connect", sent=False).respond(200, body=b"{}")
    told: list[tuple[str, int]] = []

    def ended(attempt: Attempt) -> None:
        told.append((f"ended {attempt.number}", len(transport.requests)))

    def started() -> None:
        told.append(("started", len(transport.requests)))

    await clock.run(session.call(REQUEST, on_attempt=ended, on_start=started))
    assert told == [
        ("started", 0),
        ("ended 1", 1),
        ("started", 1),
        ("ended 2", 2),
        ("started", 2),
        ("ended 3", 3),
    ]


async def test_a_call_that_waits_for_its_permit_has_not_started(
    session: Session, clock: FakeClock, transport: FakeTransport
) -> None:
    """So it can be given up with nothing sent."""
    transport.respond(429, headers={"Retry-After": "3600"})
    started: list[bool] = []
    call = asyncio.create_task(session.call(REQUEST, on_start=lambda: started.append(True)))
    await clock.settle()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (len(started), len(transport.requests)) == (1, 1)
