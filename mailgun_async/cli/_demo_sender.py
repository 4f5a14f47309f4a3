"""The demo's sender in a process of its own, so that it can be killed."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import mailgun_async
from mailgun_async.errors import MailgunError

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

    from mailgun_async.testing import Emulator

__all__ = ["SCHEDULE", "TIMEOUTS", "finish", "sender"]

SCHEDULE: Final[dict[str, Any]] = {"looks_s": (0.2, 0.5, 1.0, 2.0), "trust_after_s": 2.0}
"""When calls are looked up: the emulator's logs do not lag as Mailgun's do."""
TIMEOUTS: Final = mailgun_async.Timeouts(answer_s=1.0)
"""A lease is as long as a call may take, and the emulator is near."""


@asynccontextmanager
async def sender(journal: Path, local: Emulator) -> AsyncIterator[Process]:
    """Start a sender; it is gone in the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        str(journal),
        local.url,
        env={**os.environ, "MAILGUN_API_KEY": local.api_key},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the demo, which ends its senders
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def finish(process: Process) -> None:
    """Wait for a sender that is to come to its end.

    Raises:
        MailgunError: It ended with an error.
    """
    _, errors = await process.communicate()
    if process.returncode:
        words = errors.decode(errors="replace").strip().rpartition("\n")[2]
        raise MailgunError(f"the sender ended with {process.returncode}: {words}")


async def _send(journal: str, url: str) -> None:
    client = mailgun_async.Mailgun(base_url=url, timeouts=TIMEOUTS)
    async with client, client.campaign(journal, **SCHEDULE) as campaign:
        await campaign.send()


if __name__ == "__main__":
    asyncio.run(_send(*sys.argv[1:]))
