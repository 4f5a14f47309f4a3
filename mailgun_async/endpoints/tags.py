"""Tags of the whole account. `/v1/analytics/tags`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._figures import Figures
from mailgun_async.endpoints._group import Done, Group, given
from mailgun_async.paging import ByBodySkip, Pages

__all__ = ["Tag", "TagLimits", "Tags"]

_ROUTE: Final = "/v1/analytics/tags"
_MAX_PAGE: Final = 1_000
_MAX_WITH_METRICS: Final = 20


@attrs.define(kw_only=True)
class Tag:
    """A tag that mail was sent with."""

    tag: str
    description: str | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    account_id: str | None = None
    account_name: str | None = None
    parent_account_id: str | None = None
    metrics: Figures | None = None
    """Filled with `include_metrics`."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class TagLimits:
    """How many tags there are, and how many there may be."""

    limit: int | None = None
    count: int | None = None
    limit_reached: bool | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Tags(Group):
    """Tags that mail was sent with."""

    __slots__ = ()

    def list(
        self,
        *,
        tag: str | None = None,
        include_subaccounts: bool | None = None,
        include_metrics: bool | None = None,
        sort: str | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Tag]:
        """List tags. `POST /v1/analytics/tags`.

        Args:
            tag: Only those that begin with this.
            include_subaccounts: With those of subaccounts.
            include_metrics: With figures of what was sent.
            sort: E.g. `lastseen:desc`.
            limit: Tags a page, 1 to 1,000; with figures 1 to 20.
            skip: Tags to leave out at the start.
            max_items: Most tags that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        most = _MAX_WITH_METRICS if include_metrics else _MAX_PAGE
        pagination = given(sort=sort, limit=self._page_size(limit, most), skip=skip)
        json = given(
            tag=tag,
            include_subaccounts=include_subaccounts,
            include_metrics=include_metrics,
            pagination=pagination or None,
        )
        return self._pages(_ROUTE, Tag, ByBodySkip(), json=json, max_items=max_items, fetch_ahead=fetch_ahead)

    async def update(self, tag: str, /, *, description: str) -> Done:
        """Describe a tag. `PUT /v1/analytics/tags`.

        Args:
            tag: The tag.
            description: For people.

        Raises:
            NotFound: There is no such tag.
        """
        return await self._call("PUT", _ROUTE, Done, json={"tag": tag, "description": description})

    async def delete(self, tag: str, /) -> Done:
        """Delete a tag. `DELETE /v1/analytics/tags`.

        Args:
            tag: The tag.

        Raises:
            NotFound: There is no such tag.
        """
        return await self._call("DELETE", _ROUTE, Done, json={"tag": tag})

    async def get_limits(self) -> TagLimits:
        """Tell how many tags there are, and how many there may be. `GET /v1/analytics/tags/limits`."""
        return await self._get("/v1/analytics/tags/limits", TagLimits)
