"""Routes: what becomes of mail that comes in, for the whole account. `/v3/routes`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Group
from mailgun_async.errors import InvalidArgument
from mailgun_async.paging import BySkip, Pages

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Route", "RouteDeleted", "Routes"]

MAX_TEXT_BYTES: Final = 4 * 1024


@attrs.define(kw_only=True)
class Route:
    """A rule for mail that comes in, and what is done with what it matches."""

    id: str | None = None
    priority: int | None = None
    """Routes with smaller numbers are tried first."""
    description: str | None = None
    expression: str | None = None
    """E.g. `match_recipient(".*@mg.example.com")`."""
    actions: list[str] = attrs.Factory(list)
    """E.g. `forward("https://example.com/mail")`, `store()`, `stop()`."""
    created_at: datetime | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class RouteDeleted:
    """Mailgun's word that a route is gone."""

    message: str | None = None
    id: str | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class Routes(Group):
    """What becomes of mail that comes in."""

    __slots__ = ()

    def list(
        self,
        *,
        limit: int | None = None,
        skip: int | None = None,
        max_items: int | None = None,
        fetch_ahead: bool = True,
    ) -> Pages[Route]:
        """List the routes, first by priority. `GET /v3/routes`.

        Args:
            limit: Routes a page, 1 to 1,000; Mailgun's default is 100.
            skip: Routes to leave out at the start.
            max_items: Most routes that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        query = {"limit": self._page_size(limit), "skip": skip}
        return self._pages("/v3/routes", Route, BySkip(), query=query, max_items=max_items, fetch_ahead=fetch_ahead)

    async def get(self, route_id: str, /) -> Route:
        """Fetch one route. `GET /v3/routes/{id}`.

        Args:
            route_id: `Route.id`.

        Raises:
            NotFound: There is no such route.
        """
        return await self._get("/v3/routes/{id}", Route, under="route", id=route_id)

    async def create(
        self,
        expression: str,
        /,
        *,
        actions: str | Sequence[str],
        priority: int | None = None,
        description: str | None = None,
    ) -> Route:
        """Add a route. `POST /v3/routes`.

        Args:
            expression: What it matches, e.g. `match_recipient(".*@mg.example.com")`; at most 4 KB.
            actions: What is done, e.g. `['forward("https://example.com/mail")', "stop()"]`; each at most 4 KB. Without
                `stop()` the routes after it are tried as well.
            priority: Routes with smaller numbers are tried first; Mailgun's default is 0.
            description: For people.

        Raises:
            InvalidArgument: There is no action, or a text is too long.
        """
        form = {
            "priority": priority,
            "description": description,
            "expression": _checked("expression", expression),
            "action": _actions(actions),
        }
        return await self._call("POST", "/v3/routes", Route, form=form, under="route")

    async def update(
        self,
        route_id: str,
        /,
        *,
        expression: str | None = None,
        actions: str | Sequence[str] | None = None,
        priority: int | None = None,
        description: str | None = None,
    ) -> Route:
        """Change a route; what is left out stays. `PUT /v3/routes/{id}`.

        Args:
            route_id: `Route.id`.
            expression: As for `create`.
            actions: As for `create`; all of them, as they replace those there are.
            priority: As for `create`.
            description: As for `create`.

        Raises:
            InvalidArgument: A text is too long.
            NotFound: There is no such route.
        """
        form = {
            "priority": priority,
            "description": description,
            "expression": None if expression is None else _checked("expression", expression),
            "action": None if actions is None else _actions(actions),
        }
        return await self._call("PUT", "/v3/routes/{id}", Route, form=form, under="route", id=route_id)

    async def delete(self, route_id: str, /) -> RouteDeleted:
        """Remove a route. `DELETE /v3/routes/{id}`.

        Args:
            route_id: `Route.id`.

        Raises:
            NotFound: There is no such route.
        """
        return await self._call("DELETE", "/v3/routes/{id}", RouteDeleted, id=route_id)

    async def match(self, address: str, /) -> Route:
        """Find the first route that an address would match. `GET /v3/routes/match`.

        Args:
            address: A recipient of mail that would come in.

        Raises:
            NotFound: None matches.
        """
        return await self._get("/v3/routes/match", Route, query={"address": address}, under="route")


def _actions(actions: str | Sequence[str]) -> Sequence[str]:
    listed = [actions] if isinstance(actions, str) else list(actions)
    if not listed:
        raise InvalidArgument("a route needs an action: forward(...), store(...) or stop()", field="action")
    return [_checked("action", action) for action in listed]


def _checked(name: str, text: str) -> str:
    size = len(text.encode())
    if size > MAX_TEXT_BYTES:
        raise InvalidArgument(
            f"{name} has {size:,} bytes: at most {MAX_TEXT_BYTES:,}", field=name, size=size, limit=MAX_TEXT_BYTES
        )
    return text
