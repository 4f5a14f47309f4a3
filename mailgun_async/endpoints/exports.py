"""Exports: what an API URL lists, as a file. `/v3/exports`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.errors import UnexpectedAnswer
from mailgun_async.transport.outcome import Attempt, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Export", "Exports"]

_ROUTE: Final = "/v3/exports"


@attrs.define(kw_only=True)
class Export:
    """An export, under way or done."""

    id: str
    status: str | None = None
    url: str | None = None
    """What is exported."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class _Exports:
    items: list[Export] = attrs.Factory(list)


class Exports(Group):
    """What an API URL lists, as a file."""

    __slots__ = ()

    async def list(self, *, url: str | None = None) -> Sequence[Export]:
        """List exports. `GET /v3/exports`.

        Args:
            url: Only those of this URL.
        """
        return (await self._get(_ROUTE, _Exports, query={"url": url})).items

    async def get(self, export_id: str, /) -> Export:
        """Fetch one export. `GET /v3/exports/{id}`.

        Args:
            export_id: `Export.id`.

        Raises:
            NotFound: There is no such export.
        """
        return await self._get("/v3/exports/{id}", Export, id=export_id)

    async def create(self, url: str, /) -> Done:
        """Begin an export. `POST /v3/exports`.

        Args:
            url: API URL whose listing is exported.
        """
        return await self._call("POST", _ROUTE, Done, multipart={"url": url})

    async def get_download_url(self, export_id: str, /) -> str:
        """Tell where the file of an export lies. `GET /v3/exports/{id}/download_url`.

        The URL needs no key, and must not be given one. It is the target of Mailgun's redirect, which is not followed.

        Args:
            export_id: `Export.id`.

        Raises:
            NotFound: There is no such export.
            UnexpectedAnswer: The export is not done, or Mailgun said something else.
        """
        context, attempts = self._context, list[Attempt]()
        request = context.request("GET", "/v3/exports/{id}/download_url", arguments={"id": export_id})
        try:
            response = await context.session.call(request, on_attempt=attempts.append)
        except UnexpectedAnswer:
            outcome = attempts[-1].outcome
            response = outcome.response if isinstance(outcome, Refused) else None
            if response is None or "Location" not in response.headers:
                raise
            return response.headers["Location"]
        raise UnexpectedAnswer(
            "GET /v3/exports/{id}/download_url answered without a redirect: the export is not done yet",
            status=200 if response is None else response.status,
            message="",
            method="GET",
            template=request.template,
        )
