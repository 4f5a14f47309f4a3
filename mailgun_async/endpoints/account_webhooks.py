"""Webhooks of the account: URLs that Mailgun tells of the events of all domains. `/v1/webhooks`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints import _webhooks
from mailgun_async.endpoints._group import Group
from mailgun_async.endpoints._webhooks import EventType
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import OnePage, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["AccountWebhook", "AccountWebhooks", "EventType"]

_ALL: Final = "/v1/webhooks"
_ONE: Final = "/v1/webhooks/{webhook_id}"


@attrs.define(kw_only=True)
class AccountWebhook:
    """A URL that gets the events of all domains of the account and of its subaccounts."""

    webhook_id: str
    description: str | None = None
    url: str | None = None
    event_types: list[str] = attrs.Factory(list)
    """Kinds of events, as in `EventType`."""
    created_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class AccountWebhooks(Group):
    """URLs that Mailgun tells of the events of all domains. A change takes up to ten minutes to be felt."""

    __slots__ = ()

    def list(self, *, webhook_ids: Sequence[str] | None = None, max_items: int | None = None) -> Pages[AccountWebhook]:
        """List the account's webhooks, on one page. `GET /v1/webhooks`.

        Args:
            webhook_ids: Only these; by default all.
            max_items: Most webhooks that are given.

        Raises:
            InvalidArgument: `webhook_ids` is empty, or `max_items` negative.
        """
        query = {"webhook_ids": _joined(webhook_ids)}
        return self._pages(_ALL, AccountWebhook, OnePage(), query=query, items="webhooks", max_items=max_items)

    async def get(self, webhook_id: str, /) -> AccountWebhook:
        """Fetch one webhook. `GET /v1/webhooks/{webhook_id}`.

        Args:
            webhook_id: `AccountWebhook.webhook_id`.

        Raises:
            NotFound: There is no such webhook.
        """
        return await self._get(_ONE, AccountWebhook, webhook_id=webhook_id)

    async def create(
        self, url: str, /, *, event_types: EventType | Sequence[EventType], description: str | None = None
    ) -> str:
        """Have a URL told of events of all domains. `POST /v1/webhooks`.

        Args:
            url: The URL; a kind of events has at most three.
            event_types: The kinds of events.
            description: For people.

        Returns:
            The webhook's id.

        Raises:
            InvalidArgument: There are no such events, or none are given.
        """
        fields = {"description": description, "event_types": _webhooks.event_types(event_types), "url": url}
        return await self._call("POST", _ALL, str, multipart=fields, under="webhook_id")

    async def update(
        self,
        webhook_id: str,
        /,
        *,
        url: str,
        event_types: EventType | Sequence[EventType],
        description: str | None = None,
    ) -> None:
        """Replace a webhook by what is given: nothing else of it stays. `PUT /v1/webhooks/{webhook_id}`.

        Args:
            webhook_id: `AccountWebhook.webhook_id`.
            url: As for `create`.
            event_types: As for `create`.
            description: As for `create`; by default none.

        Raises:
            InvalidArgument: There are no such events, or none are given.
            NotFound: There is no such webhook.
        """
        fields = {"description": description, "event_types": _webhooks.event_types(event_types), "url": url}
        await self._do("PUT", _ONE, multipart=fields, webhook_id=webhook_id)

    async def delete(self, webhook_id: str, /) -> None:
        """Delete one webhook. `DELETE /v1/webhooks/{webhook_id}`.

        Args:
            webhook_id: `AccountWebhook.webhook_id`.

        Raises:
            NotFound: There is no such webhook.
        """
        await self._do("DELETE", _ONE, webhook_id=webhook_id)

    async def delete_many(
        self,
        *,
        webhook_ids: Sequence[str] | None = None,
        all: bool | None = None,  # noqa: A002 -- Mailgun's name
    ) -> None:
        """Delete several webhooks, or **all** of the account. `DELETE /v1/webhooks`.

        Args:
            webhook_ids: These.
            all: True for all there are.

        Raises:
            InvalidArgument: Neither or both are given, or `webhook_ids` is empty.
        """
        if (webhook_ids is None) is not bool(all):
            raise InvalidArgument("give either webhook_ids or all=True", field="webhook_ids")
        await self._do("DELETE", _ALL, query={"webhook_ids": _joined(webhook_ids), "all": all or None})


def _joined(webhook_ids: Sequence[str] | None) -> str | None:
    if webhook_ids is None:
        return None
    if isinstance(webhook_ids, str) or not all(webhook_ids) or not webhook_ids:
        # None at all would be every one there is, and so would the letters of a word be ids.
        raise InvalidArgument("webhook_ids must be a list of at least one id", field="webhook_ids")
    return ",".join(webhook_ids)
