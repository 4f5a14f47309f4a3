"""Monthly message limits, of an account and of its subaccounts."""

from __future__ import annotations

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.errors import InvalidArgument

__all__ = ["MessageLimit", "Success", "checked_limit"]


@attrs.define(kw_only=True)
class MessageLimit:
    """A limit of your own on what is sent; reaching it disables the account."""

    limit: float | None = None
    """Messages in one period."""
    current: float | None = None
    """Messages sent in this one."""
    period: str | None = None
    """A number and `m` (months), `d` (days) or `h` (hours): `1m`."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Success:
    """Mailgun's word whether it was done."""

    success: bool | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def checked_limit(limit: int) -> int:
    """Return the limit.

    Raises:
        InvalidArgument: It is negative.
    """
    if limit < 0:
        raise InvalidArgument(f"limit must be 0 or more, not {limit}", field="limit")
    return limit
