"""`Pages`: every kind of paging that Mailgun has behind one `async for`.

::

    async for bounce in mg.bounces.list("mg.example.com"):          # one after the other
    async for page in mg.bounces.list("mg.example.com").pages():    # whole pages
    page = await mg.bounces.list("mg.example.com").first()          # the first alone

While one page is worked on the next is already asked for. How pages follow each other is told by a `Paging`, which is
pure: a document in, the next step out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final, Generic, Protocol, TypeVar

import attrs

from mailgun_async import convert
from mailgun_async.errors import DecodingError, InvalidArgument

__all__ = ["ByBodySkip", "BySkip", "ByToken", "ByUrl", "OnePage", "Page", "Pages", "Paging", "Step"]

T = TypeVar("T")

_NOTHING: Final[Mapping[str, Any]] = {}


@attrs.define(kw_only=True)
class Page(Generic[T]):
    """One page of a listing."""

    items: list[T]
    extra: dict[str, Any] = attrs.field(factory=dict, repr=False)
    """All else that the document says: `total_count`, `paging` and the like."""


@attrs.frozen(kw_only=True)
class Step:
    """What is to be asked for one page."""

    query: Mapping[str, Any] | None = None
    json: Mapping[str, Any] | None = None
    url: str | None = None
    """Absolute, as Mailgun gave it; takes the place of path and query."""


class Paging(Protocol):
    """How pages follow each other."""

    def after(self, step: Step, document: Mapping[str, Any], items: Sequence[object]) -> Step | None:
        """Return the step to the page behind this one; None when it was the last."""


class OnePage:
    """All there is comes at once."""

    def after(self, step: Step, document: Mapping[str, Any], items: Sequence[object]) -> Step | None:
        """See `Paging.after`."""


class ByUrl:
    """`paging.next` holds the URL of the next page. It does so on the last page too: the end is an empty one."""

    def after(self, step: Step, document: Mapping[str, Any], items: Sequence[object]) -> Step | None:
        """See `Paging.after`."""
        paging = document.get("paging") or _NOTHING
        url = paging.get("next") or paging.get("Next")  # spelt with a capital by the history of dynamic pools
        return Step(url=url) if items and url and url != step.url else None


@attrs.frozen
class BySkip:
    """`skip` in the query grows by the items of each page, until one is short, or the total is reached."""

    total: str = "total_count"
    """Where the document has the number of all items, if it has it."""
    skip: str = "skip"

    def after(self, step: Step, document: Mapping[str, Any], items: Sequence[object]) -> Step | None:
        """See `Paging.after`."""
        query = step.query or _NOTHING
        skip = _next_skip(query, document.get(self.total), items, self.skip)
        return None if skip is None else Step(query={**query, self.skip: skip})


@attrs.frozen
class ByBodySkip:
    """The same with `pagination.skip` in the JSON of the request."""

    def after(self, step: Step, document: Mapping[str, Any], items: Sequence[object]) -> Step | None:
        """See `Paging.after`."""
        json = step.json or _NOTHING
        pagination = json.get("pagination") or _NOTHING
        skip = _next_skip(pagination, (document.get("pagination") or _NOTHING).get("total"), items, "skip")
        return None if skip is None else Step(json={**json, "pagination": {**pagination, "skip": skip}})


class ByToken:
    """`pagination.next` of the answer is `pagination.token` of the next request."""

    def after(self, step: Step, document: Mapping[str, Any], items: Sequence[object]) -> Step | None:
        """See `Paging.after`."""
        json = step.json or _NOTHING
        pagination = json.get("pagination") or _NOTHING
        token = (document.get("pagination") or _NOTHING).get("next")
        if not items or not token or token == pagination.get("token"):
            return None
        return Step(json={**json, "pagination": {**pagination, "token": token}})


def _next_skip(given: Mapping[str, Any], total: object, items: Sequence[object], name: str) -> int | None:
    skip = int(given.get(name) or 0) + len(items)
    if not items or (isinstance(total, int) and skip >= total):
        return None
    limit = given.get("limit")
    if not isinstance(total, int) and isinstance(limit, int) and len(items) < limit:
        return None
    return skip


class Pages(Generic[T]):
    """A listing, to be used with `async for`; nothing is asked before. It can be gone through several times.

    Leaving the loop early gives back the page that was asked for ahead.
    """

    def __init__(
        self,
        read: Callable[[Step], Awaitable[bytes]],
        type_: type[T],
        paging: Paging,
        first: Step,
        *,
        items: str = "items",
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> None:
        """Take what a group's method knows of its listing.

        Args:
            read: Makes one call and returns the body of the answer.
            type_: Of the items.
            paging: How pages follow each other.
            first: The first page.
            items: The key of the items in the document, or keys joined by dots.
            max_items: Most items that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `max_items` is negative.
        """
        if max_items is not None and max_items < 0:
            raise InvalidArgument(f"max_items must be 0 or more, not {max_items}", field="max_items")
        self._read, self._type, self._paging, self._first, self._key = read, type_, paging, first, items
        self._max_items, self._ahead = max_items, fetch_ahead

    def __repr__(self) -> str:
        return f"<Pages of {getattr(self._type, '__name__', self._type)}>"

    async def __aiter__(self) -> AsyncIterator[T]:
        async with aclosing(self.pages()) as pages:
            async for page in pages:
                for item in page.items:
                    yield item

    async def pages(self) -> AsyncGenerator[Page[T], None]:
        """Yield whole pages; those that would be empty are left out.

        Raises:
            DecodingError: An answer is no page of such items.
            MailgunError: As for every call.
        """
        left, step = self._max_items, self._first
        seen: set[str] = set()
        coming: asyncio.Future[bytes] | None = None
        try:
            while left is None or left > 0:
                body = await (self._read(step) if coming is None else coming)
                document, items = _parsed(body, self._key)
                following = self._paging.after(step, document, items)
                if following is not None and following.url in seen:
                    following = None  # it would go round for ever
                if following is not None and following.url is not None:
                    seen.add(following.url)
                if left is not None:
                    items = items[:left]
                    left -= len(items)
                if following is not None and self._ahead and left != 0:
                    coming = asyncio.ensure_future(self._read(following))
                    await asyncio.sleep(0)  # so that it is on its way before the items are built
                if items:
                    yield self._page(document, items, body)
                if following is None:
                    return
                step = following
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    async def first(self) -> Page[T]:
        """Return the first page alone, which may be empty."""
        body = await self._read(self._first)
        document, items = _parsed(body, self._key)
        return self._page(document, items[: self._max_items], body)

    async def all(self) -> list[T]:
        """Return all items in one list."""
        return [item async for item in self]

    def _page(self, document: Mapping[str, Any], items: list[Any], body: bytes) -> Page[T]:
        extra = _without(document, self._key.split("."))
        return Page(items=convert.structure_items(items, self._type, key=self._key, body=body), extra=extra)


def _without(document: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return a document without what is under the keys, each within the one before."""
    first, *rest = keys
    copy = dict(document)
    inner = copy.pop(first, None)
    if rest and isinstance(inner, Mapping):
        copy[first] = _without(inner, rest)
    return copy


def _parsed(body: bytes, key: str) -> tuple[Mapping[str, Any], list[Any]]:
    document = convert.loads(body)
    if isinstance(document, list):  # some listings are bare lists
        document = {key: document}
    if isinstance(document, dict):
        items: Any = document
        for one in key.split("."):
            items = items.get(one) if isinstance(items, dict) else items
        if items is None:
            items = []
        if isinstance(items, list):
            return document, items
    raise DecodingError(f"the answer is no page: it has no list {key!r}", path=key, body=body)
