"""What mailing lists and their members share."""

from __future__ import annotations

from datetime import datetime

import attrs

from mailgun_async.convert import EXTRA

__all__ = ["MailingList"]


@attrs.define(kw_only=True)
class MailingList:
    """A mailing list."""

    address: str
    name: str | None = None
    description: str | None = None
    access_level: str | None = None
    """Who may post to it: `readonly` (the API alone), `members` or `everyone`."""
    reply_preference: str | None = None
    """Where replies go: `list` or `sender`."""
    created_at: datetime | None = None
    members_count: int | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""
