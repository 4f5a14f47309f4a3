"""Endpoints as tables: a call, the exact request it makes, a canned answer, and the model that comes of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qs, urlsplit

import attrs
import pytest

from mailgun_async import Mailgun
from mailgun_async.paging import Pages
from mailgun_async.testing import FakeTransport

BASE = "https://api.mailgun.net"
DOMAIN = "mg.example.com"


@attrs.frozen(kw_only=True)
class Case:
    """One row of a group's table."""

    call: Callable[[Mailgun], Awaitable[object] | Pages[Any]]
    """What a user writes. Of a listing the first page is asked for."""
    http: str
    """Verb and route, as in operations.tsv: `GET /v3/{domain_name}/bounces`."""
    path: str
    """The path as it is sent, quoted."""
    query: Mapping[str, Sequence[str]] = {}
    fields: Mapping[str, Sequence[str]] | None = None
    """Of a multipart or URL-encoded body."""
    files: Sequence[tuple[str, str, bytes]] | None = None
    """Field, file name and content of the files of a multipart body."""
    json: object = None
    """Of a JSON body."""
    headers: Mapping[str, str] = {}
    """Those that must be among the request's."""
    status: int = 200
    answer_headers: Mapping[str, str] = {}
    answer: object = None
    """JSON of the answer; None is an empty body."""
    gives: object = None
    """What the call returns; of a listing the items of its first page."""

    deprecated: bool = False
    """The call warns of it."""

    def __str__(self) -> str:
        return self.http

    async def check(self) -> None:
        """Make the call, and compare."""
        transport = FakeTransport().respond(self.status, json=self.answer, headers=self.answer_headers)
        async with Mailgun(api_key="key", domain=DOMAIN, region="us", transport=transport) as mg:
            with pytest.warns(DeprecationWarning, match="^use mg") if self.deprecated else nullcontext():
                made = self.call(mg)
            assert await returned(made) == self.gives
        self._check_request(transport)

    def _check_request(self, transport: FakeTransport) -> None:
        [request] = transport.requests
        url = urlsplit(request.url)
        assert f"{request.method} {request.template}" == self.http
        assert f"{url.scheme}://{url.netloc}{url.path}" == BASE + self.path
        assert parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query)) == {**self.query}
        assert self.headers.items() <= request.headers.items()
        if self.json is not None:
            assert request.content_type == "application/json"
            assert transport.json() == self.json
        elif self.fields is not None or self.files is not None:
            assert transport.fields() == {**(self.fields or {})}
            assert [(f.field, f.filename, f.content) for f in transport.files()] == list(self.files or ())
        else:
            assert transport.bodies == [b""]


async def returned(made: Awaitable[object] | Pages[Any]) -> object:
    """Return what a call gives; of a listing the items of its first page."""
    if isinstance(made, Pages):
        return (await made.first()).items
    assert inspect.isawaitable(made)
    return await made
