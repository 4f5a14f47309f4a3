"""Metrics of the emulator through the public client: figures of what was sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

import pytest

from mailgun_async import Mailgun, Message
from mailgun_async.endpoints.metrics import where
from mailgun_async.testing import Emulator

ACCEPTED: Final = ("accepted_count",)
DAY_S = 86_400


async def send(mg: Mailgun, *to: str, domain: str = "mg.example.com", **fields: Any) -> None:
    """Send a message to several."""
    await mg.messages.send(domain, Message(from_=f"ada@{domain}", to=list(to), subject="Hi", text="Hello", **fields))


async def accepted(mg: Mailgun, *dimensions: Any, **query: Any) -> dict[tuple[str | None, ...], int]:
    """How many mails were accepted, by the values of some dimensions."""
    rows = mg.metrics.query(metrics=ACCEPTED, dimensions=dimensions, **query)
    return {tuple(row.value(each) for each in dimensions): row.metrics.accepted_count or 0 async for row in rows}


async def by_time(mg: Mailgun, **query: Any) -> dict[datetime, int]:
    """How many mails were accepted in each step of time."""
    rows = await accepted(mg, "time", **query)
    return {parsedate_to_datetime(at or ""): count for (at,), count in rows.items()}


async def test_figures_are_those_of_the_events(mg: Mailgun) -> None:
    """Accepted, delivered, failed because of suppressions; what never happens here is zero."""
    await mg.bounces.create("bob@example.com")
    await mg.unsubscribes.create("cid@example.com")
    await mg.complaints.create("dot@example.com")
    await send(mg, "ann@example.com", "bob@example.com", "cid@example.com", "dot@example.com")
    [row] = await mg.metrics.query(
        metrics=[
            "accepted_count",
            "accepted_outgoing_count",
            "delivered_count",
            "delivered_smtp_count",
            "failed_count",
            "permanent_failed_count",
            "temporary_failed_count",
            "suppressed_bounces_count",
            "suppressed_unsubscribed_count",
            "suppressed_complaints_count",
            "processed_count",
            "sent_count",
            "opened_count",
            "delivered_rate",
            "permanent_fail_rate",
            "opened_rate",
        ]
    ).all()
    found = row.metrics
    assert (found.accepted_count, found.accepted_outgoing_count) == (4, 4)
    assert (found.delivered_count, found.delivered_smtp_count) == (1, 1)
    assert (found.failed_count, found.permanent_failed_count, found.temporary_failed_count) == (3, 3, 0)
    suppressed = (
        found.suppressed_bounces_count,
        found.suppressed_unsubscribed_count,
        found.suppressed_complaints_count,
    )
    assert suppressed == (1, 1, 1)
    assert (found.processed_count, found.sent_count, found.opened_count) == (4, 1, 0)
    assert (found.delivered_rate, found.permanent_fail_rate, found.opened_rate) == ("0.2500", "0.7500", "0.0000")
    assert found.clicked_count is None


async def test_time_has_steps_of_an_hour_a_day_or_a_month(mg: Mailgun, clock: Any) -> None:
    """Each told by its beginning; a step without mail is left out."""
    await send(mg, "ann@example.com")
    await clock.advance(3_600)
    await send(mg, "ann@example.com", "bob@example.com")
    await clock.advance(10 * DAY_S)
    await send(mg, "ann@example.com")
    assert await by_time(mg, resolution="hour", duration="1m") == {
        datetime(2026, 9, 21, 14, tzinfo=UTC): 1,
        datetime(2026, 9, 21, 15, tzinfo=UTC): 2,
        datetime(2026, 10, 1, 15, tzinfo=UTC): 1,
    }
    assert await by_time(mg, duration="1m") == {
        datetime(2026, 9, 21, tzinfo=UTC): 3,
        datetime(2026, 10, 1, tzinfo=UTC): 1,
    }
    assert await by_time(mg, resolution="month", duration="1m") == {
        datetime(2026, 9, 1, tzinfo=UTC): 3,
        datetime(2026, 10, 1, tzinfo=UTC): 1,
    }


async def test_figures_are_told_apart_by_domain_recipients_domain_and_tag(mg: Mailgun, emulator: Emulator) -> None:
    """A mail with two tags is in the row of each, and in none without."""
    emulator.add_domain("b.org")
    await send(mg, "ann@x.org", "bob@y.org", tags=["t1", "t2"])
    await send(mg, "ann@x.org", domain="b.org")
    assert await accepted(mg, "domain") == {("b.org",): 1, ("mg.example.com",): 2}
    assert await accepted(mg, "recipient_domain") == {("x.org",): 2, ("y.org",): 1}
    assert await accepted(mg, "tag") == {("t1",): 2, ("t2",): 2}
    assert await accepted(mg, "domain", "recipient_domain") == {
        ("b.org", "x.org"): 1,
        ("mg.example.com", "x.org"): 1,
        ("mg.example.com", "y.org"): 1,
    }
    assert await accepted(mg, "country") == {}


async def test_filters_narrow_what_is_counted(mg: Mailgun, emulator: Emulator) -> None:
    """All conditions have to hold, of one's values any."""
    emulator.add_domain("b.org")
    await send(mg, "ann@x.org", "bob@y.org", tags=["t1"])
    await send(mg, "ann@x.org", domain="b.org", tags=["t2"])

    async def count(*conditions: Any) -> int:
        joined = conditions[0]
        for each in conditions[1:]:
            joined &= each
        return sum((await accepted(mg, "time", filter=joined)).values())

    assert await count(where("domain", "=", "b.org")) == 1
    assert await count(where("domain", "!=", "b.org")) == 2
    assert await count(where("recipient_domain", "=", "x.org", "y.org")) == 3
    assert await count(where("recipient_domain", "=", "x.org"), where("tag", "=", "t1")) == 1
    assert await count(where("tag", "contains", "t")) == 3


