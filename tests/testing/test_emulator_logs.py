from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from mailgun_async.testing import Emulator, FakeClock

AT = 1_789_999_980
"""When the clock starts, seconds since 1970."""
PATH = "/v1/analytics/logs"


def names(page: Any) -> list[tuple[str, str]]:
    """Event and recipient of each item."""
    return [(item["event"], item["recipient"]) for item in page["items"]]


async def found(api: Any, *predicates: tuple[str, str, str]) -> list[str]:
    """Subjects of the accepted events that match."""
    page = await api.logs(("event", "=", "accepted"), *predicates, pagination={"sort": "timestamp:asc"})
    return [item["message"]["headers"]["subject"] for item in page["items"]]


async def test_every_mail_has_an_accepted_and_a_delivered_event(api: Any) -> None:
    """The newest first."""
    await api.send(to="a@x.org,b@x.org")
    assert names(await api.logs()) == [
        ("delivered", "b@x.org"),
        ("delivered", "a@x.org"),
        ("accepted", "b@x.org"),
        ("accepted", "a@x.org"),
    ]


async def test_a_log_entry_has_the_shape_of_mailguns(api: Any, form: Any) -> None:
    """Every object the document calls required, dates with milliseconds, variables as JSON text."""
    fields = form.fields(
        **{"v:order": "7", "o:tag": "news", "o:testmode": "yes", "h:Message-Id": "<1@mg.example.com>", "template": "t"}
    )
    await api.post("/v3/mg.example.com/templates", {"name": "t", "template": "-"})
    await api.post("/v3/mg.example.com/messages", fields, [("attachment", "a.txt", b"abc", "text/plain")])
    entry = (await api.logs(("event", "=", "delivered")))["items"][0]
    assert entry["@timestamp"] == "2026-09-21T14:13:00.000Z"
    assert (entry["domain"], entry["account"]) == ({"name": "mg.example.com"}, {"id": "emulator"})
    assert entry["user-variables"] == '{"order":"7"}'
    assert entry["message"] == {
        "headers": {
            "to": "bob@example.com",
            "message-id": "1@mg.example.com",
            "from": "Ada <ada@mg.example.com>",
            "subject": "Hi",
        },
        "attachments": [{"filename": "a.txt", "content-type": "text/plain", "size": 3}],
        "size": 9,
    }
    assert entry["flags"] == {
        "is-authenticated": True,
        "is-routed": False,
        "is-system-test": False,
        "is-test-mode": True,
        "is-delayed-bounce": False,
        "is-callback": False,
        "is-webhook": False,
    }
    assert (entry["tags"], entry["template"], entry["recipient-domain"]) == (["news"], {"name": "t"}, "example.com")
    assert entry["delivery-status"]["code"] == 250
    assert entry["storage"]["url"] == [f"{api.emulator.url}/v3/domains/mg.example.com/messages/1.0"]


async def test_a_subaccounts_entries_name_it_and_its_parent(api: Any, form: Any) -> None:
    """As the header of the call said."""
    await api.post("/v3/mg.example.com/messages", form.fields(), headers={"X-Mailgun-On-Behalf-Of": "sub-1"})
    await api.send(subject="other")
    page = await api.logs(("subaccount", "=", "sub-1"), ("event", "=", "accepted"))
    assert [item["account"] for item in page["items"]] == [{"id": "sub-1", "parent-id": "emulator"}]


async def test_events_have_ids_of_their_own_that_stay(api: Any) -> None:
    """Asked twice, the same; asked for by id, found."""
    await api.send(to="a@x.org,b@x.org")
    ids = [item["id"] for item in (await api.logs())["items"]]
    assert len(set(ids)) == 4
    assert ids == [item["id"] for item in (await api.logs())["items"]]
    assert [item["id"] for item in (await api.logs(("id", "=", ids[2])))["items"]] == [ids[2]]


FILTERS: list[tuple[tuple[str, str, str], list[str]]] = [
    (("message_id", "=", "one@mg.example.com"), ["one"]),
    (("message_id", "=", "<one@mg.example.com>"), []),
    (("message_id", "!=", "one@mg.example.com"), ["two", "two"]),
    (("message_id", "contains", "one@"), ["one"]),
    (("recipient", "=", "carl@y.org"), ["two"]),
    (("recipients", "=", "carl@y.org"), ["two"]),
    (("recipient_domain", "=", "y.org"), ["two"]),
    (("domain", "=", "mg.example.com"), ["one", "two", "two"]),
    (("domain", "!=", "mg.example.com"), []),
    (("tag", "=", "news"), ["one"]),
    (("tag", "contains", "new"), ["one"]),
    (("tag", "not contains", "new"), ["two", "two"]),
    (("user_variables", "=", "7"), ["one"]),
    (("user_variables", "=", "order"), ["one"]),
    (("user_variables", "contains", '"order":"7"'), ["one"]),
    (("subject", "=", "two"), ["two", "two"]),
    (("from", "=", "ada@mg.example.com"), ["one"]),
    (("from", "=", "Ada <ada@mg.example.com>"), ["one"]),
    (("to", "=", "bob@x.org,carl@y.org"), []),
    (("to", "contains", "carl@y.org"), ["two", "two"]),
    (("attachment_filename", "=", "a.txt"), ["one"]),
    (("is_routed", "=", "false"), ["one", "two", "two"]),
    (("severity", "=", "permanent"), []),
    (("country", "!=", "DE"), ["one", "two", "two"]),
    (("delivery_status_code", "=", "250"), []),
    (("delivery_status_message", "=", "OK"), []),
    (("size", ">", "5"), ["one"]),
    (("size", "<=", "5"), ["two", "two"]),
]


