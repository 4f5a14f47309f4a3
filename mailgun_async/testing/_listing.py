"""Queries of the logs and the events API, and their pages. Pure.

A page ends at a key, not at a count, so that events which come in between neither repeat nor hide others. The page
after the last is empty and its `next` stays where it is: asked again later it holds what is new.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import attrs
import orjson

from mailgun_async.testing._calls import Call, Calls
from mailgun_async.testing._events import Event, Key, events_of
from mailgun_async.testing._filters import Predicate, event_filters, log_filter
from mailgun_async.testing._outbox import Letters
from mailgun_async.testing._parameters import json_of, part_of
from mailgun_async.testing._submission import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Index", "events_page", "logs_page"]

_LOGS_LIMIT = 100
_EVENTS_LIMIT = 300
_DAY_S = 86_400.0
_DURATION = re.compile(r"(\d+)([hd])")


@attrs.define
class _Position:
    """Where a page begins."""

    side: Literal["first", "after", "before", "last"] = "first"
    key: Key | None = None


@attrs.define(kw_only=True)
class _Query:
    calls: Sequence[Call]
    start: float
    end: float
    descending: bool
    limit: int
    filters: Sequence[Predicate]


@attrs.define
class Index:
    """What can be found now: calls, and the time up to which events are indexed."""

    calls: Calls
    letters: Letters
    until: float
    """Now, less the lag."""

    def events(self, query: _Query, position: _Position) -> list[Event]:
        """Read one page."""
        backwards = position.side in {"before", "last"}
        found = list(islice(self._matching(query, position.key, query.descending is not backwards), query.limit))
        return found[::-1] if backwards else found

    def count(self, query: _Query) -> int:
        """Count what all pages hold."""
        return sum(1 for _ in self._matching(query, None, query.descending))

    def between(self, start: float, end: float) -> Iterator[Event]:
        """Read all events of a time, ends included, in their order."""
        return events_of(self.calls.all, self.letters, start=start, end=min(end, self.until))

    def _matching(self, query: _Query, key: Key | None, descending: bool) -> Iterator[Event]:
        start, end = query.start, min(query.end, self.until)
        if key is not None:
            start, end = (start, min(end, key[0])) if descending else (max(start, key[0]), end)
        for event in events_of(query.calls, self.letters, start=start, end=end, descending=descending):
            if key is not None and (event.key >= key if descending else event.key <= key):
                continue
            if all(matches(event) for matches in query.filters):
                yield event


def _neighbours(events: Sequence[Event], position: _Position) -> dict[str, _Position]:
    return {
        "previous": _Position("before", events[0].key) if events else position,
        "next": _Position("after", events[-1].key) if events else position,
        "first": _Position("first"),
        "last": _Position("last"),
    }


def _encode(document: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(document)).rstrip(b"=").decode()


def _decode(token: str) -> Any:
    try:
        return orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except ValueError:
        raise Refused(400, "invalid page token") from None


def _position(place: Any) -> _Position:
    match place:
        case ["first" | "last" as side, None]:
            return _Position(side)
        case ["after" | "before" as side, [float(at), int(call), int(mail), int(kind)]]:
            return _Position(side, (at, call, mail, kind))
    raise Refused(400, "invalid page token")


# -- logs --------------------------------------------------------------------------------------------------------------


def logs_page(body: bytes, index: Index, now: float, url: str) -> dict[str, Any]:
    """Answer `POST /v1/analytics/logs`.

    Raises:
        Refused: The body is not a query.
    """
    asked = json_of(body)
    query = _logs_query(asked, index, now)
    token = part_of(asked, "pagination").get("token")
    position = _position(_decode(str(token))) if token else _Position()
    events = index.events(query, position)
    paging: dict[str, Any] = {
        name: _encode(attrs.astuple(place)) for name, place in _neighbours(events, position).items()
    }
    if asked.get("include_totals"):
        paging["total"] = index.count(query)
    return {
        "start": _date(query.start),
        "end": _date(query.end),
        "items": [event.as_log(url) for event in events],
        "pagination": paging,
        "aggregates": {},
    }


def _logs_query(asked: Mapping[str, Any], index: Index, now: float) -> _Query:
    end = _instant(asked.get("end"), max(now, index.until))
    start = _instant(asked.get("start"), now - _DAY_S)
    if duration := asked.get("duration"):
        start = end - _seconds(duration)
    predicates = part_of(asked, "filter").get("AND", [] if not asked.get("filter") else None)
    if not isinstance(predicates, list):
        raise Refused(400, "filter: AND is required")
    filters = [log_filter(predicate) for predicate in predicates]
    if names := set(asked.get("events") or ()):
        filters.insert(0, lambda event: event.name in names)
    pagination = part_of(asked, "pagination")
    return _Query(
        calls=_candidates(index.calls, _wanted_ids(predicates)),
        start=start,
        end=end,
        descending=_descending(str(pagination.get("sort") or "timestamp:desc")),
        limit=min(_integer(str(pagination.get("limit") or _LOGS_LIMIT), _LOGS_LIMIT), _LOGS_LIMIT),
        filters=filters,
    )


def _wanted_ids(predicates: Sequence[Mapping[str, Any]]) -> list[str] | None:
    for each in predicates:
        if each["attribute"] == "message_id" and each["comparator"] == "=":
            return [str(value["value"]) for value in each["values"]]
    return None


def _candidates(calls: Calls, ids: Sequence[str] | None) -> Sequence[Call]:
    """Narrow the search to calls that may match, so that a look-up by id does not read everything."""
    if ids is None:
        return calls.all
    found = {call.ordinal: call for each in ids for call in calls.with_message_id(each)}
    return [found[ordinal] for ordinal in sorted(found)]


def _descending(sort: str) -> bool:
    column, _, direction = sort.partition(":")
    if column.lstrip("@") != "timestamp" or direction not in {"asc", "desc", ""}:
        raise Refused(400, f"invalid sort {sort!r}")
    return direction == "desc"


def _instant(raw: str | None, otherwise: float) -> float:
    if raw is None:
        return otherwise
    try:
        at = parsedate_to_datetime(str(raw))
    except (ValueError, TypeError):
        raise Refused(400, f"{raw} is not an RFC-2822 compliant date") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _seconds(duration: str) -> float:
    found = _DURATION.fullmatch(str(duration))
    if not found:
        raise Refused(400, f"invalid duration {duration!r}")
    return int(found[1]) * {"h": 3_600.0, "d": _DAY_S}[found[2]]


def _date(at: float) -> str:
    return format_datetime(datetime.fromtimestamp(at, UTC))


# -- events ------------------------------------------------------------------------------------------------------------


def events_page(
    domain: str, parameters: Mapping[str, str], page_id: str | None, index: Index, url: str
) -> dict[str, Any]:
    """Answer `GET /v3/{domain}/events` and the pages of it, whose id holds the whole query.

    Raises:
        Refused: A parameter or the page id cannot be read.
    """
    position = _Position()
    if page_id is not None:
        parameters, place = _page(page_id)
        position = _position(place)
    events = index.events(_events_query(domain, parameters, index), position)
    home = f"{url}/v3/{domain}/events"
    paging = {
        name: f"{home}/{_encode([dict(parameters), attrs.astuple(place)])}"
        for name, place in _neighbours(events, position).items()
    }
    return {"items": [event.as_event(url) for event in events], "paging": paging}


def _page(page_id: str) -> tuple[dict[str, str], Any]:
    match _decode(page_id):
        case [dict(parameters), place]:
            return parameters, place
    raise Refused(400, "invalid page token")


def _events_query(domain: str, parameters: Mapping[str, str], index: Index) -> _Query:
    begin, end = (_epoch_or_date(parameters.get(name)) for name in ("begin", "end"))
    ascending = parameters.get("ascending")
    # Two ends tell the direction by themselves; otherwise the newest come first unless asked for differently.
    descending = ascending != "yes" if ascending or begin is None or end is None else begin > end
    low, high = begin, end
    if begin is not None and end is not None:
        low, high = min(begin, end), max(begin, end)
    elif begin is not None and descending:
        low, high = None, begin
    wanted = parameters.get("message-id")
    calls = _candidates(index.calls, [wanted] if wanted and _is_plain(wanted) else None)
    return _Query(
        calls=[call for call in calls if call.domain == domain],
        start=-math.inf if low is None else low,
        end=math.inf if high is None else high,
        descending=descending,
        limit=min(_integer(parameters.get("limit"), _LOGS_LIMIT), _EVENTS_LIMIT),
        filters=event_filters(parameters),
    )


def _is_plain(message_id: str) -> bool:
    return not message_id.startswith("<") and " " not in message_id and '"' not in message_id


def _integer(raw: str | None, otherwise: int) -> int:
    if raw is None:
        return otherwise
    if not raw.isdecimal():
        raise Refused(400, f"limit: {raw!r} is not a number")
    return int(raw)


def _epoch_or_date(raw: str | None) -> float | None:
    if raw is None:
        return None
    try:
        return float(raw)
    except ValueError:
        return _instant(raw, 0.0)
