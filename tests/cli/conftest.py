from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mailgun_async import testing
from mailgun_async.cli._app import app

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of this machine's reaches a command, and tables are wide enough for their cells."""
    for name in ("API_KEY", "DOMAIN", "API_REGION", "BASE_URL"):
        monkeypatch.delenv(f"MAILGUN_{name}", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def run() -> Run:
    """Run `mailgun-async` with arguments, in this process."""

    def invoke(*arguments: object, **settings: Any) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], **settings)

    return invoke


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[testing.Emulator]:
    """A local Mailgun that commands find in their environment; in a thread, as each command runs a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    emulator = testing.Emulator()
    try:
        asyncio.run_coroutine_threadsafe(emulator.__aenter__(), loop).result(10)
        monkeypatch.setenv("MAILGUN_API_KEY", emulator.api_key)
        monkeypatch.setenv("MAILGUN_BASE_URL", emulator.url)
        monkeypatch.setenv("MAILGUN_DOMAIN", emulator.domain)
        yield emulator
        asyncio.run_coroutine_threadsafe(emulator.__aexit__(None, None, None), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
