"""Users of the account. `/v5/users`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group
from mailgun_async.paging import BySkip, Pages

__all__ = ["AddressParts", "EmailDetails", "User", "UserAuth", "UserPreferences", "Users"]


@attrs.define(kw_only=True)
class AddressParts:
    """An address taken apart."""

    local_part: str | None = None
    domain: str | None = None
    display_name: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class EmailDetails:
    """What is known of a user's address."""

    address: str | None = None
    is_valid: bool | None = None
    reason: str | None = None
    parts: AddressParts | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class UserPreferences:
    """How a user likes to see things."""

    time_zone: str | None = None
    time_format: str | None = None
    programming_language: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class UserAuth:
    """How a user logs in."""

    method: str | None = None
    prior_method: str | None = None
    prior_details: dict[str, Any] | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class User:
    """A user of the account."""

    id: str | None = None
    name: str | None = None
    email: str | None = None
    email_details: EmailDetails | None = None
    role: str | None = None
    """`basic`, `billing`, `support`, `developer` or `admin`."""
    account_id: str | None = None
    activated: bool | None = None
    is_disabled: bool | None = None
    is_master: bool | None = None
    opened_ip: str | None = None
    """Address from where the account was opened."""
    metadata: dict[str, Any] | None = None
    tfa_enabled: bool | None = None
    tfa_active: bool | None = None
    tfa_created_at: datetime | None = None
    password_updated_at: datetime | None = None
    preferences: UserPreferences | None = None
    auth: UserAuth | None = None
    github_user_id: str | None = None
    salesforce_user_id: str | None = None
    migration_status: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Users(Group):
    """Users of the account."""

    __slots__ = ()

    def list(
        self,
        *,
        role: Literal["basic", "billing", "support", "developer", "admin"] | None = None,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[User]:
        """List the users. `GET /v5/users`.

        Args:
            role: Only those of this role.
            limit: Users a page, 1 to 1,000.
            skip: Users to leave out at the start.
            max_items: Most users that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            "/v5/users",
            User,
            BySkip(total="total"),
            query={"role": role, "limit": self._page_size(limit), "skip": skip},
            items="users",
            max_items=max_items,
            fetch_ahead=fetch_ahead,
        )

    async def get(self, user_id: str, /) -> User:
        """Fetch one user. `GET /v5/users/{user_id}`.

        Args:
            user_id: `User.id`.

        Raises:
            NotFound: There is no such user.
        """
        return await self._get("/v5/users/{user_id}", User, user_id=user_id)

    async def get_me(self) -> User:
        """Fetch the user whose key is used. `GET /v5/users/me`.

        Raises:
            ApiError: The key belongs to nobody; most of kind `web` do.
        """
        return await self._get("/v5/users/me", User)
