"""Alerts on sending. `/v1/thresholds/alerts/send`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group, given
from mailgun_async.endpoints._thresholds import Comparator, Dimension, Filter, Threshold, request
from mailgun_async.paging import BySkip, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AlertHit", "SendAlert", "SendAlerts"]

Metric = Literal["hard_bounce_rate", "temporary_fail_rate", "delivered_rate", "complained_rate"]
Channel = Literal["email", "slack", "webhook"]


@attrs.define(kw_only=True)
class SendAlert(Threshold):
    """An alert on sending."""

    alert_channels: list[str] = attrs.Factory(list)
    """Who is told: `email`, `slack`, `webhook`."""


@attrs.define(kw_only=True)
class AlertHit:
    """A figure that has left its bounds."""

    id: str | None = None
    name: str | None = None
    """Of the alert or limit."""
    metric: str | None = None
    comparator: str | None = None
    limit: str | None = None
    latest_value: str | None = None
    triggered: bool | None = None
    dimension: str | None = None
    dimension_value: str | None = None
    parent_account_id: str | None = None
    subaccount_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    expires_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class SendAlerts(Group):
    """Alerts when a figure of what is sent leaves its bounds."""

    __slots__ = ()

    def list(self, *, max_items: int | None = None) -> Pages[SendAlert]:
        """List alerts; they come on one page. `GET /v1/thresholds/alerts/send`.

        Args:
            max_items: Most alerts that are given.
        """
        return self._pages("/v1/thresholds/alerts/send", SendAlert, BySkip(total="total"), max_items=max_items)

    async def get(self, name: str, /) -> SendAlert:
        """Fetch one alert. `GET /v1/thresholds/alerts/send/{name}`.

        Args:
            name: Its name.

        Raises:
            NotFound: There is no such alert.
        """
        return await self._get("/v1/thresholds/alerts/send/{name}", SendAlert, name=name)

    async def create(
        self,
        name: str,
        /,
        *,
        metric: Metric,
        comparator: Comparator,
        limit: float | str,
        dimension: Dimension,
        alert_channels: Sequence[Channel] | None = None,
        period: str | None = None,
        filters: Sequence[Filter] | None = None,
        description: str | None = None,
    ) -> SendAlert:
        """Make an alert. `POST /v1/thresholds/alerts/send`.

        Args:
            name: For people; also what it is fetched by.
            metric: The figure that is watched.
            comparator: How the figure stands to the bound when the alert is raised.
            limit: The bound: a share between 0 and 1.
            dimension: By what the figure is told apart.
            alert_channels: Who is told.
            period: Over what it is summed: `1h`, `1d`, `1M`.
            filters: Only a part of what is measured.
            description: For people.
        """
        json = request(name, metric, comparator, limit, dimension, period, filters, description)
        return await self._call(
            "POST", "/v1/thresholds/alerts/send", SendAlert, json={**json, **_channels(alert_channels)}
        )

    async def update(
        self,
        name: str,
        /,
        *,
        metric: Metric,
        comparator: Comparator,
        limit: float | str,
        dimension: Dimension,
        new_name: str | None = None,
        alert_channels: Sequence[Channel] | None = None,
        period: str | None = None,
        filters: Sequence[Filter] | None = None,
        description: str | None = None,
    ) -> Done:
        """Replace an alert. `PUT /v1/thresholds/alerts/send/{name}`.

        Args:
            name: Its name so far.
            metric: As for `create`.
            comparator: As for `create`.
            limit: As for `create`.
            dimension: As for `create`.
            new_name: By default the name stays.
            alert_channels: As for `create`.
            period: As for `create`.
            filters: As for `create`.
            description: As for `create`.

        Raises:
            NotFound: There is no such alert.
        """
        json = request(new_name or name, metric, comparator, limit, dimension, period, filters, description)
        return await self._call(
            "PUT", "/v1/thresholds/alerts/send/{name}", Done, json={**json, **_channels(alert_channels)}, name=name
        )

    async def delete(self, name: str, /) -> Done:
        """Delete an alert. `DELETE /v1/thresholds/alerts/send/{name}`.

        Args:
            name: Its name.

        Raises:
            NotFound: There is no such alert.
        """
        return await self._call("DELETE", "/v1/thresholds/alerts/send/{name}", Done, name=name)

    def list_hits(self, *, max_items: int | None = None) -> Pages[AlertHit]:
        """List what has left its bounds, alerts and limits alike; on one page. `GET /v1/thresholds/hits`.

        Args:
            max_items: Most hits that are given.
        """
        return self._pages("/v1/thresholds/hits", AlertHit, BySkip(total="total"), max_items=max_items)


def _channels(channels: Sequence[Channel] | None) -> dict[str, object]:
    return given(alert_channels=None if channels is None else list(channels))
