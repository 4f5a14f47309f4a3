from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest

from mailgun_async.testing import FakeClock, FakeTransport, FormFile
from mailgun_async.transport.clock import Clock
from mailgun_async.transport.request import Exchange, Failure, Request, Response, Transport


def request(**changes: object) -> Request:
    """A request like that of a message."""
    values: dict[str, object] = {
        "method": "POST",
        "template": "/v3/{domain}/messages",
        "url": "https://api.mailgun.net/v3/mg.example.com/messages",
        "headers": {},
    }
    return Request(**(values | changes))  # type: ignore[arg-type]


async def send(transport: Transport, asked: Request | None = None) -> Response | Failure:
    """One attempt."""
    return await transport.send(asked or request(), timeout_s=60.0, exchange=Exchange())


async def status(transport: Transport) -> int:
    """The status that one attempt brings."""
    answer = await send(transport)
    assert isinstance(answer, Response)
    return answer.status


async def test_answers_come_in_the_order_of_the_script() -> None:
    """First in, first out."""
    transport = FakeTransport().respond(429).respond(200)
    assert [await status(transport), await status(transport)] == [429, 200]
    assert transport.unused == 0


async def test_a_scripted_json_is_encoded_and_typed() -> None:
    """`json=` makes the body and its Content-Type."""
    answer = await send(FakeTransport().respond(json={"id": "<1@x>"}, headers={"x-a": "1"}))
    assert isinstance(answer, Response)
    assert answer.body == b'{"id":"<1@x>"}'
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["X-A"] == "1"


@pytest.mark.parametrize("body", ["Forbidden", b"Forbidden"])
async def test_a_scripted_body_is_sent_as_it_is(body: bytes | str) -> None:
    """`body=` takes text or bytes and adds nothing."""
    answer = await send(FakeTransport().respond(401, body=body))
    assert isinstance(answer, Response)
    assert (answer.status, answer.body, dict(answer.headers)) == (401, b"Forbidden", {})


async def test_a_scripted_failure_is_a_value_and_tells_the_exchange() -> None:
    """A failure says how far the request came, in itself and in the exchange."""
    exchange = Exchange()
    cause = OSError()
    transport = FakeTransport().fail("broken", sent=True, status=200, cause=cause)
    answer = await transport.send(request(), timeout_s=1.0, exchange=exchange)
    assert answer == Failure("broken", sent=True, status=200, cause=cause)
    assert exchange == Exchange(sent=True, status=200)


async def test_an_unsent_failure_leaves_the_exchange_unsent() -> None:
    """Nothing left the machine, so the exchange must not say so."""
    exchange = Exchange()
    await FakeTransport().fail("connect", sent=False).send(request(), timeout_s=1.0, exchange=exchange)
    assert exchange == Exchange(sent=False, status=None)


@pytest.mark.parametrize("sent", [True, False])
async def test_a_hanging_attempt_ends_by_cancellation_and_keeps_what_was_sent(sent: bool) -> None:
    """`hang` never answers; the exchange tells what a cancelled attempt had done."""
    exchange = Exchange()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await FakeTransport().hang(sent=sent).send(request(), timeout_s=1.0, exchange=exchange)
    assert exchange.sent is sent


async def test_a_function_may_answer_at_once_or_after_a_wait() -> None:
    """Plain and async functions are both taken."""

    async def late(asked: Request, exchange: Exchange) -> Response:
        assert exchange.sent
        await asyncio.sleep(0)
        return Response(202, {}, asked.method.encode())

    transport = FakeTransport().answer(lambda _asked, _exchange: Response(201, {}, b"")).answer(late)
    assert [await status(transport), await status(transport)] == [201, 202]


async def test_an_unscripted_request_is_named_in_an_assertion_error() -> None:
    """A request that nobody expected fails the test where it was sent."""
    transport = FakeTransport()
    with pytest.raises(AssertionError, match=r"request 1, POST https://api\.mailgun\.net/v3/mg\.example\.com/messages"):
        await send(transport)
    assert len(transport.requests) == 1


async def test_a_default_answers_what_the_script_does_not() -> None:
    """`otherwise` comes after the script, as often as needed."""
    transport = FakeTransport(otherwise=lambda _asked, _exchange: Response(204, {}, b"")).respond(200)
    assert [await status(transport) for _ in range(3)] == [200, 204, 204]


async def test_requests_bodies_and_timeouts_are_recorded() -> None:
    """What was sent, and how long it might have taken."""
    transport = FakeTransport().respond()
    asked = request(body=b"x")
    await transport.send(asked, timeout_s=7.0, exchange=Exchange())
    await transport.close()
    assert (transport.requests, transport.bodies, transport.timeouts_s) == ([asked], [b"x"], [7.0])
    assert transport.closed


