"""What the older statistics share. Metrics have taken their place."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import attrs

from mailgun_async.convert import EXTRA, rfc2822, wire
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "AcceptedCounts",
    "AggregateCounts",
    "DeliveredCounts",
    "FailedCounts",
    "PermanentCounts",
    "Resolution",
    "Stats",
    "StatsEvent",
    "StatsStep",
    "TemporaryCounts",
    "UniqueCounts",
    "ValidationCounts",
    "stats_query",
]

StatsEvent = Literal["accepted", "delivered", "failed", "opened", "clicked", "unsubscribed", "complained", "stored"]
"""What statistics count."""
Resolution = Literal["hour", "day", "month"]


@attrs.define(kw_only=True)
class UniqueCounts:
    """How often something happened."""

    total: int | None = None
    unique: int | None = None
    """By how many recipients, where that is told."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AcceptedCounts:
    """Messages that were accepted."""

    incoming: int | None = None
    outgoing: int | None = None
    total: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DeliveredCounts:
    """Messages that were delivered."""

    smtp: int | None = None
    http: int | None = None
    optimized: int | None = None
    total: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class TemporaryCounts:
    """Attempts that failed for now."""

    espblock: int | None = None
    total: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class PermanentCounts:
    """Messages that failed for good."""

    bounce: int | None = None
    delayed_bounce: int | None = attrs.field(default=None, metadata=wire("delayed-bounce"))
    suppress_bounce: int | None = attrs.field(default=None, metadata=wire("suppress-bounce"))
    suppress_unsubscribe: int | None = attrs.field(default=None, metadata=wire("suppress-unsubscribe"))
    suppress_complaint: int | None = attrs.field(default=None, metadata=wire("suppress-complaint"))
    webhook: int | None = None
    optimized: int | None = None
    total: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class FailedCounts:
    """Messages that failed."""

    temporary: TemporaryCounts | None = None
    permanent: PermanentCounts | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class ValidationCounts:
    """Addresses that were validated."""

    total: int | None = None
    public: int | None = None
    valid: int | None = None
    single: int | None = None
    bulk: int | None = None
    list: int | None = None
    mailgun: int | None = None
    mailjet: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class StatsStep:
    """The counts of one step of time; None is what was not asked for."""

    time: datetime | None = None
    accepted: AcceptedCounts | None = None
    delivered: DeliveredCounts | None = None
    failed: FailedCounts | None = None
    stored: UniqueCounts | None = None
    opened: UniqueCounts | None = None
    clicked: UniqueCounts | None = None
    unsubscribed: UniqueCounts | None = None
    complained: UniqueCounts | None = None
    campaign: UniqueCounts | None = None
    email_validation: ValidationCounts | None = None
    seed_test: UniqueCounts | None = None
    ip_blocklist_monitoring: UniqueCounts | None = None
    domain_blocklist_monitoring: UniqueCounts | None = None
    email_preview: UniqueCounts | None = None
    email_preview_failed: UniqueCounts | None = None
    link_validation: UniqueCounts | None = None
    link_validation_failed: UniqueCounts | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class StatsKind:
    """What statistics are about, when they are about a part."""

    type: str | None = None
    key: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Stats:
    """Counts over time."""

    start: datetime | None = None
    end: datetime | None = None
    resolution: str | None = None
    """`hour`, `day` or `month`."""
    description: str | None = None
    tag: str | None = None
    type: StatsKind | None = None
    stats: list[StatsStep] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AggregateCounts:
    """Counts of one provider, device or country."""

    accepted: int | None = None
    delivered: int | None = None
    opened: int | None = None
    unique_opened: int | None = None
    clicked: int | None = None
    unique_clicked: int | None = None
    unsubscribed: int | None = None
    complained: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def stats_query(
    events: Sequence[StatsEvent],
    start: datetime | None,
    end: datetime | None,
    resolution: Resolution | None,
    duration: str | None,
) -> Mapping[str, Any]:
    """Write the query that all statistics have.

    Raises:
        InvalidArgument: No event is named, or a datetime has no time zone.
    """
    if not events:
        raise InvalidArgument("name at least one event to count", field="event")
    return {
        "event": list(events),
        "start": rfc2822("start", start),
        "end": rfc2822("end", end),
        "resolution": resolution,
        "duration": duration,
    }
