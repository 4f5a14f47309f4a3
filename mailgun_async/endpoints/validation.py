"""Validation of single addresses. `/v4/address/validate`."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group
from mailgun_async.errors import InvalidArgument

__all__ = ["Engagement", "Validated", "Validation"]

MAX_ADDRESS: Final = 512
"""Characters of an address."""


@attrs.define(kw_only=True)
class Engagement:
    """How an address has dealt with mail."""

    engaging: bool | None = None
    behavior: str | None = None
    is_bot: bool | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Validated:
    """What is known of an address."""

    address: str | None = None
    result: str | None = None
    """`deliverable`, `undeliverable`, `do_not_send`, `catch_all` or `unknown`."""
    risk: str | None = None
    """`high`, `medium`, `low` or `unknown`."""
    reason: list[str] = attrs.Factory(list)
    """Why it is not simply deliverable."""
    did_you_mean: str | None = None
    """The address as it may have been meant."""
    root_address: str | None = None
    """The address behind an alias."""
    is_disposable_address: bool | None = None
    is_role_address: bool | None = None
    """Such as `admin@`, `sales@`."""
    engagement: Engagement | None = None
    last_seen: datetime | None = None
    """When Mailgun last saw mail for it."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Validation(Group):
    """Validation of single addresses; each call is paid for."""

    __slots__ = ()

    async def validate(self, address: str, /, *, provider_lookup: bool | None = None) -> Validated:
        """Tell whether mail would reach an address. `GET /v4/address/validate`.

        Args:
            address: At most 512 characters.
            provider_lookup: Ask the mail provider as well; Mailgun's default is true.

        Raises:
            InvalidArgument: The address is too long.
        """
        query = {"address": _checked(address), "provider_lookup": provider_lookup}
        return await self._get("/v4/address/validate", Validated, query=query)

    async def validate_form(self, address: str, /, *, provider_lookup: bool | None = None) -> Validated:
        """Tell the same, the address being in no URL and so in no proxy's log. `POST /v4/address/validate`.

        Args:
            address: At most 512 characters.
            provider_lookup: As for `validate`.

        Raises:
            InvalidArgument: The address is too long.
        """
        return await self._call(
            "POST",
            "/v4/address/validate",
            Validated,
            query={"provider_lookup": provider_lookup},
            multipart={"address": _checked(address)},
            safety="read",
        )


def _checked(address: str) -> str:
    if len(address) > MAX_ADDRESS:
        raise InvalidArgument(
            f"address has {len(address)} characters: at most {MAX_ADDRESS}",
            field="address",
            size=len(address),
            limit=MAX_ADDRESS,
        )
    return address
