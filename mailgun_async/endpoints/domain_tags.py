"""Tags of a domain, deprecated in favour of the account's. `/v3/{domain}/tag`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import attrs
from typing_extensions import deprecated

from mailgun_async.convert import EXTRA, wire
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._stats import AggregateCounts, Resolution, Stats, StatsEvent, stats_query
from mailgun_async.paging import ByUrl, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DomainTag", "DomainTags", "TagAggregates", "TagCount"]


@attrs.define(kw_only=True)
class DomainTag:
    """A tag that a domain sent with."""

    tag: str
    description: str | None = None
    first_seen: datetime | None = attrs.field(default=None, metadata=wire("first-seen"))
    last_seen: datetime | None = attrs.field(default=None, metadata=wire("last-seen"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class TagAggregates:
    """Counts of a tag, by what was asked for."""

    tag: str | None = None
    provider: dict[str, AggregateCounts] | None = None
    device: dict[str, AggregateCounts] | None = None
    country: dict[str, AggregateCounts] | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class TagCount:
    """How many tags a domain has, and how many it may have."""

    id: str | None = None
    limit: int | None = None
    count: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class _Names:
    items: list[str] = attrs.Factory(list)


class DomainTags(Group):
    """Tags of a domain; `mg.tags` has those of the account."""

    __slots__ = ()

    @deprecated("use mg.tags.list")
    def list(
        self,
        domain: str | None = None,
        /,
        *,
        prefix: str | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[DomainTag]:
        """List tags. `GET /v3/{domain}/tags`.

        Deprecated: use `mg.tags.list`.

        Args:
            domain: The sending domain; the client's default domain when left out.
            prefix: Only those that begin with this.
            limit: Tags a page, 1 to 1,000.
            max_items: Most tags that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            "/v3/{domain}/tags",
            DomainTag,
            ByUrl(),
            query={"prefix": prefix, "limit": self._page_size(limit)},
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain=self._domain(domain),
        )

    @deprecated("use mg.tags.list")
    async def get(self, domain: str, tag: str | None = None, /) -> DomainTag:
        """Fetch one tag. `GET /v3/{domain}/tag`.

        Deprecated: use `mg.tags.list`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            tag: The tag.

        Raises:
            NotFound: There is no such tag.
        """
        domain, tag = self._with_domain(domain, tag)
        return await self._get("/v3/{domain}/tag", DomainTag, query={"tag": tag}, domain=domain)

    @deprecated("use mg.tags.update")
    async def update(self, domain: str, tag: str | None = None, /, *, description: str) -> Done:
        """Describe a tag. `PUT /v3/{domain}/tag`.

        Deprecated: use `mg.tags.update`.

        Args:
            domain: As for `get`.
            tag: The tag.
            description: For people.

        Raises:
            NotFound: There is no such tag.
        """
        domain, tag = self._with_domain(domain, tag)
        query = {"tag": tag, "description": description}
        return await self._call("PUT", "/v3/{domain}/tag", Done, query=query, domain=domain)

    @deprecated("use mg.tags.delete")
    async def delete(self, domain: str, tag: str | None = None, /) -> Done:
        """Delete a tag. `DELETE /v3/{domain}/tag`.

        Deprecated: use `mg.tags.delete`.

        Args:
            domain: As for `get`.
            tag: The tag.
        """
        domain, tag = self._with_domain(domain, tag)
        return await self._call("DELETE", "/v3/{domain}/tag", Done, query={"tag": tag}, domain=domain)

    @deprecated("use mg.metrics.query")
    async def get_aggregates(
        self,
        domain: str,
        tag: str | None = None,
        /,
        *,
        type: Literal["country", "device", "provider"],  # noqa: A002 -- Mailgun's name
    ) -> TagAggregates:
        """Count what was sent with a tag. `GET /v3/{domain}/tag/stats/aggregates`.

        Deprecated: use `mg.metrics.query`.

        Args:
            domain: As for `get`.
            tag: The tag.
            type: What the counts are told apart by.
        """
        domain, tag = self._with_domain(domain, tag)
        query = {"tag": tag, "type": type}
        return await self._get("/v3/{domain}/tag/stats/aggregates", TagAggregates, query=query, domain=domain)

    @deprecated("use mg.metrics.query")
    async def get_stats(
        self,
        domain: str,
        tag: str | None = None,
        /,
        *,
        events: Sequence[StatsEvent],
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        duration: str | None = None,
        provider: str | None = None,
        device: str | None = None,
        country: str | None = None,
    ) -> Stats:
        """Count what was sent with a tag, over time. `GET /v3/{domain}/tag/stats`.

        Deprecated: use `mg.metrics.query`.

        Args:
            domain: As for `get`.
            tag: The tag.
            events: What is counted (`event`).
            start: By default 7 days ago.
            end: By default now.
            resolution: How long a step of time is; Mailgun's default is a day.
            duration: Instead of `start`, back from the end: `24h`, `7d`, `1m`.
            provider: Only of this provider.
            device: Only of this kind of device.
            country: Only of this country.

        Raises:
            InvalidArgument: No event is named, or a datetime has no time zone.
        """
        domain, tag = self._with_domain(domain, tag)
        query = {
            **stats_query(events, start, end, resolution, duration),
            "tag": tag,
            "provider": provider,
            "device": device,
            "country": country,
        }
        return await self._get("/v3/{domain}/tag/stats", Stats, query=query, domain=domain)

    @deprecated("use mg.metrics.query")
    async def list_devices(self, domain: str | None = None, /) -> Sequence[str]:
        """List the kinds of devices that counts are told apart by. `GET /v3/domains/{domain}/tag/devices`.

        Deprecated: use `mg.metrics.query` with dimensions.

        Args:
            domain: As for `list`.
        """
        name = self._domain(domain)
        return (await self._get("/v3/domains/{domain}/tag/devices", _Names, domain=name)).items

    @deprecated("use mg.metrics.query")
    async def list_providers(self, domain: str | None = None, /) -> Sequence[str]:
        """List the providers that counts are told apart by. `GET /v3/domains/{domain}/tag/providers`.

        Deprecated: use `mg.metrics.query` with dimensions.

        Args:
            domain: As for `list`.
        """
        name = self._domain(domain)
        return (await self._get("/v3/domains/{domain}/tag/providers", _Names, domain=name)).items

    @deprecated("use mg.metrics.query")
    async def list_countries(self, domain: str | None = None, /) -> Sequence[str]:
        """List the codes of countries that counts are told apart by. `GET /v3/domains/{domain}/tag/countries`.

        Deprecated: use `mg.metrics.query` with dimensions.

        Args:
            domain: As for `list`.
        """
        name = self._domain(domain)
        return (await self._get("/v3/domains/{domain}/tag/countries", _Names, domain=name)).items

    @deprecated("use mg.tags.get_limits")
    async def get_limits(self, domain: str | None = None, /) -> TagCount:
        """Tell how many tags there are, and how many there may be. `GET /v3/domains/{domain}/limits/tag`.

        Deprecated: use `mg.tags.get_limits`.

        Args:
            domain: As for `list`.
        """
        return await self._get("/v3/domains/{domain}/limits/tag", TagCount, domain=self._domain(domain))
