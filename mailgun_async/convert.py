"""JSON to models and back: the one cattrs + orjson converter, and Mailgun's forms of dates.

Reading is lenient about what Mailgun adds and strict about what it promises: unknown fields are dropped (or kept, in
classes that have an `extra` field), and a value of the wrong type raises `DecodingError` with its place.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NewType, TypeVar

import attrs
import cattrs
import orjson
from cattrs.cols import list_structure_factory
from cattrs.gen import make_dict_structure_fn, override

from mailgun_async.errors import DecodingError, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "EXTRA",
    "JsonObject",
    "OneOrMany",
    "date",
    "dumps",
    "loads",
    "rfc2822",
    "structure",
    "structure_items",
    "structure_of",
    "wire",
]

T = TypeVar("T")

JsonObject = NewType("JsonObject", dict[str, Any])
"""An object that comes as itself, or as a text that holds it."""
OneOrMany = NewType("OneOrMany", list[str])
"""A list of texts that comes as one text when there is one."""

EXTRA: Final = {"mailgun_extra": True}
"""Metadata of the one field, a dict, that keeps what the document has and the class does not."""

_MONTHS: Final = {
    month: f"{number:02d}"
    for number, month in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}
_never: Final = re.compile(r"0001-01-01T00:00:00|Mon, 0?1 Jan 0001 ").match  # Go's zero time


def wire(name: str) -> dict[str, str]:
    """Metadata of a field whose key in the document is spelt differently, e.g. `created-at`."""
    return {"mailgun_wire": name}


@lru_cache(maxsize=256)
def _offset(zone: str) -> str:
    """A zone as Mailgun writes it in the form of RFC 3339; empty when it is not one of the usual."""
    if zone in {"GMT", "UTC", "+0000", "-0000"}:
        return "+00:00"
    if len(zone) == len("+0000") and zone[0] in "+-" and zone[1:].isdigit():
        return f"{zone[:3]}:{zone[3:]}"
    return ""


def date(value: object) -> datetime:
    """Read any of Mailgun's dates as an aware datetime: RFC 2822, RFC 3339, Go's form, or seconds since 1970.

    Raises:
        ValueError: It is none of them.
    """
    if type(value) is str:
        return _date_of_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    raise ValueError(f"{value!r} is not a date")


def _date_of_text(text: str) -> datetime:
    # "Mon, 20 Dec 2021 20:33:21 UTC": fixed columns rearranged cost a sixth of email.utils.
    month, offset = _MONTHS.get(text[8:11]), _offset(text[26:])
    if month and offset:
        return datetime.fromisoformat(f"{text[12:16]}-{month}-{text[5:7]}T{text[17:25]}{offset}")
    if text[4:5] == "-":
        if text.endswith(" UTC"):  # Go: 2023-01-02 02:14:27 +0000 UTC
            text = text[: -len(" UTC")].replace(" +", "+").replace(" -", "-")
        read = datetime.fromisoformat(text)
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    read = parsedate_to_datetime(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def rfc2822(name: str, moment: object) -> str | None:
    """Write an aware datetime as Mailgun reads it, its offset as a number; None stays None.

    Raises:
        InvalidArgument: It has no time zone; `name` says which argument.
    """
    if moment is None:
        return None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise InvalidArgument(f"{name} must be a datetime with a time zone, not {moment!r}", field=name)
    return format_datetime(moment)


def _date_hook(value: object, _: object) -> datetime:
    return date(value)


def _optional_date_hook(value: object, _: object) -> datetime | None:
    if value is None or value == "" or (type(value) is str and _never(value)):
        return None
    return date(value)


def _text_hook(value: object, _: object) -> str:
    if type(value) is str:
        return value
    raise TypeError(f"expected text, got {value!r}"[:200])


_BOOLS: Final = {True: True, False: False, "yes": True, "no": False, "true": True, "false": False}


def _bool_hook(value: object, _: object) -> bool:
    if type(value) in {bool, str}:
        return _BOOLS[value]
    raise TypeError(f"expected true or false, got {value!r}"[:200])


def _bool_or_word_hook(value: object, _: object) -> bool | str | None:
    if value is None or type(value) is bool:
        return value
    if type(value) is str:
        return _BOOLS.get(value, value)
    raise TypeError(f"expected true, false or a word, got {value!r}"[:200])


def _is_list(type_: Any) -> bool:
    return getattr(type_, "__origin__", None) is list


def _list_hook(type_: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    read = list_structure_factory(type_, converter)

    def read_list(value: object, _: object) -> Any:
        if type(value) is list:
            return read(value, type_)
        if value is None:  # so does Go write an empty one
            return []
        raise TypeError(f"expected a list, got {value!r}"[:200])

    return read_list


def _object_hook(value: object, _: object) -> dict[str, Any]:
    found = orjson.loads(value or "{}") if isinstance(value, str) else value
    if isinstance(found, dict):
        return found
    if found is None:
        return {}
    raise TypeError(f"expected an object, got {value!r}"[:200])


def _one_or_many_hook(value: object, _: object) -> list[str]:
    found = [value] if isinstance(value, str) else value or []
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return found
    raise TypeError(f"expected texts, got {value!r}"[:200])


def _attrs_hook(cls: type[Any], converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    fields = attrs.fields(cls)
    names = {f.name: f.metadata.get("mailgun_wire", f.name) for f in fields}
    extra = next((f.name for f in fields if "mailgun_extra" in f.metadata), None)
    overrides = {name: override(rename=key) for name, key in names.items() if key != name}
    if extra is not None:
        overrides[extra] = override(omit=True)
    read = make_dict_structure_fn(
        cls,
        converter,
        _cattrs_detailed_validation=converter.detailed_validation,
        **overrides,  # type: ignore[arg-type]
    )
    if extra is None:
        return read
    known = frozenset(names.values())

    def read_and_keep(document: Mapping[str, object], type_: Any) -> Any:
        made = read(document, type_)
        setattr(made, extra, {key: value for key, value in document.items() if key not in known})
        return made

    return read_and_keep


def _converter(*, detailed: bool) -> cattrs.Converter:
    made = cattrs.Converter(detailed_validation=detailed)
    made.register_structure_hook(str, _text_hook)
    made.register_structure_hook(bool, _bool_hook)
    made.register_structure_hook(datetime, _date_hook)
    made.register_structure_hook(JsonObject, _object_hook)
    made.register_structure_hook(OneOrMany, _one_or_many_hook)
    made.register_structure_hook_func(lambda t: t == bool | str | None, _bool_or_word_hook)
    made.register_structure_hook_func(lambda t: t == datetime | None, _optional_date_hook)
    made.register_structure_hook_factory(_is_list, lambda t: _list_hook(t, made))
    made.register_structure_hook_factory(attrs.has, lambda cls: _attrs_hook(cls, made))
    return made


_fast: Final = _converter(detailed=False)


@lru_cache(maxsize=1)
def _detailed() -> cattrs.Converter:
    """The slow twin, made when something did not fit: it knows where."""
    return _converter(detailed=True)


def loads(body: bytes) -> Any:
    """Parse JSON.

    Raises:
        DecodingError: The body is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise DecodingError(f"the answer is not JSON: {error}", body=body) from error


