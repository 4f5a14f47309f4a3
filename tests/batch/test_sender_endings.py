from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mailgun_async import errors
from mailgun_async.batch.report import BatchReport, ChunkResult
from mailgun_async.batch.sender import Sender
from mailgun_async.errors import ApiError, BadRequest
from mailgun_async.transport.outcome import Attempt, Limited, Outcome, Unsent
from mailgun_async.transport.request import Failure, Request, Response

if TYPE_CHECKING:
    from tests.batch.conftest import Post

MakeSender = Callable[..., Sender]
Refusal = Callable[..., ApiError]


class BrokenError(Exception):
    """Raised by what the user wrote."""


def people(count: int) -> list[str]:
    """So many addresses."""
    return [f"r{number}@x.de" for number in range(count)]


def counts(report: BatchReport | None) -> tuple[int, int, int, int]:
    """Return how many were taken, accepted, are unknown and were not sent; nobody may be missing."""
    assert report is not None
    assert report.pending == 0
    unknown = sum(one.chunk.count for one in report.unknown)
    return report.taken, report.accepted, unknown, sum(one.chunk.count for one in report.not_sent)


async def settle() -> None:
    """Let tasks run until they wait."""
    for _ in range(30):
        await asyncio.sleep(0)


class Gate:
    """Holds calls on the wire until it is opened."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    async def __call__(self, _addresses: list[str]) -> None:
        await self.opened.wait()


@pytest.mark.parametrize("kind", [errors.Unauthorized, errors.PaymentRequired, errors.Forbidden, errors.NotFound])
async def test_a_refusal_that_all_would_meet_stops_the_batch(
    post: Post, make_sender: MakeSender, refusal: Refusal, kind: type[ApiError]
) -> None:
    """It is reported, not raised; the source is read no further."""
    error = refusal(kind)

    def rule(addresses: list[str]) -> None:
        if "r4@x.de" in addresses:
            raise error

    post.rule = rule
    source = iter(people(100))
    report = await make_sender(source).run()
    assert report.stopped is error
    assert counts(report) == (8, 4, 0, 4)
    assert next(source) == "r8@x.de"


async def test_a_stopped_account_stops_the_batch(post: Post, make_sender: MakeSender, refusal: Refusal) -> None:
    """Whatever status it was told with."""

    def rule(_addresses: list[str]) -> None:
        raise refusal(BadRequest, "Your account is on probation and temporarily disabled", account_stopped=True)

    post.rule = rule
    report = await make_sender(people(100)).run()
    assert isinstance(report.stopped, BadRequest)
    assert counts(report) == (4, 0, 0, 4)


async def test_when_it_stops_calls_on_the_wire_are_finished_and_others_given_up(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """A call that waits for its permit has sent nothing."""
    gate = Gate()

    async def rule(addresses: list[str]) -> None:
        if "r0@x.de" in addresses:
            raise refusal(errors.Unauthorized, status=401)
        await gate(addresses)

    post.rule, post.permits = rule, asyncio.Semaphore(0)
    batch = asyncio.create_task(make_sender(people(12), max_in_flight=3).run())
    await settle()
    post.permits.release()
    post.permits.release()
    await settle()
    assert not batch.done()
    gate.opened.set()
    report = await batch
    assert isinstance(report.stopped, errors.Unauthorized)
    assert post.calls == [people(4), people(8)[4:]]
    assert counts(report) == (12, 4, 0, 8)
    assert [type(one.error) for one in report.not_sent] == [errors.Unauthorized, asyncio.CancelledError]


async def test_an_exception_after_a_stop_is_raised_all_the_same(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """A call that was on the wire is finished and told, and whoever is told may raise."""
    gate = Gate()

    async def rule(addresses: list[str]) -> None:
        if "r0@x.de" in addresses:
            raise refusal(errors.Unauthorized, status=401)
        await gate(addresses)

    def tell(result: ChunkResult) -> None:
        if result.fate == "accepted":
            raise BrokenError

    post.rule, post.permits = rule, asyncio.Semaphore(0)
    batch = asyncio.create_task(make_sender(people(100), max_in_flight=2, on_chunk=tell).run())
    await settle()
    post.permits.release()
    post.permits.release()
    await settle()
    gate.opened.set()
    with pytest.raises(BrokenError) as raised:
        await batch
    assert counts(BatchReport.of(raised.value)) == (8, 4, 0, 4)


async def test_what_was_taken_and_not_begun_is_put_down_as_not_sent(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """Halves of a chunk, and duplicates that waited for a later one, with the error that stopped the batch."""

    def rule(addresses: list[str]) -> None:
        if len(addresses) > 2:
            raise refusal(errors.RateLimited, status=429, oversize=True)
        raise refusal(errors.Unauthorized, status=401)

    post.rule = rule
    report = await make_sender([*people(3), "r0@x.de", *people(100)]).run()
    assert post.sizes == [3, 2]
    assert [one.addresses for one in report.not_sent] == [["r0@x.de", "r1@x.de"], ["r2@x.de"], ["r0@x.de"]]
    assert {type(one.error) for one in report.not_sent} == {errors.Unauthorized}
    assert counts(report) == (4, 0, 0, 4)


@pytest.mark.parametrize("held", [False, True])
async def test_cancelling_finishes_the_calls_on_the_wire(post: Post, make_sender: MakeSender, held: bool) -> None:
    """Nothing new is begun; the report is found on the cancellation."""
    gate = Gate()
    post.rule = gate
    if held:
        post.permits = asyncio.Semaphore(2)
    told: list[ChunkResult] = []
    batch = asyncio.create_task(make_sender(people(100), max_in_flight=3, on_chunk=told.append).run())
    await settle()
    batch.cancel()
    await settle()
    assert not batch.done()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError) as raised:
        await batch
    report = BatchReport.of(raised.value)
    assert len(post.calls) == (2 if held else 3)
    assert counts(report) == ((12, 8, 0, 4) if held else (12, 12, 0, 0))
    assert sorted(one.fate for one in told) == sorted(["accepted"] * len(post.calls) + ["not_sent"] * held)
    assert batch.cancelled()


async def test_a_batch_that_runs_out_of_time_is_a_timeout(post: Post, make_sender: MakeSender) -> None:
    """The cancellation is asyncio's own, which `asyncio.timeout` knows."""
    gate = Gate()
    post.rule = gate
    asyncio.get_running_loop().call_later(0.02, gate.opened.set)
    with pytest.raises(TimeoutError) as raised:
        async with asyncio.timeout(0.01):
            await make_sender(people(100)).run()
    cancelled = raised.value.__cause__
    assert cancelled is not None
    assert counts(BatchReport.of(cancelled)) == (4, 4, 0, 0)


