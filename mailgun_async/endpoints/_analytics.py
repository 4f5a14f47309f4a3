"""What queries of analytics share: filters, and spans of time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

import attrs

from mailgun_async.convert import rfc2822
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Comparator", "Condition", "Filter", "filter_json", "span"]

A = TypeVar("A", bound=str)

Comparator = Literal["=", "!=", "contains", "not contains", "starts with", "<", ">"]

_duration: Final = re.compile(r"[1-9]\d*[hdm]").fullmatch


@attrs.frozen
class Condition:
    """One condition: an attribute, how it compares, and with what."""

    attribute: str
    comparator: str
    values: tuple[str, ...]


@attrs.frozen
class Filter(Generic[A]):
    """Conditions that all hold; made by `where(...)`, joined by `&`."""

    conditions: tuple[Condition, ...]

    def __and__(self, other: Filter[A]) -> Filter[A]:
        return Filter(self.conditions + other.conditions)


def filter_json(given: Filter[Any] | None) -> dict[str, Any] | None:
    """Write a filter as the JSON of a query."""
    if given is None:
        return None
    return {
        "AND": [
            {
                "attribute": one.attribute,
                "comparator": one.comparator,
                "values": [{"label": value, "value": value} for value in one.values],
            }
            for one in given.conditions
        ]
    }


def span(start: datetime | None, end: datetime | None, duration: str | None) -> dict[str, str | None]:
    """Write a span of time.

    Raises:
        InvalidArgument: A datetime has no time zone, `duration` is no such text, or it is given with `start`.
    """
    if duration is not None and start is not None:
        raise InvalidArgument("give start or duration: Mailgun reckons the start from the duration", field="duration")
    if duration is not None and not _duration(duration):
        raise InvalidArgument(f"duration is a number and h, d or m: 1d, 2h, 3m; not {duration!r}", field="duration")
    return {"start": rfc2822("start", start), "end": rfc2822("end", end), "duration": duration}
