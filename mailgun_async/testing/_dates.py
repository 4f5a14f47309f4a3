"""Times as Mailgun writes them outside of events, `Thu, 11 Dec 2025 01:49:40 UTC`. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from mailgun_async.testing._submission import Refused

__all__ = ["as_utc", "read_date"]


def as_utc(at: float | datetime) -> str:
    """Write a time, seconds since 1970 or aware."""
    when = at.astimezone(UTC) if isinstance(at, datetime) else datetime.fromtimestamp(at, UTC)
    return format_datetime(when, usegmt=True).replace("GMT", "UTC")


def read_date(text: str) -> datetime:
    """Read a time of RFC 2822; UTC when it names no zone.

    Raises:
        Refused: It is none.
    """
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        raise Refused(400, f"{text} is not an RFC-2822 compliant date") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
