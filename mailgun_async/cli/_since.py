"""Options for a stretch of time, as commands that look back share them."""

from __future__ import annotations

from datetime import UTC, datetime

from mailgun_async.errors import InvalidArgument

__all__ = ["instant"]


def instant(name: str, text: str | None, now: datetime) -> datetime | None:
    """Read a moment, or a duration back from now: `2h`, `7d`; None stays None.

    Raises:
        InvalidArgument: It is neither; `name` is that of the option.
    """
    from mailgun_async.cli._forms import moment, span  # noqa: PLC0415 -- --help needs none

    if text is None:
        return None
    try:
        return now.astimezone(UTC) - span(text)
    except ValueError:
        pass
    try:
        return moment(text)
    except ValueError:
        example = "2h, 7d or 2027-01-31T09:30+01:00"
        raise InvalidArgument(f"--{name} must be like {example}, not {text!r}", field=name) from None
