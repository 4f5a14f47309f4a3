"""How mail of a domain is delivered: `/v3/domains/{name}/connection`."""

from __future__ import annotations

from typing import Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group

__all__ = ["Connection", "DomainConnection"]

_ROUTE: Final = "/v3/domains/{name}/connection"


@attrs.define(kw_only=True)
class Connection:
    """How mail is delivered."""

    require_tls: bool | None = None
    """Over TLS, or not at all."""
    skip_verification: bool | None = None
    """Any certificate is taken."""
    message: str | None = None
    """Mailgun's word on a change."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class DomainConnection(Group):
    """How mail of a domain is delivered. `mg.domains.update` sets the same, and is newer."""

    __slots__ = ()

    async def get(self, domain: str | None = None, /) -> Connection:
        """Fetch how mail is delivered. `GET /v3/domains/{name}/connection`.

        Args:
            domain: The domain; the client's default domain when left out.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._get(_ROUTE, Connection, under="connection", name=self._domain(domain))

    async def update(
        self,
        domain: str | None = None,
        /,
        *,
        require_tls: bool | None = None,
        skip_verification: bool | None = None,
    ) -> Connection:
        """Say how mail is delivered; what is left out stays. `PUT /v3/domains/{name}/connection`.

        Args:
            domain: As for `get`.
            require_tls: Over TLS, or not at all.
            skip_verification: Take any certificate.

        Raises:
            NotFound: No such domain in this account and region.
        """
        fields = {"require_tls": require_tls, "skip_verification": skip_verification}
        return await self._call("PUT", _ROUTE, Connection, multipart=fields, name=self._domain(domain))
