"""Dynamic pools: Mailgun chooses the IPs of a domain by its reputation. `/v3/dynamic_pools`, `/v1/dynamic_pools`."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from mailgun_async import convert
from mailgun_async.endpoints._dynamic_pools import (
    AssignableDomain,
    DynamicPool,
    DynamicPoolDomain,
    DynamicPoolIps,
    HealthCheck,
    HealthMetric,
    HistoryRecord,
)
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._ips import replacement
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByUrl, OnePage, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AssignableDomain",
    "DynamicPool",
    "DynamicPoolDomain",
    "DynamicPoolIps",
    "DynamicPools",
    "HealthCheck",
    "HealthMetric",
    "HistoryRecord",
]

_ALL: Final = "/v3/dynamic_pools/all"
_DOMAIN: Final = "/v3/domains/{name}/dynamic_pools"
_OVERRIDE: Final = "/v1/dynamic_pools/domains/{name}/override"


class DynamicPools(Group):
    """Pools of dedicated IPs among which Mailgun moves domains by their reputation."""

    __slots__ = ()

    async def list(self) -> DynamicPoolIps:
        """Fetch the pools and their IPs, all at once. `GET /v3/dynamic_pools`."""
        return await self._get("/v3/dynamic_pools", DynamicPoolIps)

    async def set_all(
        self, *, good_reputation: Sequence[str], poor_reputation: Sequence[str], new_senders: Sequence[str]
    ) -> DynamicPoolIps:
        """Say which IPs are in the pools; they replace those there are. `POST /v3/dynamic_pools/all`.

        Args:
            good_reputation: For domains of good reputation.
            poor_reputation: For domains of poor reputation.
            new_senders: For domains of which nothing is known yet. All are dedicated IPs of the account, and in each
                pool one at least is warmed up.

        Raises:
            InvalidArgument: A pool has none.
        """
        fields = {"good_reputation": good_reputation, "poor_reputation": poor_reputation, "new_senders": new_senders}
        for name, ips in fields.items():
            if not ips:
                raise InvalidArgument(f"{name} must have at least one IP", field=name)
        return await self._call("POST", _ALL, DynamicPoolIps, multipart=fields, safety="idempotent")

    async def delete_all(self) -> Done:
        """Delete **all** dynamic pools; no domain may be in one. `DELETE /v3/dynamic_pools/all`."""
        return await self._call("DELETE", _ALL, Done)

    async def add_ip(self, pool_name: str, ip: str, /) -> Done:
        """Put an IP into a pool. `POST /v3/dynamic_pools/{pool_name}/{ip}`.

        Args:
            pool_name: `DynamicPool.name`.
            ip: A dedicated IP of the account that is in no other dynamic pool.
        """
        route = "/v3/dynamic_pools/{pool_name}/{ip}"
        return await self._call("POST", route, Done, safety="idempotent", pool_name=pool_name, ip=ip)

    async def update(
        self, pool_name: str, /, *, add_ips: Sequence[str] | None = None, remove_ips: Sequence[str] | None = None
    ) -> Done:
        """Put IPs into a pool, and take others out. `PATCH /v3/dynamic_pools/{pool_name}`.

        Args:
            pool_name: `DynamicPool.name`.
            add_ips: Dedicated IPs of the account that are in no other dynamic pool.
            remove_ips: IPs of the pool. One at least that is warmed up must be left in it.

        Raises:
            InvalidArgument: No IP is given.
        """
        if not add_ips and not remove_ips:
            raise InvalidArgument("give IPs to add or to remove", field="add_ips")
        fields = {"add_ip": add_ips, "remove_ip": remove_ips}
        return await self._call("PATCH", "/v3/dynamic_pools/{pool_name}", Done, multipart=fields, pool_name=pool_name)

    async def enroll_domain(self, domain: str | None = None, /, *, replacement_ip: str | None = None) -> Done:
        """Have a domain send from dynamic pools. `POST /v3/domains/{name}/dynamic_pools`.

        Args:
            domain: The domain; the client's default domain when left out.
            replacement_ip: An IP, or `shared`.
        """
        query = {"replacement_ip": replacement_ip}
        return await self._call("POST", _DOMAIN, Done, query=query, safety="idempotent", name=self._domain(domain))

    async def remove_domain(
        self,
        domain: str | None = None,
        /,
        *,
        replacement_ip: str | Sequence[str] | None = None,
        replacement_pool_id: str | None = None,
    ) -> Done:
        """Have a domain send from dynamic pools no more. `DELETE /v3/domains/{name}/dynamic_pools`.

        Args:
            domain: As for `enroll_domain`.
            replacement_ip: What it sends from instead: one IP or several that are in no pool, or `shared`.
            replacement_pool_id: A pool of dedicated IPs instead.

        Raises:
            InvalidArgument: Not exactly one of the two is given.
        """
        replacement(replacement_ip, replacement_pool_id, required=True)
        query = {"replacement_ip": replacement_ip, "replacement_pool_id": replacement_pool_id}
        return await self._call("DELETE", _DOMAIN, Done, query=query, name=self._domain(domain))

    async def enroll_all_domains(self, *, include_subaccounts: bool | None = None) -> Done:
        """Have all domains send from dynamic pools, in the background. `POST /v3/domains/all/dynamic_pools/enroll`.

        Args:
            include_subaccounts: Those of subaccounts as well; Mailgun's default is false.
        """
        query = {"include_subaccounts": include_subaccounts}
        route = "/v3/domains/all/dynamic_pools/enroll"
        return await self._call("POST", route, Done, query=query, safety="idempotent")

    def list_assignable_domains(
        self, *, domain: str | None = None, subaccount_id: str | None = None, max_items: int | None = None
    ) -> Pages[AssignableDomain]:
        """List domains that are in no dynamic pool, on one page. `GET /v3/domains/dynamic_pools/assignable`.

        Args:
            domain: Only those whose name matches this regular expression.
            subaccount_id: Those of this subaccount; by default the account's own.
            max_items: Most domains that are given.
        """
        query = {"domain": domain, "subaccount_id": subaccount_id}
        route = "/v3/domains/dynamic_pools/assignable"
        return self._pages(route, AssignableDomain, OnePage(), query=query, max_items=max_items)

    def list_domains(
        self,
        *,
        account: str | Sequence[str] | None = None,
        pool: str | Sequence[str] | None = None,
        sort_by: Literal["bounce_rate", "complaint_rate", "name"] | None = None,
        sort_order: Literal["ascending", "descending"] | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[DynamicPoolDomain]:
        """List the domains in dynamic pools, those of subaccounts too. `GET /v1/dynamic_pools/domains`.

        Args:
            account: Only those of this account, or of these.
            pool: Only those in this pool, or in these.
            sort_by: Mailgun's default is `name`.
            sort_order: Mailgun's default is `ascending`.
            limit: Domains a page, 1 to 100.
            max_items: Most domains that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {
            "account": account,
            "pool": pool,
            "sort_by": sort_by,
            "sort_order": sort_order,
            "limit": self._page_size(limit, 100),
        }
        route = "/v1/dynamic_pools/domains"
        return self._pages(route, DynamicPoolDomain, ByUrl(), query=query, max_items=max_items, fetch_ahead=fetch_ahead)

    async def preview_domain(self, domain: str | None = None, /) -> HealthCheck:
        """Tell which pool a domain would be put into, and why. `GET /v1/dynamic_pools/domains/{name}/preview`.

        Args:
            domain: As for `enroll_domain`; it need not be in one.
        """
        return await self._get("/v1/dynamic_pools/domains/{name}/preview", HealthCheck, name=self._domain(domain))

    async def list_domain_history(self, domain: str | None = None, /) -> Sequence[HistoryRecord]:
        """Fetch the moves of one domain. `GET /v1/dynamic_pools/domains/{name}/history`.

        Args:
            domain: As for `enroll_domain`.
        """
        context, arguments = self._context, {"name": self._domain(domain)}
        request = context.request("GET", "/v1/dynamic_pools/domains/{name}/history", arguments=arguments)
        response = await context.session.call(request)
        return _records(response.body if response else b"")

    def list_history(
        self,
        *,
        include_subaccounts: bool | None = None,
        domain: str | None = None,
        before: datetime | None = None,
        after: datetime | None = None,
        moved_to: str | None = None,
        moved_from: str | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[HistoryRecord]:
        """List the moves of all domains. `GET /v1/dynamic_pools/history`.

        Args:
            include_subaccounts: Those of subaccounts' domains as well.
            domain: Only those of this domain.
            before: Only those before this.
            after: Only those after this.
            moved_to: Only those to this pool.
            moved_from: Only those from this pool.
            limit: Moves a page, 1 to 100 (`Limit`).
            max_items: Most moves that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range, or a date has no time zone.
        """
        query = {
            "include_subaccounts": include_subaccounts,
            "domain": domain,
            "before": _gmt("before", before),
            "after": _gmt("after", after),
            "moved_to": moved_to,
            "moved_from": moved_from,
            "Limit": self._page_size(limit, 100),
        }
        route = "/v1/dynamic_pools/history"
        return self._pages(route, HistoryRecord, ByUrl(), query=query, max_items=max_items, fetch_ahead=fetch_ahead)

    async def override_domain(self, domain: str, pool: str | None = None, /) -> Done:
        """Put a domain into a pool by hand, where it stays. `PUT /v1/dynamic_pools/domains/{name}/override`.

        Args:
            domain: The domain; may be left out, and is the client's default domain then.
            pool: `DynamicPool.name`: `dynamic_good`, for one.
        """
        domain, pool = self._with_domain(domain, pool)
        return await self._call("PUT", _OVERRIDE, Done, multipart={"pool": pool}, name=domain)

    async def delete_domain_override(self, domain: str | None = None, /) -> Done:
        """Have Mailgun choose a domain's pool again. `DELETE /v1/dynamic_pools/domains/{name}/override`.

        Args:
            domain: As for `enroll_domain`.
        """
        return await self._call("DELETE", _OVERRIDE, Done, name=self._domain(domain))


def _records(body: bytes) -> Sequence[HistoryRecord]:
    """Read what Mailgun's document shows as one record, while its text speaks of several."""
    document: Any = convert.loads(body)
    found = document.get("items", [document] if document else []) if isinstance(document, dict) else document
    return convert.structure_of(found, list[HistoryRecord], body)


def _gmt(name: str, moment: datetime | None) -> str | None:
    # This call alone asks for the name of a time zone, where others take its offset.
    checked = convert.rfc2822(name, moment)
    return None if checked is None or moment is None else format_datetime(moment.astimezone(UTC), usegmt=True)
