"""JSON to models: what is read, what is forgiven and what is not."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailgun_async.convert import EXTRA, date, dumps, loads, structure, wire
from mailgun_async.errors import DecodingError, InvalidArgument


@attrs.define(kw_only=True)
class Line:
    created_at: datetime
    ended_at: datetime | None = None


@attrs.define(kw_only=True)
class Document:
    name: str
    count: int = 0
    active: bool = False
    log_level: str | None = attrs.field(default=None, metadata=wire("log-level"))
    items: list[Line] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)


@attrs.define(kw_only=True)
class Switch:
    active: bool | str | None = None


def test_reads_fields_under_their_names_in_the_document() -> None:
    """A dashed key lands in the field that names it."""
    assert structure(b'{"name": "x", "log-level": "warn"}', Document).log_level == "warn"


def test_keeps_unknown_fields_where_a_class_wants_them() -> None:
    """What Mailgun adds tomorrow is in `extra`, and what is known is not."""
    assert structure(b'{"name": "x", "log-level": "warn", "new": [1]}', Document).extra == {"new": [1]}


def test_drops_unknown_fields_elsewhere() -> None:
    """A class without `extra` ignores them."""
    read = structure(b'{"created_at": "2021-12-20T20:33:21Z", "new": 1}', Line)
    assert read == Line(created_at=datetime(2021, 12, 20, 20, 33, 21, tzinfo=UTC))


@pytest.mark.parametrize(("written", "read"), [("true", True), ('"yes"', True), ('"no"', False), ('"false"', False)])
def test_reads_every_spelling_of_a_boolean(written: str, read: bool) -> None:
    """The word "no" is not true."""
    assert structure(f'{{"name": "x", "active": {written}}}'.encode(), Document).active is read


@pytest.mark.parametrize(
    ("written", "read"), [("true", True), ('"no"', False), ('"htmlonly"', "htmlonly"), ("null", None)]
)
def test_reads_a_boolean_that_may_be_a_word(written: str, read: object) -> None:
    """Click tracking is on, off, or `htmlonly`."""
    assert structure(f'{{"active": {written}}}'.encode(), Switch).active == read


@pytest.mark.parametrize("written", ["7", "[]", "{}"])
def test_refuses_what_is_neither_a_boolean_nor_a_word(written: str) -> None:
    """With its place."""
    with pytest.raises(DecodingError, match=r"does not fit Switch: .* at active"):
        structure(f'{{"active": {written}}}'.encode(), Switch)


def test_reads_null_as_an_empty_list() -> None:
    """So is an empty one written by Go."""
    assert structure(b'{"name": "x", "items": null}', Document).items == []


@pytest.mark.parametrize("written", ['"abc"', "{}", "7"])
def test_refuses_what_is_no_list(written: str) -> None:
    """A word is not a list of its letters."""
    with pytest.raises(DecodingError, match=r"does not fit Document: .* at items"):
        structure(f'{{"name": "x", "items": {written}}}'.encode(), Document)


@pytest.mark.parametrize("value", ["null", '""', '"0001-01-01T00:00:00Z"'])
def test_reads_never_as_none(value: str) -> None:
    """Go's zero time means that it has not happened."""
    body = f'{{"created_at": "2021-12-20T20:33:21Z", "ended_at": {value}}}'.encode()
    assert structure(body, Line).ended_at is None


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"name": null}', "name"),
        (b"{}", "name"),
        (b'{"name": "x", "count": "many"}', "count"),
        (b'{"name": "x", "active": "maybe"}', "active"),
        (b'{"name": "x", "active": 1}', "active"),
        (b'{"name": "x", "items": [{"created_at": "soon"}]}', "items[0].created_at"),
        (b'{"name": "x", "items": [{"created_at": "2021-12-20T20:33:21Z"}, {}]}', "items[1].created_at"),
        (b'{"name": "x", "items": [{"created_at": true}]}', "items[0].created_at"),
    ],
)
def test_says_where_a_document_does_not_fit(body: bytes, path: str) -> None:
    """The error carries the place and the raw body."""
    with pytest.raises(DecodingError, match="does not fit Document") as caught:
        structure(body, Document)
    assert (caught.value.path, caught.value.body) == (path, body)


@pytest.mark.parametrize("body", [b"", b"Mailgun Magnificent API", b"<html>", b'{"name": "x"'])
def test_says_that_a_body_is_not_json(body: bytes) -> None:
    """Text, HTML and half a document are not JSON."""
    with pytest.raises(DecodingError, match="not JSON") as caught:
        loads(body)
    assert caught.value.body == body


_EVENING = datetime(2021, 12, 20, 20, 33, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Mon, 20 Dec 2021 20:33:21 GMT", _EVENING),
        ("Mon, 20 Dec 2021 20:33:21 UTC", _EVENING),
        ("Mon, 20 Dec 2021 20:33:21 -0000", _EVENING),
        ("Mon, 20 Dec 2021 20:33:21 +0000", _EVENING),
        ("Mon, 20 Dec 2021 13:03:21 -0730", _EVENING),
        ("Mon, 20 Dec 2021 13:33:21 MST", _EVENING),
        ("20 Dec 2021 20:33:21", _EVENING),
        ("2021-12-20T20:33:21Z", _EVENING),
        ("2021-12-20T20:33:21.500Z", _EVENING + timedelta(seconds=0.5)),
        ("2021-12-20T21:33:21+01:00", _EVENING),
        ("2021-12-20T20:33:21", _EVENING),
        ("2021-12-20 20:33:21 +0000 UTC", _EVENING),
        (1640032401, _EVENING),
        (1640032401.25, _EVENING + timedelta(seconds=0.25)),
        ("1640032401", _EVENING),
    ],
)
def test_reads_every_form_of_date_that_mailgun_writes(written: object, read: datetime) -> None:
    """RFC 2822 with any zone, RFC 3339, Go's form, and seconds: always an aware datetime."""
    assert date(written) == read
    assert date(written).tzinfo is not None


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis wants naive bounds
    st.integers(-23 * 60, 23 * 60),
)
def test_reads_what_rfc_2822_writes(moment: datetime, offset_min: int) -> None:
    """Any moment in any zone comes back, to the second."""
    local = moment.replace(microsecond=0).astimezone(timezone(timedelta(minutes=offset_min)))
    assert date(local.strftime("%a, %d %b %Y %H:%M:%S %z")) == local


@given(st.text() | st.integers(-(2**63), 2**63) | st.floats() | st.booleans() | st.none() | st.lists(st.text()))
def test_any_value_is_a_date_or_a_decoding_error(value: object) -> None:
    """No value makes the reader raise anything of its own."""
    with contextlib.suppress(DecodingError):
        assert isinstance(structure(dumps({"created_at": value}), Line).created_at, datetime)


@pytest.mark.parametrize("value", [object(), {"a": {1, 2}}, 2**80])
def test_refuses_to_write_what_json_cannot_hold(value: object) -> None:
    """The caller's value is at fault, and the error says so before anything is sent."""
    with pytest.raises(InvalidArgument, match="cannot be written as JSON"):
        dumps(value)
