"""`mailgun-async demo`: a campaign against a local Mailgun with a rate limit, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailgun_async.cli._command import Output, command
from mailgun_async.cli._exit import Exit

__all__ = ["demo"]


@command
def demo(
    *,
    recipients: Annotated[
        int, typer.Option("--recipients", "-n", min=1, metavar="COUNT", help="Rows of the CSV that is made up.")
    ] = 20_000,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="A CSV of yours instead; nobody gets a mail.")
    ] = None,
    rate: Annotated[
        int, typer.Option("--rate", min=100, metavar="COUNT", help="Recipients a second that the limit allows.")
    ] = 1_600,
    kill_halfway: Annotated[
        bool, typer.Option("--kill-halfway", metavar="", help="Kill the sender halfway (SIGKILL); another goes on.")
    ] = False,
    output: Output,
) -> Exit:
    """Send a campaign to a local Mailgun that allows so many recipients a second, and show what became of everybody.

    Needs no account and no network.
    """
    from mailgun_async.cli._demo_run import Demo  # noqa: PLC0415 -- it loads the emulator

    demo_of = Demo(csv_file=csv_file, recipients=recipients, rate=rate, kill_halfway=kill_halfway, output=output)
    return demo_of.run()
