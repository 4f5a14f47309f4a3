"""How the parameters of the endpoint methods are written on a command line, found from their types."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from functools import reduce
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Generic, Literal, TypeVar, Union, get_args, get_origin

import attrs

from mailgun_async import Attachment, convert
from mailgun_async.endpoints._analytics import Comparator, Filter
from mailgun_async.errors import DecodingError, InvalidArgument

__all__ = ["Form", "Lines", "Unwritable", "form_of", "moment", "span"]

T = TypeVar("T")

_duration: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?").fullmatch
_condition: Final = re.compile(
    rf"\s*(\w+)\s*({'|'.join(sorted(get_args(Comparator), key=len, reverse=True))})\s*(.+)", re.DOTALL
).fullmatch
_CONDITION_NOTE: Final = (
    f"""Like "domain = mg.example.com"; repeatable, all must hold. Also: {", ".join(get_args(Comparator))}."""
)
_COLLECTIONS: Final = (Sequence, Collection, list)


class Unwritable(Generic[T]):
    """Stands for a type that has no form on a command line: a function, say."""


class Lines(Generic[T]):
    """Stands for any number of records: a file with one on each line."""


@attrs.frozen(kw_only=True)
class Form:
    """How one parameter is written."""

    type: Any = str
    """What typer reads: text, numbers, true or false, or a choice."""
    metavar: str | None = None
    read: Callable[[Any], Any] = lambda value: value
    """Makes what the method takes of what typer read. Raises ValueError with the reason."""
    many: bool = False
    """It may be given several times."""
    join: Callable[[list[Any]], Any] = lambda values: values
    """What is made of all of them then."""
    note: str | None = None
    """What to say of it instead of the words meant for Python."""

    def value(self, name: str, given: Any) -> Any:
        """Return what the method takes.

        Raises:
            InvalidArgument: What was given cannot be read; `name` says where.
            OSError: A file cannot be read.
        """
        try:
            return self.join([self.read(one) for one in given]) if self.many else self.read(given)
        except ValueError as error:
            raise InvalidArgument(f"{name}: {error}", field=name) from error


def form_of(hint: Any, where: Callable[..., Filter[Any]] | None = None) -> Form | None:
    """Find the form of a type; None when it has none. `where` makes the conditions of the group, if it has any."""
    kinds = {kind: get_origin(kind) or kind for kind in _alternatives(hint) if kind is not NoneType}
    for kind, origin in kinds.items():
        if origin in _COLLECTIONS and get_args(kind) and bool not in kinds:
            item = form_of(get_args(kind)[0], where)
            return item and attrs.evolve(item, many=True)
        if origin is Filter and where is not None:
            read = _reads_condition(where)
            return Form(metavar="CONDITION", read=read, many=True, join=_all_hold, note=_CONDITION_NOTE)
    if Literal in kinds.values() and set(kinds.values()) <= {Literal, bool}:
        return _choice([word for kind in kinds for word in (get_args(kind) or (True, False))])
    return _form_of_one(kinds)


def _form_of_one(kinds: Mapping[Any, Any]) -> Form | None:
    if bytes in kinds:
        return Form(metavar="FILE", read=Path)
    if float in kinds and str in kinds:
        return Form(metavar="NUMBER", read=_number_or_text)
    for kind, origin in kinds.items():
        if attrs.has(kind):
            return Form(metavar="JSON", read=_reads_record(kind, or_text=str in kinds))
        if origin is Lines and str not in kinds:
            return Form(metavar="FILE", read=_reads_lines(get_args(kind)[0]))
    return next((_PLAIN[origin] for origin in kinds.values() if origin in _PLAIN), None)


def moment(text: str) -> datetime:
    """Read a moment with its zone.

    Raises:
        ValueError: It is none.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise ValueError(f"a time must be like 2027-01-31T09:30+01:00, not {text!r}")
    return read


