"""Validation of whole lists. `/v4/address/validate/bulk`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

import attrs

from mailgun_async.convert import EXTRA
from mailgun_async.endpoints._group import Done, Group
from mailgun_async.endpoints._suppressions import csv_part
from mailgun_async.endpoints._validation import JobStarted, ValidationSummary, checked_list_id
from mailgun_async.errors import InvalidArgument, ValidationFailed
from mailgun_async.paging import ByUrl, Pages

if TYPE_CHECKING:
    import os

__all__ = ["BulkValidation", "BulkValidationJob", "DownloadUrl"]

_ONE: Final = "/v4/address/validate/bulk/{list_id}"
_READY: Final = "uploaded"
_OVER: Final = frozenset({"failed", "deleted"})


@attrs.define(kw_only=True)
class DownloadUrl:
    """Where results lie; these URLs need no key, and end after some time."""

    csv: str | None = attrs.field(default=None, repr=False)
    json: str | None = attrs.field(default=None, repr=False)
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


@attrs.define(kw_only=True)
class BulkValidationJob:
    """The validation of one list."""

    id: str
    status: str | None = None
    """`created`, `processing`, `completed`, `uploading`, `uploaded` (done: results may be fetched), `failed` or
    `deleted`."""
    created_at: datetime | None = None
    quantity: int | None = None
    """Addresses in the list."""
    records_processed: int | None = None
    is_preview: bool | None = None
    reason: str | None = None
    """Why it failed."""
    download_url: DownloadUrl | None = None
    summary: ValidationSummary | None = None
    extra: dict[str, object] = attrs.field(factory=dict, metadata=EXTRA)
    """Fields this version has no name for."""


class BulkValidation(Group):
    """Validation of whole lists: upload one, wait, download the results."""

    __slots__ = ()

    def list(
        self, *, limit: int | None = None, max_items: int | None = None, fetch_ahead: bool = True
    ) -> Pages[BulkValidationJob]:
        """List the jobs. `GET /v4/address/validate/bulk`.

        Args:
            limit: Jobs a page, 1 to 500, Mailgun's default.
            max_items: Most jobs that are given, over all pages.
            fetch_ahead: Ask for the next page while this one is worked on.

        Raises:
            InvalidArgument: `limit` or `max_items` is out of its range.
        """
        return self._pages(
            "/v4/address/validate/bulk",
            BulkValidationJob,
            ByUrl(),
            query={"limit": self._page_size(limit, 500)},
            items="jobs",
            max_items=max_items,
            fetch_ahead=fetch_ahead,
        )

    async def create(self, list_id: str, file: bytes | str | os.PathLike[str], /) -> JobStarted:
        """Upload a list and have it validated; at most 5 at a time. `POST /v4/address/validate/bulk/{list_id}`.

        Args:
            list_id: A name of your own, without `@`.
            file: Path or bytes of a CSV with a column `email` or `email_address`, plain or gzip, at most 25 MB.

        Raises:
            InvalidArgument: The id or the file can't be used.
            OSError: The file can't be read.
        """
        part = await csv_part("file", file)
        return await self._call("POST", _ONE, JobStarted, multipart=[part], list_id=checked_list_id(list_id))

    async def get(self, list_id: str, /) -> BulkValidationJob:
        """Fetch one job. `GET /v4/address/validate/bulk/{list_id}`.

        Args:
            list_id: As for `create`.

        Raises:
            NotFound: There is no such job.
        """
        return await self._get(_ONE, BulkValidationJob, list_id=checked_list_id(list_id))

    async def delete(self, list_id: str, /) -> Done:
        """Stop a job, or delete its results. `DELETE /v4/address/validate/bulk/{list_id}`.

        Args:
            list_id: As for `create`.

        Raises:
            NotFound: There is no such job.
        """
        return await self._call("DELETE", _ONE, Done, list_id=checked_list_id(list_id))

    async def wait(self, list_id: str, /, *, every_s: float = 10.0) -> BulkValidationJob:
        """Wait until a list is validated; `asyncio.timeout` bounds it. `GET /v4/address/validate/bulk/{list_id}`.

        Args:
            list_id: As for `create`.
            every_s: Seconds between two looks, more than 0.

        Raises:
            InvalidArgument: `every_s` is not more than 0.
            ValidationFailed: The job failed, or was deleted.
        """
        if every_s <= 0:
            raise InvalidArgument(f"every_s must be more than 0, not {every_s}", field="every_s")
        while (job := await self.get(list_id)).status != _READY:
            if job.status in _OVER:
                raise ValidationFailed(f"the validation {job.status}: {job.reason or 'no reason was given'}")
            await self._context.session.clock.sleep(every_s)
        return job

    async def download(self, job: BulkValidationJob, /, *, format: Literal["csv", "json"] = "csv") -> bytes:  # noqa: A002 -- what it is
        """Fetch the results of a job that is done, as Mailgun packed them. `GET /v4/address/validate/bulk/{list_id}`.

        The URL is that of `job.download_url`. The key goes along only to hosts of Mailgun's.

        Args:
            job: From `wait` or `get`.
            format: Which of the two.

        Raises:
            ValidationFailed: The job has no such results.
        """
        url = getattr(job.download_url, format, None)
        if not url:
            raise ValidationFailed(f"the job {job.id} has no {format} to download; its status is {job.status}")
        context = self._context
        request = context.request("GET", _ONE, arguments={}, url=url)
        if not context.trusts(url):
            request = attrs.evolve(request, headers={})
        response = await context.session.call(request)
        return b"" if response is None else response.body
