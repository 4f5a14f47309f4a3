"""What webhooks of domains and of the account share: the kinds of events, and how many URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["EventType", "event_type", "event_types", "urls"]

EventType = Literal[
    "accepted", "clicked", "complained", "delivered", "opened", "permanent_fail", "temporary_fail", "unsubscribed"
]
"""Mailgun's names for the kinds of events. In what a webhook gets, both kinds of failures are called `failed`."""

_EVENT_TYPES: Final[tuple[str, ...]] = get_args(EventType)
MAX_URLS: Final = 3
"""Of one kind of events."""


def event_type(name: str) -> str:
    """Return the name.

    Raises:
        InvalidArgument: There are no such events.
    """
    if name not in _EVENT_TYPES:
        raise InvalidArgument(f"{name!r} is none of {', '.join(_EVENT_TYPES)}", field="event_type")
    return name


def event_types(names: EventType | Sequence[EventType]) -> Sequence[str]:
    """Return one name or several as a list.

    Raises:
        InvalidArgument: There is none, or there are no such events.
    """
    listed = [names] if isinstance(names, str) else names
    if not listed:
        raise InvalidArgument("event_types must name at least one kind of events", field="event_types")
    return [event_type(name) for name in listed]


def urls(given: str | Sequence[str]) -> Sequence[str]:
    """Return one URL or several as a list.

    Raises:
        InvalidArgument: There is none, or there are more than three.
    """
    listed = [given] if isinstance(given, str) else list(given)
    if not 1 <= len(listed) <= MAX_URLS:
        raise InvalidArgument(
            f"urls must be 1 to {MAX_URLS}, not {len(listed)}", field="urls", size=len(listed), limit=MAX_URLS
        )
    return listed
