from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import BadRequest, InvalidArgument, Mailgun, RetryPolicy, Unauthorized
from mailgun_async.endpoints._suppressions import MAX_CSV_BYTES, AddedChunk
from mailgun_async.endpoints.bounces import Bounce
from mailgun_async.testing import FakeTransport
from mailgun_async.transport.request import Exchange, Request, Response
from tests.endpoints.table import DOMAIN


def client(transport: FakeTransport) -> Mailgun:
    """A client that tries once."""
    return Mailgun(api_key="key", domain=DOMAIN, transport=transport, retry=RetryPolicy(max_attempts=1))


async def test_many_records_go_by_the_thousand() -> None:
    """Records, addresses, and what a generator brings."""
    transport = FakeTransport(otherwise=lambda _r, _e: Response(200, {}, b'{"message": "added"}'))
    told: list[AddedChunk[Any]] = []
    async with client(transport) as mg:
        records = (f"user{n}@example.com" if n % 2 else Bounce(address=f"user{n}@example.com") for n in range(2_500))
        report = await mg.bounces.add_many(records, on_chunk=told.append)
    assert (report.added, report.failed) == (2_500, [])
    assert sorted(len(transport.json(index)) for index in range(3)) == [500, 1_000, 1_000]
    assert {one["address"] for index in range(3) for one in transport.json(index)} == {
        f"user{n}@example.com" for n in range(2_500)
    }
    assert [chunk.message for chunk in told] == ["added"] * 3


async def test_an_async_source_and_an_async_listener() -> None:
    """Both are awaited."""

    async def source() -> AsyncIterator[str]:
        for n in range(1_001):
            yield f"user{n}@example.com"

    told = []

    async def listen(chunk: AddedChunk[Any]) -> None:
        await asyncio.sleep(0)
        told.append(len(chunk.records))

    transport = FakeTransport().respond(json={"message": "added"}).respond(json={"message": "added"})
    async with client(transport) as mg:
        report = await mg.complaints.add_many(DOMAIN, source(), on_chunk=listen)
    assert report.added == 1_001
    assert sorted(told) == [1, 1_000]


async def test_a_failed_call_is_reported_with_its_records_and_the_rest_goes_on() -> None:
    """What was not added can be added again."""

    def answer(request: Request, _exchange: Exchange) -> Response:
        assert isinstance(request.body, bytes)
        return Response(400 if b"user1500@" in request.body else 200, {}, b'{"message": "no"}')

    async with client(FakeTransport(otherwise=answer)) as mg:
        report = await mg.unsubscribes.add_many([f"user{n}@example.com" for n in range(3_000)])
    assert report.added == 2_000
    [failed] = report.failed
    assert isinstance(failed.error, BadRequest)
    assert failed.records == [f"user{n}@example.com" for n in range(1_000, 2_000)]


async def test_what_every_call_would_meet_is_raised() -> None:
    """No more calls are begun."""
    transport = FakeTransport(otherwise=lambda _r, _e: Response(401, {}, b"Forbidden"))
    async with client(transport) as mg:
        with pytest.raises(Unauthorized):
            await mg.bounces.add_many((f"user{n}@example.com" for n in range(50_000)), max_in_flight=2)
    assert len(transport.requests) <= 2


@pytest.mark.parametrize("records", ["bob@example.com", {"address": "bob@example.com"}, 7])
async def test_records_must_be_many(records: Any) -> None:
    """A text would be taken for its letters."""
    async with client(FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="records must be an iterable of records"):
            await mg.bounces.add_many(DOMAIN, records)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (7, "a record is an address or a Bounce, not 7"),
        (Bounce(address="a@example.com", created_at=datetime(2026, 1, 1)), "created_at must be a datetime with"),  # noqa: DTZ001 -- the mistake
    ],
)
async def test_a_bad_record_is_an_error(record: Any, says: str) -> None:
    """It names what is wrong, and its call is not made."""
    async with client(FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match=says):
            await mg.bounces.add_many([record])
        with pytest.raises(InvalidArgument, match="max_in_flight must be 1 or more"):
            await mg.bounces.add_many([], max_in_flight=0)


async def test_a_file_is_read_where_it_lies(tmp_path: Path) -> None:
    """Its name goes along."""
    path = tmp_path / "old bounces.csv"
    path.write_bytes(b"address\nbob@example.com\n")
    transport = FakeTransport().respond(202, json={"message": "standby"})
    async with client(transport) as mg:
        await mg.bounces.import_csv(DOMAIN, path)
    [file] = transport.files()
    assert (file.filename, file.content) == ("old bounces.csv", b"address\nbob@example.com\n")


async def test_a_file_may_be_too_large() -> None:
    """Said before anything is sent."""
    async with client(FakeTransport()) as mg:
        with pytest.raises(InvalidArgument, match="26,214,401 bytes: at most 26,214,400"):
            await mg.bounces.import_csv(b"x" * (MAX_CSV_BYTES + 1))
