"""Mailgun's limits on a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

__all__ = [
    "MAX_DELIVER_WITHIN",
    "MAX_MESSAGE_BYTES",
    "MAX_OPTIMIZE_HOURS",
    "MAX_OPTION_BYTES",
    "MAX_RECIPIENTS",
    "MAX_TAGS",
    "MAX_TAG_LENGTH",
    "MIN_DELIVER_WITHIN",
    "MIN_OPTIMIZE_HOURS",
]

MAX_RECIPIENTS: Final = 1000
"""Addresses in to, cc and bcc of one call together; whether cc and bcc count is not documented, so they do here."""

MAX_OPTION_BYTES: Final = 16 * 1024
"""Bytes of all o:, h:, v: and t: fields of a call together, names and values in UTF-8."""

MAX_MESSAGE_BYTES: Final = 25 * 1024 * 1024
"""Bytes of a message. Mailgun says "25MB" and measures requests in MiB (its error text for the largest, 50 MiB, names
52.4), so this is read as MiB. Counted is what is uploaded; the mail itself is a third larger where it has attachments,
so Mailgun may still refuse what is a little less than this."""

MAX_TAGS: Final = 10
"""Tags of a message: the figure in Mailgun's own clients; its older documents say 3."""

MAX_TAG_LENGTH: Final = 128
"""Characters of a tag, all ASCII."""

MIN_DELIVER_WITHIN: Final = timedelta(minutes=5)
MAX_DELIVER_WITHIN: Final = timedelta(hours=24)
"""Bounds of `deliver_within`."""

MIN_OPTIMIZE_HOURS: Final = 24
MAX_OPTIMIZE_HOURS: Final = 72
"""Bounds of `delivery_time_optimize_period`, in hours."""
