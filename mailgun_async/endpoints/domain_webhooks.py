"""Webhooks of a domain: URLs that Mailgun tells of events. `/v3/domains/{domain}/webhooks`, `/v4/...`.

The methods of the third version are about one kind of events and its URLs, those of the fourth (`..._by_url`) about one
URL and its kinds of events. A change takes up to ten minutes to be felt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints import _webhooks
from mailgun_async.endpoints._group import Group
from mailgun_async.endpoints._webhooks import EventType
from mailgun_async.errors import InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DomainWebhooks", "EventType", "WebhookTest", "WebhookUrls", "Webhooks"]

_ALL: Final = "/v3/domains/{domain}/webhooks"
_ONE: Final = "/v3/domains/{domain_name}/webhooks/{webhook_name}"
_BY_URL: Final = "/v4/domains/{domain}/webhooks"


@attrs.define(kw_only=True)
class WebhookUrls:
    """The URLs of one kind of events."""

    urls: list[str] = attrs.Factory(list)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Webhooks:
    """All webhooks of a domain; None where a kind of events has none."""

    accepted: WebhookUrls | None = None
    clicked: WebhookUrls | None = None
    complained: WebhookUrls | None = None
    delivered: WebhookUrls | None = None
    opened: WebhookUrls | None = None
    permanent_fail: WebhookUrls | None = None
    temporary_fail: WebhookUrls | None = None
    unsubscribed: WebhookUrls | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Kinds of events this version has no name for."""


