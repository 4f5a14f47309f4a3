"""`messages.send_batch` through a whole client: requests on a scripted transport, nothing on the network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from mailgun_async import BatchReport, ChunkResult, CsvRecipients, Mailgun, Message, RatePolicy, Recipient
from mailgun_async.errors import ConfigError, InvalidArgument, Unauthorized
from mailgun_async.testing import FakeClock, FakeTransport
from mailgun_async.transport.request import BULK, INTERACTIVE, Exchange, Request, Response

DOMAIN = "mg.example.com"
MAIL = Message(from_="Ada <ada@mg.example.com>", subject="Hi", text="Hello %recipient.name%")
PEOPLE = [{"email": f"r{number}@x.de", "name": f"Person {number}"} for number in range(5)]


def accept(_request: Request, _exchange: Exchange) -> Response:
    """Answer as Mailgun does."""
    return Response(200, {}, b'{"id": "<1@mg.example.com>", "message": "Queued. Thank you."}')


@pytest.fixture
def transport() -> FakeTransport:
    """Accepts what no script is written for."""
    return FakeTransport(otherwise=accept)


@pytest.fixture
def clock() -> FakeClock:
    """Stands still."""
    return FakeClock()


@pytest.fixture
async def mg(transport: FakeTransport, clock: FakeClock) -> AsyncIterator[Mailgun]:
    """A client with a default domain."""
    async with Mailgun(api_key="key", domain=DOMAIN, transport=transport, clock=clock) as client:
        yield client


def recipients(transport: FakeTransport) -> list[dict[str, Any]]:
    """Variables of each call."""
    return [
        orjson.loads(transport.fields(number)["recipient-variables"][0]) for number in range(len(transport.requests))
    ]


async def test_send_batch(mg: Mailgun, transport: FakeTransport) -> None:
    """One multipart POST for each chunk, each with its recipients, their variables and an id of its own."""
    report = await mg.messages.send_batch("other.example.com", MAIL, PEOPLE, chunk_size=3, max_in_flight=1)
    assert [f"{request.method} {request.url}" for request in transport.requests] == [
        "POST https://api.mailgun.net/v3/other.example.com/messages"
    ] * 2
    first = transport.fields(0)
    assert first.pop("h:Message-Id")[0].endswith("@other.example.com>")
    assert first == {
        "to": ["r0@x.de,r1@x.de,r2@x.de"],
        "recipient-variables": [
            '{"r0@x.de":{"name":"Person 0"},"r1@x.de":{"name":"Person 1"},"r2@x.de":{"name":"Person 2"}}'
        ],
        "from": ["Ada <ada@mg.example.com>"],
        "subject": ["Hi"],
        "text": ["Hello %recipient.name%"],
    }
    assert (report.accepted, report.taken, report.calls, report.chunks) == (5, 5, 2, 2)


async def test_calls_are_told_to_the_limiter_as_bulk(mg: Mailgun, transport: FakeTransport) -> None:
    """With their recipients, and the id that their parts carry; never repeated blindly."""
    await mg.messages.send_batch(MAIL, PEOPLE)
    (request,) = transport.requests
    assert (request.domain, request.recipients, request.priority, request.safety) == (DOMAIN, 5, BULK, "unsafe")
    assert transport.fields()["h:Message-Id"] == [f"<{request.message_id}>"]


async def test_a_batch_may_be_urgent(mg: Mailgun, transport: FakeTransport) -> None:
    """By its own priority."""
    await mg.messages.send_batch(MAIL, PEOPLE, priority="interactive")
    assert transport.requests[0].priority == INTERACTIVE


async def test_a_file_goes_out(mg: Mailgun, transport: FakeTransport, tmp_path: Path) -> None:
    """Its columns are variables, its bad rows are counted."""
    path = tmp_path / "people.csv"
    path.write_text("email,name\na@x.de,Ada\nnobody\nb@x.de,Bob\n")
    report = await mg.messages.send_batch(MAIL, source := CsvRecipients(path))
    assert recipients(transport) == [{"a@x.de": {"name": "Ada"}, "b@x.de": {"name": "Bob"}}]
    assert (report.taken, report.accepted, report.bad_rows) == (3, 2, 1)
    assert [row.line for row in source.rejected] == [3]


async def test_a_rate_limit_is_waited_for_and_counted(mg: Mailgun, transport: FakeTransport, clock: FakeClock) -> None:
    """The chunk is sent once the limit opens; the report says what it took."""
    transport.respond(429, headers={"Retry-After": "30"})
    report = await clock.run(mg.messages.send_batch(MAIL, PEOPLE))
    assert (report.accepted, report.calls, report.refusals) == (5, 2, 1)
    assert report.waits_s == report.elapsed_s == pytest.approx(30.0, abs=1.0)
    assert len({request.message_id for request in transport.requests}) == 1


async def test_a_size_that_passes_is_remembered_for_the_domain(
    mg: Mailgun, transport: FakeTransport, clock: FakeClock
) -> None:
    """By the next batch."""
    words = {"message": f"Domain {DOMAIN} is not allowed to send large batches yet"}
    transport.respond(403, json=words)
    report = await clock.run(mg.messages.send_batch(MAIL, PEOPLE, max_in_flight=1))
    assert [request.recipients for request in transport.requests] == [5, 3, 2]
    assert report.accepted == 5
    await clock.run(mg.messages.send_batch(MAIL, PEOPLE, max_in_flight=1))
    assert [request.recipients for request in transport.requests[3:]] == [3, 2]


async def test_a_size_learned_by_another_process_is_kept(
    transport: FakeTransport, clock: FakeClock, tmp_path: Path
) -> None:
    """Though the file of what was learned is only read when the client is opened."""
    transport.respond(403, json={"message": f"Domain {DOMAIN} is not allowed to send large batches yet"})
    policy = RatePolicy(learned_path=tmp_path / "learned.json")
    for _process in range(2):
        async with Mailgun(api_key="key", domain=DOMAIN, transport=transport, clock=clock, rate=policy) as client:
            await client.messages.send_batch(MAIL, PEOPLE, max_in_flight=1)
    assert [request.recipients for request in transport.requests] == [5, 3, 2, 3, 2]


async def test_a_bad_address_is_found(mg: Mailgun, transport: FakeTransport) -> None:
    """By Mailgun's words, and the others are sent to."""

    def answer(request: Request, exchange: Exchange) -> Response:
        assert isinstance(request.body, bytes)
        if b"r3@x.de" in request.body:
            return Response(400, {}, b'{"message": "to parameter is not a valid address. please check documentation"}')
        return accept(request, exchange)

    transport._otherwise = answer
    report = await mg.messages.send_batch(MAIL, PEOPLE)
    assert [one.address for one in report.rejected] == ["r3@x.de"]
    assert "to parameter is not a valid address" in report.rejected[0].reason
    assert report.accepted == 4


