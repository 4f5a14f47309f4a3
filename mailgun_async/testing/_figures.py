"""Events -> the figures of metrics and tags. Pure.

Nothing here opens, clicks, complains or bounces, so those counts are zero; what fails, fails for good because of a
suppression or a missing template. Mailgun's definitions are followed where they can be read off the names. Not known,
and decided plainly: `processed` is what was delivered or failed for good, `sent` is that without what was suppressed;
the rates of opens, clicks, unsubscribes and complaints are parts of the delivered, the others of the processed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mailgun_async.testing._events import Event

__all__ = ["COUNTS", "FIGURES", "count", "figures"]

_SUPPRESSED: Final = {
    605: "suppressed_bounces_count",
    606: "suppressed_unsubscribed_count",
    607: "suppressed_complaints_count",
}
_ACCEPTED: Final = ("accepted_count", "accepted_outgoing_count")
_DELIVERED: Final = (
    "delivered_count",
    "delivered_smtp_count",
    "delivered_first_attempt_count",
    "processed_count",
    "sent_count",
)
_FAILED: Final = ("failed_count", "permanent_failed_count", "processed_count")
_NEVER: Final = (
    "accepted_incoming_count",
    "bounced_count",
    "clicked_count",
    "complained_count",
    "delayed_bounce_count",
    "delayed_first_attempt_count",
    "delivered_http_count",
    "delivered_optimized_count",
    "delivered_two_plus_attempts_count",
    "hard_bounces_count",
    "opened_count",
    "permanent_failed_esp_block_count",
    "permanent_failed_old_count",
    "permanent_failed_optimized_count",
    "rate_limit_count",
    "soft_bounces_count",
    "temporary_failed_count",
    "temporary_failed_esp_block_count",
    "unique_clicked_count",
    "unique_opened_count",
    "unsubscribed_count",
    "webhook_count",
)
COUNTS: Final = tuple(sorted({*_ACCEPTED, *_DELIVERED, *_FAILED, *_SUPPRESSED.values(), *_NEVER}))
_RATES: Final[Mapping[str, tuple[str, str]]] = {
    "delivered_rate": ("delivered_count", "processed_count"),
    "bounce_rate": ("bounced_count", "processed_count"),
    "permanent_fail_rate": ("permanent_failed_count", "processed_count"),
    "temporary_fail_rate": ("temporary_failed_count", "processed_count"),
    "delayed_rate": ("delayed_first_attempt_count", "processed_count"),
    "delayed_first_attempt_rate": ("delayed_first_attempt_count", "processed_count"),
    "opened_rate": ("opened_count", "delivered_count"),
    "clicked_rate": ("clicked_count", "delivered_count"),
    "unique_opened_rate": ("unique_opened_count", "delivered_count"),
    "unique_clicked_rate": ("unique_clicked_count", "delivered_count"),
    "unsubscribed_rate": ("unsubscribed_count", "delivered_count"),
    "complained_rate": ("complained_count", "delivered_count"),
}
FIGURES: Final = (*COUNTS, *_RATES)
"""Names of all counts and rates."""


def count(events: Iterable[Event]) -> Counter[str]:
    """Count what one event each adds to; what never happened is missing."""
    counts: Counter[str] = Counter()
    for event in events:
        counts.update(_counted(event))
    return counts


def _counted(event: Event) -> tuple[str, ...]:
    if event.name == "accepted":
        return _ACCEPTED
    if event.name == "delivered":
        return _DELIVERED
    suppressed = _SUPPRESSED.get(event.outcome[0])
    return (*_FAILED, "sent_count") if suppressed is None else (*_FAILED, suppressed)


def figures(counts: Mapping[str, int], names: Iterable[str]) -> dict[str, int | str]:
    """Tell the figures asked for: counts as numbers, rates as text with four places."""
    return {name: _rate(counts, *_RATES[name]) if name in _RATES else counts.get(name, 0) for name in names}


def _rate(counts: Mapping[str, int], part: str, whole: str) -> str:
    total = counts.get(whole, 0)
    return f"{counts.get(part, 0) / total if total else 0.0:.4f}"
