from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from mailgun_async.testing import Emulator, FakeClock

AT = 1_789_999_980
"""When the clock starts, seconds since 1970."""
PATH = "/v3/mg.example.com/events"


async def found(api: Any, **query: str) -> list[str]:
    """Subjects of the accepted events that a query finds."""
    asked = "&".join(f"{name.replace('_', '-')}={quote(value)}" for name, value in query.items())
    page = await api.get(f"{PATH}?{asked}")
    return [item["message"]["headers"]["subject"] for item in page["items"] if item["event"] == "accepted"]


async def test_an_event_has_the_shape_of_mailguns(api: Any) -> None:
    """Seconds as a number, variables as an object, the storage URL as text."""
    await api.send(**{"v:order": "7", "o:tag": "news"})
    page = await api.get(PATH)
    delivered, accepted = page["items"]
    assert (delivered["event"], accepted["event"]) == ("delivered", "accepted")
    assert accepted["timestamp"] == AT
    assert (accepted["user-variables"], accepted["tags"], accepted["method"]) == ({"order": "7"}, ["news"], "HTTP")
    assert accepted["storage"]["url"] == f"{api.emulator.url}/v3/domains/mg.example.com/messages/1.0"
    assert accepted["recipient"] == "bob@example.com"
    assert accepted["flags"]["is-test-mode"] is False


async def test_events_are_those_of_one_domain(api: Any, emulator: Emulator, form: Any) -> None:
    """The path names it."""
    emulator.add_domain("b.example.com")
    await api.post("/v3/b.example.com/messages", form.fields())
    assert await found(api) == []
    assert len((await api.get("/v3/b.example.com/events"))["items"]) == 2


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ({"message_id": "one@mg.example.com"}, ["one"]),
        ({"message_id": "none@mg.example.com"}, []),
        ({"message_id": '"one@mg.example.com" OR none@x.org'}, ["one"]),
        ({"event": "accepted"}, ["two", "one"]),
        ({"event": "delivered"}, []),
        ({"event": "opened OR accepted"}, ["two", "one"]),
        ({"event": "NOT delivered"}, ["two", "one"]),
        ({"recipient": "carl@example.com"}, ["two"]),
        ({"recipients": "carl@example.com"}, ["two"]),
        ({"to": "CARL"}, ["two"]),
        ({"from": "ada"}, ["two", "one"]),
        ({"subject": "on"}, ["one"]),
        ({"subject": "o AND NOT w"}, ["one"]),
        ({"tags": "news"}, ["one"]),
        ({"tags": "new"}, []),
        ({"severity": "permanent"}, []),
        ({"list": "all@lists.org"}, []),
        ({"attachment": "report"}, []),
        ({"size": ">4"}, ["two", "one"]),
        ({"size": "<5"}, []),
        ({"size": "5"}, ["two", "one"]),
        ({"colour": "red"}, ["two", "one"]),
    ],
)
async def test_events_are_filtered_by(query: dict[str, str], subjects: list[str], api: Any) -> None:
    """Fields, with OR, AND, NOT and quotes; what is no field is ignored."""
    await api.send(subject="one", **{"h:Message-Id": "<one@mg.example.com>", "o:tag": "news"})
    await api.send(subject="two", to="carl@example.com")
    assert await found(api, **query) == subjects


async def test_a_message_id_in_brackets_is_not_filtered_by(api: Any) -> None:
    """Mailgun ignores the filter then, and unrelated events come back."""
    await api.send(subject="one", **{"h:Message-Id": "<one@mg.example.com>"})
    await api.send(subject="two")
    assert await found(api, message_id="<one@mg.example.com>") == ["two", "one"]


async def test_events_are_asked_for_by_time_and_direction(api: Any, clock: FakeClock) -> None:
    """Two ends tell the direction; one needs `ascending`, and otherwise the newest come first."""
    for subject in ("old", "middle", "new"):
        await api.send(subject=subject)
        await clock.advance(100)
    assert await found(api) == ["new", "middle", "old"]
    assert await found(api, ascending="yes") == ["old", "middle", "new"]
    assert await found(api, begin=str(AT + 50), end=str(AT + 250)) == ["middle", "new"]
    assert await found(api, begin=str(AT + 250), end=str(AT + 50)) == ["new", "middle"]
    assert await found(api, begin=str(AT + 250), end=str(AT + 50), ascending="yes") == ["middle", "new"]
    assert await found(api, begin=str(AT + 50), ascending="yes") == ["middle", "new"]
    assert await found(api, begin=str(AT + 150), ascending="no") == ["middle", "old"]
    assert await found(api, begin="Mon, 21 Sep 2026 14:16:00 GMT", ascending="yes") == ["new"]
    assert await found(api, end=str(AT + 150)) == ["middle", "old"]


async def test_a_pages_url_holds_the_whole_query(api: Any) -> None:
    """Forwards until an empty page, and back again."""
    await api.send(to="1@x.org,2@x.org,3@x.org")
    page = await api.get(f"{PATH}?event=accepted&ascending=yes&limit=2")
    read = []
    while page["items"]:
        read.append([item["recipient"] for item in page["items"]])
        assert page["paging"]["next"].startswith(api.emulator.url + PATH + "/")
        page = await api.get(page["paging"]["next"])
    assert read == [["1@x.org", "2@x.org"], ["3@x.org"]]
    last = await api.get(page["paging"]["last"])
    assert [item["recipient"] for item in last["items"]] == ["2@x.org", "3@x.org"]
    before = await api.get(last["paging"]["previous"])
    assert [item["recipient"] for item in before["items"]] == ["1@x.org"]
    first = await api.get(before["paging"]["first"])
    assert len(first["items"]) == 2


async def test_a_page_has_300_events_at_most(api: Any) -> None:
    """Whatever was asked for; 100 unless asked."""
    await api.send(to=",".join(f"{number}@x.org" for number in range(200)))
    assert len((await api.get(f"{PATH}?limit=1000"))["items"]) == 300
    assert len((await api.get(PATH))["items"]) == 100


@pytest.mark.parametrize("path", ["?limit=x", "?begin=noon", "?size=big", "/nonsense", "/eyJhIjoxfQ"])
async def test_what_cannot_be_read_is_refused(path: str, api: Any) -> None:
    """400 with a message."""
    status, body, _ = await api.call("GET", PATH + path)
    assert status == 400
    assert body["message"]


async def test_scheduled_deliveries_come_in_the_order_of_time(api: Any, clock: FakeClock) -> None:
    """Between the events of other calls."""
    await api.send(subject="scheduled", **{"o:deliverytime": "Mon, 21 Sep 2026 14:14:00 GMT"})
    await clock.advance(120)
    await api.send(subject="prompt")
    page = await api.get(f"{PATH}?ascending=yes")
    assert [(item["event"], item["message"]["headers"]["subject"]) for item in page["items"]] == [
        ("accepted", "scheduled"),
        ("delivered", "scheduled"),
        ("accepted", "prompt"),
        ("delivered", "prompt"),
    ]
    assert page["items"][1]["timestamp"] == AT + 60