async def test_an_answer_that_never_came_is_reported_with_its_id(mg: Mailgun, transport: FakeTransport) -> None:
    """And not sent again."""
    transport.fail("timeout", sent=True)
    report = await mg.messages.send_batch(MAIL, PEOPLE, chunk_size=3, max_in_flight=1)
    assert [one.message_id for one in report.unknown] == [transport.requests[0].message_id]
    assert (report.unknown[0].addresses, report.accepted) == (["r0@x.de", "r1@x.de", "r2@x.de"], 2)


async def test_an_answer_that_is_none_of_the_api_is_unknown(mg: Mailgun, transport: FakeTransport) -> None:
    """The status accepts, the rest can't be read."""
    transport.respond(200, body="surprise")
    report = await mg.messages.send_batch(MAIL, PEOPLE)
    assert len(report.unknown) == 1


async def test_a_wrong_key_stops_it(mg: Mailgun, transport: FakeTransport) -> None:
    """The report says so, and who was not sent to."""
    transport.respond(401, body="Forbidden")
    report = await mg.messages.send_batch(MAIL, PEOPLE, chunk_size=2, max_in_flight=1)
    assert isinstance(report.stopped, Unauthorized)
    assert [one.addresses for one in report.not_sent] == [["r0@x.de", "r1@x.de"]]
    assert report.taken == 2
    left = [Recipient("r0@x.de", None, {"name": "Person 0"}), Recipient("r1@x.de", None, {"name": "Person 1"})]
    assert report.not_sent[0].recipients == left


async def test_cancelled_it_finishes_what_is_on_the_wire_and_gives_up_what_waits(
    mg: Mailgun, transport: FakeTransport, clock: FakeClock
) -> None:
    """One call is answered late; another waits for a gate that opens in an hour, and is never sent."""
    late = asyncio.Event()

    async def answer_late(request: Request, exchange: Exchange) -> Response:
        exchange.sent = True
        await late.wait()
        return accept(request, exchange)

    transport.answer(answer_late).respond(429, headers={"Retry-After": "3600"})
    told: list[ChunkResult] = []
    batch = asyncio.create_task(
        mg.messages.send_batch(MAIL, PEOPLE, chunk_size=2, max_in_flight=2, on_chunk=told.append)
    )
    await clock.settle()
    batch.cancel()
    await clock.settle()
    assert [(one.fate, one.recipients) for one in told] == [("not_sent", 2)]
    assert not batch.done()
    late.set()
    with pytest.raises(asyncio.CancelledError) as raised:
        await batch
    report = BatchReport.of(raised.value)
    assert report is not None
    assert (report.taken, report.accepted, report.pending, report.unknown) == (4, 2, 0, [])
    assert len(transport.requests) == 2


async def test_the_domain_may_be_left_out_when_there_is_a_default(mg: Mailgun, transport: FakeTransport) -> None:
    """As for `send`."""
    await mg.messages.send_batch(MAIL, PEOPLE)
    assert transport.requests[0].domain == DOMAIN
    async with Mailgun(api_key="key", transport=transport) as other:
        with pytest.raises(ConfigError, match="no domain"):
            await other.messages.send_batch(MAIL, PEOPLE)


async def test_arguments_in_another_order_are_refused(mg: Mailgun) -> None:
    """With what is expected."""
    with pytest.raises(InvalidArgument, match="a domain, a Message and recipients"):
        await mg.messages.send_batch(PEOPLE, MAIL)  # type: ignore[call-overload]


async def test_a_client_that_is_closed_sends_nothing(transport: FakeTransport) -> None:
    """Nor does it read the source."""
    client = Mailgun(api_key="key", domain=DOMAIN, transport=transport)
    await client.close()
    source = iter(PEOPLE)
    with pytest.raises(ConfigError, match="closed"):
        await client.messages.send_batch(MAIL, source)
    assert next(source) is PEOPLE[0]
