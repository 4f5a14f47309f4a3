"""Listings by cursor: pages that begin after a key or end before it, and the URLs of those around. Pure.

As a page ends at a key and not at a count, what comes in between neither repeats nor hides anything. `next` is there on
the last page too; the page after it is empty.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from mailgun_async.testing._parameters import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["cursor_page", "path_of"]


def path_of(*parts: str) -> str:
    """Join the parts of a path, quoted."""
    return "".join("/" + quote(part, safe="@") for part in parts)


def cursor_page(
    keys: Sequence[str],
    query: Mapping[str, str],
    url: str,
    *,
    pivot: str = "address",
    most: int = 1_000,
) -> tuple[Sequence[str], dict[str, str]]:
    """Cut a page out of sorted keys, and make its `paging`.

    Args:
        keys: Of all there is.
        query: What was asked: `limit`, `page` (`next`, `previous` or `prev`, `last`, else the first), the pivot, and
            filters, which the URLs repeat.
        url: Of the listing, without a query.
        pivot: The parameter that holds the key which a page begins after or ends before.
        most: Largest page; asked for more, Mailgun's answer is not known, here it is this many.

    Raises:
        Refused: The limit is no number.
    """
    limit = min(number("limit", query.get("limit"), 100), most)
    side, key = query.get("page"), query.get(pivot, "")
    match side:
        case "next":
            start = bisect_right(keys, key)
            found = keys[start : start + limit]
        case "previous" | "prev":
            end = bisect_left(keys, key)
            found = keys[max(end - limit, 0) : end]
        case "last":
            found = keys[max(len(keys) - limit, 0) :]
        case _:
            found = keys[:limit]
    first, last = (found[0], found[-1]) if found else (key, key)
    kept = {name: value for name, value in query.items() if name not in {"page", pivot, "limit"}} | {
        "limit": str(limit)
    }
    places: dict[str, dict[str, str]] = {
        "previous": {"page": "previous", pivot: first},
        "first": {},
        "next": {"page": "next", pivot: last},
        "last": {"page": "last"},
    }
    return found, {name: f"{url}?{urlencode(place | kept)}" for name, place in places.items()}
