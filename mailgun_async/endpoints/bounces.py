"""Bounces: addresses that bounced for good, to which Mailgun sends no more. `/v3/{domain_name}/bounces`."""

from __future__ import annotations

from datetime import datetime

import attrs

from mailgun_async.convert import EXTRA, rfc2822
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.paging import ByUrl, Pages

__all__ = ["Bounce", "Bounces"]


@attrs.define(kw_only=True)
class Bounce:
    """An address that bounced."""

    address: str
    code: str | None = None
    """SMTP code of the refusal, e.g. `550`."""
    error: str | None = None
    """Words of the server that refused."""
    created_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Bounces(Group):
    """Addresses that bounced, and get no more mail."""

    def list(
        self,
        domain: str | None = None,
        /,
        *,
        limit: int | None = None,
        term: str | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Bounce]:
        """List bounces. `GET /v3/{domain_name}/bounces`.

        Args:
            domain: The sending domain; the client's default domain when left out.
            limit: Bounces a page, 1 to 1,000; Mailgun's default is 100.
            term: Only addresses that begin with this.
            max_items: Most bounces that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.
        """
        return self._pages(
            "/v3/{domain_name}/bounces",
            Bounce,
            ByUrl(),
            query={"limit": self._page_size(limit), "term": term},
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain_name=self._domain(domain),
        )

    async def get(self, domain: str, address: str | None = None, /) -> Bounce:
        """Fetch one bounce. `GET /v3/{domain_name}/bounces/{address}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            address: Whose bounce.

        Raises:
            NotFound: The address has not bounced.
        """
        domain, address = self._with_domain(domain, address)
        return await self._get("/v3/{domain_name}/bounces/{address}", Bounce, domain_name=domain, address=address)

    async def create(
        self,
        domain: str,
        address: str | None = None,
        /,
        *,
        code: str | int | None = None,
        error: str | None = None,
        created_at: datetime | None = None,
    ) -> Done:
        """Add a bounce, or replace that of the same address. `POST /v3/{domain_name}/bounces`.

        Args:
            domain: As for `get`.
            address: The plain address.
            code: SMTP code; Mailgun's default is 550.
            error: Words of the server; by default none.
            created_at: When it bounced; by default now.

        Raises:
            InvalidArgument: `created_at` has no time zone.
        """
        domain, address = self._with_domain(domain, address)
        return await self._call(
            "POST",
            "/v3/{domain_name}/bounces",
            Done,
            multipart={
                "address": address,
                "code": code,
                "error": error,
                "created_at": rfc2822("created_at", created_at),
            },
            safety="idempotent",
            domain_name=domain,
        )
