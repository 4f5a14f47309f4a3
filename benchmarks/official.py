"""The official client, package `mailgun`, used as its README shows: `AsyncClient` in a plain loop."""

from __future__ import annotations

import asyncio
import csv
import json
import logging
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailgun.client import AsyncClient

from benchmarks import work
from benchmarks.child import report

if TYPE_CHECKING:
    from collections.abc import Iterator


def _message(number: int) -> dict[str, Any]:
    return {
        "from": work.FROM,
        "to": [work.to(number)],
        "subject": work.SUBJECT,
        "text": work.TEXT,
        "html": work.HTML,
    }


def _client(url: str) -> AsyncClient:
    # It warns about every host that is not Mailgun's and about every 429: that printing is not what is measured.
    logging.getLogger("mailgun").addHandler(logging.NullHandler())
    logging.disable()
    return AsyncClient(auth=("api", work.KEY), api_url=url)


async def _post(client: AsyncClient, data: dict[str, Any]) -> None:
    response = await client.messages.create(data=data, domain=work.DOMAIN)
    assert response.status_code == 200
    assert response.json()["id"]


def send(*, url: str, calls: int, in_flight: int) -> None:
    """Send one small message again and again."""

    async def run() -> None:
        async with _client(url) as client:
            await work.measure_calls(lambda number: _post(client, _message(number)), calls=calls, in_flight=in_flight)

    asyncio.run(run())


def first(*, url: str) -> None:
    """Send one message in a cold process."""

    async def run() -> None:
        async with _client(url) as client:
            await _post(client, _message(0))

    asyncio.run(run())
    report({})


def _batches(path: str) -> Iterator[dict[str, Any]]:
    common = {"from": work.FROM, "subject": work.BATCH_SUBJECT, "text": work.BATCH_TEXT}
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        while chunk := list(islice(rows, work.CHUNK)):
            variables = {row.pop("email"): row for row in chunk}
            yield {**common, "to": list(variables), "recipient-variables": json.dumps(variables)}


def batch_dicts(*, url: str, path: str, in_flight: int) -> None:
    """Send a batch from the dictionaries of `csv.DictReader`."""

    async def run() -> None:
        async with _client(url) as client:
            await work.measure_batches(
                lambda: work.drive(_batches(path), lambda data: _post(client, data), in_flight=in_flight)
            )

    asyncio.run(run())


def follow_rate(*, url: str, calls: int, senders: int) -> None:
    """Send `calls` messages with many senders against a limit; a 429 that is handed to the caller is a lost mail."""
    lost = 0

    async def run() -> None:
        async with _client(url) as client:

            async def post(number: int) -> None:
                nonlocal lost
                response = await client.messages.create(data=_message(number), domain=work.DOMAIN)
                lost += response.status_code != 200

            await work.drive(range(calls), post, in_flight=senders)

    asyncio.run(run())
    report({"lost": lost})
