"""Looking up what became of a call: what is asked, and what the answers prove."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from mailgun_async import Mailgun, Message, RetryPolicy
from mailgun_async.endpoints._campaign import CampaignCalls
from mailgun_async.endpoints._lookup import tells_of
from mailgun_async.errors import DecodingError, Forbidden, MailgunError, NotFound, ServerError
from mailgun_async.testing import Emulator, FakeTransport

ID = "c1.0.abc@mg.example.com"
MAIL = Message(
    from_="ada@mg.example.com",
    to="bob@example.com",
    subject="Hi",
    text="Hi",
    headers={"Message-Id": f"<{ID}>"},
    variables={"mg-chunk": ID},
)


def item(message_id: str = "other@x", variables: object = None) -> dict[str, Any]:
    """Make an item as logs and events have them."""
    return {
        "event": "accepted",
        "message": {"headers": {"message-id": message_id}},
        "user-variables": {} if variables is None else variables,
    }


TELLS: list[tuple[str, Any, bool | None]] = [
    ("its id", [item(ID)], True),
    ("its id in brackets", [item(f"<{ID}>")], True),
    ("its id, among others", [item(), item(ID)], True),
    ("the variable, as events have it", [item(variables={"mg-chunk": ID})], True),
    ("the variable, as logs have it", [item(variables=f'{{"mg-chunk":"{ID}"}}')], True),
    ("nothing", [], False),
    ("others alone", [item()], None),
    ("another variable", [item(variables={"order": ID})], None),
    ("variables that are no JSON", [item(variables="oops")], None),
    ("items of another shape", [None, 1, "x", {"message": None}, {"message": {"headers": []}}], None),
    ("no list", {"a": 1}, None),
    ("null", None, None),
]


@pytest.mark.parametrize(
    ("items", "tells"), [(items, tells) for _, items, tells in TELLS], ids=[one[0] for one in TELLS]
)
def test_what_an_answer_tells(items: Any, tells: bool | None) -> None:
    """An item of the message is proof; items of others alone, or no list of items, tell nothing: an error."""
    body = orjson.dumps({"items": items})
    if tells is None:
        with pytest.raises(DecodingError):
            tells_of(body, ID, variable="mg-chunk")
    else:
        assert tells_of(body, ID, variable="mg-chunk") is tells


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b"{}"], ids=str)
def test_no_page_tells_nothing(body: bytes) -> None:
    """It is an error, never evidence."""
    with pytest.raises(DecodingError):
        tells_of(body, ID, variable="mg-chunk")


# -- over the wire -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    """A local Mailgun."""
    async with Emulator(sending_keys={"mg.example.com": "sending"}) as running:
        yield running


@pytest.fixture
async def mg(emulator: Emulator) -> AsyncIterator[Mailgun]:
    """A client of it that tries everything once."""
    async with Mailgun(
        api_key=emulator.api_key, base_url=emulator.url, domain=emulator.domain, retry=RetryPolicy(max_attempts=1)
    ) as client:
        yield client


async def find(mg: Mailgun, message_id: str = ID) -> bool:
    """Look a message up."""
    calls = CampaignCalls(mg._context)
    return await calls.find(message_id, domain="mg.example.com", variable="mg-chunk", sent_at=calls.clock.wall())


async def test_the_logs_have_what_was_accepted(mg: Mailgun) -> None:
    """And nothing else."""
    await mg.messages.send(MAIL)
    assert await find(mg)
    assert not await find(mg, "never@mg.example.com")


async def test_another_domains_message_is_not_found(emulator: Emulator, mg: Mailgun) -> None:
    """Were its id the same."""
    emulator.add_domain("other.example.com")
    await mg.messages.send("other.example.com", MAIL)
    assert not await find(mg)


async def test_logs_that_fail_are_replaced_by_events(emulator: Emulator, mg: Mailgun) -> None:
    """These are asked without brackets, too."""
    await mg.messages.send(MAIL)
    emulator.faults.add("500-before", rate_class="analytics")
    assert await find(mg)
    assert not await find(mg, "never@mg.example.com")


async def test_when_neither_can_be_read_that_is_an_error(emulator: Emulator, mg: Mailgun) -> None:
    """It says why."""
    emulator.faults.add("500-before", rate_class=None)
    with pytest.raises(ServerError):
        await find(mg)


async def test_a_sending_key_may_not_look_up(emulator: Emulator) -> None:
    """The error names the key that would help."""
    async with Mailgun(api_key="sending", base_url=emulator.url) as mg:
        await mg.messages.send("mg.example.com", MAIL)
        with pytest.raises(Forbidden, match="role admin, developer or basic"):
            await find(mg)


async def test_what_is_asked() -> None:
    """Domain and id without brackets, around the time of the call; an hour more, as clocks differ."""
    transport = FakeTransport().respond(404, json={"message": "no"}).respond(200, json={"items": []})
    async with Mailgun(api_key="key", transport=transport) as mg:
        calls = CampaignCalls(mg._context)
        sent_at = 1_764_003_600.0
        assert not await calls.find(ID, domain="mg.example.com", variable="mg-chunk", sent_at=sent_at)
    logs, events = transport.requests
    asked = transport.json(0)
    assert (logs.method, logs.url) == ("POST", "https://api.mailgun.net/v1/analytics/logs")
    assert asked["start"] == "Mon, 24 Nov 2025 16:00:00 +0000"
    assert asked["filter"] == {
        "AND": [
            {
                "attribute": "domain",
                "comparator": "=",
                "values": [{"label": "mg.example.com", "value": "mg.example.com"}],
            },
            {"attribute": "message_id", "comparator": "=", "values": [{"label": ID, "value": ID}]},
        ]
    }
    assert events.url.startswith(
        "https://api.mailgun.net/v3/mg.example.com/events?message-id=c1.0.abc%40mg.example.com&begin=1764000000&end="
    )
    assert (logs.safety, events.safety) == ("read", "read")


ERRORS: list[tuple[int, int, type[MailgunError]]] = [
    (403, 403, Forbidden),
    (403, 404, Forbidden),
    (404, 403, Forbidden),
    (404, 404, NotFound),
    (403, 503, ServerError),
    (503, 403, ServerError),
]


@pytest.mark.parametrize(("logs", "events", "kind"), ERRORS, ids=str)
async def test_an_error_that_may_pass_goes_before_one_that_will_not(
    logs: int, events: int, kind: type[MailgunError]
) -> None:
    """What can be learned later is not given up now."""
    transport = FakeTransport().respond(logs, json={}).respond(events, json={})
    async with Mailgun(api_key="key", transport=transport, retry=RetryPolicy(max_attempts=1)) as mg:
        with pytest.raises(kind):
            await find(mg)
