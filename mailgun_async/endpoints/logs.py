"""Logs: what happened to every message, of the whole account. `/v1/analytics/logs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from mailgun_async.endpoints._analytics import Comparator, Condition, Filter, filter_json, span
from mailgun_async.endpoints._events import LogEvent
from mailgun_async.endpoints._group import Group, given
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByToken, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = ["LogAttribute", "LogEvent", "Logs", "where"]

EventName = Literal[
    "accepted",
    "delivered",
    "failed",
    "opened",
    "unique_opened",
    "clicked",
    "unique_clicked",
    "unsubscribed",
    "complained",
    "rejected",
    "stored",
    "email_validation",
    "list_uploaded",
    "list_member_uploaded",
    "list_member_upload_error",
    "trapped",
]
LogAttribute = Literal[
    "id",
    "domain",
    "ip",
    "ip_pool",
    "recipient_domain",
    "recipient_provider",
    "country",
    "bot",
    "device",
    "subaccount",
    "event",
    "attachment_filename",
    "from",
    "message_id",
    "subject",
    "mailing_list_address",
    "to",
    "size",
    "recipient",
    "tag",
    "severity",
    "user_variables",
    "delivered_at",
    "delivery_status_code",
    "delivery_status_bounce_type",
    "delivery_status_message",
    "is_routed",
    "i_classification_rule_id",
    "i_classification_group_id",
    "recipients",
]
"""What logs can be filtered by."""
MAX_PAGE: Final = 100


def where(attribute: LogAttribute, comparator: Comparator, *values: str) -> Filter[LogAttribute]:
    """Return a condition on logs; `&` joins it with others.

    ::

        where("domain", "=", "mg.example.com") & where("event", "=", "failed")

    Args:
        attribute: What is looked at. `message_id` is without brackets.
        comparator: How it compares.
        values: With what; of several, one has to fit.

    Raises:
        InvalidArgument: There is no value.
    """
    if not values:
        raise InvalidArgument(f"the condition on {attribute} has no value", field=attribute)
    if attribute == "message_id":  # with brackets the filter would be ignored, and foreign entries come back
        values = tuple(value.strip("<>") for value in values)
    return Filter((Condition(attribute, comparator, values),))


class Logs(Group):
    """What happened to every message."""

    __slots__ = ()

    def query(
        self,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        duration: str | None = None,
        events: Sequence[EventName] | None = None,
        metric_events: Sequence[str] | None = None,
        filter: Filter[LogAttribute] | None = None,  # noqa: A002 -- Mailgun's name
        include_subaccounts: bool | None = None,
        include_totals: bool | None = None,
        sort: Literal["timestamp:asc", "timestamp:desc"] | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[LogEvent]:
        """List log entries. `POST /v1/analytics/logs`.

        Entries come late, and out of order: what is absent may still come for half an hour.

        Args:
            start: By default a day ago.
            end: By default now.
            duration: Instead of `start`, back from the end: `1d`, `2h`.
            events: Only these.
            metric_events: Only what these metrics count: `hard_bounces`, `delivered_smtp` ...
            filter: Made with `where`.
            include_subaccounts: With those of subaccounts.
            include_totals: Have `Page.extra["pagination"]["total"]` say how many there are.
            sort: By time; Mailgun's default is downwards.
            limit: Entries a page, 1 to 100, Mailgun's default.
            max_items: Most entries that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: A datetime has no time zone, or an argument is out of its range.
        """
        pagination: dict[str, Any] = given(sort=sort, limit=self._page_size(limit, MAX_PAGE))
        json = given(
            **span(start, end, duration),
            events=None if events is None else list(events),
            metric_events=None if metric_events is None else list(metric_events),
            filter=filter_json(filter),
            include_subaccounts=include_subaccounts,
            include_totals=include_totals,
            pagination=pagination or None,
        )
        return self._pages(
            "/v1/analytics/logs", LogEvent, ByToken(), json=json, max_items=max_items, fetch_ahead=fetch_ahead
        )
