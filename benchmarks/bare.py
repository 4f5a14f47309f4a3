"""The floor: aiohttp's client with bodies that are joined by hand and nothing between the two."""

from __future__ import annotations

import asyncio
import base64
import csv
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
import orjson
from yarl import URL

from benchmarks import work
from benchmarks.child import peak_rss_mb, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_BOUNDARY: Final = "0123456789abcdef0123456789abcdef"
_HEADERS: Final = {
    "Authorization": "Basic " + base64.b64encode(f"api:{work.KEY}".encode()).decode(),
    "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}",
}


def _joined(fields: Mapping[str, bytes]) -> bytes:
    part = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    return b"".join([(part % name).encode() + value + b"\r\n" for name, value in fields.items()])


_END: Final = f"--{_BOUNDARY}--\r\n".encode()
_MESSAGE: Final = (
    _joined(
        {
            "from": work.FROM.encode(),
            "to": work.to(0).encode(),
            "subject": work.SUBJECT.encode(),
            "text": work.TEXT.encode(),
            "html": work.HTML.encode(),
        }
    )
    + _END
)
_COMMON: Final = _joined(
    {"from": work.FROM.encode(), "subject": work.BATCH_SUBJECT.encode(), "text": work.BATCH_TEXT.encode()}
)


def _address(url: str) -> URL:
    return URL(f"{url}/v3/{work.DOMAIN}/messages", encoded=True)


async def _post(session: aiohttp.ClientSession, address: URL, body: bytes) -> None:
    async with session.post(address, data=body, headers=_HEADERS) as response:
        assert response.status == 200
        assert orjson.loads(await response.read())["id"]


def send(*, url: str, calls: int, in_flight: int) -> None:
    """Send one small message again and again."""

    async def run() -> None:
        address = _address(url)
        async with aiohttp.ClientSession() as session:
            await work.measure_calls(lambda _: _post(session, address, _MESSAGE), calls=calls, in_flight=in_flight)

    asyncio.run(run())


def first(*, url: str) -> None:
    """Send one message in a cold process."""

    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await _post(session, _address(url), _MESSAGE)

    asyncio.run(run())
    report({})


def _bodies_of_tuples(path: str) -> Iterator[bytes]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        while chunk := list(islice(rows, work.CHUNK)):
            variables = {email: {"name": name, "plan": plan, "coupon": coupon} for email, name, plan, coupon in chunk}
            yield _batch_body(variables)


def _bodies_of_dicts(path: str) -> Iterator[bytes]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        while chunk := list(islice(rows, work.CHUNK)):
            yield _batch_body({row.pop("email"): row for row in chunk})


def _batch_body(variables: dict[str, dict[str, str]]) -> bytes:
    recipients = {"to": ", ".join(variables).encode(), "recipient-variables": orjson.dumps(variables)}
    return _COMMON + _joined(recipients) + _END


def _batch(bodies: Callable[[str], Iterator[bytes]], url: str, path: str, in_flight: int) -> None:
    async def run() -> None:
        address = _address(url)
        async with aiohttp.ClientSession() as session:
            await work.measure_batches(
                lambda: work.drive(bodies(path), lambda body: _post(session, address, body), in_flight=in_flight)
            )

    asyncio.run(run())


def batch_rows(*, url: str, path: str, in_flight: int) -> None:
    """Send a batch from tuples, the fastest form in which the standard library reads a CSV file."""
    _batch(_bodies_of_tuples, url, path, in_flight)


def batch_once(*, url: str, path: str, in_flight: int) -> None:
    """Send one batch from tuples and tell how much memory it took."""

    async def run() -> None:
        address = _address(url)
        async with aiohttp.ClientSession() as session:
            bodies = _bodies_of_tuples(path)
            await work.drive(bodies, lambda body: _post(session, address, body), in_flight=in_flight)

    asyncio.run(run())
    report({"peak_rss_mb": peak_rss_mb()})


def batch_dicts(*, url: str, path: str, in_flight: int) -> None:
    """Send a batch from the dictionaries of `csv.DictReader`."""
    _batch(_bodies_of_dicts, url, path, in_flight)
