"""Previews: what validating a whole list would show, from a part of it. `/v4/address/validate/preview`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._suppressions import csv_part
from mailgun_async.endpoints._validation import JobStarted, ValidationSummary, checked_list_id

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

__all__ = ["ListPreview", "Preview"]

_ONE: Final = "/v4/address/validate/preview/{list_id}"


@attrs.define(kw_only=True)
class Preview:
    """What a part of a list tells of the whole."""

    id: str
    status: str | None = None
    valid: bool | None = None
    """The file could be read."""
    created_at: datetime | None = None
    quantity: int | None = None
    """Addresses in the list."""
    reason: str | None = None
    summary: ValidationSummary | None = None
    """Shares in percent."""
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class ListPreview(Group):
    """What validating a whole list would show, from a part of it; at most 10 at a time."""

    __slots__ = ()

    async def list(self) -> Sequence[Preview]:
        """List the previews. `GET /v4/address/validate/preview`."""
        return (await self._get("/v4/address/validate/preview", _Previews)).previews

    async def create(self, list_id: str, file: bytes | str | os.PathLike[str], /) -> JobStarted:
        """Upload a list and have a part of it validated. `POST /v4/address/validate/preview/{list_id}`.

        Args:
            list_id: A name of your own, without `@`.
            file: Path or bytes of a CSV with a column `email` or `email_address`, plain or gzip, at most 25 MB.

        Raises:
            InvalidArgument: The id or the file can't be used.
            OSError: The file can't be read.
        """
        part = await csv_part("file", file)
        return await self._call("POST", _ONE, JobStarted, multipart=[part], list_id=checked_list_id(list_id))

    async def get(self, list_id: str, /) -> Preview:
        """Fetch one preview. `GET /v4/address/validate/preview/{list_id}`.

        Args:
            list_id: As for `create`.

        Raises:
            NotFound: There is no such preview.
        """
        return await self._get(_ONE, Preview, under="preview", list_id=checked_list_id(list_id))

    async def promote(self, list_id: str, /) -> Done:
        """Have all of the list validated, as `bulk_validation` does. `PUT /v4/address/validate/preview/{list_id}`.

        Args:
            list_id: As for `create`.

        Raises:
            NotFound: There is no such preview.
        """
        return await self._call("PUT", _ONE, Done, safety="unsafe", list_id=checked_list_id(list_id))

    async def delete(self, list_id: str, /) -> Done:
        """Delete a preview. `DELETE /v4/address/validate/preview/{list_id}`.

        Args:
            list_id: As for `create`.

        Raises:
            NotFound: There is no such preview.
        """
        return await self._call("DELETE", _ONE, Done, list_id=checked_list_id(list_id))


@attrs.define(kw_only=True)
class _Previews:
    previews: list[Preview] = attrs.Factory(list)
