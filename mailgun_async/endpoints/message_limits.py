"""The account's own monthly message limit. `/v5/accounts/limit/custom`."""

from __future__ import annotations

from mailgun_async.endpoints._group import Group
from mailgun_async.endpoints._limits import MessageLimit, Success, checked_limit

__all__ = ["MessageLimit", "MessageLimits", "Success"]


class MessageLimits(Group):
    """The account's own monthly message limit, in each region one."""

    __slots__ = ()

    async def get(self) -> MessageLimit:
        """Fetch the limit, and how much of it is used. `GET /v5/accounts/limit/custom/monthly`.

        Raises:
            NotFound: There is none.
        """
        return await self._get("/v5/accounts/limit/custom/monthly", MessageLimit)

    async def set(self, limit: int, /) -> Success:
        """Set the limit; reaching it disables the account. `PUT /v5/accounts/limit/custom/monthly`.

        Args:
            limit: Messages a month, 0 or more.

        Raises:
            InvalidArgument: It is negative.
        """
        query = {"limit": checked_limit(limit)}
        return await self._call("PUT", "/v5/accounts/limit/custom/monthly", Success, query=query)

    async def delete(self) -> Success:
        """Remove the limit. `DELETE /v5/accounts/limit/custom/monthly`."""
        return await self._call("DELETE", "/v5/accounts/limit/custom/monthly", Success)

    async def enable(self) -> Success:
        """Enable an account again that reached its limit. `PUT /v5/accounts/limit/custom/enable`."""
        return await self._call("PUT", "/v5/accounts/limit/custom/enable", Success)
