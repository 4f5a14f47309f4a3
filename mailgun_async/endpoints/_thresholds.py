"""What alerts and limits on thresholds share. `/v1/thresholds`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Comparator", "Dimension", "Filter", "Threshold", "request"]

Comparator = Literal["=", "!=", "<", "<=", ">", ">="]
Dimension = Literal["domain", "ip", "ip_pool", "recipient_provider", "subaccount"]


@attrs.define(kw_only=True)
class Filter:
    """Only a part of what is measured."""

    dimension: str
    """`domain`, `ip`, `ip_pool`, `recipient_provider` or `subaccount`."""
    comparator: str
    """`=`, `!=`, `contains`, `not contains`, `<`, `<=`, `>` or `>=`."""
    values: list[str] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Threshold:
    """A figure that is watched, and the bound it is held against."""

    name: str
    id: str | None = None
    metric: str | None = None
    comparator: str | None = None
    """`=`, `!=`, `<`, `<=`, `>` or `>=`."""
    limit: str | None = None
    """The bound, as text: `.99`, `2100`."""
    dimension: str | None = None
    """By what the figure is told apart: `domain`, `ip`, `ip_pool`, `recipient_provider` or `subaccount`."""
    period: str | None = None
    """Over what it is summed: `1h`, `1d`, `1M`."""
    filters: list[Filter] = attrs.Factory(list)
    description: str | None = None
    parent_account_id: str | None = None
    subaccount_id: str | None = None
    account_group: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_checked: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def request(  # noqa: PLR0917 -- handed on from two methods with these names
    name: str,
    metric: str,
    comparator: Comparator,
    limit: float | str,
    dimension: Dimension,
    period: str | None,
    filters: Sequence[Filter] | None,
    description: str | None,
) -> Mapping[str, Any]:
    """Write the JSON of a threshold."""
    return given(
        name=name,
        metric=metric,
        comparator=comparator,
        limit=str(limit),
        dimension=dimension,
        period=period,
        filters=None
        if filters is None
        else [{"dimension": f.dimension, "comparator": f.comparator, "values": f.values} for f in filters],
        description=description,
    )
