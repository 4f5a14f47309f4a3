"""Suppressions of whole recipient domains, for all of the account. `/v3/accounts/email_domain_suppressions`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mailgun_async.endpoints._group import Done, Group

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EmailDomainSuppressions"]

_ROUTE: Final = "/v3/accounts/email_domain_suppressions"


class EmailDomainSuppressions(Group):
    """Recipient domains to which the account sends nothing."""

    __slots__ = ()

    async def get(self, email_domain: str, /) -> Done:
        """Ask whether a domain is suppressed. `GET /v3/accounts/email_domain_suppressions/{email_domain}`.

        Args:
            email_domain: Right of the @.

        Raises:
            NotFound: It is not.
        """
        return await self._get(f"{_ROUTE}/{{email_domain}}", Done, email_domain=email_domain)

    async def create(self, suppressions: Mapping[str, Any], /) -> Done:
        """Suppress domains. `POST /v3/accounts/email_domain_suppressions`.

        Args:
            suppressions: The JSON object that is posted; Mailgun's documents do not tell its members.
        """
        return await self._call("POST", _ROUTE, Done, json=dict(suppressions), safety="idempotent")

    async def delete(self, email_domain: str, /) -> Done:
        """Lift a domain's suppression. `DELETE /v3/accounts/email_domain_suppressions/{email_domain}`.

        Args:
            email_domain: Right of the @.

        Raises:
            NotFound: It is not suppressed.
        """
        return await self._call("DELETE", f"{_ROUTE}/{{email_domain}}", Done, email_domain=email_domain)

    async def delete_all(self) -> Done:
        """Lift **all** suppressions of domains. `DELETE /v3/accounts/email_domain_suppressions`."""
        return await self._call("DELETE", _ROUTE, Done)
