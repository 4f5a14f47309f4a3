"""Mailing lists: addresses that pass mail on to their members. `/v3/lists`."""

from __future__ import annotations

from typing import Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group
from mailgun_async.endpoints._lists import MailingList
from mailgun_async.paging import BySkip, ByUrl, Pages

__all__ = ["MailingList", "MailingListDeleted", "MailingLists"]

AccessLevel = Literal["readonly", "members", "everyone"]
ReplyPreference = Literal["list", "sender"]


@attrs.define(kw_only=True)
class MailingListDeleted:
    """Mailgun's word that a list is gone."""

    message: str | None = None
    address: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class MailingLists(Group):
    """Addresses that pass mail on to their members."""

    __slots__ = ()

    def list(
        self,
        *,
        address: str | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[MailingList]:
        """List the mailing lists, by skipping. `GET /v3/lists`.

        `list_pages` does the same by a cursor, which holds when lists come and go meanwhile.

        Args:
            address: Only the list of this address.
            limit: Lists a page, 1 to 1,000; Mailgun's default is 100.
            skip: Lists to leave out at the start.
            max_items: Most lists that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"address": address, "limit": self._page_size(limit), "skip": skip}
        return self._pages(
            "/v3/lists", MailingList, BySkip(), query=query, max_items=max_items, fetch_ahead=fetch_ahead
        )

    def list_pages(
        self, *, limit: int | None = None, max_items: int | None = None, fetch_ahead: bool = True
    ) -> Pages[MailingList]:
        """List the mailing lists, by a cursor. `GET /v3/lists/pages`.

        Args:
            limit: As for `list`.
            max_items: As for `list`.
            fetch_ahead: As for `list`.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"limit": self._page_size(limit)}
        return self._pages(
            "/v3/lists/pages", MailingList, ByUrl(), query=query, max_items=max_items, fetch_ahead=fetch_ahead
        )

    async def get(self, list_address: str, /) -> MailingList:
        """Fetch one list. `GET /v3/lists/{list_address}`.

        Args:
            list_address: Its address.

        Raises:
            NotFound: There is no such list.
        """
        return await self._get("/v3/lists/{list_address}", MailingList, under="list", list_address=list_address)

    async def create(
        self,
        address: str,
        /,
        *,
        name: str | None = None,
        description: str | None = None,
        access_level: AccessLevel | None = None,
        reply_preference: ReplyPreference | None = None,
    ) -> MailingList:
        """Make a list. `POST /v3/lists`.

        Args:
            address: Its address, at one of the account's domains.
            name: Shown beside the address.
            description: For people.
            access_level: Who may post to it: nobody but the API (`readonly`, Mailgun's default), its members, everyone.
            reply_preference: Where replies go: to the `list`, Mailgun's default, or to the `sender`.
        """
        return await self._call(
            "POST",
            "/v3/lists",
            MailingList,
            multipart={
                "address": address,
                "name": name,
                "description": description,
                "access_level": access_level,
                "reply_preference": reply_preference,
            },
            under="list",
        )

    async def update(
        self,
        list_address: str,
        /,
        *,
        address: str | None = None,
        name: str | None = None,
        description: str | None = None,
        access_level: AccessLevel | None = None,
        reply_preference: ReplyPreference | None = None,
        list_id: str | None = None,
    ) -> MailingList:
        """Change a list; what is left out stays. `PUT /v3/lists/{list_address}`.

        Args:
            list_address: Its address so far.
            address: Its new address.
            name: As for `create`.
            description: As for `create`.
            access_level: As for `create`.
            reply_preference: As for `create`.
            list_id: Of its `List-Id` header (`list-id`).

        Raises:
            NotFound: There is no such list.
        """
        return await self._call(
            "PUT",
            "/v3/lists/{list_address}",
            MailingList,
            multipart={
                "address": address,
                "name": name,
                "description": description,
                "access_level": access_level,
                "reply_preference": reply_preference,
                "list-id": list_id,
            },
            under="list",
            list_address=list_address,
        )

    async def delete(self, list_address: str, /) -> MailingListDeleted:
        """Remove a list with its members. `DELETE /v3/lists/{list_address}`.

        Args:
            list_address: Its address.

        Raises:
            NotFound: There is no such list.
        """
        return await self._call("DELETE", "/v3/lists/{list_address}", MailingListDeleted, list_address=list_address)
