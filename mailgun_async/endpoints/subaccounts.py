"""Subaccounts: accounts below this one. `/v5/accounts/subaccounts`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import attrs
from typing_extensions import deprecated

from mailgun_async.convert import EXTRA, dumps
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._ips import Started
from mailgun_async.endpoints._limits import MessageLimit, Success, checked_limit
from mailgun_async.paging import BySkip, Pages

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DelegatedIpPool", "Started", "Subaccount", "Subaccounts"]


@attrs.define(kw_only=True)
class Subaccount:
    """An account below this one."""

    id: str
    name: str | None = None
    status: str | None = None
    """`open`, `disabled` or `closed`."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    features: dict[str, Any] | None = None
    """What was switched on or off for it, by the feature's name: `{"validations": {"enabled": True}}`."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class DelegatedIpPool:
    """A pool of dedicated IPs that a subaccount may use."""

    pool_id: str | None = None
    subaccount_id: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class _Features:
    features: dict[str, Any] = attrs.Factory(dict)


class Subaccounts(Group):
    """Accounts below this one. `mg.on_behalf_of(id)` acts for one of them."""

    __slots__ = ()

    def list(
        self,
        *,
        sort: Literal["asc", "desc"] | None = None,
        name: str | None = None,
        enabled: bool | None = None,
        closed: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Subaccount]:
        """List subaccounts. `GET /v5/accounts/subaccounts`.

        Args:
            sort: By name, upwards or downwards.
            name: Only those of this name (`filter`).
            enabled: Only those that are enabled, or that are not.
            closed: With those that are closed, or without.
            limit: Subaccounts a page, 1 to 1,000; Mailgun's default is 10.
            skip: Subaccounts to leave out at the start.
            max_items: Most subaccounts that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {
            "sort": sort,
            "filter": name,
            "enabled": enabled,
            "closed": closed,
            "limit": self._page_size(limit),
            "skip": skip,
        }
        return self._pages(
            "/v5/accounts/subaccounts",
            Subaccount,
            BySkip(total="total"),
            query=query,
            items="subaccounts",
            max_items=max_items,
            fetch_ahead=fetch_ahead,
        )

    async def get(self, subaccount_id: str, /) -> Subaccount:
        """Fetch one subaccount. `GET /v5/accounts/subaccounts/{subaccount_id}`.

        Args:
            subaccount_id: `Subaccount.id`.

        Raises:
            NotFound: There is no such subaccount.
        """
        return await self._get(
            "/v5/accounts/subaccounts/{subaccount_id}", Subaccount, under="subaccount", subaccount_id=subaccount_id
        )

    async def create(self, name: str, /) -> Subaccount:
        """Make a subaccount. `POST /v5/accounts/subaccounts`.

        Args:
            name: For people.
        """
        fields = {"name": name}
        return await self._call("POST", "/v5/accounts/subaccounts", Subaccount, multipart=fields, under="subaccount")

    async def delete(self, subaccount_id: str, /) -> Done:
        """Delete a subaccount. `DELETE /v5/accounts/subaccounts`.

        Args:
            subaccount_id: `Subaccount.id`.

        Raises:
            NotFound: There is no such subaccount.
        """
        headers = {"X-Mailgun-On-Behalf-Of": subaccount_id}
        return await self._call("DELETE", "/v5/accounts/subaccounts", Done, headers=headers)

    async def disable(self, subaccount_id: str, /, *, reason: str | None = None, note: str | None = None) -> Subaccount:
        """Keep a subaccount from sending. `POST /v5/accounts/subaccounts/{subaccount_id}/disable`.

        Args:
            subaccount_id: `Subaccount.id`.
            reason: Why.
            note: What else there is to say.

        Raises:
            NotFound: There is no such subaccount.
        """
        return await self._call(
            "POST",
            "/v5/accounts/subaccounts/{subaccount_id}/disable",
            Subaccount,
            query={"reason": reason, "note": note},
            safety="idempotent",
            under="subaccount",
            subaccount_id=subaccount_id,
        )

    async def enable(self, subaccount_id: str, /) -> Subaccount:
        """Let a subaccount send again. `POST /v5/accounts/subaccounts/{subaccount_id}/enable`.

        Args:
            subaccount_id: `Subaccount.id`.

        Raises:
            NotFound: There is no such subaccount.
        """
        return await self._call(
            "POST",
            "/v5/accounts/subaccounts/{subaccount_id}/enable",
            Subaccount,
            safety="idempotent",
            under="subaccount",
            subaccount_id=subaccount_id,
        )

    async def get_limit(self, subaccount_id: str, /) -> MessageLimit:
        """Fetch a subaccount's message limit. `GET /v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly`.

        Args:
            subaccount_id: `Subaccount.id`.

        Raises:
            NotFound: There is none.
        """
        return await self._get(
            "/v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly", MessageLimit, subaccount_id=subaccount_id
        )

    async def set_limit(self, subaccount_id: str, limit: int, /) -> Success:
        """Set a subaccount's message limit. `PUT /v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly`.

        Args:
            subaccount_id: `Subaccount.id`.
            limit: Messages a month, 0 or more.

        Raises:
            InvalidArgument: `limit` is negative.
        """
        return await self._call(
            "PUT",
            "/v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly",
            Success,
            query={"limit": checked_limit(limit)},
            subaccount_id=subaccount_id,
        )

    async def delete_limit(self, subaccount_id: str, /) -> Success:
        """Lift a subaccount's message limit. `DELETE /v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly`.

        Args:
            subaccount_id: `Subaccount.id`.
        """
        return await self._call(
            "DELETE",
            "/v5/accounts/subaccounts/{subaccount_id}/limit/custom/monthly",
            Success,
            subaccount_id=subaccount_id,
        )

    async def update_features(
        self,
        subaccount_id: str,
        /,
        *,
        email_preview: bool | None = None,
        inbox_placement: bool | None = None,
        sending: bool | None = None,
        validations: bool | None = None,
        validations_bulk: bool | None = None,
    ) -> Mapping[str, Any]:
        """Switch features of a subaccount. `PUT /v5/accounts/subaccounts/{subaccount_id}/features`.

        Args:
            subaccount_id: `Subaccount.id`.
            email_preview: Previews of mail.
            inbox_placement: Tests of where mail arrives.
            sending: Sending mail.
            validations: Validation of single addresses.
            validations_bulk: Validation of lists.

        Returns:
            The features by name, as in `Subaccount.features`.
        """
        switches = {
            "email_preview": email_preview,
            "inbox_placement": inbox_placement,
            "sending": sending,
            "validations": validations,
            "validations_bulk": validations_bulk,
        }
        form = {
            name: None if switch is None else dumps({"enabled": switch}).decode() for name, switch in switches.items()
        }
        answer = await self._call(
            "PUT",
            "/v5/accounts/subaccounts/{subaccount_id}/features",
            _Features,
            form=form,
            subaccount_id=subaccount_id,
        )
        return answer.features

    def list_ip_pools(self, *, max_items: int | None = None) -> Pages[DelegatedIpPool]:
        """List the IP pools that subaccounts may use, on one page. `GET /v5/accounts/subaccounts/ip_pools/all`.

        Args:
            max_items: Most pools that are given.
        """
        return self._pages("/v5/accounts/subaccounts/ip_pools/all", DelegatedIpPool, BySkip(), max_items=max_items)

    @deprecated("use mg.ip_pools.delegate")
    async def delegate_ip_pool(self, subaccount_id: str, /) -> Started:
        """Let a subaccount use an IP pool. `PUT /v5/accounts/subaccounts/{subaccountId}/ip_pool`.

        Deprecated: use `mg.ip_pools.delegate`, which names the pool.

        Args:
            subaccount_id: `Subaccount.id`.
        """
        return await self._call(
            "PUT", "/v5/accounts/subaccounts/{subaccountId}/ip_pool", Started, subaccountId=subaccount_id
        )

    @deprecated("use mg.ip_pools.revoke")
    async def revoke_ip_pool(self, subaccount_id: str, /, *, pool_id: str) -> Started:
        """Have a subaccount use an IP pool no more. `DELETE /v5/accounts/subaccounts/{subaccountId}/ip_pool`.

        Deprecated: use `mg.ip_pools.revoke`.

        Args:
            subaccount_id: `Subaccount.id`.
            pool_id: The pool.
        """
        return await self._call(
            "DELETE",
            "/v5/accounts/subaccounts/{subaccountId}/ip_pool",
            Started,
            query={"pool_id": pool_id},
            subaccountId=subaccount_id,
        )

    @deprecated("use mg.ips.update_subaccount_assignments")
    async def link_ip(self, subaccount_id: str, /) -> Done:
        """Let a subaccount use a dedicated IP. `PUT /v5/accounts/subaccounts/{subaccountId}/ip`.

        Deprecated: use `mg.ips.update_subaccount_assignments`, which names the IP.

        Args:
            subaccount_id: `Subaccount.id`.
        """
        return await self._call("PUT", "/v5/accounts/subaccounts/{subaccountId}/ip", Done, subaccountId=subaccount_id)
