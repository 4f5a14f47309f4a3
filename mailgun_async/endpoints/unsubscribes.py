"""Unsubscribes: addresses that want no more mail, at all or with a tag. `/v3/{domain_name}/unsubscribes`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA, rfc2822
from mailgun_async.endpoints._group import Done, given
from mailgun_async.endpoints._suppressions import AddReport, OnChunk, Records, Removed, SuppressionList
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByUrl, Pages

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

__all__ = ["Unsubscribe", "Unsubscribes"]

_ROUTE: Final = "/v3/{domain_name}/unsubscribes"
_ONE: Final = "/v3/{domain_name}/unsubscribes/{address}"


@attrs.define(kw_only=True)
class Unsubscribe:
    """An address that wants no more mail."""

    address: str
    tags: list[str] = attrs.field(factory=lambda: ["*"])
    """Tags of the mail it does not want; `*` is all mail."""
    created_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Unsubscribes(SuppressionList):
    """Addresses that want no more mail, at all or with a tag."""

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
    ) -> Pages[Unsubscribe]:
        """List unsubscribes. `GET /v3/{domain_name}/unsubscribes`.

        Args:
            domain: The sending domain; the client's default domain when left out.
            limit: Unsubscribes a page, 1 to 1,000; Mailgun's default is 100.
            term: Only addresses that begin with this.
            max_items: Most unsubscribes that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            _ROUTE,
            Unsubscribe,
            ByUrl(),
            query={"limit": self._page_size(limit), "term": term},
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain_name=self._domain(domain),
        )

    async def get(self, domain: str, address: str | None = None, /) -> Unsubscribe:
        """Fetch one unsubscribe. `GET /v3/{domain_name}/unsubscribes/{address}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            address: Whose unsubscribe.

        Raises:
            NotFound: The address is not in the list.
        """
        domain, address = self._with_domain(domain, address)
        return await self._get(_ONE, Unsubscribe, domain_name=domain, address=address)

    async def create(
        self,
        domain: str,
        address: str | None = None,
        /,
        *,
        tags: Sequence[str] = ("*",),
        created_at: datetime | None = None,
    ) -> Done:
        """Add an unsubscribe, or replace that of the same address. `POST /v3/{domain_name}/unsubscribes`.

        Args:
            domain: As for `get`.
            address: The plain address.
            tags: Only mail with one of these tags; `*`, the default, is all mail.
            created_at: When it came to be; by default now.

        Raises:
            InvalidArgument: `created_at` has no time zone.
        """
        domain, address = self._with_domain(domain, address)
        one = Unsubscribe(address=address, tags=[*tags], created_at=created_at)
        return await self._call("POST", _ROUTE, Done, json=[_record(one)], safety="idempotent", domain_name=domain)

    async def add_many(
        self,
        domain: str | Records[Unsubscribe | str],
        records: Records[Unsubscribe | str] | None = None,
        /,
        *,
        max_in_flight: int = 4,
        on_chunk: OnChunk[Unsubscribe | str] | None = None,
    ) -> AddReport[Unsubscribe | str]:
        """Add any number of unsubscribes, 1,000 a call, several calls at once. `POST /v3/{domain_name}/unsubscribes`.

        One call's failure does not stop the others, unless every other would meet it too: then it is raised. All of it
        may be done again, as an unsubscribe replaces that of the same address.

        Args:
            domain: As for `get`.
            records: An iterable or async iterable of `Unsubscribe`s or plain addresses; never held whole.
            max_in_flight: Most calls at the same time, 1 or more.
            on_chunk: Told of each call when it is over; what it returns is awaited if it can be.

        Raises:
            InvalidArgument: `records` is no iterable of such; the calls made before the bad one hold.
            ApiError: The key or the domain can't do this at all.
        """
        name, many = self._domain_and(domain, records)
        return await self._add_many(_ROUTE, name, many, _record, max_in_flight=max_in_flight, on_chunk=on_chunk)

    async def import_csv(
        self, domain: str | bytes | os.PathLike[str], file: bytes | str | os.PathLike[str] | None = None, /
    ) -> Done:
        """Have Mailgun read unsubscribes out of a CSV file, later. `POST /v3/{domain_name}/unsubscribes/import`.

        Args:
            domain: As for `get`.
            file: Its path or its bytes, at most 25 MB. Columns: `address`, `tags`, `created_at`.

        Raises:
            InvalidArgument: It is too large.
            OSError: It can't be read.
        """
        name, what = self._domain_and(domain, file)
        return await self._import_csv("/v3/{domain_name}/unsubscribes/import", name, what)

    async def delete(self, domain: str, address: str | None = None, /, *, tag: str | None = None) -> Removed:
        """Remove one unsubscribe, or one tag of it. `DELETE /v3/{domain_name}/unsubscribes/{address}`.

        Args:
            domain: As for `get`.
            address: Whose unsubscribe.
            tag: Only for mail with this tag; by default all of it goes, and the address gets mail again.
        """
        domain, address = self._with_domain(domain, address)
        return await self._call("DELETE", _ONE, Removed, query={"tag": tag}, domain_name=domain, address=address)

    async def delete_all(self, domain: str | None = None, /) -> Done:
        """Remove **all** unsubscribes of a domain. `DELETE /v3/{domain_name}/unsubscribes`.

        Args:
            domain: As for `list`.
        """
        return await self._call("DELETE", _ROUTE, Done, domain_name=self._domain(domain))


def _record(one: Unsubscribe | str) -> dict[str, object]:
    if isinstance(one, str):
        return {"address": one}
    if not isinstance(one, Unsubscribe):
        raise InvalidArgument(f"a record is an address or a Unsubscribe, not {one!r:.100}", field="records")
    return given(address=one.address, tags=one.tags, created_at=rfc2822("created_at", one.created_at))
