"""Members of mailing lists. `/v3/lists/{list_address}/members`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from mailgun_async.convert import EXTRA, dumps, wire
from mailgun_async.endpoints._group import Group, given, yes_no
from mailgun_async.endpoints._lists import MailingList
from mailgun_async.endpoints._suppressions import csv_part
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import BySkip, ByUrl, Pages
from mailgun_async.transport.encoding import field

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

__all__ = ["Member", "MemberUpload", "Members"]

MAX_MEMBERS: Final = 1_000
"""Members of one call."""
_ROUTE: Final = "/v3/lists/{list_address}/members"
_ONE: Final = "/v3/lists/{list_address}/members/{member_address}"


@attrs.define(kw_only=True)
class Member:
    """A member of a mailing list."""

    address: str
    name: str | None = None
    vars: dict[str, Any] = attrs.Factory(dict)
    """Values for `%recipient.x%` in mail to the list: anything that JSON holds."""
    subscribed: bool | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class MemberUpload:
    """Mailgun's word on many members; more than 100 are added later, in the background."""

    message: str | None = None
    task_id: str | None = attrs.field(default=None, metadata=wire("task-id"))
    list: MailingList | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Members(Group):
    """Members of mailing lists."""

    __slots__ = ()

    def list(
        self,
        list_address: str,
        /,
        *,
        address: str | None = None,
        subscribed: bool | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Member]:
        """List members, by skipping. `GET /v3/lists/{list_address}/members`.

        `list_pages` does the same by a cursor, which holds when members come and go meanwhile.

        Args:
            list_address: The list.
            address: Only the member of this address.
            subscribed: Only those who are subscribed, or who are not; by default all.
            limit: Members a page, 1 to 1,000; Mailgun's default is 100.
            skip: Members to leave out at the start.
            max_items: Most members that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"address": address, "subscribed": subscribed, "limit": self._page_size(limit), "skip": skip}
        return self._pages(
            _ROUTE,
            Member,
            BySkip(),
            query=query,
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            list_address=list_address,
        )

    def list_pages(
        self,
        list_address: str,
        /,
        *,
        subscribed: bool | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Member]:
        """List members, by a cursor. `GET /v3/lists/{list_address}/members/pages`.

        Args:
            list_address: As for `list`.
            subscribed: As for `list`.
            limit: As for `list`.
            max_items: As for `list`.
            fetch_ahead: As for `list`.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"subscribed": subscribed, "limit": self._page_size(limit)}
        return self._pages(
            "/v3/lists/{list_address}/members/pages",
            Member,
            ByUrl(),
            query=query,
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            list_address=list_address,
        )

    async def get(self, list_address: str, address: str, /) -> Member:
        """Fetch one member. `GET /v3/lists/{list_address}/members/{member_address}`.

        Args:
            list_address: The list.
            address: The member.

        Raises:
            NotFound: There is no such list or member.
        """
        return await self._get(_ONE, Member, under="member", list_address=list_address, member_address=address)

    async def create(
        self,
        list_address: str,
        address: str,
        /,
        *,
        name: str | None = None,
        vars: Mapping[str, object] | None = None,  # noqa: A002 -- Mailgun's name
        subscribed: bool | None = None,
        upsert: bool | None = None,
    ) -> Member:
        """Add a member. `POST /v3/lists/{list_address}/members`.

        Args:
            list_address: The list.
            address: The member's.
            name: Shown beside the address.
            vars: Values for `%recipient.x%`: anything that JSON holds.
            subscribed: Mailgun's default is true.
            upsert: Change a member that is there, where it would be an error otherwise.
        """
        return await self._call(
            "POST",
            _ROUTE,
            Member,
            multipart={"address": address, **_fields(name, vars, subscribed), "upsert": yes_no(upsert)},
            safety="idempotent" if upsert else None,
            under="member",
            list_address=list_address,
        )

    async def create_many(
        self, list_address: str, members: Sequence[Member | str], /, *, upsert: bool | None = None
    ) -> MemberUpload:
        """Add up to 1,000 members. `POST /v3/lists/{list_address}/members.json`.

        Args:
            list_address: The list.
            members: `Member`s or plain addresses. Of more than 100 Mailgun says how it went later, in events.
            upsert: Change members that are there; by default they are left as they are.

        Raises:
            InvalidArgument: There are none, or more than 1,000.
        """
        if not 1 <= len(members) <= MAX_MEMBERS:
            raise InvalidArgument(
                f"members must be 1 to {MAX_MEMBERS:,}, not {len(members):,}",
                field="members",
                size=len(members),
                limit=MAX_MEMBERS,
            )
        return await self._call(
            "POST",
            "/v3/lists/{list_address}/members.json",
            MemberUpload,
            multipart={
                "members": dumps([_member(one) for one in members]).decode(),
                "upsert": yes_no(upsert),
            },
            safety="idempotent" if upsert else None,
            list_address=list_address,
        )

    async def import_csv(
        self,
        list_address: str,
        file: bytes | str | os.PathLike[str],
        /,
        *,
        subscribed: bool | None = None,
        upsert: bool | None = None,
    ) -> MemberUpload:
        """Add members out of a CSV file, later. `POST /v3/lists/{list_address}/members.csv`.

        Args:
            list_address: The list.
            file: Its path or its bytes. The first line names the columns; `address` is one of them, and `name`, `vars`
                and `subscribed` may be.
            subscribed: For those of whom the file does not say.
            upsert: Change members that are there; by default they are left as they are.

        Raises:
            InvalidArgument: It has more than 25 MB.
            OSError: It can't be read.
        """
        options = {"subscribed": yes_no(subscribed), "upsert": yes_no(upsert)}
        parts = [field(name, text) for name, text in options.items() if text is not None]
        return await self._call(
            "POST",
            "/v3/lists/{list_address}/members.csv",
            MemberUpload,
            multipart=[await csv_part("members", file), *parts],
            safety="idempotent" if upsert else None,
            list_address=list_address,
        )

    async def update(
        self,
        list_address: str,
        member_address: str,
        /,
        *,
        address: str | None = None,
        name: str | None = None,
        vars: Mapping[str, object] | None = None,  # noqa: A002 -- Mailgun's name
        subscribed: bool | None = None,
    ) -> Member:
        """Change a member; what is left out stays. `PUT /v3/lists/{list_address}/members/{member_address}`.

        Args:
            list_address: The list.
            member_address: The member's address so far.
            address: The new one.
            name: As for `create`.
            vars: As for `create`; they replace those there are.
            subscribed: As for `create`.

        Raises:
            NotFound: There is no such list or member.
        """
        return await self._call(
            "PUT",
            _ONE,
            Member,
            multipart={"address": address, **_fields(name, vars, subscribed)},
            under="member",
            list_address=list_address,
            member_address=member_address,
        )

    async def delete(self, list_address: str, address: str, /) -> Member:
        """Remove a member. `DELETE /v3/lists/{list_address}/members/{member_address}`.

        Args:
            list_address: The list.
            address: The member.

        Raises:
            NotFound: There is no such list or member.
        """
        return await self._call(
            "DELETE", _ONE, Member, under="member", list_address=list_address, member_address=address
        )


def _fields(name: str | None, variables: Mapping[str, object] | None, subscribed: bool | None) -> dict[str, str | None]:
    text = None if variables is None else dumps(dict(variables)).decode()
    return {"name": name, "vars": text, "subscribed": yes_no(subscribed)}


def _member(one: Member | str) -> str | dict[str, object]:
    if isinstance(one, str):
        return one
    if not isinstance(one, Member):
        raise InvalidArgument(f"a member is an address or a Member, not {one!r:.100}", field="members")
    return given(address=one.address, name=one.name, vars=one.vars or None, subscribed=one.subscribed)
