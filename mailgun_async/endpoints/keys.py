"""API keys of the account. `/v1/keys`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import BySkip, Pages

__all__ = ["Key", "Keys", "PublicKey"]

Kind = Literal["domain", "user", "web"]
Role = Literal["admin", "basic", "sending", "developer"]


@attrs.define(kw_only=True)
class Key:
    """An API key."""

    id: str | None = None
    description: str | None = None
    kind: str | None = None
    """`domain`, `user` or `web`."""
    role: str | None = None
    """`admin`, `basic`, `sending` or `developer`."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    expires_at: datetime | None = None
    is_disabled: bool | None = None
    disabled_reason: str | None = None
    domain_name: str | None = None
    """Of a key of kind `domain`."""
    requestor: str | None = None
    """Address of who asked for it."""
    user_name: str | None = None
    secret: str | None = attrs.field(default=None, repr=False)
    """The key itself; told once, when it is created."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class PublicKey:
    """The account's public validation key."""

    key: str | None = attrs.field(default=None, repr=False)
    message: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Keys(Group):
    """API keys of the account."""

    __slots__ = ()

    def list(
        self, *, domain_name: str | None = None, kind: Kind | None = None, max_items: int | None = None
    ) -> Pages[Key]:
        """List the keys, without their secrets; they come on one page. `GET /v1/keys`.

        Args:
            domain_name: Only those of this domain.
            kind: Only those of this kind.
            max_items: Most keys that are given.
        """
        return self._pages(
            "/v1/keys", Key, BySkip(), query={"domain_name": domain_name, "kind": kind}, max_items=max_items
        )

    async def create(
        self,
        *,
        role: Role,
        kind: Kind | None = None,
        domain_name: str | None = None,
        description: str | None = None,
        expiration: timedelta | None = None,
        user_id: str | None = None,
        user_name: str | None = None,
        email: str | None = None,
    ) -> Key:
        """Make a key; its `secret` is told this once. `POST /v1/keys`.

        Args:
            role: What it may do: `sending` goes with kind `domain`.
            kind: Mailgun's default is `user`.
            domain_name: The domain of a key of kind `domain`.
            description: For people.
            expiration: How long it lives, at least a second; by default for ever.
            user_id: Whose it is; needed for kind `web`.
            user_name: Name of that user.
            email: Address of that user; needed for kind `web`.

        Raises:
            InvalidArgument: `expiration` is shorter than a second.
        """
        seconds = None if expiration is None else int(expiration.total_seconds())
        if seconds is not None and seconds < 1:
            raise InvalidArgument(f"expiration must be at least a second, not {expiration}", field="expiration")
        return await self._call(
            "POST",
            "/v1/keys",
            Key,
            multipart={
                "role": role,
                "kind": kind,
                "domain_name": domain_name,
                "description": description,
                "expiration": seconds,
                "user_id": user_id,
                "user_name": user_name,
                "email": email,
            },
            under="key",
        )

    async def delete(self, key_id: str, /) -> Done:
        """Delete a key: calls made with it are refused from then on. `DELETE /v1/keys/{key_id}`.

        Args:
            key_id: `Key.id`.

        Raises:
            NotFound: There is no such key.
        """
        return await self._call("DELETE", "/v1/keys/{key_id}", Done, key_id=key_id)

    async def regenerate_public(self) -> PublicKey:
        """Make a new public validation key; the old one ends. `POST /v1/keys/public`."""
        return await self._call("POST", "/v1/keys/public", PublicKey)
