from __future__ import annotations

from typing import Any

import pytest

from mailgun_async import MailgunError, Message
from mailgun_async.testing import Emulator, FakeClock

COUNTS = "/_emulator/counts"
TALLY = "/_emulator/tally"


async def ask(api: Any, path: str) -> Any:
    """Ask as `curl` does, without a key."""
    return await api.get(path, headers={"Authorization": ""})


async def test_counts_can_be_asked_for_over_http(api: Any, emulator: Emulator) -> None:
    """Those of `Emulator.counts`, of faults and of limits."""
    emulator.faults.add("502-after", times=1)
    emulator.limit("token", 2, 60, dimension="recipients", dialect="none")
    await api.status(to="a@x.org")
    await api.status(to="b@x.org,c@x.org")
    found = await ask(api, COUNTS)
    assert (found["requests"], found["calls"], found["accepted"], found["recipients"]) == (2, 2, 1, 1)
    assert (found["limited"], found["refused"], found["faults"]) == (1, 0, {"502-after": 1})
    assert found["limits"] == [
        {
            "kind": "token",
            "limit": 2,
            "window_s": 60,
            "dimension": "recipients",
            "domain": None,
            "accepted": 1,
            "refused": 1,
            "units": 1,
            "peak": 0.5,
            "share": 0.5,
        }
    ]


async def test_a_tally_can_be_asked_for_over_http(api: Any) -> None:
    """How many mails each address got, and who got more than one."""
    await api.send(to="a@x.org,b@x.org")
    await api.send(to="b@x.org")
    assert await ask(api, TALLY) == {"mails": 3, "addresses": 2, "repeated": {"b@x.org": 2}}


async def test_where_nothing_is_kept_nothing_is_tallied(api_of: Any) -> None:
    """409, rather than figures that say that all is well."""
    api = await api_of(keep="counts")
    status, body, _ = await api.call("GET", TALLY)
    assert (status, body) == (409, {"message": "this emulator keeps counts alone, and no addresses"})


async def test_an_unknown_page_names_those_there_are(api: Any) -> None:
    """It is no path of Mailgun's."""
    status, body, _ = await api.call("GET", "/_emulator/outbox")
    assert (status, body) == (404, {"message": "there are /_emulator/counts and /_emulator/tally"})


async def test_asking_leaves_no_trace(api: Any, emulator: Emulator) -> None:
    """Neither faults nor limits nor counts take notice."""
    emulator.faults.add("500-before", rate_class=None)
    emulator.limit("token", 1, 60, rate_class="other")
    for _ in range(3):
        await ask(api, COUNTS)
        await ask(api, TALLY)
    assert (await ask(api, COUNTS))["requests"] == 0
    assert emulator.faults.drawn == {}


async def test_an_emulator_makes_its_own_client(clock: FakeClock) -> None:
    """With its key, URL, domain and clock; everything else as for `Mailgun`."""
    message = Message(from_="ada@mg.example.com", to="bob@example.com", subject="Hi", text="Hello")
    async with Emulator(domains=["b.example.com"], api_key="k", clock=clock) as emulator:
        async with emulator.client() as mg:
            await mg.messages.send(message)
        async with emulator.client(api_key="wrong") as mg:
            with pytest.raises(MailgunError, match="401"):
                await mg.messages.send(message)
    assert [(mail.domain, mail.recipient) for mail in emulator.outbox] == [("b.example.com", "bob@example.com")]


async def test_a_client_waits_for_a_limit_by_the_clock_they_share(clock: FakeClock) -> None:
    """A minute passes in no time."""
    async with Emulator(clock=clock) as emulator, emulator.client() as mg:
        emulator.limit("token", 1, 60, dialect="body-seconds")
        for _ in range(3):
            message = Message(from_="ada@mg.example.com", to="bob@example.com", subject="Hi", text="Hello")
            await clock.run(mg.messages.send(message))
    assert len(emulator.outbox) == 3
    assert clock.elapsed_s >= 120
