"""Warm-ups: new IPs send more from day to day. `/v3/ip_warmups`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.paging import ByUrl, Pages

__all__ = ["IpWarmup", "IpWarmupDetails", "IpWarmups", "WarmupStage"]

_ONE: Final = "/v3/ip_warmups/{addr}"


@attrs.define(kw_only=True)
class IpWarmup:
    """How far an IP is with its warm-up."""

    ip: str | None = None
    sent_within_stage: str | None = None
    """Share of the stage's mail that was sent, as Mailgun writes it: `25%`."""
    throttle: int | None = None
    stage_number: int | None = None
    stage_start_volume: int | None = None
    """Mails."""
    stage_start_time: datetime | None = None
    stage_volume_limit: int | None = None
    """Mails of this stage."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class WarmupStage:
    """A stage that is over."""

    first_updated_at: datetime | None = None
    completed_at: datetime | None = None
    limit: int | None = None
    """Mails of the stage."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class IpWarmupDetails:
    """The warm-up of an IP."""

    sent_within_stage: str | None = None
    """As in `IpWarmup`."""
    throttle: int | None = None
    start_volume: int | None = None
    """Mails."""
    stage: int | None = None
    """The number of the stage."""
    stage_limit: int | None = None
    """Mails of this stage."""
    hourly_limit: int | None = None
    """Mails of an hour."""
    stage_started_at: datetime | None = None
    hour_started_at: datetime | None = None
    plan_started_at: datetime | None = None
    plan_last_updated_at: datetime | None = None
    total_stages: int | None = None
    stage_history: list[WarmupStage] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class IpWarmups(Group):
    """Warm-ups of dedicated IPs."""

    __slots__ = ()

    def list(
        self, *, limit: int | None = None, max_items: int | None = None, fetch_ahead: bool = True
    ) -> Pages[IpWarmup]:
        """List the warm-ups that are under way. `GET /v3/ip_warmups`.

        Args:
            limit: Warm-ups a page, 1 to 1,000; Mailgun's default is 10.
            max_items: Most warm-ups that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"limit": self._page_size(limit)}
        return self._pages(
            "/v3/ip_warmups", IpWarmup, ByUrl(), query=query, max_items=max_items, fetch_ahead=fetch_ahead
        )

    async def get(self, ip: str, /) -> IpWarmupDetails:
        """Fetch the warm-up of an IP. `GET /v3/ip_warmups/{addr}`.

        Args:
            ip: A dedicated IP of the account.

        Raises:
            NotFound: It is not warmed up.
        """
        return await self._get(_ONE, IpWarmupDetails, under="details", addr=ip)

    async def create(self, ip: str, /) -> Done:
        """Warm up an IP. `POST /v3/ip_warmups/{addr}`.

        Args:
            ip: A dedicated IP of the account.
        """
        return await self._call("POST", _ONE, Done, addr=ip)

    async def delete(self, ip: str, /) -> Done:
        """End the warm-up of an IP before its time. `DELETE /v3/ip_warmups/{addr}`.

        Args:
            ip: A dedicated IP of the account.

        Raises:
            NotFound: It is not warmed up.
        """
        return await self._call("DELETE", _ONE, Done, addr=ip)
