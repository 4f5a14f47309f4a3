from __future__ import annotations

import asyncio
import logging
from typing import Any

import aiohttp
import pytest

from mailgun_async.testing import Emulator, FakeClock

PATH = "/v3/mg.example.com/messages"

SEEN: dict[str, type[Exception]] = {
    "hang": TimeoutError,
    "drop": aiohttp.ServerDisconnectedError,
    "rst": aiohttp.ClientOSError,
    "garbage": aiohttp.ClientResponseError,
    "half-head": aiohttp.ServerDisconnectedError,
}


async def post(api: Any, form: Any, timeout_s: float | None = None) -> Any:
    """Send, and give up after `timeout_s`."""
    return await api.post(PATH, form.fields(), timeout=aiohttp.ClientTimeout(total=timeout_s))


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", SEEN)
async def test_a_fault_of_the_connection_shows_as_an_error_of_the_client(
    kind: str, when: str, *, api: Any, emulator: Emulator, form: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Before: nothing was accepted; after: all was, and the client sees the same."""
    name: Any = f"{kind}-{when}"
    fault = emulator.faults.add(name, times=1)
    with caplog.at_level(logging.WARNING), pytest.raises(SEEN[kind]):
        await post(api, form, 0.15 if kind == "hang" else None)
    assert emulator.calls == len(emulator.outbox) == (0 if when == "before" else 1)
    assert (fault.drawn, emulator.faults.drawn) == (1, {name: 1})
    assert (await post(api, form))[0] == 200
    assert not caplog.records


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("500-before", 500, {"message": "Internal Server Error"}),
        ("500-after", 500, {"message": "Internal Server Error"}),
        ("502-before", 502, b"<html><head><title>502 Bad Gateway</title>"),
        ("502-after", 502, b"<html><head><title>502 Bad Gateway</title>"),
        ("401", 401, "Forbidden"),
    ],
)
async def test_a_fault_may_be_an_answer(
    name: Any, status: int, body: Any, *, api: Any, emulator: Emulator, form: Any
) -> None:
    """Mailgun's own body, a proxy's page, or a key refused."""
    emulator.faults.add(name)
    found, answer, _ = await post(api, form)
    assert found == status
    assert answer.startswith(body) if isinstance(body, bytes) else answer == body
    assert emulator.calls == (1 if name.endswith("-after") else 0)


async def test_an_answer_may_break_off_in_its_body(api: Any, emulator: Emulator, form: Any) -> None:
    """The status was read, so the client knows that it was accepted."""
    emulator.faults.add("half-body-after")
    headers = {**api.authorization(), "Content-Type": f"multipart/form-data; boundary={form.boundary}"}
    body = form.body(form.fields())
    async with api.session.post(emulator.url + PATH, data=body, headers=headers) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
    assert emulator.calls == 1


async def test_a_slow_answer_comes_late_and_right(api: Any, emulator: Emulator, clock: FakeClock, form: Any) -> None:
    """The call is accepted when it comes in; delays of several faults add up."""
    emulator.faults.add("slow", seconds=30)
    emulator.faults.add("slow", seconds=10)
    sending = asyncio.ensure_future(api.post(PATH, form.fields()))
    while not emulator.calls:  # noqa: ASYNC110 -- what is waited for happens in the server
        await asyncio.sleep(0.001)
    await clock.advance(39)
    assert not sending.done()
    await clock.advance(1)
    assert (await sending)[0] == 200
    assert emulator.faults.drawn == {"slow": 2}


async def test_faults_hit_sending_alone_unless_told_otherwise(api: Any, emulator: Emulator) -> None:
    """Each family of calls can be chosen, or all."""
    emulator.faults.add("502-before")
    assert len((await api.logs())["items"]) == 0
    emulator.faults.add("502-before", rate_class="analytics")
    assert (await api.call("POST", "/v1/analytics/logs", json={}))[0] == 502
    assert (await api.call("GET", "/v4/domains/mg.example.com"))[0] == 200
    emulator.faults.add("500-before", rate_class=None)
    assert (await api.call("GET", "/v4/domains/mg.example.com"))[0] == 500


async def test_a_refused_call_has_no_fault_after_accepting(api: Any, emulator: Emulator) -> None:
    """`-after` waits for a call that is accepted."""
    fault = emulator.faults.add("502-after", times=1)
    assert (await api.status(text=None), fault.drawn) == (400, 0)
    assert (await api.status(), fault.drawn) == (502, 1)


async def test_faults_can_be_switched_off(api: Any, emulator: Emulator) -> None:
    """One, or all; the counts stay."""
    first = emulator.faults.add("502-before")
    emulator.faults.add("500-before")
    assert await api.status() == 502
    emulator.faults.remove(first)
    assert [fault.name for fault in emulator.faults.active] == ["500-before"]
    assert await api.status() == 500
    emulator.faults.clear()
    assert await api.status() == 200
    assert emulator.faults.drawn == {"502-before": 1, "500-before": 1}


async def test_the_first_fault_that_hits_is_the_one(api: Any, emulator: Emulator) -> None:
    """A call has one fate."""
    emulator.faults.add("500-before")
    second = emulator.faults.add("502-before")
    assert (await api.status(), second.drawn) == (500, 0)


async def test_every_request_is_a_line_of_the_log(
    api: Any, emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    """At INFO: what was asked, and the status or the fault; neither query nor body."""
    with caplog.at_level(logging.INFO, logger="mailgun_async.testing"):
        await api.send()
        emulator.faults.add("502-after", times=1)
        await api.status()
        await api.get("/v3/mg.example.com/events?recipient=bob@example.com")
    assert [record.getMessage() for record in caplog.records if record.name == "mailgun_async.testing"] == [
        "POST /v3/mg.example.com/messages 200",
        "POST /v3/mg.example.com/messages 502-after",
        "GET /v3/mg.example.com/events 200",
    ]


def drawn(emulator: Emulator, name: Any = "502-before", **options: Any) -> list[bool]:
    """Which of 200 calls a fault would hit."""
    emulator.faults.add(name, **options)
    return [emulator.faults.before("messages") == name for _ in range(200)]


def test_a_rate_hits_its_share_and_the_same_calls_every_time() -> None:
    """The dice are seeded: by the emulator, or by the fault's own seed."""
    hits = drawn(Emulator(seed=1), rate=0.25)
    assert 30 <= sum(hits) <= 70
    assert drawn(Emulator(seed=1), rate=0.25) == hits
    assert drawn(Emulator(seed=2), rate=0.25) != hits
    assert drawn(Emulator(seed=2), rate=0.25, seed=9) == drawn(Emulator(seed=3), rate=0.25, seed=9)


def test_a_fault_hits_the_same_calls_whatever_else_is_on() -> None:
    """Each has dice of its own, and they are thrown for every call."""
    alone = drawn(Emulator(), rate=0.2, seed=5)
    emulator = Emulator()
    emulator.faults.add("500-before", rate=0.5, seed=6)
    together = drawn(emulator, rate=0.2, seed=5)
    assert [mine for mine in together if mine]
    assert all(before or not both for before, both in zip(alone, together, strict=True))


def test_a_fault_happens_so_many_times_at_most() -> None:
    """And then never again."""
    assert sum(drawn(Emulator(), times=3)) == 3


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"name": "fire"}, "no fault 'fire'; there are 401"),
        ({"name": "slow"}, "'slow' needs it"),
        ({"name": "401", "seconds": 1.0}, "belongs to the fault 'slow'"),
        ({"name": "401", "rate": 1.5}, "rate"),
        ({"name": "401", "rate_class": "mesages"}, "rate_class must be None or one of messages, analytics"),
    ],
)
def test_a_fault_that_makes_no_sense_is_an_error(arguments: dict[str, Any], what: str) -> None:
    """Said when it is switched on."""
    with pytest.raises(ValueError, match=what):
        Emulator().faults.add(**arguments)


async def test_a_hanging_call_is_let_go_when_the_emulator_stops(form: Any) -> None:
    """Stopping takes no time, and the client sees a closed connection."""
    async with aiohttp.ClientSession() as session:
        async with Emulator() as emulator:
            emulator.faults.add("hang-before")
            headers = {
                "Authorization": aiohttp.encode_basic_auth("api", emulator.api_key),
                "Content-Type": f"multipart/form-data; boundary={form.boundary}",
            }
            url, body = emulator.url + PATH, form.body(form.fields())
            sending = asyncio.ensure_future(session.post(url, data=body, headers=headers))
            while not emulator.faults.drawn:  # noqa: ASYNC110 -- what is waited for happens in the server
                await asyncio.sleep(0.001)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await sending