async def test_a_call_cancelled_by_force_on_the_wire_is_unknown(post: Post, make_sender: MakeSender) -> None:
    """As when the loop is closed down: every task is cancelled, and waits for nobody."""
    post.rule = Gate()
    batch = asyncio.create_task(make_sender(people(100)).run())
    await settle()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await batch
    assert counts(BatchReport.of(raised.value)) == (4, 0, 4, 0)


@pytest.mark.parametrize("outcome", [Limited(Response(429, {}, b"")), Unsent(Failure("connect", sent=False))])
async def test_cancelled_on_the_wire_a_call_is_not_tried_again(make_sender: MakeSender, outcome: Outcome) -> None:
    """It would wait for as long as the limit says."""
    gate = Gate()

    async def wait_to_try_again(
        _parts: object, /, *, on_start: Callable[[], None], on_attempt: Callable[[Attempt], None], **_more: object
    ) -> None:
        on_start()
        await gate([])
        request = Request(method="POST", template="/v3/{domain_name}/messages", url="http://test", headers={})
        on_attempt(Attempt(request=request, number=1, outcome=outcome, status=None, waited_s=0.0, took_s=0.0))
        await asyncio.Event().wait()

    sender = make_sender(people(4))
    sender.post = wait_to_try_again
    batch = asyncio.create_task(sender.run())
    await settle()
    batch.cancel()
    await settle()
    gate.opened.set()
    await settle()
    assert batch.cancelled()
    assert counts(sender.report) == (4, 0, 0, 4)


async def test_a_worker_cancelled_twice_cancels_its_call(post: Post, make_sender: MakeSender) -> None:
    """Somebody insists."""
    post.rule = Gate()
    sender = make_sender(people(100))
    worker = asyncio.create_task(sender._work())
    await settle()
    worker.cancel()
    await settle()
    assert not worker.done()
    worker.cancel()
    await worker
    assert counts(sender.report) == (4, 0, 4, 0)


async def test_cancelling_while_the_source_is_read_ends_at_once(post: Post, make_sender: MakeSender) -> None:
    """What was read into an unfinished block was not taken."""

    async def source() -> AsyncIterator[str]:
        for address in people(6):
            yield address
        await asyncio.Event().wait()

    batch = asyncio.create_task(make_sender(source()).run())
    await settle()
    batch.cancel()
    with pytest.raises(asyncio.CancelledError) as raised:
        await batch
    assert post.sizes == [4]
    assert counts(BatchReport.of(raised.value)) == (4, 4, 0, 0)


async def test_a_stop_does_not_swallow_a_cancellation(post: Post, make_sender: MakeSender, refusal: Refusal) -> None:
    """Though a call that is finished after it is refused for good."""
    gate = Gate()

    async def rule(addresses: list[str]) -> None:
        await gate(addresses)
        raise refusal(errors.Unauthorized, status=401)

    post.rule = rule
    batch = asyncio.create_task(make_sender(people(100)).run())
    await settle()
    batch.cancel()
    await settle()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError) as raised:
        await batch
    report = BatchReport.of(raised.value)
    assert counts(report) == (4, 0, 0, 4)
    assert report is not None
    assert isinstance(report.stopped, errors.Unauthorized)


