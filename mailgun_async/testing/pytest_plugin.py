"""The pytest plugin: fixtures `mailgun_emulator` and `mailgun`.

::

    async def test_signing_up_sends_a_mail(mailgun, mailgun_emulator):
        await sign_up("bob@example.com", mailgun)
        assert mailgun_emulator.outbox[0].subject == "Welcome"

`mailgun_emulator` is a running `mailgun_async.testing.Emulator`, a fresh one for every test; `mailgun` is an open
`mailgun_async.Mailgun` whose calls go there. Both need pytest-asyncio, in strict or auto mode. pytest loads this file
in every project where the package is installed, so it imports nothing until a run is configured with pytest-asyncio.
"""

from __future__ import annotations

from typing import NoReturn

import pytest

__all__ = ["pytest_configure"]


def pytest_configure(config: pytest.Config) -> None:
    """Bring in the fixtures that suit this run."""
    if config.pluginmanager.hasplugin("asyncio"):
        from mailgun_async.testing import _fixtures  # noqa: PLC0415 -- pytest-asyncio may be absent

        config.pluginmanager.register(_fixtures, "mailgun_async_fixtures")
    else:
        config.pluginmanager.register(_WithoutAsyncio(), "mailgun_async_fixtures")


class _WithoutAsyncio:
    """The same names, so that the error says what is missing."""

    @pytest.fixture
    def mailgun_emulator(self) -> NoReturn:
        """A local Mailgun; needs pytest-asyncio."""
        pytest.fail("the fixture 'mailgun_emulator' needs pytest-asyncio: pip install pytest-asyncio", pytrace=False)

    @pytest.fixture
    def mailgun(self) -> NoReturn:
        """An open client of the local Mailgun; needs pytest-asyncio."""
        pytest.fail("the fixture 'mailgun' needs pytest-asyncio: pip install pytest-asyncio", pytrace=False)
