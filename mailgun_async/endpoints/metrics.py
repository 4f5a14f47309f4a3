"""Metrics: what was sent and what became of it, summed by any dimensions. `/v1/analytics/metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._analytics import Comparator, Condition, Filter, filter_json, span
from mailgun_async.endpoints._figures import Figures, MetricName, UsageName
from mailgun_async.endpoints._group import Group, given
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByBodySkip, Pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

__all__ = ["Dimension", "Figures", "MetricAttribute", "MetricRow", "Metrics", "Resolution", "where"]

MetricAttribute = Literal[
    "bot",
    "country",
    "ip_pool",
    "recipient_domain",
    "recipient_provider",
    "ip",
    "domain",
    "tag",
    "device",
    "subaccount",
]
"""What metrics can be filtered by."""
Dimension = MetricAttribute | Literal["time"]
"""What figures can be told apart by."""
Resolution = Literal["hour", "day", "month"]
_MAX_TIMES: Final = 1_500
_MAX_ROWS: Final = 1_000


@attrs.define(kw_only=True)
class DimensionValue:
    """What a row is about, in one dimension."""

    dimension: str
    value: str | None = None
    """Of `time` a date in the form of RFC 2822."""
    display_value: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class MetricRow:
    """The figures of one combination of dimensions."""

    dimensions: list[DimensionValue] = attrs.Factory(list)
    metrics: Figures = attrs.Factory(Figures)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""

    def value(self, dimension: Dimension) -> str | None:
        """Return what the row is about in a dimension; None when it was not asked for."""
        return next((one.value for one in self.dimensions if one.dimension == dimension), None)


def where(attribute: MetricAttribute, comparator: Comparator, *values: str) -> Filter[MetricAttribute]:
    """Return a condition on what is summed; `&` joins it with others.

    Args:
        attribute: What is looked at.
        comparator: How it compares: `=`, `!=`, `contains` or `not contains`.
        values: With what; of several, one has to fit.

    Raises:
        InvalidArgument: There is no value.
    """
    if not values:
        raise InvalidArgument(f"the condition on {attribute} has no value", field=attribute)
    return Filter((Condition(attribute, comparator, values),))


class Metrics(Group):
    """What was sent and what became of it, in figures."""

    __slots__ = ()

    def query(
        self,
        *,
        metrics: Sequence[MetricName],
        dimensions: Sequence[Dimension] = ("time",),
        start: datetime | None = None,
        end: datetime | None = None,
        duration: str | None = None,
        resolution: Resolution | None = None,
        filter: Filter[MetricAttribute] | None = None,  # noqa: A002 -- Mailgun's name
        include_subaccounts: bool | None = None,
        include_aggregates: bool | None = None,
        sort: str | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[MetricRow]:
        """Sum what was sent. `POST /v1/analytics/metrics`.

        Args:
            metrics: The figures, e.g. `delivered_count`, `opened_rate`.
            dimensions: What they are told apart by; by default time.
            start: By default 7 days ago.
            end: By default now.
            duration: Instead of `start`, back from the end: `1d`, `2h`, `3m`.
            resolution: How long a step of time is; Mailgun's default is a day.
            filter: Made with `where`.
            include_subaccounts: With what subaccounts sent.
            include_aggregates: Have `Page.extra["aggregates"]` hold the sums over all rows.
            sort: E.g. `time:asc`, `delivered_count:desc`.
            limit: Rows a page, 1 to 1,500 where time is the only dimension, otherwise 1 to 1,000.
            skip: Rows to leave out at the start.
            max_items: Most rows that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: A datetime has no time zone, or an argument is out of its range.
        """
        most = _MAX_TIMES if list(dimensions) == ["time"] else _MAX_ROWS
        json = _query(metrics, dimensions, span(start, end, duration), resolution, filter)
        json |= given(
            include_subaccounts=include_subaccounts,
            include_aggregates=include_aggregates,
            pagination=given(sort=sort, limit=self._page_size(limit, most), skip=skip) or None,
        )
        return self._pages(
            "/v1/analytics/metrics", MetricRow, ByBodySkip(), json=json, max_items=max_items, fetch_ahead=fetch_ahead
        )

    def query_usage(
        self,
        *,
        metrics: Sequence[UsageName],
        dimensions: Sequence[Literal["subaccount", "time"]] = ("time",),
        start: datetime | None = None,
        end: datetime | None = None,
        duration: str | None = None,
        resolution: Resolution | None = None,
        filter: Filter[MetricAttribute] | None = None,  # noqa: A002 -- Mailgun's name
        include_subaccounts: bool | None = None,
        include_aggregates: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[MetricRow]:
        """Sum what services were used. `POST /v1/analytics/usage/metrics`.

        Args:
            metrics: The figures, e.g. `email_validation_count`.
            dimensions: What they are told apart by; by default time.
            start: As for `query`.
            end: As for `query`.
            duration: As for `query`.
            resolution: As for `query`.
            filter: As for `query`.
            include_subaccounts: As for `query`.
            include_aggregates: As for `query`.
            limit: As for `query`.
            skip: As for `query`.
            max_items: As for `query`.
            fetch_ahead: As for `query`.

        Raises:
            InvalidArgument: A datetime has no time zone, or an argument is out of its range.
        """
        json = _query(metrics, dimensions, span(start, end, duration), resolution, filter)
        json |= given(
            include_subaccounts=include_subaccounts,
            include_aggregates=include_aggregates,
            pagination=given(limit=self._page_size(limit, _MAX_ROWS), skip=skip) or None,
        )
        return self._pages(
            "/v1/analytics/usage/metrics",
            MetricRow,
            ByBodySkip(),
            json=json,
            max_items=max_items,
            fetch_ahead=fetch_ahead,
        )


def _query(
    metrics: Sequence[str],
    dimensions: Sequence[str],
    time: Mapping[str, str | None],
    resolution: Resolution | None,
    conditions: Filter[Any] | None,
) -> dict[str, object]:
    if not metrics:
        raise InvalidArgument("name at least one figure", field="metrics")
    return given(
        **time,
        metrics=list(metrics),
        dimensions=list(dimensions),
        resolution=resolution,
        filter=filter_json(conditions),
    )
