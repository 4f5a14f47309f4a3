"""What became of a call, asked for by its Message-Id: the two questions, and what their answers prove. Pure.

An item found is proof. None found is not yet proof of the contrary, as the index lags; and an answer that holds items
of other messages alone proves nothing, since then it was not filtered: so every item is looked at.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from mailgun_async import convert
from mailgun_async.errors import BadRequest, DecodingError, Forbidden, NotFound, UnexpectedAnswer

if TYPE_CHECKING:
    from mailgun_async.errors import MailgunError

__all__ = ["events_query", "logs_query", "telling", "tells_of"]

_ITEMS: Final = 10
_FINAL: Final = (Forbidden, NotFound, BadRequest, UnexpectedAnswer)
"""Refusals that asking again does not change."""


def logs_query(domain: str, message_id: str, *, begin: float, end: float) -> dict[str, Any]:
    """Return the body of `POST /v1/analytics/logs`; times are seconds since 1970, the id is without brackets."""
    filters = [("domain", domain), ("message_id", message_id)]
    return {
        "start": convert.rfc2822("start", datetime.fromtimestamp(begin, UTC)),
        "end": convert.rfc2822("end", datetime.fromtimestamp(end, UTC)),
        "filter": {
            "AND": [
                {"attribute": name, "comparator": "=", "values": [{"label": value, "value": value}]}
                for name, value in filters
            ]
        },
        "pagination": {"sort": "timestamp:asc", "limit": _ITEMS},
    }


def events_query(message_id: str, *, begin: float, end: float) -> dict[str, Any]:
    """Return the query of `GET /v3/{domain}/events`. With brackets round the id Mailgun would not filter by it."""
    return {"message-id": message_id, "begin": int(begin), "end": int(end) + 1, "ascending": "yes", "limit": _ITEMS}


def tells_of(body: bytes, message_id: str, *, variable: str) -> bool:
    """Tell whether an answer holds an item of the message: by its id, or by a user variable with the same value.

    Raises:
        DecodingError: It is no page of items, or has items, all of other messages.
    """
    page = convert.loads(body)
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(items, list):
        raise DecodingError("the answer is no page: it has no list of items", path="items", body=body)
    if any(_is_of(item, message_id, variable) for item in items):
        return True
    if items:
        raise DecodingError(
            "the answer has items of other messages alone: Mailgun did not filter by message_id",
            path="items",
            body=body,
        )
    return False


def telling(logs: MailgunError, events: MailgunError) -> MailgunError:
    """Return the error that says why neither could be read; one that may pass goes before one that will not."""
    for error in (logs, events):
        if not isinstance(error, _FINAL):
            return error
    return logs if isinstance(logs, Forbidden) else events


def _is_of(item: Any, message_id: str, variable: str) -> bool:
    own = _inside(item, "message", "headers", "message-id")
    if isinstance(own, str) and own.strip("<> ") == message_id:
        return True
    variables = _inside(item, "user-variables")
    if isinstance(variables, str):  # logs give them as text
        with suppress(DecodingError):
            variables = convert.loads(variables.encode())
    return bool(_inside(variables, variable) == message_id)


def _inside(document: Any, *way: str) -> Any:
    for key in way:
        document = document.get(key) if isinstance(document, dict) else None
    return document
