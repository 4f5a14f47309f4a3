"""Pools of dedicated IPs, from which domains send. `/v3/ip_pools`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._ips import Started, replacement
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByUrl, OnePage, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["IpPool", "IpPoolMetadata", "IpPools", "LinkedDomain", "LinkedIp", "Started"]

_ALL: Final = "/v3/ip_pools"
_ONE: Final = "/v3/ip_pools/{pool_id}"
_IP: Final = "/v3/ip_pools/{pool_id}/ips/{ip}"
_DELEGATE: Final = "/v3/ip_pools/{pool_id}/delegate"
MIN_PAGE: Final = 10
MAX_PAGE: Final = 500


@attrs.define(kw_only=True)
class LinkedIp:
    """Since when an IP is in a pool."""

    linked_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class IpPoolMetadata:
    """What else there is to a pool."""

    assignments: dict[str, LinkedIp] | None = None
    """By IP."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class IpPool:
    """A pool of dedicated IPs."""

    pool_id: str | None = None
    name: str | None = None
    description: str | None = None
    ips: list[str] = attrs.Factory(list)
    is_linked: bool | None = None
    """Domains send from it."""
    is_inherited: bool | None = None
    """It is of the account above, and can't be changed."""
    linked_domains: list[str] | None = None
    """Names of the domains that send from it; None where that is not told, as in a list of pools."""
    metadata: IpPoolMetadata | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class LinkedDomain:
    """A domain that sends from a pool."""

    id: str | None = None
    """As in `Domain.id`."""
    name: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class IpPools(Group):
    """Pools of dedicated IPs. What a change of a pool means for domains is done in the background."""

    __slots__ = ()

    def list(self, *, max_items: int | None = None) -> Pages[IpPool]:
        """List the pools, on one page. `GET /v3/ip_pools`.

        Args:
            max_items: Most pools that are given.
        """
        return self._pages(_ALL, IpPool, OnePage(), items="ip_pools", max_items=max_items)

    async def get(self, pool_id: str, /) -> IpPool:
        """Fetch one pool, with its domains. `GET /v3/ip_pools/{pool_id}`.

        Args:
            pool_id: `IpPool.pool_id`.

        Raises:
            NotFound: There is no such pool.
        """
        return await self._get(_ONE, IpPool, under="details", pool_id=pool_id)

    async def create(self, name: str, /, *, description: str, ips: Sequence[str] | None = None) -> str:
        """Make a pool. `POST /v3/ip_pools`.

        Args:
            name: Short, for people.
            description: Longer, for people.
            ips: Dedicated IPs of the account, for a start.

        Returns:
            The pool's id.
        """
        fields = {"name": name, "description": description, "ip": ips}
        return await self._call("POST", _ALL, str, multipart=fields, under="pool_id")

    async def update(
        self,
        pool_id: str,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        add_ips: Sequence[str] | None = None,
        remove_ips: Sequence[str] | None = None,
        link_domains: Sequence[str] | None = None,
        unlink_domains: Sequence[str] | None = None,
    ) -> Done:
        """Change a pool; what is left out stays. `PATCH /v3/ip_pools/{pool_id}`.

        Args:
            pool_id: `IpPool.pool_id`.
            name: As for `create`.
            description: As for `create`.
            add_ips: Dedicated IPs of the account to put into it.
            remove_ips: IPs to take out of it.
            link_domains: Ids (`Domain.id`) of domains that send from it from now on.
            unlink_domains: Ids of domains that send from it no more.

        Raises:
            BadRequest: It would change nothing.
            InvalidArgument: Nothing to change is given.
            NotFound: There is no such pool.
        """
        fields = {
            "name": name,
            "description": description,
            "add_ip": add_ips,
            "remove_ip": remove_ips,
            "link_domain": link_domains,
            "unlink_domain": unlink_domains,
        }
        if not any(value is not None and len(value) for value in fields.values()):
            raise InvalidArgument(f"give one of {', '.join(fields)}", field="name")
        return await self._call("PATCH", _ONE, Done, multipart=fields, pool_id=pool_id)

    async def delete(
        self, pool_id: str, /, *, replacement_ip: str | None = None, replacement_pool_id: str | None = None
    ) -> Started:
        """Delete a pool. `DELETE /v3/ip_pools/{pool_id}`.

        Args:
            pool_id: `IpPool.pool_id`.
            replacement_ip: IP that its domains send from instead; `shared` for a shared one (`ip`).
            replacement_pool_id: Pool that they send from instead (`pool_id`). A pool without IPs needs neither.

        Raises:
            InvalidArgument: Both are given.
            NotFound: There is no such pool.
        """
        replacement(replacement_ip, replacement_pool_id)
        query = {"ip": replacement_ip, "pool_id": replacement_pool_id}
        return await self._call("DELETE", _ONE, Started, query=query, pool_id=pool_id)

    def list_domains(
        self,
        pool_id: str,
        /,
        *,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[LinkedDomain]:
        """List the domains that send from a pool. `GET /v3/ip_pools/{pool_id}/domains`.

        Args:
            pool_id: `IpPool.pool_id`.
            limit: Domains a page, 10 to 500; Mailgun's default is 10.
            max_items: Most domains that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        if limit is not None and not MIN_PAGE <= limit <= MAX_PAGE:
            raise InvalidArgument(
                f"limit must be {MIN_PAGE} to {MAX_PAGE}, not {limit}", field="limit", size=limit, limit=MAX_PAGE
            )
        return self._pages(
            "/v3/ip_pools/{pool_id}/domains",
            LinkedDomain,
            ByUrl(),
            query={"limit": limit},
            items="domains",
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            pool_id=pool_id,
        )

    async def add_ip(self, pool_id: str, ip: str, /) -> Started:
        """Put an IP into a pool. `PUT /v3/ip_pools/{pool_id}/ips/{ip}`.

        Args:
            pool_id: `IpPool.pool_id`.
            ip: A dedicated IP of the account that is in no other pool.

        Raises:
            NotFound: There is no such pool.
        """
        return await self._call("PUT", _IP, Started, pool_id=pool_id, ip=ip)

    async def remove_ip(self, pool_id: str, ip: str, /) -> Started:
        """Take an IP out of a pool. `DELETE /v3/ip_pools/{pool_id}/ips/{ip}`.

        Args:
            pool_id: `IpPool.pool_id`.
            ip: An IP of the pool.

        Raises:
            NotFound: There is no such pool.
        """
        return await self._call("DELETE", _IP, Started, pool_id=pool_id, ip=ip)

    async def add_ips(self, pool_id: str, ips: Sequence[str], /) -> Started:
        """Put several IPs into a pool. `POST /v3/ip_pools/{pool_id}/ips.json`.

        Args:
            pool_id: `IpPool.pool_id`.
            ips: Dedicated IPs of the account that are in no other pool.

        Raises:
            InvalidArgument: There is none.
            NotFound: There is no such pool.
        """
        if isinstance(ips, str) or not ips:
            raise InvalidArgument("ips must be a list of at least one IP", field="ips")
        return await self._call(
            "POST",
            "/v3/ip_pools/{pool_id}/ips.json",
            Started,
            json={"ips": [*ips]},
            safety="idempotent",
            pool_id=pool_id,
        )

    async def delegate(self, pool_id: str, subaccount_id: str, /) -> Done:
        """Let a subaccount use a pool. `PUT /v3/ip_pools/{pool_id}/delegate`.

        Args:
            pool_id: `IpPool.pool_id`.
            subaccount_id: `Subaccount.id`.

        Raises:
            NotFound: There is no such pool or subaccount.
        """
        return await self._call("PUT", _DELEGATE, Done, multipart={"subaccount_id": subaccount_id}, pool_id=pool_id)

    async def revoke(self, pool_id: str, subaccount_id: str, /) -> Done:
        """Have a subaccount use a pool no more. `DELETE /v3/ip_pools/{pool_id}/delegate`.

        Args:
            pool_id: `IpPool.pool_id`.
            subaccount_id: `Subaccount.id`.

        Raises:
            NotFound: There is no such pool or subaccount.
        """
        return await self._call("DELETE", _DELEGATE, Done, multipart={"subaccount_id": subaccount_id}, pool_id=pool_id)
