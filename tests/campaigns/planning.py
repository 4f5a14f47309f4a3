"""Plans of campaigns, for the tests of what makes them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from mailgun_async.batch.chunks import Chunk
from mailgun_async.campaigns.journal import ChunkRecord, Journal, RejectedRecipient
from mailgun_async.campaigns.payload import thaw
from mailgun_async.campaigns.planner import Plan, plan
from mailgun_async.errors import JournalError
from mailgun_async.message import Message

DOMAIN = "mg.example.com"
NOW = 1_764_000_000.0


def mail(**fields: Any) -> Message:
    """Make a message without recipients, with other fields on top."""
    return Message(**{"from_": "ada@mg.example.com", "subject": "Hi", "text": "Hello"} | fields)


async def planned(journal: Journal, recipients: Any, message: Message | None = None, **options: Any) -> Plan:
    """Plan a campaign, its id `c1` unless another is given."""
    settings: dict[str, Any] = {"campaign": "c1", "now": NOW} | options
    return await plan(journal, DOMAIN, message or mail(), recipients, **settings)


async def chunks_in(journal: Journal) -> list[tuple[ChunkRecord, Chunk]]:
    """All chunks of a journal and what they hold."""
    return [
        (record, thaw(await journal.payload(record.key), count=record.count, digest=record.digest))
        async for record in journal.chunks()
    ]


async def people_in(journal: Journal) -> list[list[str]]:
    """Addresses of each chunk."""
    return [list(chunk.entries()) for _, chunk in await chunks_in(journal)]


async def all_in(journal: Journal) -> list[str]:
    """All addresses, in their order."""
    return list(itertools.chain(*await people_in(journal)))


async def rejected_in(journal: Journal) -> list[RejectedRecipient]:
    """Those who can't be sent to."""
    return [one async for one in journal.rejected()]


async def common_in(journal: Journal) -> dict[str, str]:
    """Values of the common fields by name; of several the last."""
    parts = [(part.name, part.data.removesuffix(b"\r\n")) for part in await journal.common()]
    return {name: data.split(b"\r\n\r\n", 1)[1].decode() for name, data in parts}


def names_in(directory: Path) -> list[str]:
    """What lies in there."""
    return sorted(one.name for one in directory.iterdir())


async def streamed(items: Iterable[Any]) -> AsyncIterator[Any]:
    """Make an async iterable of any other."""
    for item in items:
        yield item


async def difference(journal: Journal, recipients: Any, message: Message | None = None, **options: Any) -> str:
    """Plan again, and return what differs in the words of the error."""
    with pytest.raises(JournalError, match="the journal holds another plan") as raised:
        await planned(journal, recipients, message, **options)
    return str(raised.value).removeprefix("the journal holds another plan: ").split(". send() goes on")[0]
