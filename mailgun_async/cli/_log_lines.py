"""Log entries, followed as they come, and shown on a line each."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mailgun_async.endpoints.logs import LogEvent
    from mailgun_async.paging import Pages

__all__ = ["Seen", "follow", "heading", "line"]

_LATE: Final = timedelta(minutes=30)
"""How long an entry may still come."""
_WIDTHS: Final = (20, 13, 32)


@attrs.define
class Seen:
    """Which entries were shown, for as long as they can come again."""

    overlap: timedelta = _LATE
    _known: dict[tuple[str | None, datetime | None], datetime] = attrs.Factory(dict)

    def take(self, entry: LogEvent, now: datetime) -> bool:
        """Tell whether an entry is new, and remember it. An id is unique within a day: its moment belongs to it."""
        key = (entry.id, entry.timestamp)
        if entry.id is not None and key in self._known:
            return False
        self._known[key] = entry.timestamp or now
        return True

    def start(self, first: datetime, now: datetime) -> datetime:
        """Return where the next look begins, and forget what lies before it."""
        start = max(first, now - self.overlap).replace(microsecond=0)  # finer ones do not travel
        self._known = {key: at for key, at in self._known.items() if at >= start}
        return start


async def follow(
    query: Callable[[datetime], Pages[LogEvent]], since: datetime, *, every_s: float, now: Callable[[], datetime]
) -> AsyncIterator[LogEvent]:
    """Yield entries as they come, each once, without end.

    Each look goes back half an hour again, as entries come late and out of order.

    Args:
        query: Lists the entries from a moment on, the oldest first.
        since: Nothing before it is shown.
        every_s: Seconds between two looks.
        now: The clock.
    """
    seen, start = Seen(), since
    while True:
        async for entry in query(start):
            if seen.take(entry, now()):
                yield entry
        await asyncio.sleep(every_s)
        start = seen.start(since, now())


def heading() -> str:
    """Return what stands above the lines."""
    return _columns("time (UTC)", "event", "recipient", "details")


def line(entry: LogEvent) -> str:
    """Show an entry on one line."""
    at = "" if entry.timestamp is None else entry.timestamp.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    event = entry.event or ""
    if entry.severity:
        event += f" {entry.severity[:4]}"
    return _columns(at, event, entry.recipient or "", " ".join(_details(entry).split()))


def _details(entry: LogEvent) -> str:
    status = entry.delivery_status
    told: list[Any] = [entry.reason]
    if status is not None:
        told += [status.code, status.message or status.description]
    told += [entry.url, entry.message.headers.subject if entry.message and entry.message.headers else None]
    return " ".join(str(one) for one in told if one)


def _columns(*cells: str) -> str:
    *first, last = cells
    padded = [f"{cell:<{width}}" for cell, width in zip(first, _WIDTHS, strict=True)]
    return " ".join([*padded, last]).rstrip()
