"""Allowlist: addresses and domains that get mail even after they bounced. `/v3/{domain_name}/whitelists`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA, wire
from mailgun_async.endpoints._group import Done
from mailgun_async.endpoints._suppressions import SuppressionList
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByUrl, Pages

if TYPE_CHECKING:
    import os

__all__ = ["AllowedEntry", "Allowlist", "AllowlistChange"]

_ROUTE: Final = "/v3/{domain_name}/whitelists"
_ONE: Final = "/v3/{domain_name}/whitelists/{value}"


@attrs.define(kw_only=True)
class AllowedEntry:
    """An address or a domain that gets mail even after it bounced."""

    value: str
    type: str | None = None
    """`address` or `domain`."""
    reason: str | None = None
    """Why it was added."""
    created_at: datetime | None = attrs.field(default=None, metadata=wire("createdAt"))
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class AllowlistChange:
    """Mailgun's word that an entry was added or removed."""

    message: str | None = None
    type: str | None = None
    """`address` or `domain`; of an addition."""
    value: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Allowlist(SuppressionList):
    """Addresses and domains that get mail even after they bounced."""

    __slots__ = ()

    def list(
        self,
        domain: str | None = None,
        /,
        *,
        limit: int | None = None,
        term: str | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[AllowedEntry]:
        """List the entries. `GET /v3/{domain_name}/whitelists`.

        Args:
            domain: The sending domain; the client's default domain when left out.
            limit: Entries a page, 1 to 1,000; Mailgun's default is 100.
            term: Only values that begin with this.
            max_items: Most entries that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            _ROUTE,
            AllowedEntry,
            ByUrl(),
            query={"limit": self._page_size(limit), "term": term},
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain_name=self._domain(domain),
        )

    async def get(self, domain: str, value: str | None = None, /) -> AllowedEntry:
        """Fetch one entry. `GET /v3/{domain_name}/whitelists/{value}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            value: The address or the domain that is allowed.

        Raises:
            NotFound: It is not in the list.
        """
        domain, value = self._with_domain(domain, value)
        return await self._get(_ONE, AllowedEntry, domain_name=domain, value=value)

    async def create(
        self, domain: str | None = None, /, *, address: str | None = None, allowed_domain: str | None = None
    ) -> AllowlistChange:
        """Allow one address, or all of a domain. `POST /v3/{domain_name}/whitelists`.

        Args:
            domain: As for `list`.
            address: The plain address; this or `allowed_domain` is given.
            allowed_domain: The domain of the recipients (`domain`).

        Raises:
            InvalidArgument: Neither or both are given.
        """
        if (address is None) == (allowed_domain is None):
            raise InvalidArgument("give one of address and allowed_domain", field="address")
        fields = {"address": address, "domain": allowed_domain}
        name = self._domain(domain)
        return await self._call(
            "POST", _ROUTE, AllowlistChange, multipart=fields, safety="idempotent", domain_name=name
        )

    async def import_csv(
        self, domain: str | bytes | os.PathLike[str], file: bytes | str | os.PathLike[str] | None = None, /
    ) -> Done:
        """Have Mailgun read entries out of a CSV file, later. `POST /v3/{domain_name}/whitelists/import`.

        Args:
            domain: As for `get`.
            file: Its path or its bytes, at most 25 MB. Columns: `address`, `domain`.

        Raises:
            InvalidArgument: It is too large.
            OSError: It can't be read.
        """
        name, what = self._domain_and(domain, file)
        return await self._import_csv("/v3/{domain_name}/whitelists/import", name, what)

    async def delete(self, domain: str, value: str | None = None, /) -> AllowlistChange:
        """Remove one entry. `DELETE /v3/{domain_name}/whitelists/{value}`.

        Args:
            domain: As for `get`.
            value: The address or the domain that was allowed.
        """
        domain, value = self._with_domain(domain, value)
        return await self._call("DELETE", _ONE, AllowlistChange, domain_name=domain, value=value)

    async def delete_all(self, domain: str | None = None, /) -> Done:
        """Remove **all** entries of a domain. `DELETE /v3/{domain_name}/whitelists`.

        Args:
            domain: As for `list`.
        """
        return await self._call("DELETE", _ROUTE, Done, domain_name=self._domain(domain))