async def test_rows_are_sorted_and_paged(mg: Mailgun) -> None:
    """By a dimension or a figure; the total is that of all pages."""
    await send(mg, "a@x.org", "b@x.org", "a@y.org", "a@z.org", "b@z.org", "c@z.org")
    query: dict[str, Any] = {"metrics": ACCEPTED, "dimensions": ["recipient_domain"]}

    async def domains(**options: Any) -> list[str | None]:
        return [row.value("recipient_domain") async for row in mg.metrics.query(**query, **options)]

    assert await domains() == ["x.org", "y.org", "z.org"]
    assert await domains(sort="recipient_domain:desc", limit=2) == ["z.org", "y.org", "x.org"]
    assert await domains(sort="accepted_count:desc") == ["z.org", "x.org", "y.org"]
    assert await domains(sort="accepted_count:asc", skip=1) == ["x.org", "z.org"]
    page = await mg.metrics.query(**query, limit=1).first()
    assert page.extra["pagination"] == {"sort": "recipient_domain:asc", "skip": 0, "limit": 1, "total": 3}


async def test_aggregates_sum_all_rows(mg: Mailgun) -> None:
    """Each mail once, though it be in several rows, and on every page."""
    await send(mg, "a@x.org", "b@y.org", tags=["t1", "t2"])
    query = mg.metrics.query(
        metrics=["accepted_count", "delivered_rate"], dimensions=["tag"], include_aggregates=True, limit=1
    )
    assert (await query.first()).extra["aggregates"] == {"metrics": {"accepted_count": 2, "delivered_rate": "1.0000"}}


async def test_a_query_has_a_week_unless_told_otherwise(mg: Mailgun, clock: Any) -> None:
    """A start, an end, or how long before the end."""
    start = datetime.fromtimestamp(clock.wall(), UTC)
    await send(mg, "a@x.org")
    await clock.advance(8 * DAY_S)
    await send(mg, "b@x.org")
    assert sum((await by_time(mg)).values()) == 1
    assert sum((await by_time(mg, start=start)).values()) == 2
    assert sum((await by_time(mg, duration="9d")).values()) == 2
    assert sum((await by_time(mg, start=start, end=start + timedelta(days=1))).values()) == 1


async def test_scheduled_mail_is_delivered_in_its_own_time(mg: Mailgun, clock: Any) -> None:
    """Accepted today, delivered tomorrow."""
    tomorrow = datetime.fromtimestamp(clock.wall() + DAY_S, UTC)
    await send(mg, "a@x.org", delivery_time=tomorrow)
    query = mg.metrics.query(metrics=["accepted_count", "delivered_count"])
    assert [(row.metrics.accepted_count, row.metrics.delivered_count) for row in await query.all()] == [(1, 0)]
    await clock.advance(DAY_S + 1)
    found = [(row.metrics.accepted_count, row.metrics.delivered_count) for row in await query.all()]
    assert found == [(1, 0), (0, 1)]


async def test_what_subaccounts_sent_is_counted_for_them(mg: Mailgun) -> None:
    """And for the account that asks for it."""
    await send(mg, "a@x.org")
    await send(mg.on_behalf_of("sub1"), "a@x.org", "b@x.org")
    assert await accepted(mg, "domain") == {("mg.example.com",): 1}
    assert await accepted(mg.on_behalf_of("sub1"), "domain") == {("mg.example.com",): 2}
    both = await accepted(mg, "subaccount", include_subaccounts=True)
    assert both == {("",): 1, ("sub1",): 2}


async def test_figures_lag_as_logs_do(mg: Mailgun, emulator: Emulator, clock: Any) -> None:
    """What is not indexed is not counted."""
    emulator.logs_lag_s = 30
    await send(mg, "a@x.org")
    assert await accepted(mg, "domain") == {}
    await clock.advance(31)
    assert await accepted(mg, "domain") == {("mg.example.com",): 1}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"metrics": ["eaten_count"]}, "metrics: invalid name 'eaten_count'"),
        ({"dimensions": ["weather"]}, "dimensions: invalid name 'weather'"),
        ({"resolution": "minute"}, "expected `resolution` param to be one of [hour day month] or absent"),
        ({"duration": "1w"}, "invalid duration '1w'"),
        ({"start": "yesterday"}, "yesterday is not an RFC-2822 compliant date"),
        ({"filter": {"OR": []}}, "filter: AND is required"),
        ({"filter": {"AND": [{"attribute": "recipient"}]}}, "filter: invalid attribute"),
        ({"filter": {"AND": [{"attribute": "tag"}]}}, "filter: attribute, comparator and values are required"),
        ({"pagination": {"sort": "time:up"}}, "invalid sort 'time:up'"),
        ({"pagination": {"limit": -1}}, "pagination: limit is not a number"),
        ({"pagination": [1]}, "pagination is not an object"),
        ({"dimensions": "time"}, "dimensions is not a list"),
    ],
)
async def test_a_query_that_cannot_be_answered_is_refused(body: dict[str, Any], text: str, api: Any) -> None:
    """400; the client would not ask most of these."""
    status, answer, _ = await api.call("POST", "/v1/analytics/metrics", json=body)
    assert (status, answer) == (400, {"message": text})


async def test_a_query_that_is_no_json_is_refused(api: Any) -> None:
    """400; without any body it is the query of all defaults."""
    assert (await api.call("POST", "/v1/analytics/metrics", data="[]"))[0] == 400
    status, answer, _ = await api.call("POST", "/v1/analytics/metrics")
    assert (status, answer["items"], answer["resolution"]) == (200, [], "day")