async def test_cancelling_in_the_midst_of_a_search_sends_nothing_more(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """Suspects and all who wait for the search to end are put down as not sent."""
    gate = Gate()

    async def rule(addresses: list[str]) -> None:
        if len(addresses) == 4:
            await gate(addresses)
        if "r7@x.de" in addresses:
            raise refusal(BadRequest, "to parameter is not a valid address")

    post.rule = rule
    batch = asyncio.create_task(make_sender(people(8), size=8).run())
    await settle()
    batch.cancel()
    await settle()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError) as raised:
        await batch
    assert post.sizes == [8, 4]
    assert counts(BatchReport.of(raised.value)) == (8, 4, 0, 4)


@pytest.mark.parametrize("when", [0, 5, 8])
async def test_a_source_that_raises_ends_the_batch_with_its_exception(
    post: Post, make_sender: MakeSender, when: int
) -> None:
    """What was accepted before it is in the report found on it."""

    def source() -> Iterator[str]:
        yield from people(when)
        raise BrokenError

    with pytest.raises(BrokenError) as raised:
        await make_sender(source(), max_in_flight=2).run()
    whole = when // 4 * 4
    assert len(post.calls) == when // 4
    assert counts(BatchReport.of(raised.value)) == (whole, whole, 0, 0)


async def test_when_the_source_raises_calls_on_the_wire_are_finished(post: Post, make_sender: MakeSender) -> None:
    """And no worker begins a chunk of what was left."""
    gate = Gate()
    post.rule = gate

    async def source() -> AsyncIterator[str]:
        for address in [*people(3), "r0@x.de", *people(9)[4:8]]:
            yield address
        raise BrokenError

    batch = asyncio.create_task(make_sender(source(), max_in_flight=5).run())
    await settle()
    assert not batch.done()
    gate.opened.set()
    with pytest.raises(BrokenError) as raised:
        await batch
    assert post.sizes == [3, 4]
    assert counts(BatchReport.of(raised.value)) == (8, 7, 0, 1)


@pytest.mark.parametrize("waits", [False, True])
async def test_an_exception_of_on_chunk_ends_the_batch(post: Post, make_sender: MakeSender, waits: bool) -> None:
    """Once the calls on the wire are finished."""
    gate = Gate()

    async def rule(addresses: list[str]) -> None:
        if "r0@x.de" not in addresses:
            await gate(addresses)

    def tell(result: ChunkResult) -> Any:
        if result.message_id == "1@test":
            raise BrokenError

    async def tell_later(result: ChunkResult) -> None:
        await asyncio.sleep(0)
        tell(result)

    post.rule = rule
    sender = make_sender(people(100), max_in_flight=2, on_chunk=tell_later if waits else tell)
    batch = asyncio.create_task(sender.run())
    await settle()
    assert not batch.done()
    gate.opened.set()
    with pytest.raises(BrokenError) as raised:
        await batch
    assert counts(BatchReport.of(raised.value)) == (8, 8, 0, 0)


async def test_a_cancellation_that_on_chunk_raises_by_itself_ends_the_batch(
    post: Post, make_sender: MakeSender
) -> None:
    """Though nobody cancelled the batch: it is an exception like any other."""

    async def tell(_result: ChunkResult) -> None:
        gone = asyncio.create_task(asyncio.sleep(60))
        gone.cancel()
        await gone

    with pytest.raises(asyncio.CancelledError) as raised:
        await make_sender(people(100), on_chunk=tell).run()
    assert post.sizes == [4]
    assert counts(BatchReport.of(raised.value)) == (4, 4, 0, 0)


async def test_an_exception_of_on_chunk_in_a_search_loses_nobody(
    post: Post, make_sender: MakeSender, refusal: Refusal
) -> None:
    """Who waited for its end is put down as not sent, with that exception."""

    def rule(addresses: list[str]) -> None:
        if "r3@x.de" in addresses:
            raise refusal(BadRequest, "to parameter is not a valid address")

    def tell(result: ChunkResult) -> None:
        if result.fate == "accepted":
            raise BrokenError

    post.rule = rule
    with pytest.raises(BrokenError) as raised:
        await make_sender(people(8), size=8, on_chunk=tell).run()
    assert post.sizes == [8, 4, 2]
    report = BatchReport.of(raised.value)
    assert counts(report) == (8, 2, 0, 6)
    assert report is not None
    assert [one.error for one in report.not_sent] == [raised.value]


@pytest.mark.parametrize(("error", "unknown"), [(ZeroDivisionError(), 4), (errors.ConfigError("closed"), 0)])
async def test_an_error_that_is_nobodys_answer_is_raised(
    post: Post, make_sender: MakeSender, error: Exception, unknown: int
) -> None:
    """A fault in the program, or a client that is closed, would meet every chunk."""

    def rule(_addresses: list[str]) -> None:
        raise error

    post.rule = rule
    with pytest.raises(type(error)) as raised:
        await make_sender(people(100)).run()
    assert raised.value is error
    assert counts(BatchReport.of(error)) == (4, 0, unknown, 4 - unknown)


async def test_a_sum_that_does_not_match_is_an_error(make_sender: MakeSender) -> None:
    """Nobody may get lost without anybody noticing."""
    sender = make_sender(people(4))
    sender.report.taken = 1
    with pytest.raises(AssertionError, match="1 recipients were lost count of"):
        await sender.run()
