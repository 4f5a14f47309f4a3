"""Forwards: simple rules that pass mail on, beside routes. `/v3/forwards`."""

from __future__ import annotations

from datetime import datetime

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import ByUrl, Pages

__all__ = ["Forward", "ForwardTargets", "Forwards"]


@attrs.define(kw_only=True)
class ForwardTargets:
    """Where mail goes."""

    urls: list[str] = attrs.Factory(list)
    recipients: list[str] = attrs.Factory(list)
    store: str | None = None
    """URL that is told when a message was stored."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class Forward:
    """A rule that passes mail on."""

    id: str | None = None
    account_id: str | None = None
    domain_id: str | None = None
    domain_name: str | None = None
    match: str | None = None
    """The address, or its pattern, whose mail is passed on."""
    forward: ForwardTargets | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Forwards(Group):
    """Simple rules that pass mail on."""

    __slots__ = ()

    def list(
        self,
        *,
        domain: str | None = None,
        limit: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Forward]:
        """List the rules. `GET /v3/forwards`.

        Args:
            domain: Only those of this domain.
            limit: Rules a page, 1 to 1,000.
            max_items: Most rules that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"limit": self._page_size(limit), "domain.name": domain}
        return self._pages("/v3/forwards", Forward, ByUrl(), query=query, max_items=max_items, fetch_ahead=fetch_ahead)

    async def get(self, forward_id: str, /) -> Forward:
        """Fetch one rule. `GET /v3/forwards/{id}`.

        Args:
            forward_id: `Forward.id`.

        Raises:
            NotFound: There is no such rule.
        """
        return await self._get("/v3/forwards/{id}", Forward, id=forward_id)

    async def create(
        self, match: str, /, *, url: str | None = None, recipient: str | None = None, store: str | None = None
    ) -> Forward:
        """Add a rule. `POST /v3/forwards`.

        Args:
            match: The address, or its pattern, whose mail is passed on.
            url: Where it is posted to (`forward.url`).
            recipient: Whom it is mailed to (`forward.recipient`).
            store: Keep it, and tell this URL (`forward.store`).

        Raises:
            InvalidArgument: None of `url`, `recipient` and `store` is given.
        """
        return await self._call("POST", "/v3/forwards", Forward, query=_query(match, url, recipient, store))

    async def update(
        self,
        forward_id: str,
        /,
        *,
        match: str,
        url: str | None = None,
        recipient: str | None = None,
        store: str | None = None,
    ) -> Forward:
        """Replace a rule. `PUT /v3/forwards/{id}`.

        Args:
            forward_id: `Forward.id`.
            match: As for `create`.
            url: As for `create`.
            recipient: As for `create`.
            store: As for `create`.

        Raises:
            InvalidArgument: None of `url`, `recipient` and `store` is given.
            NotFound: There is no such rule.
        """
        query = _query(match, url, recipient, store)
        return await self._call("PUT", "/v3/forwards/{id}", Forward, query=query, id=forward_id)

    async def delete(self, forward_id: str, /, *, domain: str | None = None) -> Done:
        """Remove a rule. `DELETE /v3/forwards/{id}`.

        Args:
            forward_id: `Forward.id`.
            domain: The domain it belongs to (`domain.name`).

        Raises:
            NotFound: There is no such rule.
        """
        query = {"domain.name": domain}
        return await self._call("DELETE", "/v3/forwards/{id}", Done, query=query, id=forward_id)


def _query(match: str, url: str | None, recipient: str | None, store: str | None) -> dict[str, str | None]:
    if url is None and recipient is None and store is None:
        raise InvalidArgument("a forward needs url, recipient or store", field="forward")
    return {"match": match, "forward.url": url, "forward.recipient": recipient, "forward.store": store}
