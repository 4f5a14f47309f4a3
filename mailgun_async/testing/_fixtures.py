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
    async with mailgun_emulator.client() as client:
        yield client
