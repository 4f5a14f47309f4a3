"""Metrics: figures of what was sent, told apart by dimensions.

Not known, and decided plainly: a row is there only when something happened in it, so steps of time without mail are
left out; rows of equal place in the sort are in the order of their dimensions; a month of `duration` has 30 days.
Attributes that nothing here ever has (countries, devices, IPs) can be asked for and have no rows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.testing._dates import read_date
from mailgun_async.testing._figures import FIGURES, count, figures
from mailgun_async.testing._filters import ATTRIBUTES, Predicate, log_filter
from mailgun_async.testing._parameters import json_of, natural, one_of, part_of
from mailgun_async.testing._route import Route
from mailgun_async.testing._service import Answer, Asked, Service, json_answer
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailgun_async.testing._events import Event

__all__ = ["ROUTES"]

_WEEK_S: Final = 7 * 86_400.0
_SPANS_S: Final = {"h": 3_600.0, "d": 86_400.0, "m": 30 * 86_400.0}
_DURATION: Final = re.compile(r"(\d+)([hdm])")
_MAX_TIMES: Final = 1_500
_MAX_ROWS: Final = 1_000
_BY: Final = (
    "bot",
    "country",
    "device",
    "domain",
    "ip",
    "ip_pool",
    "recipient_domain",
    "recipient_provider",
    "subaccount",
    "tag",
)
_DIMENSIONS: Final = ("time", *_BY)
_Values = tuple[str, ...]


@attrs.define(kw_only=True)
class _Query:
    start: float
    end: float
    duration: str
    resolution: str
    dimensions: Sequence[str]
    metrics: Sequence[str]
    filters: Sequence[Predicate]
    subaccounts: bool
    aggregates: bool
    sort: str
    skip: int
    limit: int


def _metrics(service: Service, asked: Asked) -> Answer:
    """`POST /v1/analytics/metrics`."""
    index = service.index(asked.now)
    # While the clock stands still, calls have times of their own that are a little later.
    query = _query(json_of(asked.body or b"{}"), max(asked.now, index.until))
    events = [
        event
        for event in index.between(query.start, query.end)
        if (query.subaccounts or event.call.subaccount == asked.subaccount)
        and all(matches(event) for matches in query.filters)
    ]
    rows = _rows(events, query)
    pagination = {"sort": query.sort, "skip": query.skip, "limit": query.limit, "total": len(rows)}
    document = {
        "start": _date(query.start),
        "end": _date(query.end),
        "resolution": query.resolution,
        "duration": query.duration,
        "dimensions": query.dimensions,
        "pagination": pagination,
        "items": [_item(*row, query) for row in rows[query.skip : query.skip + query.limit]],
    }
    if query.aggregates:
        document["aggregates"] = {"metrics": figures(count(events), query.metrics)}
    return json_answer(document)


# -- the question ------------------------------------------------------------------------------------------------------


def _query(body: Mapping[str, Any], now: float) -> _Query:
    dimensions = _words(body, "dimensions", _DIMENSIONS) or ["time"]
    end = read_date(str(body["end"])).timestamp() if body.get("end") else now
    start = read_date(str(body["start"])).timestamp() if body.get("start") else end - _WEEK_S
    duration = str(body.get("duration") or "")
    if duration:
        start = end - _seconds(duration)
    pagination = part_of(body, "pagination")
    most = _MAX_TIMES if dimensions == ["time"] else _MAX_ROWS
    return _Query(
        start=start,
        end=end,
        duration=duration,
        resolution=one_of(("hour", "day", "month"), "resolution", str(body.get("resolution") or "day")),
        dimensions=dimensions,
        metrics=_words(body, "metrics", FIGURES) or FIGURES,
        filters=_filters(body),
        subaccounts=bool(body.get("include_subaccounts")),
        aggregates=bool(body.get("include_aggregates")),
        sort=_checked_sort(str(pagination.get("sort") or f"{dimensions[0]}:asc")),
        skip=natural(pagination, "skip", 0),
        limit=min(natural(pagination, "limit", most), most),
    )


def _words(body: Mapping[str, Any], name: str, known: Sequence[str]) -> list[str]:
    words = body.get(name) or []
    if not isinstance(words, list):
        raise Refused(400, f"{name} is not a list")
    for word in words:
        if word not in known:
            raise Refused(400, f"{name}: invalid name {word!r}")
    return words


def _filters(body: Mapping[str, Any]) -> list[Predicate]:
    group = part_of(body, "filter")
    predicates = group.get("AND") if group else []
    if not isinstance(predicates, list):
        raise Refused(400, "filter: AND is required")
    for predicate in predicates:
        if not isinstance(predicate, dict) or predicate.get("attribute") not in _BY:
            raise Refused(400, "filter: invalid attribute")
    return [log_filter(predicate) for predicate in predicates]


def _seconds(duration: str) -> float:
    found = _DURATION.fullmatch(duration)
    if found is None:
        raise Refused(400, f"invalid duration {duration!r}")
    return int(found[1]) * _SPANS_S[found[2]]


def _checked_sort(sort: str) -> str:
    column, _, direction = sort.partition(":")
    if column not in {*_DIMENSIONS, *FIGURES, "timestamp"} or direction not in {"asc", "desc", ""}:
        raise Refused(400, f"invalid sort {sort!r}")
    return sort


# -- the answer --------------------------------------------------------------------------------------------------------


def _rows(events: Iterable[Event], query: _Query) -> list[tuple[_Values, Counter[str]]]:
    """Sum events by the values of their dimensions; one with several tags is in a row of each."""
    by_values: defaultdict[_Values, list[Event]] = defaultdict(list)
    for event in events:
        for values in product(*(_values(event, dimension, query.resolution) for dimension in query.dimensions)):
            by_values[values].append(event)
    rows = [(values, count(by_values[values])) for values in sorted(by_values)]
    column, _, direction = query.sort.partition(":")
    column = "time" if column == "timestamp" else column
    rows.sort(key=lambda row: _place(row, column, query.dimensions), reverse=direction == "desc")
    return rows


def _place(row: tuple[_Values, Counter[str]], column: str, dimensions: Sequence[str]) -> tuple[float, str]:
    values, counts = row
    if column in dimensions:
        return 0.0, values[dimensions.index(column)]
    return (float(figures(counts, [column])[column]), "") if column in FIGURES else (0.0, "")


def _values(event: Event, dimension: str, resolution: str) -> Iterable[str]:
    return [_step(event.at, resolution)] if dimension == "time" else ATTRIBUTES[dimension](event)


def _step(at: float, resolution: str) -> str:
    """Tell the beginning of the step that holds a time, as text that sorts as time does."""
    when = datetime.fromtimestamp(at, UTC).replace(minute=0, second=0, microsecond=0)
    if resolution != "hour":
        when = when.replace(hour=0)
    return (when.replace(day=1) if resolution == "month" else when).isoformat()


def _item(values: _Values, counts: Counter[str], query: _Query) -> dict[str, Any]:
    told = [
        _date(datetime.fromisoformat(value).timestamp()) if dimension == "time" else value
        for dimension, value in zip(query.dimensions, values, strict=True)
    ]
    return {
        "dimensions": [
            {"dimension": dimension, "value": value, "display_value": value}
            for dimension, value in zip(query.dimensions, told, strict=True)
        ],
        "metrics": figures(counts, query.metrics),
    }


def _date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC))


ROUTES: Final = (Route(path="/v1/analytics/metrics", verbs={"POST": _metrics}, rate_class="analytics"),)
