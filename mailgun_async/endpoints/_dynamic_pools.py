"""What is said of dynamic pools and of the domains in them."""

from __future__ import annotations

from datetime import datetime

import attrs

from mailgun_async.convert import EXTRA

__all__ = [
    "AssignableDomain",
    "DynamicPool",
    "DynamicPoolDomain",
    "DynamicPoolIps",
    "HealthCheck",
    "HealthMetric",
    "HistoryRecord",
]


@attrs.define(kw_only=True)
class DynamicPool:
    """One of the pools, `dynamic_good` for one."""

    id: str | None = None
    account_id: str | None = None
    name: str | None = None
    enabled: bool | None = None
    ips: list[str] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DynamicPoolIps:
    """The pools, and the IPs in each."""

    pools: list[DynamicPool] = attrs.Factory(list)
    good_reputation: list[str] = attrs.Factory(list)
    """IPs for domains of good reputation (`dynamic_good`)."""
    poor_reputation: list[str] = attrs.Factory(list)
    """IPs for domains of poor reputation (`dynamic_poor`)."""
    new_senders: list[str] = attrs.Factory(list)
    """IPs for domains of which nothing is known yet (`dynamic_new`)."""
    message: str | None = None
    """Mailgun's word on a change."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AssignableDomain:
    """A domain that is in no dynamic pool."""

    id: str | None = None
    account_id: str | None = None
    name: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DynamicPoolDomain:
    """A domain, and the pool that its health has put it into."""

    id: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    name: str | None = None
    registered_at: datetime | None = None
    pool: str | None = None
    """`dynamic_good`, `dynamic_poor`, `dynamic_new`, for one."""
    override: bool | None = None
    """It was put there by hand, and stays."""
    bounce_rate: float | None = None
    """Share of its mail that bounced: `0.01`."""
    complaint_rate: float | None = None
    """Share of its mail that was complained of: `0.0001`."""
    processed_count: int | None = None
    """Mails that the rates are about."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class HealthMetric:
    """One thing that tells a domain's health."""

    value: float | None = None
    band: str | None = None
    """The pool that it speaks for."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class HealthCheck:
    """The pool that a domain would be put into, and why."""

    pool: str | None = None
    results: dict[str, HealthMetric] | None = None
    """By name: `bounce_rate`, `complaint_rate`, `processed_count`."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class HistoryRecord:
    """A move of a domain from one pool to another."""

    id: str | None = None
    owning_account_id: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    domain_id: str | None = None
    domain_name: str | None = None
    new_band: str | None = None
    """The pool it was moved to."""
    prev_band: str | None = None
    """The pool it was moved from."""
    reason: str | None = None
    bounce_rate: float | None = None
    """As in `DynamicPoolDomain`."""
    complaint_rate: float | None = None
    """As in `DynamicPoolDomain`."""
    processed_count: int | None = None
    """As in `DynamicPoolDomain`."""
    initiated_by: str | None = None
    """`system`, or who did it."""
    timestamp: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""
