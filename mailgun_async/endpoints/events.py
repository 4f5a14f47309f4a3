"""Events of a domain, deprecated in favour of logs. `/v3/{domain_name}/events`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from typing_extensions import deprecated

from mailgun_async.endpoints._events import Event
from mailgun_async.endpoints._group import Group, yes_no
from mailgun_async.paging import ByUrl, Pages

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Event", "Events"]

MAX_PAGE: Final = 300


class Events(Group):
    """Events of a domain; `mg.logs` has those of all domains."""

    __slots__ = ()

    @deprecated("use mg.logs.query")
    def list(
        self,
        domain: str | None = None,
        /,
        *,
        begin: datetime | None = None,
        end: datetime | None = None,
        ascending: bool | None = None,
        event: str | None = None,
        recipient: str | None = None,
        recipients: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        subject: str | None = None,
        message_id: str | None = None,
        mailing_list: str | None = None,
        attachment: str | None = None,
        size: str | None = None,
        tags: str | None = None,
        severity: Literal["temporary", "permanent"] | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Event]:
        """List events. `GET /v3/{domain_name}/events`.

        Deprecated: use `mg.logs.query`. Most arguments take Mailgun's filter expressions: `a OR b`, `NOT a`, `>1000`.

        Args:
            domain: The sending domain; the client's default domain when left out.
            begin: From when.
            end: To when.
            ascending: The oldest first; needed where there is no `end`.
            event: Only these, e.g. `failed OR rejected`.
            recipient: Only of this recipient.
            recipients: Of `stored` events: one of the recipients.
            from_: Sender in the headers (`from`).
            to: Addressee in the headers.
            subject: The subject.
            message_id: Without brackets (`message-id`); with them Mailgun would ignore it, so they are taken off.
            mailing_list: Address of the list (`list`).
            attachment: Name of a file.
            size: Bytes, e.g. `>10000`.
            tags: A tag.
            severity: Of `failed`.
            limit: Events a page, 1 to 300.
            max_items: Most events that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {
            "begin": None if begin is None else str(int(begin.timestamp())),
            "end": None if end is None else str(int(end.timestamp())),
            "ascending": yes_no(ascending),
            "event": event,
            "recipient": recipient,
            "recipients": recipients,
            "from": from_,
            "to": to,
            "subject": subject,
            "message-id": None if message_id is None else message_id.strip("<>"),
            "list": mailing_list,
            "attachment": attachment,
            "size": size,
            "tags": tags,
            "severity": severity,
            "limit": self._page_size(limit, MAX_PAGE),
        }
        return self._pages(
            "/v3/{domain_name}/events",
            Event,
            ByUrl(),
            query=query,
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain_name=self._domain(domain),
        )

    def get_page(
        self, domain: str, page_id: str | None = None, /, *, max_items: int | None = None, fetch_ahead: bool = True
    ) -> Pages[Event]:
        """List events from a page on, e.g. one that was kept. `GET /v3/{domain_name}/events/{page_id}`.

        Args:
            domain: The sending domain; may be left out, and is the client's default domain then.
            page_id: The last part of a paging URL.
            max_items: As for `list`.
            fetch_ahead: As for `list`.

        Raises:
            InvalidArgument: `max_items` is out of its range.
        """
        domain, page_id = self._with_domain(domain, page_id)
        return self._pages(
            "/v3/{domain_name}/events/{page_id}",
            Event,
            ByUrl(),
            max_items=max_items,
            fetch_ahead=fetch_ahead,
            domain_name=domain,
            page_id=page_id,
        )
