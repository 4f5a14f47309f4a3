"""Statistics of the account and of domains, deprecated in favour of metrics. `/v3/stats`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs
from typing_extensions import deprecated

from mailgun_async.convert import rfc2822
from mailgun_async.endpoints._group import Group
from mailgun_async.endpoints._stats import AggregateCounts, Resolution, Stats, StatsEvent, stats_query
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = ["AggregateCounts", "Statistics", "Stats"]


@attrs.define(kw_only=True)
class _Aggregates:
    providers: dict[str, AggregateCounts] = attrs.Factory(dict)
    devices: dict[str, AggregateCounts] = attrs.Factory(dict)
    countries: dict[str, AggregateCounts] = attrs.Factory(dict)


class Statistics(Group):
    """Counts of what was sent; `mg.metrics` has taken their place."""

    __slots__ = ()

    @deprecated("use mg.metrics.query")
    async def get_account_totals(
        self,
        *,
        events: Sequence[StatsEvent],
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        duration: str | None = None,
    ) -> Stats:
        """Count what the account sent. `GET /v3/stats/total`.

        Deprecated: use `mg.metrics.query`.

        Args:
            events: What is counted (`event`).
            start: By default 7 days ago.
            end: By default now.
            resolution: How long a step of time is; Mailgun's default is a day.
            duration: Instead of `start`, back from the end: `24h`, `7d`, `1m`.

        Raises:
            InvalidArgument: No event is named, or a datetime has no time zone.
        """
        query = stats_query(events, start, end, resolution, duration)
        return await self._get("/v3/stats/total", Stats, query=query)

    @deprecated("use mg.metrics.query")
    async def get_domain_totals(
        self,
        domain: str | None = None,
        /,
        *,
        events: Sequence[StatsEvent],
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        duration: str | None = None,
    ) -> Stats:
        """Count what a domain sent. `GET /v3/{domain}/stats/total`.

        Deprecated: use `mg.metrics.query`.

        Args:
            domain: The sending domain; the client's default domain when left out.
            events: What is counted (`event`).
            start: By default 7 days ago.
            end: By default now.
            resolution: How long a step of time is; Mailgun's default is a day.
            duration: Instead of `start`, back from the end: `24h`, `7d`, `1m`.

        Raises:
            InvalidArgument: No event is named, or a datetime has no time zone.
        """
        query = stats_query(events, start, end, resolution, duration)
        return await self._get("/v3/{domain}/stats/total", Stats, query=query, domain=self._domain(domain))

    @deprecated("use mg.metrics.query")
    async def get_totals_by_domain(
        self,
        *,
        events: Sequence[StatsEvent],
        timestamp: datetime,
        resolution: Resolution | None = None,
        limit: int | None = None,
    ) -> Stats:
        """Count what each domain sent in one step of time. `GET /v3/stats/total/domains`.

        Deprecated: use `mg.metrics.query`.

        Args:
            events: What is counted (`event`).
            timestamp: In which step.
            resolution: How long the step is; Mailgun's default is a day.
            limit: Most domains.

        Raises:
            InvalidArgument: No event is named, or the datetime has no time zone.
        """
        if not events:
            raise InvalidArgument("name at least one event to count", field="event")
        query = {
            "event": list(events),
            "timestamp": rfc2822("timestamp", timestamp),
            "resolution": resolution,
            "limit": limit,
        }
        return await self._get("/v3/stats/total/domains", Stats, query=query)

    @deprecated("use mg.metrics.query")
    async def get_filtered(
        self,
        *,
        events: Sequence[StatsEvent],
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution | None = None,
        duration: str | None = None,
        filter: str | None = None,  # noqa: A002 -- Mailgun's name
        group: Literal["total", "time", "day", "month", "domain", "ip", "provider", "tag", "country"] | None = None,
    ) -> Stats:
        """Count what the account sent, filtered and grouped. `GET /v3/stats/filter`.

        Deprecated: use `mg.metrics.query`.

        Args:
            events: What is counted (`event`).
            start: By default 7 days ago.
            end: By default now.
            resolution: How long a step of time is; Mailgun's default is a day.
            duration: Instead of `start`, back from the end: `24h`, `7d`, `1m`.
            filter: E.g. `domain:mg.example.com`.
            group: What the counts are told apart by.

        Raises:
            InvalidArgument: No event is named, or a datetime has no time zone.
        """
        query = {**stats_query(events, start, end, resolution, duration), "filter": filter, "group": group}
        return await self._get("/v3/stats/filter", Stats, query=query)

    @deprecated("use mg.metrics.query")
    async def get_provider_aggregates(self, domain: str | None = None, /) -> Mapping[str, AggregateCounts]:
        """Count what a domain sent, by provider. `GET /v3/{domain}/aggregates/providers`.

        Deprecated: use `mg.metrics.query`.

        Args:
            domain: The sending domain; the client's default domain when left out.
        """
        name = self._domain(domain)
        return (await self._get("/v3/{domain}/aggregates/providers", _Aggregates, domain=name)).providers

    @deprecated("use mg.metrics.query")
    async def get_device_aggregates(self, domain: str | None = None, /) -> Mapping[str, AggregateCounts]:
        """Count what a domain sent, by device. `GET /v3/{domain}/aggregates/devices`.

        Deprecated: use `mg.metrics.query`.

        Args:
            domain: The sending domain; the client's default domain when left out.
        """
        name = self._domain(domain)
        return (await self._get("/v3/{domain}/aggregates/devices", _Aggregates, domain=name)).devices

    @deprecated("use mg.metrics.query")
    async def get_country_aggregates(self, domain: str | None = None, /) -> Mapping[str, AggregateCounts]:
        """Count what a domain sent, by country. `GET /v3/{domain}/aggregates/countries`.

        Deprecated: use `mg.metrics.query`.

        Args:
            domain: The sending domain; the client's default domain when left out.
        """
        name = self._domain(domain)
        return (await self._get("/v3/{domain}/aggregates/countries", _Aggregates, domain=name)).countries
