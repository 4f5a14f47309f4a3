"""This package, through its public face alone."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import work
from benchmarks.child import peak_rss_mb, report
from benchmarks.steps import watched
from mailgun_async import Mailgun, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mailgun_async import CsvRecipients

_BATCH: Final = Message(from_=work.FROM, subject=work.BATCH_SUBJECT, text=work.BATCH_TEXT)


def _client(url: str) -> Mailgun:
    return Mailgun(api_key=work.KEY, base_url=url)


async def _send(mg: Mailgun, number: int) -> None:
    # Made anew for every call, as a backend does: its checks are part of the price.
    message = Message(from_=work.FROM, to=work.to(number), subject=work.SUBJECT, text=work.TEXT, html=work.HTML)
    sent = await mg.messages.send(work.DOMAIN, message)
    assert sent.id


def send(*, url: str, calls: int, in_flight: int) -> None:
    """Send one small message again and again."""

    async def run() -> None:
        async with _client(url) as mg:
            await work.measure_calls(lambda number: _send(mg, number), calls=calls, in_flight=in_flight)

    asyncio.run(run())


def first(*, url: str) -> None:
    """Send one message in a cold process."""

    async def run() -> None:
        async with _client(url) as mg:
            await _send(mg, 0)

    asyncio.run(run())
    report({})


def _csv(path: str) -> CsvRecipients:
    from mailgun_async import CsvRecipients  # noqa: PLC0415 -- the first mail of a cold process does without

    return CsvRecipients(path)


def _dicts(path: str) -> Iterator[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


async def _batch(mg: Mailgun, recipients: Any, in_flight: int) -> None:
    sent = await mg.messages.send_batch(work.DOMAIN, _BATCH, recipients, max_in_flight=in_flight)
    assert not sent.rejected
    assert not sent.unknown


def _batches(url: str, recipients: Callable[[], Any], in_flight: int) -> None:
    async def run() -> None:
        async with _client(url) as mg:
            await work.measure_batches(lambda: _batch(mg, recipients(), in_flight))

    asyncio.run(run())


def batch_rows(*, url: str, path: str, in_flight: int) -> None:
    """Send a batch with the package's own CSV reader."""
    _batches(url, lambda: _csv(path), in_flight)


def batch_dicts(*, url: str, path: str, in_flight: int) -> None:
    """Send a batch from the dictionaries of `csv.DictReader`."""
    _batches(url, lambda: _dicts(path), in_flight)


def batch_once(*, url: str, path: str, in_flight: int) -> None:
    """Send one batch with the package's own CSV reader and tell how much memory it took."""

    async def run() -> None:
        async with _client(url) as mg:
            await _batch(mg, _csv(path), in_flight)

    asyncio.run(run())
    report({"peak_rss_mb": peak_rss_mb()})


def batch_steps(*, url: str, path: str, in_flight: int) -> None:
    """Send a batch with the package's own CSV reader, twice, while every step of the loop is timed.

    The first call of a process imports aiohttp, so the first batch is told apart.
    """
    longest = []

    async def run() -> None:
        async with _client(url) as mg:
            for _ in range(2):
                with watched() as steps:
                    await asyncio.sleep(0)  # this step began before the watch; what follows is a step of its own
                    await _batch(mg, _csv(path), in_flight)
                longest.append(steps.longest_s * 1e3)

    asyncio.run(run())
    report({"cold_ms": longest[0], "warm_ms": longest[1]})


def follow_rate(*, url: str, calls: int, senders: int) -> None:
    """Send `calls` messages with many senders against a limit; a call that raises is a lost mail."""
    lost = 0

    async def run() -> None:
        async with _client(url) as mg:

            async def post(number: int) -> None:
                nonlocal lost
                try:
                    await _send(mg, number)
                except Exception:  # noqa: BLE001 -- whatever was raised, the mail was not accepted
                    lost += 1

            await work.drive(range(calls), post, in_flight=senders)

    asyncio.run(run())
    report({"lost": lost})
