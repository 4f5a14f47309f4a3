"""IP allowlist: from where the account's API may be called. `/v2/ip_whitelist`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AllowedIp", "IpAllowlist"]

_ROUTE: Final = "/v2/ip_whitelist"


@attrs.define(kw_only=True)
class AllowedIp:
    """An address from where the API may be called."""

    ip_address: str
    """Address or network, e.g. `10.11.11.111`."""
    description: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class IpAllowlist(Group):
    """From where the account's API may be called; with no entry from everywhere."""

    __slots__ = ()

    async def list(self) -> Sequence[AllowedIp]:
        """List the entries. `GET /v2/ip_whitelist`."""
        return (await self._get(_ROUTE, _Entries)).addresses

    async def create(self, address: str, /, *, description: str | None = None) -> Sequence[AllowedIp]:
        """Add an entry; return all there are then. `POST /v2/ip_whitelist`.

        Args:
            address: Address or network.
            description: For people.
        """
        fields = {"address": address, "description": description}
        return (await self._call("POST", _ROUTE, _Entries, multipart=fields)).addresses

    async def update(self, address: str, /, *, description: str) -> Sequence[AllowedIp]:
        """Change an entry's description; return all entries. `PUT /v2/ip_whitelist`.

        Args:
            address: The entry.
            description: For people.
        """
        fields = {"address": address, "description": description}
        return (await self._call("PUT", _ROUTE, _Entries, multipart=fields)).addresses

    async def delete(self, address: str, /) -> Sequence[AllowedIp]:
        """Remove an entry; return those that are left. `DELETE /v2/ip_whitelist`.

        Args:
            address: The entry.
        """
        return (await self._call("DELETE", _ROUTE, _Entries, query={"address": address})).addresses


@attrs.define(kw_only=True)
class _Entries:
    addresses: list[AllowedIp] = attrs.Factory(list)
