from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from mailgun_async import Mailgun
from mailgun_async.testing import Emulator, FakeClock

BOUNDARY = "a-boundary"


class Api:
    """A plain HTTP client of one emulator, with nothing of this package in it."""

    def __init__(self, emulator: Emulator, session: aiohttp.ClientSession) -> None:
        self.emulator, self.session = emulator, session

    def authorization(self, key: str | None = None) -> dict[str, str]:
        """The header that a key makes."""
        user = f"api:{key or self.emulator.api_key}".encode()
        return {"Authorization": "Basic " + base64.b64encode(user).decode()}

    async def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """One request: status, body (decoded if it is JSON) and headers."""
        url = path if path.startswith("http") else self.emulator.url + path
        all_headers = {**self.authorization(key), **(headers or {})}
        async with self.session.request(method, url, headers=all_headers, **options) as answer:
            body: Any = await answer.read()
            if answer.content_type == "application/json":
                body = json.loads(body)
            return answer.status, body, answer.headers

    async def get(self, path: str, **options: Any) -> Any:
        """The JSON of a GET that has to work."""
        status, body, _ = await self.call("GET", path, **options)
        assert status == 200, body
        return body

    async def post(
        self, path: str, fields: Mapping[str, Any], files: Sequence[tuple[str, str, bytes, str]] = (), **options: Any
    ) -> tuple[int, Any, Mapping[str, str]]:
        """POST a multipart form; a list as a value repeats its field."""
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **options.pop("headers", {})}
        return await self.call("POST", path, data=io.BytesIO(multipart(fields, files)), headers=headers, **options)

    async def send(self, to: str = "bob@example.com", **fields: Any) -> str:
        """Send a message that has to be accepted; answers its id, without brackets."""
        status, body, _ = await self.post(f"/v3/{self.emulator.domain}/messages", message(to=to, **fields))
        assert (status, body["message"]) == (200, "Queued. Thank you."), body
        return str(body["id"][1:-1])

    async def status(self, **fields: Any) -> int:
        """Send a message: the status alone."""
        status, _, _ = await self.post(f"/v3/{self.emulator.domain}/messages", message(**fields))
        return status

    async def logs(self, *predicates: tuple[str, str, str], **query: Any) -> Any:
        """Query logs by (attribute, comparator, value)."""
        group = [
            {"attribute": attribute, "comparator": comparator, "values": [{"label": value, "value": value}]}
            for attribute, comparator, value in predicates
        ]
        status, body, _ = await self.call("POST", "/v1/analytics/logs", json={"filter": {"AND": group}, **query})
        assert status == 200, body
        return body


def message(**fields: Any) -> dict[str, Any]:
    """A whole message; names as they are on the wire, `None` leaves a field out."""
    whole = {"from": "Ada <ada@mg.example.com>", "to": "bob@example.com", "subject": "Hi", "text": "Hello"}
    return {name: value for name, value in {**whole, **fields}.items() if value is not None}


def multipart(fields: Mapping[str, Any], files: Sequence[tuple[str, str, bytes, str]] = ()) -> bytes:
    """A multipart body."""
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
        for name, values in fields.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    parts += [
        f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
        + raw
        for field, name, raw, kind in files
    ]
    start = f"--{BOUNDARY}\r\n".encode()
    return b"".join(start + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


@pytest.fixture
def clock() -> FakeClock:
    """The emulator's clock, at the start of a minute: 2026-09-21 14:13:00 UTC."""
    return FakeClock(wall=1_790_000_000.0 - 20)


@pytest.fixture
async def emulator(clock: FakeClock) -> AsyncIterator[Emulator]:
    """A running emulator whose time is moved by hand."""
    async with Emulator(clock=clock) as running:
        yield running


@pytest.fixture
async def api_of() -> AsyncIterator[Callable[..., Awaitable[Api]]]:
    """Starts an emulator with options of its own, and answers a plain client of it."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def start(**options: Any) -> Api:
            return Api(await stack.enter_async_context(Emulator(**options)), session)

        yield start


@pytest.fixture
async def api(emulator: Emulator) -> AsyncIterator[Api]:
    """A plain client of it."""
    async with aiohttp.ClientSession() as session:
        yield Api(emulator, session)


@pytest.fixture
async def mg(emulator: Emulator) -> AsyncIterator[Mailgun]:
    """The public client of it."""
    async with emulator.client() as client:
        yield client


@pytest.fixture
def form() -> type[Any]:
    """The two helpers that make forms, for tests that send them in their own way."""

    class Forms:
        fields = staticmethod(message)
        body = staticmethod(multipart)
        boundary = BOUNDARY

    return Forms
