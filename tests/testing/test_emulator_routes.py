"""Inbound routes of the emulator through the public client: kept, changed, and matched."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailgun_async import BadRequest, Mailgun, NotFound
from mailgun_async.testing import Emulator

STOP = "stop()"


async def matched(mg: Mailgun, address: str) -> str | None:
    """The description of the route that an address matches, if any."""
    try:
        return (await mg.routes.match(address)).description
    except NotFound:
        return None


async def test_a_route_is_made_read_changed_and_deleted(mg: Mailgun, clock: Any) -> None:
    """What is left out of a change stays."""
    made = await mg.routes.create(
        'match_recipient(".*@mg.example.com")', actions=['forward("https://example.com/mail")', STOP], priority=3
    )
    assert made.id is not None
    assert (made.priority, made.description, made.actions) == (3, "", ['forward("https://example.com/mail")', STOP])
    assert made.created_at == datetime.fromtimestamp(clock.wall(), UTC)
    changed = await mg.routes.update(made.id, description="all", actions=STOP)
    assert (changed.description, changed.priority, changed.actions) == ("all", 3, [STOP])
    changed = await mg.routes.update(made.id, priority=1, expression="catch_all()")
    assert await mg.routes.get(made.id) == changed
    gone = await mg.routes.delete(made.id)
    assert (gone.message, gone.id) == ("Route has been deleted", made.id)
    for call in (mg.routes.get(made.id), mg.routes.delete(made.id), mg.routes.update(made.id, priority=1)):
        with pytest.raises(NotFound, match="Route not found"):
            await call


async def test_routes_are_listed_as_they_are_tried(mg: Mailgun) -> None:
    """By priority, then as they were made; page by page."""
    for priority, description in ((2, "c"), (1, "a"), (2, "d"), (1, "b")):
        await mg.routes.create("catch_all()", actions=STOP, priority=priority, description=description)
    assert [route.description async for route in mg.routes.list(limit=3)] == ["a", "b", "c", "d"]
    assert [route.description async for route in mg.routes.list(skip=3)] == ["d"]


async def test_the_first_route_that_fits_is_matched(mg: Mailgun) -> None:
    """catch_all comes last when its priority does."""
    await mg.routes.create("catch_all()", actions=STOP, priority=9, description="rest")
    await mg.routes.create('match_recipient("^bob@example.com$")', actions=STOP, priority=1, description="bob")
    await mg.routes.create("match_recipient('.*@example.com')", actions=STOP, priority=2, description="example")
    addresses = ("bob@example.com", "Bob@Example.com", "jacob@example.com", "ann@example.org")
    assert [await matched(mg, address) for address in addresses] == ["bob", "bob", "example", "rest"]


@pytest.mark.parametrize(
    ("expression", "fits", "does_not"),
    [
        ('match_recipient("bob@example.com")', "bob@example.com", "jacob@example.com"),
        (r'match_recipient("(?P<user>.*?)\+(.*)@example\.com")', "bob+x@example.com", "bob@example.com"),
        ('match_recipient("a.*") and match_recipient(".*@x.org")', "ann@x.org", "ann@y.org"),
        ('match_recipient("a.*") or match_recipient("b.*")', "bob@x.org", "cid@x.org"),
        ("match_recipient('o\\'neil@x.org')", "o'neil@x.org", "oneil@x.org"),
        ('match_recipient("a,b|a@x.org")', "a@x.org", "b@x.org"),
        ('match_header("subject", ".*") or match_recipient("b.*")', "bob@x.org", "ann@x.org"),
    ],
)
async def test_an_expression_fits_an_address_or_does_not(
    expression: str, fits: str, does_not: str, mg: Mailgun
) -> None:
    """As Python's regular expressions do, from the beginning; a header is not there to match."""
    await mg.routes.create(expression, actions=STOP, description="it")
    assert (await matched(mg, fits), await matched(mg, does_not)) == ("it", None)


@pytest.mark.parametrize(
    "expression",
    [
        "match_recipient()",
        'match_recipient("a", "b")',
        'match_recipient("a"',
        'match_sender("a")',
        'catch_all("a")',
        "catch_all() and",
        "catch_all() catch_all()",
        "or catch_all()",
        'match_recipient("(")',
    ],
)
async def test_an_expression_that_cannot_be_read_is_refused(expression: str, mg: Mailgun) -> None:
    """400 when a route is made, and when it is changed."""
    made = await mg.routes.create("catch_all()", actions=STOP)
    assert made.id is not None
    for call in (mg.routes.create(expression, actions=STOP), mg.routes.update(made.id, expression=expression)):
        with pytest.raises(BadRequest, match="Invalid"):
            await call
    assert await mg.routes.list().all() == [made]


async def test_parameters_that_are_missing_or_out_of_range_are_named(api: Any) -> None:
    """400; the client would not send them."""
    assert (await api.post("/v3/routes", {"action": STOP}))[1] == {"message": "Parameter 'expression' is missing"}
    body = (await api.post("/v3/routes", {"expression": "catch_all()"}))[1]
    assert body == {"message": "Parameter 'action' is missing"}
    for path, text in (
        ("/v3/routes?limit=1001", "The 'limit' parameter can't be larger than 1000"),
        ("/v3/routes?skip=x", "The 'skip' parameter is not a number"),
        ("/v3/routes/match", "Parameter 'address' is missing"),
    ):
        assert (await api.call("GET", path))[:2] == (400, {"message": text})


async def test_a_route_can_be_sent_as_either_form_and_as_no_other(api: Any) -> None:
    """URL encoded or in parts."""
    for data in ("expression=catch_all()&action=stop()", "{}"):
        kind = "application/json" if data == "{}" else "application/x-www-form-urlencoded"
        status, _, _ = await api.call("POST", "/v3/routes", data=data, headers={"Content-Type": kind})
        assert status == (400 if data == "{}" else 200)
    assert (await api.post("/v3/routes", {"expression": "catch_all()", "action": STOP}))[0] == 200
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert (await api.call("POST", "/v3/routes", data="no form", headers=broken))[0] == 400


async def test_routes_outlive_the_process_in_a_file(tmp_path: Path) -> None:
    """As they were changed last."""
    path = tmp_path / "state.db"
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        made = await mg.routes.create("catch_all()", actions=STOP)
        assert made.id is not None
        changed = await mg.routes.update(made.id, description="all")
    async with Emulator(path=path) as emulator, emulator.client() as mg:
        assert await mg.routes.match("bob@example.com") == changed
