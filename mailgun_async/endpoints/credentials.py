"""Credentials: logins with which mail may be sent by SMTP. `/v3/domains/{domain_name}/credentials`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group
from mailgun_async.paging import BySkip, Pages

__all__ = ["Credential", "CredentialDeleted", "Credentials", "CredentialsDeleted", "CredentialsSet"]

_ROUTE: Final = "/v3/domains/{domain_name}/credentials"
_ONE: Final = "/v3/domains/{domain_name}/credentials/{spec}"


@attrs.define(kw_only=True)
class Credential:
    """A login for SMTP; its password is told only when it is made."""

    login: str | None = None
    mailbox: str | None = None
    """The same as `login`."""
    created_at: datetime | None = None
    size_bytes: int | None = None
    """No longer used."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class CredentialsSet:
    """Mailgun's word that a login or its password was made."""

    message: str | None = None
    note: str | None = None
    credentials: dict[str, str] | None = attrs.field(default=None, repr=False)
    """Passwords by login, of those that Mailgun made. They are told this once."""
    extra: dict[str, object] = attrs.field(factory=dict, repr=False, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class CredentialDeleted:
    """Mailgun's word that a login is gone."""

    message: str | None = None
    spec: str | None = None
    """The login."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class CredentialsDeleted:
    """Mailgun's word that all logins are gone."""

    message: str | None = None
    count: int | None = None
    """How many there were."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Credentials(Group):
    """Logins with which mail of a domain may be sent by SMTP."""

    __slots__ = ()

    def list(
        self,
        domain: str | None = None,
        /,
        *,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Credential]:
        """List logins. `GET /v3/domains/{domain_name}/credentials`.

        Args:
            domain: The domain; the client's default domain when left out.
            limit: Logins a page, 1 to 1,000; Mailgun's default is 100.
            skip: Logins to leave out at the start.
            max_items: Most logins that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            _ROUTE,
            Credential,
            BySkip(),
            query={"limit": self._page_size(limit), "skip": skip},
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain_name=self._domain(domain),
        )

    async def create(
        self, domain: str, login: str | None = None, /, *, password: str | None = None, system: bool | None = None
    ) -> CredentialsSet:
        """Make a login. `POST /v3/domains/{domain_name}/credentials`.

        Args:
            domain: The domain; may be left out, and is the client's default domain then.
            login: An address of the domain.
            password: By default Mailgun makes one, and tells it in the answer.
            system: It is for the system's use; Mailgun's default is false.
        """
        domain, login = self._with_domain(domain, login)
        fields = {"login": login, "password": password, "system": system}
        return await self._call("POST", _ROUTE, CredentialsSet, multipart=fields, domain_name=domain)

    async def update(self, domain: str, login: str | None = None, /, *, password: str | None = None) -> CredentialsSet:
        """Change a login's password. `PUT /v3/domains/{domain_name}/credentials/{spec}`.

        Args:
            domain: As for `create`.
            login: The login.
            password: By default Mailgun makes one, and tells it in the answer.

        Raises:
            NotFound: There is no such login.
        """
        domain, login = self._with_domain(domain, login)
        return await self._call(
            "PUT", _ONE, CredentialsSet, multipart={"password": password}, domain_name=domain, spec=login
        )

    async def delete(self, domain: str, login: str | None = None, /) -> CredentialDeleted:
        """Delete a login. `DELETE /v3/domains/{domain_name}/credentials/{spec}`.

        Args:
            domain: As for `create`.
            login: The login.

        Raises:
            NotFound: There is no such login.
        """
        domain, login = self._with_domain(domain, login)
        return await self._call("DELETE", _ONE, CredentialDeleted, domain_name=domain, spec=login)

    async def delete_all(self, domain: str | None = None, /) -> CredentialsDeleted:
        """Delete **all** logins of a domain. `DELETE /v3/domains/{domain_name}/credentials`.

        Args:
            domain: As for `list`.
        """
        return await self._call("DELETE", _ROUTE, CredentialsDeleted, domain_name=self._domain(domain))
