"""What validations of lists share."""

from __future__ import annotations

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.errors import InvalidArgument

__all__ = ["JobStarted", "ValidationSummary", "checked_list_id"]


@attrs.define(kw_only=True)
class JobStarted:
    """Mailgun's word that a list was taken."""

    id: str | None = None
    message: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class ValidationSummary:
    """How many addresses came to what; in previews shares in percent."""

    result: dict[str, float] = attrs.Factory(dict)
    """By `deliverable`, `undeliverable`, `do_not_send`, `catch_all`, `unknown`."""
    risk: dict[str, float] = attrs.Factory(dict)
    """By `high`, `medium`, `low`, `unknown`."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


def checked_list_id(list_id: str) -> str:
    """Return the id.

    Raises:
        InvalidArgument: It is empty, or has an `@`, which would make it a mailing list.
    """
    if not list_id or "@" in list_id:
        raise InvalidArgument(f"a list id is a name of your own without @, not {list_id!r}", field="list_id")
    return list_id
