"""The form of each option on the wire: a name and a Python value in, text out, or `InvalidMessage`. Pure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final, NoReturn

from mailgun_async.errors import InvalidMessage
from mailgun_async.message.limits import (
    MAX_DELIVER_WITHIN,
    MAX_OPTIMIZE_HOURS,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    MIN_DELIVER_WITHIN,
    MIN_OPTIMIZE_HOURS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "flag",
    "header_field",
    "header_list",
    "header_message_id",
    "html_switch",
    "json_text",
    "key_name",
    "line",
    "moment",
    "optimize_period",
    "span",
    "switch",
    "tags",
    "text",
    "time_of_day",
    "variable_field",
    "web_address",
]

_write_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_header_name = re.compile(r"[!-9;-~]+").fullmatch
_message_id = re.compile(r"<([^<>@\s]+@[^<>@\s]+)>").fullmatch
_key_name = re.compile(r"[^/\s]+/[^/\s]+").fullmatch
_time_of_day = re.compile(r"([01]\d|2[0-3]):[0-5]\d|(0?[1-9]|1[0-2]):[0-5]\d([AaPp][Mm])").fullmatch
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)


def _refuse(name: str, value: object, wanted: str) -> NoReturn:
    raise InvalidMessage(f"{name} must be {wanted}, not {value!r:.100}", field=name)


def text(name: str, value: object) -> str:
    """Pass text."""
    if not isinstance(value, str):
        _refuse(name, value, "text")
    return value


def line(name: str, value: object) -> str:
    """Pass text that stays on one line, as all that ends in a header must."""
    if not isinstance(value, str):
        _refuse(name, value, "text")
    if not value.isprintable() and ("\n" in value or "\r" in value or "\0" in value):
        raise InvalidMessage(f"{name} must not hold line breaks or NUL: it becomes a header of the mail", field=name)
    return value


def flag(name: str, value: object) -> str | None:
    """Write `yes` for True and nothing for False, for fields that know no `no`."""
    return switch(name, value) if value is not False else None


def switch(name: str, value: object) -> str:
    """Write `yes` or `no`."""
    if value is True:
        return "yes"
    if value is False:
        return "no"
    _refuse(name, value, "True or False")


def html_switch(name: str, value: object) -> str:
    """Write `yes`, `no` or `htmlonly`."""
    return "htmlonly" if value == "htmlonly" else switch(name, value)


def moment(name: str, value: object) -> str:
    """Write an aware datetime in the form of RFC 2822, its offset as a number."""
    if not isinstance(value, datetime):
        _refuse(name, value, "a datetime")
    offset = value.utcoffset()
    if offset is None:
        raise InvalidMessage(f"{name} needs a datetime with a time zone, e.g. datetime.now(UTC)", field=name)
    return format_datetime(value.astimezone(UTC) if offset % _MINUTE else value)


def span(name: str, value: object) -> str:
    """Write a timedelta of whole minutes as `1h30m`, `30m` or `24h`."""
    if not isinstance(value, timedelta) or value % _MINUTE:
        _refuse(name, value, "a timedelta of whole minutes")
    if not MIN_DELIVER_WITHIN <= value <= MAX_DELIVER_WITHIN:
        least, most = MIN_DELIVER_WITHIN // _MINUTE, MAX_DELIVER_WITHIN // _MINUTE
        found = value // _MINUTE
        raise InvalidMessage(
            f"{name} is {found} minutes: at least {least}, at most {most}", field=name, size=found, limit=most
        )
    hours, minutes = divmod(value // _MINUTE, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes else "")


def optimize_period(name: str, value: object) -> str:
    """Write a timedelta, or a number, of whole hours as `48h`."""
    if isinstance(value, timedelta) and not value % _HOUR:
        value = value // _HOUR
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(name, value, "whole hours")
    if not MIN_OPTIMIZE_HOURS <= value <= MAX_OPTIMIZE_HOURS:
        raise InvalidMessage(
            f"{name} is {value} hours: at least {MIN_OPTIMIZE_HOURS}, at most {MAX_OPTIMIZE_HOURS}",
            field=name,
            size=value,
            limit=MAX_OPTIMIZE_HOURS,
        )
    return f"{value}h"


def time_of_day(name: str, value: object) -> str:
    """Pass `HH:mm` (24 hours) or `hh:mmaa` (12 hours with AM or PM)."""
    if not isinstance(value, str) or not _time_of_day(value):
        _refuse(name, value, "a time of day, `17:30` or `05:30PM`")
    return value


def key_name(name: str, value: object) -> str:
    """Pass the name of a DKIM key, `domain/selector`."""
    if not isinstance(value, str) or not _key_name(value):
        _refuse(name, value, "`domain/selector`")
    return value


def web_address(name: str, value: object) -> str:
    """Pass a URL."""
    if not line(name, value).startswith(("https://", "http://")):
        _refuse(name, value, "a URL")
    return str(value)


def header_list(name: str, value: object) -> str:
    """Write header names comma joined; text goes as it is (`all`, or one name)."""
    return line(name, value) if isinstance(value, str) else ",".join(line(name, one) for one in _items(name, value))


def json_text(name: str, value: object) -> str:
    """Write compact JSON."""
    try:
        return _write_json(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidMessage(f"{name} can't be written as JSON: {error}. Make text of it first", field=name) from error


def tags(name: str, value: str | Sequence[str]) -> list[str]:
    """Pass tags: ASCII, at most 128 characters each, at most 10."""
    found = [value] if isinstance(value, str) else list(_items(name, value))
    if len(found) > MAX_TAGS:
        raise InvalidMessage(
            f"{len(found)} tags: at most {MAX_TAGS} a message", field=name, size=len(found), limit=MAX_TAGS
        )
    for tag in found:
        if not line(name, tag) or not tag.isascii():
            _refuse(name, tag, "ASCII text that is not empty")
        if len(tag) > MAX_TAG_LENGTH:
            raise InvalidMessage(
                f"the tag {tag:.20}... has {len(tag)} characters: at most {MAX_TAG_LENGTH}",
                field=name,
                size=len(tag),
                limit=MAX_TAG_LENGTH,
            )
    return found


def _items(name: str, value: object) -> Sequence[str]:
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(value)
    _refuse(name, value, "text or a list of texts")


def header_field(name: str, value: object) -> tuple[str, str]:
    """Return field name and value of a header of the mail."""
    wire = f"h:{name}"
    if not _header_name(name):
        raise InvalidMessage(f"{name!r} can't be the name of a header: it must be printable ASCII", field=wire)
    return wire, line(wire, value)


def variable_field(name: str, value: object) -> tuple[str, str]:
    """Return field name and value of a variable: text as it is, all else as JSON."""
    wire = f"v:{name}"
    if not name.isascii() or not name.isprintable() or not name:
        raise InvalidMessage(f"{name!r} can't be the name of a variable: it must be printable ASCII", field=wire)
    return wire, value if isinstance(value, str) else json_text(wire, value)


def header_message_id(headers: Mapping[str, str]) -> str | None:
    """Return the Message-Id among the headers without its brackets; None when there is none.

    Raises:
        InvalidMessage: It is not `<unique@domain>`: Mailgun would replace it, and it could not be looked up.
    """
    for name, value in headers.items():
        if name.lower() == "message-id":
            found = _message_id(line("h:Message-Id", value))
            if found is None:
                _refuse("h:Message-Id", value, "`<unique@domain>`")
            return found[1]
    return None
