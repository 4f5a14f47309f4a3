"""The fixtures for runs with pytest-asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mailgun_async import Mailgun
    from mailgun_async.testing.emulator import Emulator

__all__ = ["mailgun", "mailgun_emulator"]


@pytest_asyncio.fixture
async def mailgun_emulator() -> AsyncIterator[Emulator]:
    """A running local Mailgun with the domain `mg.example.com`; see `mailgun_async.testing.Emulator`."""
    from mailgun_async.testing.emulator import Emulator  # noqa: PLC0415 -- aiohttp is loaded by tests that use it

    async with Emulator() as emulator:
        yield emulator


@pytest_asyncio.fixture
async def mailgun(mailgun_emulator: Emulator) -> AsyncIterator[Mailgun]:
    """An open client whose calls go to `mailgun_emulator`, with its domain as the default."""
    from mailgun_async import Mailgun  # noqa: PLC0415 -- the client is loaded by tests that use it

    async with Mailgun(
        api_key=mailgun_emulator.api_key, base_url=mailgun_emulator.url, domain=mailgun_emulator.domain
    ) as client:
        yield client