async def test_a_multipart_body_is_decoded_into_fields_and_files() -> None:
    """Repeated fields keep their order, files their name, type and bytes."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\na@x\r\n'
        b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\n\xc3\xa9@x\r\n'
        b'--b\r\nContent-Disposition: form-data; name="attachment"; filename="a \\"b\\".txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nx\r\n--\r\n\r\n--b--\r\n"
    )
    transport = FakeTransport().respond()
    await send(transport, request(body=body, content_type='multipart/form-data; boundary="b"'))
    assert transport.fields() == {"to": ["a@x", "é@x"]}
    assert transport.files() == [FormFile("attachment", 'a "b".txt', "text/plain", b"x\r\n--\r\n")]


async def test_urlencoded_and_json_bodies_are_decoded() -> None:
    """The other two kinds of body."""
    transport = FakeTransport().respond().respond()
    await send(transport, request(body=b"a=1&a=&b=%C3%A9", content_type="application/x-www-form-urlencoded"))
    await send(transport, request(body=b'{"limit": 5}', content_type="application/json"))
    assert transport.fields(0) == {"a": ["1", ""], "b": ["é"]}
    assert transport.json() == {"limit": 5}


async def test_a_body_that_is_no_form_is_said_to_be_none() -> None:
    """Asking for fields of something else is a mistake in the test."""
    transport = FakeTransport().respond()
    await send(transport)
    with pytest.raises(AssertionError, match="no content type"):
        transport.fields()


async def test_streamed_and_compressed_bodies_are_recorded_plain() -> None:
    """A test sees what the server would see."""

    class Streamed:
        size = 20

        async def chunks(self) -> AsyncIterator[bytes]:
            packed = gzip.compress(b"plain")
            yield packed[:5]
            yield packed[5:]

    transport = FakeTransport().respond()
    await send(transport, request(body=Streamed(), headers={"Content-Encoding": "gzip"}))
    assert transport.bodies == [b"plain"]


async def test_the_clock_stands_still_until_moved() -> None:
    """Time passes by `advance` alone, and the wall clock goes along."""
    clock = FakeClock(now=5.0, wall=100.0)
    await clock.advance(2.5)
    assert (clock.now(), clock.wall(), clock.elapsed_s) == (7.5, 102.5, 2.5)


async def test_sleepers_wake_in_the_order_of_their_times() -> None:
    """Each sees the time at which it was due, whatever the step."""
    clock = FakeClock(now=0.0)
    woken = []

    async def sleeper(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.now()))

    async with asyncio.TaskGroup() as tasks:
        for seconds in (3.0, 1.0, 2.0):
            tasks.create_task(sleeper(seconds))
        await clock.advance(2.0)
        assert woken == [(1.0, 1.0), (2.0, 2.0)]
        await clock.advance(1.0)
    assert woken[-1] == (3.0, 3.0)
    assert clock.sleeps == [3.0, 1.0, 2.0]


async def test_a_task_that_sleeps_again_is_woken_within_the_same_advance() -> None:
    """Tasks run between timers, so a loop of sleeps goes all the way."""
    clock = FakeClock(now=0.0)

    async def ticker() -> None:
        for _ in range(10):
            await clock.sleep(1.0)

    task = asyncio.create_task(ticker())
    await clock.advance(10.0)
    assert task.done()


async def test_a_sleep_of_nothing_only_gives_way() -> None:
    """Zero and negative sleeps end without the clock being moved."""
    clock = FakeClock()
    await clock.sleep(0.0)
    await clock.sleep(-1.0)
    assert clock.sleeps == [0.0, -1.0]


async def test_a_cancelled_sleep_leaves_no_timer() -> None:
    """Nothing is left to wake."""
    clock = FakeClock()
    task = asyncio.create_task(clock.sleep(5.0))
    await clock.settle()
    assert clock.next_at == clock.now() + 5.0
    task.cancel()
    await clock.settle()
    assert clock.next_at is None


async def test_a_callback_runs_when_due_and_not_when_cancelled() -> None:
    """`call_at` is what a limiter's pump uses."""
    clock = FakeClock(now=0.0)
    ran: list[str] = []
    clock.call_at(1.0, lambda: ran.append("kept"))
    cancelled = clock.call_at(1.0, lambda: ran.append("cancelled"))
    cancelled.cancel()
    await clock.advance(1.0)
    cancelled.cancel()
    assert ran == ["kept"]


async def test_a_callback_of_the_past_runs_in_the_next_turn() -> None:
    """As the event loop itself does it; it can still be cancelled before."""
    clock = FakeClock(now=10.0)
    ran: list[str] = []
    clock.call_at(10.0, lambda: ran.append("now"))
    clock.call_at(3.0, lambda: ran.append("never")).cancel()
    assert ran == []
    await clock.settle()
    assert ran == ["now"]


async def test_run_moves_the_clock_as_far_as_needed() -> None:
    """The awaited one gets all its sleeps and the clock stands where it ended."""
    clock = FakeClock(now=0.0)

    async def work() -> str:
        await clock.sleep(30.0)
        await clock.sleep(0.5)
        return "done"

    assert await clock.run(work()) == "done"
    assert clock.now() == 30.5


async def test_run_passes_errors_on() -> None:
    """What the awaited one raises is raised."""

    async def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await FakeClock().run(fails())


async def test_run_waits_for_the_network_when_there_is_no_timer() -> None:
    """A call to an emulator is on its way in real time, however long the clock stands still."""
    clock = FakeClock()

    async def asks() -> float:
        await asyncio.sleep(0.02)  # longer than any number of turns
        await clock.sleep(30.0)
        await asyncio.sleep(0.02)
        return clock.now()

    assert await clock.run(asks()) == 1_030.0


async def test_run_notices_that_nothing_can_end_the_wait() -> None:
    """A deadlock is a failed test, not a hanging one."""
    clock = FakeClock()
    with pytest.raises(AssertionError, match="no timer of this clock is left"):
        await clock.run(asyncio.Event().wait())


def test_the_fakes_are_what_the_transport_asks_for() -> None:
    """They implement the protocols (mypy reads this)."""
    clock: Clock = FakeClock()
    transport: Transport = FakeTransport()
    assert clock.wall() == 1_790_000_000.0
    assert transport is not None