def span(text: str) -> timedelta:
    """Read a duration.

    Raises:
        ValueError: It is none.
    """
    found = _duration(text)
    if found is None or not any(found.groups()):
        raise ValueError(f"a duration must be like 90s, 2h, 7d or 1d12h, not {text!r}")
    days, hours, minutes, seconds = (int(number or 0) for number in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _alternatives(hint: Any) -> list[Any]:
    if get_origin(hint) in {Union, UnionType}:
        return [kind for part in get_args(hint) for kind in _alternatives(part)]
    return [hint]


def _choice(words: list[Any]) -> Form:
    """One of some words; typer reads an Enum of their texts, and completes them."""
    by_text = {str(word).lower() if isinstance(word, bool) else str(word): word for word in words}
    choices = Enum("Choice", {text: text for text in by_text})  # type: ignore[misc] # made of a method's own vocabulary

    def read(chosen: Any) -> Any:  # a choice of an option's, or the text of an argument
        text = getattr(chosen, "value", chosen)
        if text not in by_text:
            raise ValueError(f"{text!r} is none of {', '.join(by_text)}")
        return by_text[text]

    return Form(type=choices, read=read)


def _whole(text: Any) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"a whole number is wanted, not {text!r}") from None


def _object(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is not JSON ({error}): {text[:80]!r}") from None
    if not isinstance(read, dict):
        raise ValueError(f'an object of JSON is wanted, like {{"name": "value"}}, not {text[:80]!r}')  # noqa: TRY004 -- what was typed is wrong, not a type
    return read


def _reads_record(cls: Any, *, or_text: bool) -> Callable[[str], Any]:
    known = {field.name: field.metadata.get("mailgun_wire", field.name) for field in attrs.fields(cls) if field.init}

    def read(text: str) -> Any:
        if or_text and not text.lstrip().startswith("{"):
            return text
        given = _object(text)
        strange = given.keys() - known.keys() - set(known.values())
        if strange:
            raise ValueError(f"{cls.__name__} has no {', '.join(sorted(strange))}: it has {', '.join(known)}")
        if "extra" not in known:
            return _made(cls, given)
        document = {known.get(name, name): value for name, value in given.items()}
        try:
            return convert.structure(convert.dumps(document), cls)
        except DecodingError as error:
            raise ValueError(str(error).replace("the answer", "this", 1)) from None

    return read


def _made(cls: Any, given: Mapping[str, Any]) -> Any:
    """Make a value that users write in Python: its own checks apply."""
    types = {field.name: str(field.type) for field in attrs.fields(cls)}
    values = dict(given)
    for name, value in given.items():
        if "datetime" in types[name]:
            values[name] = moment(str(value))
        elif "Attachment" in types[name]:
            paths = [value] if isinstance(value, str) else value
            values[name] = [Attachment(path=Path(path)) for path in paths]
    try:
        return cls(**values)
    except (TypeError, AttributeError) as error:
        raise ValueError(f"this is no {cls.__name__}: {error}") from None


def _reads_lines(hint: Any) -> Callable[[str], Any]:
    item = form_of(hint)

    def read(path: str) -> Any:
        lines = Path(path).read_text("utf-8-sig").splitlines()
        return [item.read(line.strip()) if item else line for line in lines if line.strip()]

    return read


def _reads_condition(where: Callable[..., Filter[Any]]) -> Callable[[str], Filter[Any]]:
    def condition(text: str) -> Filter[Any]:
        found = _condition(text)
        if found is None:
            comparators = ", ".join(get_args(Comparator))
            raise ValueError(f'a condition is like "domain = mg.example.com" (or {comparators}), not {text!r}')
        return where(found[1], found[2], found[3].strip())

    return condition


def _all_hold(conditions: list[Filter[Any]]) -> Filter[Any]:
    return reduce(lambda one, other: one & other, conditions)


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


_PLAIN: Final[dict[Any, Form]] = {
    str: Form(metavar="TEXT"),
    Any: Form(metavar="TEXT"),
    bool: Form(type=bool),
    int: Form(type=int, metavar="NUMBER", read=_whole),
    float: Form(type=float, metavar="NUMBER", read=float),
    datetime: Form(metavar="TIME", read=moment),
    timedelta: Form(metavar="DURATION", read=span),
    Mapping: Form(metavar="JSON", read=_object),
}
