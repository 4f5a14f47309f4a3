"""IPs from which mail is sent. `/v3/ips`, `/v3/domains/{name}/ips`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._ips import (
    AllowedIps,
    DetailedIp,
    Ip,
    IpDetail,
    IpDomain,
    IpList,
    Spillover,
    Started,
    replacement,
)
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import BySkip, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AllowedIps", "DetailedIp", "Ip", "IpDetail", "IpDomain", "IpList", "Ips", "Spillover", "Started"]

_DOMAINS: Final = "/v3/ips/{ip}/domains"
_NEW: Final = "/v3/ips/request/new"
_DOMAIN_SPILLOVER: Final = "/v3/ips/domain/{name}"
_ACCOUNT_SPILLOVER: Final = "/v3/ips/account/settings"


class Ips(Group):
    """IPs from which mail is sent."""

    __slots__ = ()

    async def list(self, *, dedicated: bool | None = None, enabled: bool | None = None) -> IpList:
        """Fetch the IPs of the account, all at once. `GET /v3/ips`.

        Args:
            dedicated: Only those that are dedicated, or that are not; by default all.
            enabled: Only those that are enabled, or that are not; by default all.
        """
        return await self._get("/v3/ips", IpList, query={"dedicated": dedicated, "enabled": enabled})

    def list_detailed(
        self,
        *,
        ip: str | None = None,
        pool_id: str | None = None,
        domain_id: str | None = None,
        subaccount_id: str | None = None,
        sort_by: str | None = None,
        sort_order: Literal["ascending", "descending"] | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[DetailedIp]:
        """List the IPs of the account and of its subaccounts. `GET /v3/ips/details/all`.

        Args:
            ip: Only those with this in their address.
            pool_id: Only those of this pool, of `any` or of `none`.
            domain_id: Only those of this domain (`Domain.id`), of `any` or of `none`.
            subaccount_id: Only those of this subaccount, of `any` or of `none`.
            sort_by: A field of the answer.
            sort_order: Upwards or downwards.
            limit: IPs a page, 1 to 1,000.
            skip: IPs to leave out at the start.
            max_items: Most IPs that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {
            "ip": ip,
            "pool_id": pool_id,
            "domain_id": domain_id,
            "subaccount_id": subaccount_id,
            "sort_by": sort_by,
            "sort_order": sort_order,
            "limit": self._page_size(limit),
            "skip": skip,
        }
        return self._pages(
            "/v3/ips/details/all", DetailedIp, BySkip(), query=query, max_items=max_items, fetch_ahead=fetch_ahead
        )

    async def get(self, ip: str, /) -> Ip:
        """Fetch one IP. `GET /v3/ips/{ip}`.

        Args:
            ip: An IP of the account.

        Raises:
            NotFound: It is not the account's.
        """
        return await self._get("/v3/ips/{ip}", Ip, ip=ip)

    def list_domains(
        self,
        ip: str,
        /,
        *,
        search: str | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[IpDomain]:
        """List the domains that send from an IP. `GET /v3/ips/{ip}/domains`.

        Args:
            ip: An IP of the account.
            search: Only domains whose name has one of these words.
            limit: Domains a page, 1 to 1,000.
            skip: Domains to leave out at the start.
            max_items: Most domains that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"search": search, "limit": self._page_size(limit), "skip": skip}
        return self._pages(
            _DOMAINS, IpDomain, BySkip(), query=query, max_items=max_items, fetch_ahead=fetch_ahead, ip=ip
        )

    async def assign_to_all_domains(self, ip: str, /) -> Started:
        """Have all domains send from an IP as well, in the background. `POST /v3/ips/{ip}/domains`.

        Args:
            ip: An IP of the account.
        """
        return await self._call("POST", _DOMAINS, Started, safety="idempotent", ip=ip)

    async def unassign_from_all_domains(self, ip: str, /, *, alternative: str) -> Started:
        """Have no domain send from an IP, in the background. `DELETE /v3/ips/{ip}/domains`.

        Args:
            ip: An IP of the account.
            alternative: The IP they send from instead.
        """
        return await self._call("DELETE", _DOMAINS, Started, query={"alternative": alternative}, ip=ip)

    async def unassign_from_domain(
        self,
        domain: str,
        ip: str | None = None,
        /,
        *,
        replacement_ip: str | None = None,
        replacement_pool_id: str | None = None,
    ) -> Done:
        """Take an IP, all of them or the pool from a domain. `DELETE /v3/domains/{name}/ips/{ip}`.

        Args:
            domain: The domain; may be left out, and is the client's default domain then.
            ip: One IP; `ip_pool` for the pool that is linked to it; **`all`** for every one, with which the domain
                can send no more.
            replacement_ip: Takes the place of the pool; `shared` for a shared one (`ip`).
            replacement_pool_id: Takes the place of the pool (`pool_id`).

        Raises:
            InvalidArgument: For `ip_pool` there is not exactly one replacement, or elsewhere there are two.
        """
        domain, ip = self._with_domain(domain, ip)
        query = _replaced(ip, replacement_ip, replacement_pool_id)
        return await self._call("DELETE", "/v3/domains/{name}/ips/{ip}", Done, query=query, name=domain, ip=ip)

    async def unassign_from_domain_pool(
        self,
        domain: str,
        ip: str | None = None,
        /,
        *,
        replacement_ip: str | None = None,
        replacement_pool_id: str | None = None,
    ) -> Done:
        """Do what `unassign_from_domain` does, by another path. `DELETE /v3/domains/{name}/pool/{ip}`.

        Args:
            domain: As for `unassign_from_domain`.
            ip: As for `unassign_from_domain`.
            replacement_ip: As for `unassign_from_domain`.
            replacement_pool_id: As for `unassign_from_domain`.

        Raises:
            InvalidArgument: As for `unassign_from_domain`.
        """
        domain, ip = self._with_domain(domain, ip)
        query = _replaced(ip, replacement_ip, replacement_pool_id)
        return await self._call("DELETE", "/v3/domains/{name}/pool/{ip}", Done, query=query, name=domain, ip=ip)

    async def set_band(self, ip: str, /, *, ip_band: str) -> Done:
        """Put a dedicated IP into a band. `POST /v3/ips/{addr}/ip_band`.

        Args:
            ip: A dedicated IP of the account.
            ip_band: The band.
        """
        return await self._call(
            "POST", "/v3/ips/{addr}/ip_band", Done, multipart={"ip_band": ip_band}, safety="idempotent", addr=ip
        )

    async def get_available(self) -> AllowedIps:
        """Fetch how many more IPs the account may have; Mailgun advises against it. `GET /v3/ips/request/new`."""
        return await self._get(_NEW, AllowedIps, under="allowed")

    async def request_new(self) -> Done:
        """Add a new dedicated IP to the account, at its cost. `POST /v3/ips/request/new`.

        Raises:
            ApiError: The plan allows no more.
        """
        return await self._call("POST", _NEW, Done)

    async def get_domain_spillover(self, domain: str | None = None, /) -> Spillover:
        """Fetch where mail of a domain goes that is too much for its IPs. `GET /v3/ips/domain/{name}`.

        Args:
            domain: The domain; the client's default domain when left out.
        """
        return await self._get(_DOMAIN_SPILLOVER, Spillover, under="extra_dedicated_ips", name=self._domain(domain))

    async def update_domain_spillover(self, domain: str | None = None, /, *, pool_id: str | None) -> Done:
        """Say where mail of a domain goes that is too much for its IPs. `PATCH /v3/ips/domain/{name}`.

        Args:
            domain: The domain; the client's default domain when left out.
            pool_id: A pool of dedicated IPs; None for nowhere.
        """
        json = {"extra_dedicated_ips": {"pool_id": pool_id}}
        return await self._call(
            "PATCH", _DOMAIN_SPILLOVER, Done, json=json, safety="idempotent", name=self._domain(domain)
        )

    async def get_account_spillover(self) -> Spillover:
        """Fetch where mail of the account goes that is too much for its IPs. `GET /v3/ips/account/settings`."""
        return await self._get(_ACCOUNT_SPILLOVER, Spillover, under="extra_dedicated_ips")

    async def update_account_spillover(self, *, pool_id: str | None) -> Done:
        """Say where mail of the account goes that is too much for its IPs. `PATCH /v3/ips/account/settings`.

        Args:
            pool_id: A pool of dedicated IPs; None for nowhere.
        """
        json = {"extra_dedicated_ips": {"pool_id": pool_id}}
        return await self._call("PATCH", _ACCOUNT_SPILLOVER, Done, json=json, safety="idempotent")

    async def update_subaccount_assignments(
        self,
        *,
        subaccount_ids: Sequence[str] | None = None,
        all_subaccounts: bool | None = None,
        link_ips: Sequence[str] | None = None,
        unlink_ips: Sequence[str] | None = None,
    ) -> Done:
        """Let subaccounts use dedicated IPs, or use them no more. `PATCH /v3/ips/subaccounts`.

        Args:
            subaccount_ids: These; of more than 100 it is done in the background.
            all_subaccounts: True for all there are, in the background.
            link_ips: IPs that they may use.
            unlink_ips: IPs that they may not: none of their domains and pools may have one.

        Returns:
            `success`, or `queued` for what is done in the background.

        Raises:
            InvalidArgument: Not exactly one of `subaccount_ids` and `all_subaccounts` is given, or no IP.
        """
        if bool(subaccount_ids) is bool(all_subaccounts):
            raise InvalidArgument("give either subaccount_ids or all_subaccounts=True", field="subaccount_ids")
        if not link_ips and not unlink_ips:
            raise InvalidArgument("give IPs to link or to unlink", field="link_ips")
        fields = {
            "subaccount_id": subaccount_ids,
            "all_subaccounts": all_subaccounts or None,
            "link_ip": link_ips,
            "unlink_ip": unlink_ips,
        }
        return await self._call("PATCH", "/v3/ips/subaccounts", Done, multipart=fields, safety="idempotent")


def _replaced(ip: str, replacement_ip: str | None, replacement_pool_id: str | None) -> dict[str, str | None]:
    replacement(replacement_ip, replacement_pool_id, required=ip == "ip_pool")
    return {"ip": replacement_ip, "pool_id": replacement_pool_id}
