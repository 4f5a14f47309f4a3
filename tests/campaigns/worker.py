"""A process that sends from a journal, and ends or freezes itself where it is told to.

`python -m tests.campaigns.worker '{"url": ..., "path": ..., "on_unknown": "resend"}'` sends what is planned. It prints
the name of each step that a chunk comes to, a line each, and `over` in the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import attrs

from mailgun_async import Campaign, Mailgun, RetryPolicy, Timeouts
from mailgun_async.campaigns import owners
from mailgun_async.campaigns.reconcile import OnUnknown

DOMAIN = "mg.example.com"
ANSWER_S = 0.4
"""A lease is four times as long."""


def client(url: str, *, answer_s: float = ANSWER_S) -> Mailgun:
    """Make a client of an emulator that does not wait long."""
    return Mailgun(
        api_key="emulator-key",
        base_url=url,
        domain=DOMAIN,
        timeouts=Timeouts(answer_s=answer_s, connect_s=answer_s),
        retry=RetryPolicy(base_s=0.01, max_wait_s=0.05),
    )


def campaign(mg: Mailgun, path: Path, on_unknown: OnUnknown) -> Campaign:
    """Make a campaign that decides soon, and soon sees what other processes have done."""
    made = mg.campaign(path, on_unknown=on_unknown, trust_after_s=0.5, looks_s=(0.02, 0.1, 0.25, 0.5))
    made._setup = attrs.evolve(made._setup, poll_s=0.05)
    return made


def tell(word: str) -> None:
    """Say what happens, at once: who listens may be about to kill this process."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def main(
    url: str,
    path: str,
    *,
    on_unknown: OnUnknown,
    answer_s: float = ANSWER_S,
    in_flight: int = 4,
    strike: str = "SIGKILL",
    at: str | None = None,
) -> None:
    """Send; the first time that a chunk comes to the step `at`, the signal `strike` is sent to this process."""
    struck = False

    def step(name: str) -> None:
        nonlocal struck
        tell(name)
        if name == at and not struck:
            struck = True
            os.kill(os.getpid(), signal.Signals[strike])

    async with client(url, answer_s=answer_s) as mg, campaign(mg, Path(path), on_unknown) as sent:
        sender = await sent._setup.sender(await sent._ready(), owner=owners.enter())
        sender.courier.at = step
        await sender.run(max_in_flight=in_flight)
    tell("over")


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
