"""What is said of IPs and their pools."""

from __future__ import annotations

from datetime import datetime

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.errors import InvalidArgument

__all__ = [
    "AllowedIps",
    "DetailedIp",
    "Ip",
    "IpDetail",
    "IpDomain",
    "IpList",
    "Spillover",
    "Started",
    "replacement",
]


@attrs.define(kw_only=True)
class Ip:
    """An IP of the account."""

    ip: str | None = None
    dedicated: bool | None = None
    """Nobody else sends from it."""
    rdns: str | None = None
    """Its name in DNS."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class IpDetail:
    """What the list of IPs says of one."""

    ip: str | None = None
    is_on_warmup: bool | None = None
    dedicated: bool | None = None
    enabled: bool | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class IpList:
    """The IPs of the account."""

    items: list[str] = attrs.Factory(list)
    """The addresses."""
    details: list[IpDetail] = attrs.Factory(list)
    assignable_to_pools: list[str] | None = None
    """Those that can be in IP pools; None when the account has no such pools."""
    total_count: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class IpDomain:
    """A domain that sends from an IP, and all IPs it sends from."""

    domain: str | None = None
    ips: list[str] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AllowedIps:
    """How many more IPs the account may have by its plan."""

    dedicated: int | None = None
    shared: int | None = None
    """No longer used."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Spillover:
    """Where mail goes that is too much for its IPs."""

    pool_id: str | None = None
    """A pool of dedicated IPs; None for nowhere."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DetailedIp:
    """An IP as one account uses it: there is one such record for each subaccount that does."""

    address: str | None = None
    parent_account_id: str | None = None
    account_id: str | None = None
    pool_ids: list[str] = attrs.Factory(list)
    dedicated: bool | None = None
    created_at: datetime | None = None
    pool_last_modified_at: datetime | None = None
    domains_last_modified_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Started:
    """Mailgun's word that it has begun; whether it succeeds is not known yet."""

    message: str | None = None
    reference_id: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def replacement(ip: object, pool_id: str | None, *, required: bool = False) -> None:
    """Check that at most one thing takes the place of an IP or a pool.

    Raises:
        InvalidArgument: Both are given, or neither and one is required.
    """
    if ip and pool_id:
        raise InvalidArgument("give either replacement_ip or replacement_pool_id", field="replacement_ip")
    if required and not ip and not pool_id:
        raise InvalidArgument("give a replacement_ip or a replacement_pool_id", field="replacement_ip")