@pytest.mark.parametrize(("predicate", "subjects"), FILTERS, ids=[" ".join(each) for each, _ in FILTERS])
async def test_logs_are_filtered_by(predicate: tuple[str, str, str], subjects: list[str], api: Any, form: Any) -> None:
    """Attribute, comparator and value."""
    fields = form.fields(
        to="bob@x.org",
        subject="one",
        **{"h:Message-Id": "<one@mg.example.com>", "o:tag": "news", "v:order": "7"},
    )
    await api.post("/v3/mg.example.com/messages", fields, [("attachment", "a.txt", b"abc", "text/plain")])
    await api.send(to="bob@x.org,carl@y.org", subject="two", **{"from": "eve@mg.example.com"})
    assert await found(api, predicate) == subjects


async def test_several_predicates_all_have_to_hold_and_several_values_any(api: Any) -> None:
    """AND between predicates, OR between the values of one."""
    for subject in ("one", "two", "three"):
        await api.send(subject=subject)
    group = [
        {"attribute": "subject", "comparator": "=", "values": [{"label": "", "value": v} for v in ("one", "two")]},
        {"attribute": "subject", "comparator": "!=", "values": [{"label": "", "value": "two"}]},
    ]
    _, page, _ = await api.call("POST", PATH, json={"filter": {"AND": group}, "events": ["accepted", "opened"]})
    assert [item["message"]["headers"]["subject"] for item in page["items"]] == ["one"]


async def test_mails_with_ids_of_their_own_are_found_by_them(api: Any) -> None:
    """The id of the answer finds nothing then."""
    values = {"a@x.org": {"id": "a1@x.org"}, "b@x.org": {"id": "b1@x.org"}}
    answered = await api.send(
        to="a@x.org,b@x.org",
        **{"h:Message-Id": "<%recipient.id%>", "recipient-variables": json.dumps(values)},
    )
    page = await api.logs(("message_id", "=", "b1@x.org"), ("event", "=", "accepted"))
    assert names(page) == [("accepted", "b@x.org")]
    assert names(await api.logs(("message_id", "=", answered))) == []


async def test_two_sends_with_one_id_are_two_sends(api: Any, emulator: Emulator) -> None:
    """Nothing is taken for a repetition."""
    for _ in range(2):
        await api.send(**{"h:Message-Id": "<one@mg.example.com>"})
    assert len((await api.logs(("message_id", "=", "one@mg.example.com"), ("event", "=", "accepted")))["items"]) == 2
    assert len(emulator.outbox) == 2


async def test_logs_lag_behind(api: Any, emulator: Emulator, clock: FakeClock) -> None:
    """An event cannot be found before its time; the lag can be changed."""
    emulator.logs_lag_s = 30.0
    await api.send()
    await clock.advance(29)
    assert names(await api.logs()) == []
    assert (emulator.logs_lag_s, emulator.counts.lagging) == (30.0, 1)
    await clock.advance(2)
    assert len(names(await api.logs())) == 2
    assert emulator.counts.lagging == 1


async def test_a_lag_may_be_set_from_the_start(clock: FakeClock) -> None:
    """As an argument, or before the start."""
    emulator = Emulator(logs_lag_s=5.0, clock=clock)
    assert emulator.logs_lag_s == 5.0
    emulator.logs_lag_s = 6.0
    async with emulator:
        assert emulator.logs_lag_s == 6.0


def rfc2822(at: float) -> str:
    """A date as the logs API takes it."""
    return format_datetime(datetime.fromtimestamp(at, UTC))