def dumps(value: object) -> bytes:
    """Write compact JSON in UTF-8; attrs values are the caller's to turn into plain ones.

    Raises:
        InvalidArgument: A value cannot be written as JSON.
    """
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise InvalidArgument(f"cannot be written as JSON: {error}") from error


def structure(body: bytes, type_: type[T], *, under: str | None = None) -> T:
    """Parse a body and build `type_` of it.

    Args:
        body: JSON.
        type_: An attrs class, or a list or dict of such.
        under: Build it of this member of the document; of all of it when there is none, as several answers of
            Mailgun come both ways.

    Raises:
        DecodingError: Not JSON, or not of that shape; the text and `path` say where.
    """
    document = loads(body)
    if under is None or not isinstance(document, dict) or under not in document:
        return structure_of(document, type_, body)
    return structure_of(document[under], type_, body, at=under)


def structure_of(value: object, type_: type[T], body: bytes, *, at: str = "") -> T:
    """Build `type_` of a part of a body that was parsed; `at` is its place there.

    Raises:
        DecodingError: It is not of that shape.
    """
    try:
        return _fast.structure(value, type_)
    except Exception as error:
        raise _explained(value, type_, body, at) from error


def structure_items(items: list[Any], type_: type[T], *, key: str, body: bytes) -> list[T]:
    """Build a list of `type_` of the list under `key` of a body that was parsed.

    Raises:
        DecodingError: One of them is not of that shape.
    """
    return structure_of(items, list[type_], body, at=key)  # type: ignore[valid-type]


def _explained(value: object, type_: type[Any], body: bytes, at: str) -> DecodingError:
    name = getattr(type_, "__name__", str(type_))
    try:
        _detailed().structure(value, type_)
    except Exception as error:  # noqa: BLE001 -- the same
        found = cattrs.transform_error(error, path=at)
        text = found[0] if found else str(error)
        what, _, path = text.rpartition(" @ ")
        path = path.lstrip(".")
        return DecodingError(
            f"the answer does not fit {name}: {what or text} at {path or 'the top'}", path=path, body=body
        )
    return DecodingError(f"the answer does not fit {name}", body=body)