@attrs.define(kw_only=True)
class WebhookTest:
    """How a URL took a made-up event."""

    code: int | None = None
    """HTTP status of its answer."""
    message: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class DomainWebhooks(Group):
    """URLs that Mailgun tells of a domain's events. `mg.account_webhooks` has those for all domains."""

    __slots__ = ()

    async def list(self, domain: str | None = None, /) -> Webhooks:
        """Fetch all webhooks of a domain, by kind of events. `GET /v3/domains/{domain}/webhooks`.

        Args:
            domain: The domain; the client's default domain when left out.

        Raises:
            NotFound: No such domain in this account and region.
        """
        return await self._get(_ALL, Webhooks, under="webhooks", domain=self._domain(domain))

    async def get(self, domain: str, event_type: EventType | None = None, /) -> WebhookUrls:
        """Fetch the URLs of one kind of events. `GET /v3/domains/{domain_name}/webhooks/{webhook_name}`.

        Args:
            domain: The domain; may be left out, and is the client's default domain then.
            event_type: The kind of events.

        Raises:
            InvalidArgument: There are no such events.
            NotFound: They have no URL.
        """
        domain, name = self._one(domain, event_type)
        return await self._get(_ONE, WebhookUrls, under="webhook", domain_name=domain, webhook_name=name)

    async def create(
        self, domain: str, event_type: EventType | None = None, /, *, urls: str | Sequence[str]
    ) -> WebhookUrls:
        """Give one kind of events its URLs. `POST /v3/domains/{domain}/webhooks`.

        Args:
            domain: As for `get`.
            event_type: A kind of events that has none.
            urls: One to three.

        Raises:
            InvalidArgument: There are no such events, or the URLs are too many or none.
        """
        domain, name = self._one(domain, event_type)
        fields = {"id": name, "url": _webhooks.urls(urls)}
        return await self._call("POST", _ALL, WebhookUrls, multipart=fields, under="webhook", domain=domain)

    async def update(
        self, domain: str, event_type: EventType | None = None, /, *, urls: str | Sequence[str]
    ) -> WebhookUrls:
        """Replace the URLs of one kind of events. `PUT /v3/domains/{domain_name}/webhooks/{webhook_name}`.

        Args:
            domain: As for `get`.
            event_type: A kind of events that has some.
            urls: One to three.

        Raises:
            InvalidArgument: There are no such events, or the URLs are too many or none.
            NotFound: They have no URL so far.
        """
        domain, name = self._one(domain, event_type)
        return await self._call(
            "PUT",
            _ONE,
            WebhookUrls,
            multipart={"url": _webhooks.urls(urls)},
            under="webhook",
            domain_name=domain,
            webhook_name=name,
        )

    async def delete(self, domain: str, event_type: EventType | None = None, /) -> WebhookUrls:
        """Take all URLs from one kind of events. `DELETE /v3/domains/{domain_name}/webhooks/{webhook_name}`.

        Args:
            domain: As for `get`.
            event_type: The kind of events.

        Returns:
            The URLs it had.

        Raises:
            InvalidArgument: There are no such events.
            NotFound: They have no URL.
        """
        domain, name = self._one(domain, event_type)
        return await self._call("DELETE", _ONE, WebhookUrls, under="webhook", domain_name=domain, webhook_name=name)

    async def test(self, domain: str, event_type: EventType | None = None, /, *, url: str) -> WebhookTest:
        """Send a made-up event to a URL. `PUT /v3/domains/{domain_name}/webhooks/{webhook_name}/test`.

        Args:
            domain: As for `get`.
            event_type: The kind of event.
            url: Where to; it need not be set.

        Raises:
            InvalidArgument: There are no such events.
        """
        domain, name = self._one(domain, event_type)
        return await self._call(
            "PUT",
            "/v3/domains/{domain_name}/webhooks/{webhook_name}/test",
            WebhookTest,
            multipart={"url": url},
            domain_name=domain,
            webhook_name=name,
        )

    async def create_by_url(
        self, domain: str, url: str | None = None, /, *, event_types: EventType | Sequence[EventType]
    ) -> Webhooks:
        """Give a URL to several kinds of events. `POST /v4/domains/{domain}/webhooks`.

        Args:
            domain: As for `get`.
            url: The URL; a kind of events has at most three.
            event_types: The kinds of events.

        Returns:
            All webhooks of the domain.

        Raises:
            InvalidArgument: There are no such events, or none are given.
        """
        return await self._set_by_url("POST", domain, url, event_types)

    async def update_by_url(
        self, domain: str, url: str | None = None, /, *, event_types: EventType | Sequence[EventType]
    ) -> Webhooks:
        """Give a URL to these kinds of events and to no others. `PUT /v4/domains/{domain}/webhooks`.

        Args:
            domain: As for `get`.
            url: A URL that is set for some.
            event_types: The kinds of events.

        Returns:
            All webhooks of the domain.

        Raises:
            InvalidArgument: There are no such events, or none are given.
        """
        return await self._set_by_url("PUT", domain, url, event_types)

    async def delete_by_url(self, domain: str | None = None, /, *, urls: str | Sequence[str]) -> Webhooks:
        """Take URLs from all kinds of events. `DELETE /v4/domains/{domain}/webhooks`.

        Args:
            domain: As for `list`.
            urls: One or several.

        Returns:
            The webhooks that are left.

        Raises:
            InvalidArgument: There is none, or one has a comma, by which Mailgun would cut it.
        """
        listed = [urls] if isinstance(urls, str) else urls
        if not listed or any("," in url or not url for url in listed):
            raise InvalidArgument("urls must be at least one, and none may be empty or have a comma", field="urls")
        query = {"url": ",".join(listed)}
        return await self._call("DELETE", _BY_URL, Webhooks, query=query, under="webhooks", domain=self._domain(domain))

    async def _set_by_url(
        self, method: str, domain: str, url: str | None, event_types: EventType | Sequence[EventType]
    ) -> Webhooks:
        domain, url = self._with_domain(domain, url)
        form = {"url": url, "event_types": _webhooks.event_types(event_types)}
        return await self._call(method, _BY_URL, Webhooks, form=form, under="webhooks", domain=domain)

    def _one(self, domain: str, event_type: str | None) -> tuple[str, str]:
        domain, name = self._with_domain(domain, event_type)
        return domain, _webhooks.event_type(name)