async def test_logs_are_asked_for_by_time(api: Any, clock: FakeClock) -> None:
    """Start and end, or a duration back from the end; a day by default."""
    for subject in ("old", "middle", "new"):
        await api.send(subject=subject)
        await clock.advance(43_200)
    now = clock.wall()

    async def subjects(**query: Any) -> list[str]:
        page = await api.logs(("event", "=", "accepted"), **query)
        return [item["message"]["headers"]["subject"] for item in page["items"]]

    assert await subjects() == ["new", "middle"]
    assert await subjects(start=rfc2822(AT - 60)) == ["new", "middle", "old"]
    assert await subjects(start=rfc2822(AT), end=rfc2822(AT + 3_600)) == ["old"]
    assert await subjects(duration="13h") == ["new"]
    assert await subjects(start=rfc2822(now), duration="2d") == ["new", "middle", "old"]
    page = await api.logs(start="Mon, 21 Sep 2026 00:00:00 -0000", duration="1d")
    assert (page["start"], page["end"]) == (rfc2822(now - 86_400), rfc2822(now))


async def pages(api: Any, word: str, **query: Any) -> list[list[str]]:
    """All pages in one direction, until an empty one."""
    pagination = {"limit": 2, **query.pop("pagination", {})}
    read: list[list[str]] = []
    while True:
        page = await api.logs(("event", "=", "accepted"), pagination=pagination, **query)
        if not page["items"]:
            return read
        read.append([item["recipient"] for item in page["items"]])
        pagination = {**pagination, "token": page["pagination"][word]}


async def test_pages_follow_each_other_by_token(api: Any) -> None:
    """Forwards from the first, backwards from the last, and the page after the last is empty."""
    await api.send(to="1@x.org,2@x.org,3@x.org")
    await api.send(to="4@x.org,5@x.org")
    ascending = {"sort": "timestamp:asc"}
    forwards = await pages(api, "next", pagination=ascending)
    assert forwards == [["1@x.org", "2@x.org"], ["3@x.org", "4@x.org"], ["5@x.org"]]
    first = await api.logs(("event", "=", "accepted"), pagination={"limit": 2, **ascending})
    last = {**ascending, "token": first["pagination"]["last"]}
    assert await pages(api, "previous", pagination=last) == [
        ["4@x.org", "5@x.org"],
        ["2@x.org", "3@x.org"],
        ["1@x.org"],
    ]
    again = {**ascending, "limit": 2, "token": first["pagination"]["first"]}
    assert names(await api.logs(("event", "=", "accepted"), pagination=again)) == names(first)
    assert await pages(api, "next") == [["5@x.org", "4@x.org"], ["3@x.org", "2@x.org"], ["1@x.org"]]


async def test_a_page_neither_repeats_nor_hides_what_others_add(api: Any) -> None:
    """The token is a place, not a count; after the end it waits for what is new."""
    await api.send(to="1@x.org,2@x.org,3@x.org")
    query = {"sort": "timestamp:desc", "limit": 2}
    first = await api.logs(("event", "=", "accepted"), pagination=query)
    await api.send(to="4@x.org")
    second = await api.logs(("event", "=", "accepted"), pagination={**query, "token": first["pagination"]["next"]})
    assert names(second) == [("accepted", "1@x.org")]
    ascending = {"sort": "timestamp:asc"}
    page = await api.logs(("event", "=", "accepted"), pagination=ascending)
    ended = await api.logs(("event", "=", "accepted"), pagination={**ascending, "token": page["pagination"]["next"]})
    await api.send(to="5@x.org")
    later = await api.logs(("event", "=", "accepted"), pagination={**ascending, "token": ended["pagination"]["next"]})
    assert (names(ended), names(later)) == ([], [("accepted", "5@x.org")])


async def test_a_page_has_a_hundred_entries_at_most(api: Any) -> None:
    """Whatever was asked for; totals count them all."""
    await api.send(to=",".join(f"{number}@x.org" for number in range(120)))
    page = await api.logs(("event", "=", "accepted"), pagination={"limit": 500}, include_totals=True)
    assert (len(page["items"]), page["pagination"]["total"]) == (100, 120)


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        [],
        {"filter": {"OR": []}},
        {"filter": "x"},
        {"filter": {"AND": [{}]}},
        {"filter": {"AND": ["x"]}},
        {"filter": {"AND": [{"attribute": "colour", "comparator": "=", "values": []}]}},
        {"filter": {"AND": [{"attribute": "tag", "comparator": "~", "values": []}]}},
        {"filter": {"AND": [{"attribute": "size", "comparator": ">", "values": [{"value": "big"}]}]}},
        {"start": "yesterday"},
        {"end": 5},
        {"duration": "1 fortnight"},
        {"pagination": {"sort": "size:asc"}},
        {"pagination": {"limit": "many"}},
        {"pagination": {"token": "?"}},
        {"pagination": {"token": "WyJ1cCIsIG51bGxd"}},
        {"pagination": 5},
    ],
    ids=json.dumps,
)
async def test_a_query_that_cannot_be_read_is_refused(body: Any, api: Any) -> None:
    """400 with a message."""
    data = json.dumps(body) if body != "nonsense" else body
    status, answer, _ = await api.call("POST", PATH, data=data, headers={"Content-Type": "application/json"})
    assert status == 400
    assert answer["message"]
